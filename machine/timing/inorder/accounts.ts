/**
 * Where a hart's cycles went: by address space, privilege mode and reason. For reports; not part of
 * the machine's state.
 */
import { REASONS } from './reasons.ts';

const MODES = 4;

export interface ChargedCycles {
  /** `satp` of the address space; 0 for what runs without translation. */
  readonly satp: number;
  /** 0 user, 1 supervisor, 3 machine. */
  readonly mode: number;
  /** A `Reason`. */
  readonly reason: number;
  readonly cycles: number;
}

export class Accounts {
  readonly #spaces = new Map<number, Float64Array>();
  /** Cycles by mode and reason in the address space that was chosen last. */
  current: Float64Array = this.#open(0);
  /** The address space that was chosen last. */
  #chosen = 0;
  /** Where the row of the mode that was chosen last begins. */
  row = 0;

  /** From now on cycles are charged to a mode and an address space. */
  choose(satp: number, mode: number): void {
    this.row = mode * REASONS;
    if (satp === this.#chosen) return;
    this.current = this.#spaces.get(satp) ?? this.#open(satp);
    this.#chosen = satp;
  }

  #open(satp: number): Float64Array {
    const space = new Float64Array(MODES * REASONS);
    this.#spaces.set(satp, space);
    return space;
  }

  clear(): void {
    this.#spaces.clear();
    this.current = this.#open(0);
    this.#chosen = 0;
    this.row = 0;
  }

  /** The inverse of `list`. */
  restore(charged: readonly ChargedCycles[]): void {
    this.clear();
    for (const { satp, mode, reason, cycles } of charged) {
      this.choose(satp | 0, mode);
      this.current[this.row + reason] = cycles;
    }
  }

  /** Everything that is not zero, in the order in which address spaces appeared. */
  list(): ChargedCycles[] {
    return [...this.#spaces].flatMap(([satp, cycles]) =>
      Array.from(cycles, (count, i) => ({
        satp: satp >>> 0,
        mode: Math.floor(i / REASONS),
        reason: i % REASONS,
        cycles: count,
      })).filter(({ cycles: count }) => count !== 0),
    );
  }
}
