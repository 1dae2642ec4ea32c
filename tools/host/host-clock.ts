import type { WakeSource } from './wake-source.ts';

/** The wall clock as the pacer sees it; tests put a clock in its place that never really waits. */
export interface HostClock {
  /** Milliseconds that only grow, with a fraction. */
  now(): number;
  /** Returns after `ms` milliseconds (Infinity: never) or at the next wake, whichever comes first. */
  sleep(ms: number, wake: WakeSource): Promise<void>;
}

/** Timers fire up to about this late, so the last part of a sleep does not rely on one. */
const TIMER_GRAIN_MS = 1.5;
/** setTimeout takes 31 bits; a longer sleep is cut, and whoever sleeps looks at the clock again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class SystemClock implements HostClock {
  private readonly neverNotified = new Int32Array(new SharedArrayBuffer(4));

  now(): number {
    return performance.now();
  }

  async sleep(ms: number, wake: WakeSource): Promise<void> {
    const end = this.now() + ms;
    if (ms > TIMER_GRAIN_MS) {
      const woken = await timerOrWake(Math.min(ms - TIMER_GRAIN_MS, LONGEST_TIMER_MS), wake);
      if (woken || ms > LONGEST_TIMER_MS) return;
    }
    const rest = end - this.now();
    if (rest > 0) Atomics.wait(this.neverNotified, 0, 0, rest);
  }
}

/** True if woken, false if the time is over. */
function timerOrWake(ms: number, wake: WakeSource): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (woken: boolean): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve(woken);
    };
    const timer = setTimeout(finish, ms, false);
    const unsubscribe = wake.subscribe(() => {
      finish(true);
    });
  });
}
