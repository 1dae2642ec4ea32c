/**
 * Follows one measurement instruction by instruction: which process runs in user mode, and what
 * happens in between. By this, counters are checked.
 */
import { Privilege } from '../../machine/hart/privilege.ts';
import type { Machine } from '../../machine/machine.ts';

/** Sv32: satp.PPN, and the page that it stands for. */
const SATP_PPN = 0x3f_ffff;
const PAGE_BYTES = 4096;

export interface Trace {
  /** Root page tables by which user mode ran, one after the other. */
  readonly roots: readonly number[];
  /** Times that user mode was left, for whatever reason. */
  readonly traps: number;
  /** Changes of satp between two instructions. */
  readonly addressSpaceSwitches: number;
}

/** Steps until `hasEnded`, which is asked before each instruction. */
export function traceUntil(machine: Machine, hasEnded: () => boolean): Trace {
  const [hart] = machine.harts;
  const roots: number[] = [];
  let traps = 0;
  let addressSpaceSwitches = 0;
  let satp = hart.readCsr('satp') ?? 0;
  let privilege = hart.privilege;
  while (!hasEnded()) {
    const root = (satp & SATP_PPN) * PAGE_BYTES;
    if (privilege === Privilege.User && roots.at(-1) !== root) roots.push(root);
    machine.stepInstruction();
    if (privilege === Privilege.User && hart.privilege !== Privilege.User) traps += 1;
    const next = hart.readCsr('satp') ?? 0;
    if (next !== satp) addressSpaceSwitches += 1;
    satp = next;
    privilege = hart.privilege;
  }
  return { roots, traps, addressSpaceSwitches };
}
