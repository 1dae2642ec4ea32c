/**
 * The pins through which a board raises a hart's interrupts (RISC-V Privileged Architecture, `mip`).
 */

/** Bit numbers of `mip`, `mie` and `mideleg`, and the causes of interrupts. */
export const enum InterruptBit {
  SupervisorSoftware = 1,
  MachineSoftware = 3,
  SupervisorTimer = 5,
  MachineTimer = 7,
  SupervisorExternal = 9,
  MachineExternal = 11,
}

/** The interrupt inputs of one hart. A pin keeps its level until it is driven again. */
export interface HartInterrupts {
  /**
   * Drives one pin: MSI (3) and MTI (7) from the CLINT, MEI (11) and SEI (9) from the PLIC. The
   * hart's `mip` shows SEI as the pin or the bit that M-mode wrote; the others are the pins. SSI
   * (1), from an ACLINT, is no level: up sets the bit that software clears, down does nothing.
   */
  setPending(bit: number, level: boolean): void;
}

/** What the `time` CSR reads: `mtime` of the CLINT, in ticks, as two unsigned 32-bit halves. */
export interface TimeSource {
  timeLow(): number;
  timeHigh(): number;
  /**
   * The first cycle at which the time is at or past a value, given as two unsigned halves: now,
   * later, or Infinity for one beyond counting.
   */
  dueCycle(low: number, high: number): number;
  /** Calls `listener` after each time that software has set the clock. */
  onTimeSet(listener: () => void): void;
}

/** A clock that stands still, for machines without one. */
export const STOPPED_TIME: TimeSource = {
  timeLow: () => 0,
  timeHigh: () => 0,
  dueCycle: (low, high) => (low === 0 && high === 0 ? 0 : Infinity),
  onTimeSet: () => undefined,
};
