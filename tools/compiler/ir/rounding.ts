/** Rounding modes as floating-point instructions encode them (RISC-V unprivileged specification, F). */
export enum Rounding {
  NearestEven = 0,
  TowardsZero = 1,
  Down = 2,
  Up = 3,
  /** What `fcsr` says: to nearest, ties to even, unless a program has changed it. */
  Dynamic = 7,
}
