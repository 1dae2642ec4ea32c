/** What arithmetic depends on and leaves behind beside its result: RISC-V Unprivileged ISA 11.2. */

/** Values of `frm` and of instructions' rm field. */
export const enum RoundingMode {
  NearestEven = 0,
  TowardZero = 1,
  Down = 2,
  Up = 3,
  NearestMaxMagnitude = 4,
  /** And 6. */
  Reserved = 5,
  /** In instructions alone: the mode in `frm`. */
  Dynamic = 7,
}

/** Bits of `fflags`. */
export const enum Flag {
  Inexact = 1,
  Underflow = 2,
  Overflow = 4,
  DivideByZero = 8,
  Invalid = 16,
}

/** How to round, and the exceptions that were raised; operations only ever add to these. */
export interface Environment {
  rounding: RoundingMode;
  /** Bits of `Flag`. */
  flags: number;
}
