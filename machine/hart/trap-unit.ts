/**
 * Taking traps and returning from them: RISC-V Privileged Architecture 3.1.6 to 3.1.9 and 3.3.2.
 */
import { TRAP_CYCLES } from '../timing/functional.ts';
import { Attention, type HartState } from './hart-state.ts';
import { InterruptBit } from './interrupts.ts';
import { Mstatus } from './mstatus.ts';
import { Privilege, privilegeOf } from './privilege.ts';
import { HartWord } from './state-layout.ts';
import { INTERRUPT_CAUSE } from './trap-causes.ts';
import type { Counters } from './counters.ts';

/** How the machine recognises a guest that can no longer come back. */
export type RunawayKind = 'machine-trap-loop' | 'supervisor-trap-storm';

/** A guest that runs wild: where, why and in which mode its last trap struck. */
export interface Runaway {
  readonly kind: RunawayKind;
  readonly pc: number;
  /** As in `mcause`, unsigned. */
  readonly cause: number;
  readonly mode: Privilege;
}

/** S-mode traps in a row, without an instruction retired between them, that count as a storm. */
export const SUPERVISOR_STORM_TRAPS = 1000;

/** Highest priority first (3.1.9). */
const INTERRUPT_PRIORITY: readonly number[] = [
  InterruptBit.MachineExternal,
  InterruptBit.MachineSoftware,
  InterruptBit.MachineTimer,
  InterruptBit.SupervisorExternal,
  InterruptBit.SupervisorSoftware,
  InterruptBit.SupervisorTimer,
];

const CAUSES = 32;
const VECTOR_MODE = 3;
const VECTOR_BYTES = 4;

/** Counts kept at trap time, for comparisons. Not part of the state. */
export class TrapStatistics {
  /** Traps taken, by exception code. */
  readonly exceptions = new Float64Array(CAUSES);
  /** Traps taken, by interrupt number. */
  readonly interrupts = new Float64Array(CAUSES);
  /** Changes of the privilege mode, by trap or return. */
  modeSwitches = 0;
}

export class TrapUnit {
  readonly #hart: HartState;
  readonly #counters: Counters;
  readonly statistics = new TrapStatistics();
  /** Set when a trap showed that the guest runs wild; `Attention.Stop` is raised with it. */
  runaway: Runaway | undefined;
  /** Told of every trap and of every change of the mode, when it has happened. */
  onTrap: (() => void) | undefined;
  onModeSwitch: (() => void) | undefined;

  constructor(hart: HartState, counters: Counters) {
    this.#hart = hart;
    this.#counters = counters;
  }

  /** The interrupt that the hart must take now, by its number, or -1. */
  pendingInterrupt(): number {
    const { words, privilege } = this.#hart;
    const status = words[HartWord.Mstatus];
    const candidates =
      (words[HartWord.InterruptPins] | words[HartWord.InterruptSoftware]) & words[HartWord.Mie];
    if (candidates === 0) {
      return -1;
    }
    const delegated = words[HartWord.Mideleg];
    const machineEnabled = privilege !== Privilege.Machine || (status & Mstatus.MIE) !== 0;
    const supervisorEnabled =
      privilege === Privilege.User ||
      (privilege === Privilege.Supervisor && (status & Mstatus.SIE) !== 0);
    const forMachine = machineEnabled ? candidates & ~delegated : 0;
    const forSupervisor = supervisorEnabled ? candidates & delegated : 0;
    const taken = forMachine !== 0 ? forMachine : forSupervisor;
    for (const bit of INTERRUPT_PRIORITY) {
      if ((taken & (1 << bit)) !== 0) {
        return bit;
      }
    }
    return -1;
  }

  /** Whether `wfi` may go on: an enabled interrupt is pending, whatever the global enables say. */
  wakesUp(): boolean {
    const { words } = this.#hart;
    const pending = words[HartWord.InterruptPins] | words[HartWord.InterruptSoftware];
    return (pending & words[HartWord.Mie]) !== 0;
  }

  takeInterrupt(bit: number): void {
    this.statistics.interrupts[bit]++;
    const delegated = (this.#hart.words[HartWord.Mideleg] & (1 << bit)) !== 0;
    this.#enter(INTERRUPT_CAUSE | bit, 0, delegated, bit * VECTOR_BYTES);
  }

  /** Takes the exception that was raised, at the pc of the instruction that raised it. */
  takeException(): void {
    const hart = this.#hart;
    const cause = hart.exceptionCause;
    hart.attention &= ~Attention.Exception;
    this.statistics.exceptions[cause]++;
    const delegated = (hart.words[HartWord.Medeleg] & (1 << cause)) !== 0;
    this.#enter(cause, hart.exceptionValue, delegated, 0);
  }

  #enter(cause: number, value: number, delegated: boolean, vectorOffset: number): void {
    const hart = this.#hart;
    hart.nonRetiringCycles += TRAP_CYCLES;
    hart.words[HartWord.ReservationValid] = 0;
    if (delegated && hart.privilege !== Privilege.Machine) {
      this.#enterSupervisor(cause, value, vectorOffset);
    } else {
      this.#enterMachine(cause, value, vectorOffset);
    }
    // A trap enables no interrupt that was not enabled before.
    hart.attention |= Attention.Regime;
    this.onTrap?.();
  }

