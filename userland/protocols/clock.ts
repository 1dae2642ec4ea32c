/**
 * Time since the machine started, in ticks of 100 ns.
 *
 * @protocol 10
 */
export interface Clock {
  /**
   * The time.
   *
   * @idempotent
   */
  now(): u64;

  /** Returns when the time has come. EAGAIN: too many wait. */
  sleepUntil(deadline: u64): void;
}
