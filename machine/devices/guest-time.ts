/**
 * How guest time relates to cycles. Guest time is a function of the cycle count alone; devices
 * whose data sheets speak of seconds or hertz convert with these.
 */

/** The core's nominal clock: one cycle is one nanosecond. */
export const CYCLES_PER_SECOND = 1_000_000_000;

/** Frequency of `mtime` and of the `time` CSR; the device tree's `timebase-frequency`. */
export const TIMEBASE_FREQUENCY = 10_000_000;

/** Cycles from one tick of `mtime` to the next. */
export const CYCLES_PER_TICK = CYCLES_PER_SECOND / TIMEBASE_FREQUENCY;
