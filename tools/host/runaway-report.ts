/** What to say about a guest that does nothing but trap. */
import { SUPERVISOR_STORM_TRAPS, type Runaway } from '../../machine/hart/trap-unit.ts';
import type { SymbolTable } from './symbol-table.ts';

/** Exception codes of the RISC-V Privileged Architecture, table 3.6. */
const EXCEPTION_NAMES: Readonly<Record<number, string>> = {
  0: 'instruction address misaligned',
  1: 'instruction access fault',
  2: 'illegal instruction',
  3: 'breakpoint',
  4: 'load address misaligned',
  5: 'load access fault',
  6: 'store address misaligned',
  7: 'store access fault',
  8: 'environment call from U-mode',
  9: 'environment call from S-mode',
  11: 'environment call from M-mode',
  12: 'instruction page fault',
  13: 'load page fault',
  15: 'store page fault',
};

/** One line: what the guest does over and over, and where. */
export function describeRunaway({ kind, pc, cause }: Runaway, symbols: SymbolTable): string {
  const name = EXCEPTION_NAMES[cause] ?? 'unknown cause';
  const place = symbols.format(pc);
  return kind === 'machine-trap-loop'
    ? `the guest runs wild: ${name} (mcause ${cause}) at ${place}, the first instruction of its own M-mode trap handler`
    : `the guest runs wild: ${SUPERVISOR_STORM_TRAPS} traps to S-mode in a row, the last one ${name} (scause ${cause}) at ${place}`;
}
