/**
 * Why code stops at a trap site: the reasons on which WebAssembly traps, and plain memory accesses,
 * which trap only when the address is wrong.
 */
export const enum TrapReason {
  /** A load, store or atomic access: a site only in the sense that a fault there has a place. */
  MemoryAccess = 0,
  Unreachable = 1,
  DivisionByZero = 2,
  IntegerOverflow = 3,
  IndirectCallOutOfBounds = 4,
  IndirectCallSignature = 5,
  /** `abort()`: a failed assertion or an explicit throw. */
  Abort = 6,
  /** `ebreak` written in the source. */
  Breakpoint = 7,
  /** A floating-point number that is not one, or too large, was to become an integer. */
  ConversionOutOfRange = 8,
}
