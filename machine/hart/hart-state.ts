/**
 * One hart's architectural state, as views of the machine's memory, and the few signals by which
 * the parts of a hart tell the engine that straight-line execution must pause.
 */
import { Menvcfgh } from './environment.ts';
import { HartWord, Region, hartOffset } from './state-layout.ts';
import { Privilege, privilegeOf } from './privilege.ts';

/** Reasons to leave the inner loop after the current instruction. */
export const enum Attention {
  None = 0,
  /** The current instruction raised an exception; it must not retire. */
  Exception = 1,
  /** An interrupt may have become pending or enabled. */
  Interrupts = 2,
  /** Privilege, `satp`, PMP or another input of address translation changed. */
  Regime = 4,
  /** Decoded blocks were dropped, perhaps the one that is running. */
  Code = 8,
  /** The slice ends here: a stop was requested or a runaway guest was found. */
  Stop = 16,
}

const NO_EXCEPTION = -1;
const VIEW_WORDS = HartWord.End;

export class HartState {
  readonly index: number;
  /** The hart's cells as 32-bit words, by `HartWord`. */
  readonly words: Int32Array;
  /** The same as doubles, by half of `HartWord`. */
  readonly doubles: Float64Array;
  /** Bits of `Attention`. */
  attention: number = Attention.None;
  /** While `Attention.Exception` is set: the cause and `xtval`. */
  exceptionCause = NO_EXCEPTION;
  exceptionValue = 0;
  /** Whether it is this hart's turn: then the machine's clock has its cycle, else its cell has. */
  isRunning = false;

  constructor(buffer: ArrayBuffer, index: number) {
    this.index = index;
    this.words = new Int32Array(buffer, hartOffset(index), VIEW_WORDS);
    this.doubles = new Float64Array(buffer, hartOffset(index), VIEW_WORDS / 2);
  }

  /** Byte offset of this hart's region in the machine's memory. */
  get region(): number {
    return Region.Harts + this.index * Region.HartStride;
  }

  get pc(): number {
    return this.words[HartWord.Pc];
  }

  set pc(value: number) {
    this.words[HartWord.Pc] = value;
  }

  get privilege(): Privilege {
    return privilegeOf(this.words[HartWord.Privilege]);
  }

  set privilege(value: Privilege) {
    this.words[HartWord.Privilege] = value;
  }

  /** Cycles in which nothing retired: traps and waiting. */
  get nonRetiringCycles(): number {
    return this.doubles[HartWord.NonRetiringCycles / 2];
  }

  set nonRetiringCycles(value: number) {
    this.doubles[HartWord.NonRetiringCycles / 2] = value;
  }

  /** The cycle at which the hart stands, while it is not its turn. */
  get localCycle(): number {
    return this.doubles[HartWord.LocalCycle / 2];
  }

  set localCycle(value: number) {
    this.doubles[HartWord.LocalCycle / 2] = value;
  }

  /** Makes the current instruction trap. `value` becomes `xtval`. */
  raise(cause: number, value: number): void {
    this.exceptionCause = cause;
    this.exceptionValue = value | 0;
    this.attention |= Attention.Exception;
  }

  /** Everything to its state after reset (privileged architecture 3.4); zero where that is open. */
  reset(pc: number): void {
    this.words.fill(0);
    this.pc = pc | 0;
    this.privilege = Privilege.Machine;
    this.words[HartWord.Menvcfgh] = Menvcfgh.ADUE;
    this.stateReplaced();
  }

  /** The cells have been replaced, between two instructions. */
  stateReplaced(): void {
    this.attention = Attention.Interrupts | Attention.Regime;
    this.exceptionCause = NO_EXCEPTION;
  }
}