  #enterMachine(cause: number, value: number, vectorOffset: number): void {
    const hart = this.#hart;
    const { words, pc, privilege } = hart;
    const status = words[HartWord.Mstatus];
    const enabled = (status & Mstatus.MIE) !== 0 ? Mstatus.MPIE : 0;
    const next =
      (status & ~(Mstatus.MPP | Mstatus.MPIE | Mstatus.MIE)) |
      enabled |
      (privilege << Mstatus.MppShift);
    const target = vector(words[HartWord.Mtvec], vectorOffset);
    const changesNothing =
      pc === target &&
      status === next &&
      words[HartWord.Mepc] === pc &&
      words[HartWord.Mcause] === cause &&
      words[HartWord.Mtval] === value;
    if (changesNothing && privilege === Privilege.Machine) {
      this.#stop('machine-trap-loop', pc, cause, privilege);
    }
    words[HartWord.Mstatus] = next;
    words[HartWord.Mepc] = pc;
    words[HartWord.Mcause] = cause;
    words[HartWord.Mtval] = value;
    this.#switchTo(Privilege.Machine);
    hart.pc = target;
  }

  #enterSupervisor(cause: number, value: number, vectorOffset: number): void {
    const hart = this.#hart;
    const { words, pc, privilege } = hart;
    this.#countStorm(pc, cause, privilege);
    const status = words[HartWord.Mstatus];
    const enabled = (status & Mstatus.SIE) !== 0 ? Mstatus.SPIE : 0;
    const previous = privilege === Privilege.Supervisor ? Mstatus.SPP : 0;
    words[HartWord.Mstatus] =
      (status & ~(Mstatus.SPP | Mstatus.SPIE | Mstatus.SIE)) | enabled | previous;
    words[HartWord.Sepc] = pc;
    words[HartWord.Scause] = cause;
    words[HartWord.Stval] = value;
    this.#switchTo(Privilege.Supervisor);
    hart.pc = vector(words[HartWord.Stvec], vectorOffset);
  }

  #countStorm(pc: number, cause: number, mode: Privilege): void {
    const { words, doubles } = this.#hart;
    // The trap being taken is already among the cycles that do not retire, its cycle is still to
    // come: the difference is the same for every trap.
    const { retired } = this.#counters;
    if (doubles[HartWord.RetiredAtLastTrap / 2] === retired) {
      words[HartWord.TrapsWithoutRetiring]++;
      if (words[HartWord.TrapsWithoutRetiring] >= SUPERVISOR_STORM_TRAPS) {
        this.#stop('supervisor-trap-storm', pc, cause, mode);
      }
    } else {
      words[HartWord.TrapsWithoutRetiring] = 1;
      doubles[HartWord.RetiredAtLastTrap / 2] = retired;
    }
  }

  #stop(kind: RunawayKind, pc: number, cause: number, mode: Privilege): void {
    this.runaway = { kind, pc: pc >>> 0, cause: cause >>> 0, mode };
    this.#hart.attention |= Attention.Stop;
  }

  /** `mret`: back to the mode in MPP. */
  returnFromMachine(): void {
    const { words } = this.#hart;
    let status = words[HartWord.Mstatus];
    const mode = privilegeOf((status & Mstatus.MPP) >>> Mstatus.MppShift);
    const enabled = (status & Mstatus.MPIE) !== 0 ? Mstatus.MIE : 0;
    status = (status & ~(Mstatus.MIE | Mstatus.MPP)) | enabled | Mstatus.MPIE;
    this.#return(status, mode, words[HartWord.Mepc]);
  }

  /** `sret`: back to the mode in SPP. */
  returnFromSupervisor(): void {
    const { words } = this.#hart;
    let status = words[HartWord.Mstatus];
    const mode = (status & Mstatus.SPP) !== 0 ? Privilege.Supervisor : Privilege.User;
    const enabled = (status & Mstatus.SPIE) !== 0 ? Mstatus.SIE : 0;
    status = (status & ~(Mstatus.SIE | Mstatus.SPP)) | enabled | Mstatus.SPIE;
    this.#return(status, mode, words[HartWord.Sepc]);
  }

  #return(status: number, mode: Privilege, pc: number): void {
    const hart = this.#hart;
    hart.words[HartWord.Mstatus] = mode === Privilege.Machine ? status : status & ~Mstatus.MPRV;
    hart.words[HartWord.ReservationValid] = 0;
    this.#switchTo(mode);
    hart.pc = pc;
    hart.attention |= this.wakesUp() ? Attention.Regime | Attention.Interrupts : Attention.Regime;
  }

  #switchTo(mode: Privilege): void {
    if (this.#hart.privilege !== mode) {
      this.statistics.modeSwitches++;
      this.#hart.privilege = mode;
      this.onModeSwitch?.();
    }
  }
}

/** Where a trap goes: vectored mode sends interrupts to their own slot. */
function vector(tvec: number, offset: number): number {
  const base = tvec & ~VECTOR_MODE;
  return (tvec & VECTOR_MODE) === 0 ? base : (base + offset) | 0;
}
