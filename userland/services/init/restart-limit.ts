/**
 * When a service that keeps dying is started again: the first times at once, then after growing
 * pauses. It is never given up: somebody may need it, the console above all.
 */
import { TICKS_PER_MILLISECOND, TICKS_PER_SECOND } from '../../runtime/clock';

/** A service that has lived for longer begins anew. */
const SHORT_LIFE_TICKS: u64 = TICKS_PER_SECOND;
/** Short lives in a row after which the next start is put off. */
const DEATHS_WITHOUT_PAUSE: u32 = 3;
const FIRST_PAUSE_TICKS: u64 = 10 * TICKS_PER_MILLISECOND;
/** The pauses double up to ten times: ten seconds. */
const MOST_DOUBLINGS: u32 = 10;

@unmanaged
export class RestartLimit {
  private startedAt: u64;
  private deaths: u32;

  /** Counts a death at `now`; returns when to start the service again, in ticks. */
  startAgainAt(now: u64): u64 {
    if (now - min(now, this.startedAt) > SHORT_LIFE_TICKS) this.deaths = 0;
    this.deaths += 1;
    let pause: u64 = 0;
    if (this.deaths > DEATHS_WITHOUT_PAUSE) {
      const doublings = min(this.deaths - DEATHS_WITHOUT_PAUSE - 1, MOST_DOUBLINGS);
      pause = FIRST_PAUSE_TICKS << (<u64>doublings);
    }
    this.startedAt = now + pause;
    return this.startedAt;
  }
}
