/** Time in mtime ticks since the machine started (10 MHz on the `virt` board). */
import { csrr_time, csrr_timeh } from '../../userland/abi/rv';

/** A deadline that never comes. */
export const NEVER: u64 = 0xffff_ffff_ffff_ffff;

/** The time now: both halves from the same instant. */
export function now(): u64 {
  let high = csrr_timeh();
  while (true) {
    const low = csrr_time();
    const again = csrr_timeh();
    if (again == high) return ((high as u64) << 32) | (low as u64);
    high = again;
  }
}
