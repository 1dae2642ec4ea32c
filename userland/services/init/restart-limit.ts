/**
 * When a service that keeps dying is started again: the first times at once, then after growing
 * pauses, at last no more.
 */
import { TICKS_PER_MILLISECOND, TICKS_PER_SECOND } from '../../runtime/clock';

/** Deaths within this time count together. */
const WINDOW_TICKS: u64 = TICKS_PER_SECOND;
export const WINDOW_SECONDS: u32 = 1;
/** Deaths in one window after which the service stays stopped. */
export const DEATHS_ALLOWED: u32 = 8;
/** Deaths in one window after which the next start is put off. */
const DEATHS_WITHOUT_PAUSE: u32 = 3;
const FIRST_PAUSE_TICKS: u64 = 10 * TICKS_PER_MILLISECOND;

@unmanaged
export class RestartLimit {
  private windowStart: u64;
  private deaths: u32;

  /**
   * Counts a death at `now`.
   *
   * @returns when to start the service again, in ticks; u64.MAX_VALUE: not at all.
   */
  startAgainAt(now: u64): u64 {
    if (this.deaths == 0 || now - this.windowStart > WINDOW_TICKS) {
      this.windowStart = now;
      this.deaths = 0;
    }
    this.deaths += 1;
    if (this.deaths >= DEATHS_ALLOWED) return u64.MAX_VALUE;
    if (this.deaths <= DEATHS_WITHOUT_PAUSE) return now;
    return now + (FIRST_PAUSE_TICKS << (<u64>this.deaths - DEATHS_WITHOUT_PAUSE - 1));
  }
}
