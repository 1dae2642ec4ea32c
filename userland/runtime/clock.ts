/** Time as the hart counts it: `time` runs at 10 MHz on this board, `cycle` with the core. */
import { csrr_cycle, csrr_cycleh, csrr_time, csrr_timeh } from '../abi/rv';

/** Ticks of `time` (mtime) in a second. */
export const TICKS_PER_SECOND: u64 = 10_000_000;
export const TICKS_PER_MILLISECOND: u64 = 10_000;

/** Ticks since the machine started. */
export function ticks(): u64 {
  // The high half is read twice: it may have changed between the two reads.
  while (true) {
    const high = csrr_timeh();
    const low = csrr_time();
    if (csrr_timeh() == high) return ((<u64>high) << 32) | (<u64>low);
  }
}

/** Cycles since the hart started. */
export function cycles(): u64 {
  while (true) {
    const high = csrr_cycleh();
    const low = csrr_cycle();
    if (csrr_cycleh() == high) return ((<u64>high) << 32) | (<u64>low);
  }
}
