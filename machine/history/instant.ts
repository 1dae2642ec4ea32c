/**
 * Where in its one possible past or future a machine stands. With one hart the cycle says it; with
 * several, which run one after the other in quanta, whose turn it is and how far that hart has come.
 */

/** What has happened at a cycle at which no hart is in the middle of its turn. */
export const enum Phase {
  /** Events that are due now have not happened yet. */
  Before = 0,
  /** None is due any more. */
  Settled = 1,
  /** The quantum that begins here has begun. */
  Begun = 2,
}

export interface Instant {
  /** The cycle at which the quantum began; with one hart, the same as `local`. */
  readonly start: number;
  /** Whose turn it is, by number. */
  readonly hart: number;
  /** The cycle at which that hart stands. */
  readonly local: number;
  readonly phase: Phase;
}

/** Negative if `a` comes before `b`, 0 if they are the same. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.start - b.start || a.hart - b.hart || a.local - b.local || a.phase - b.phase;
}
