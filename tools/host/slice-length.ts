/**
 * How many cycles a slice may have. It decides when the host looks outside, never what the guest
 * does.
 */

const FIRST_CYCLES = 100_000;
const FEWEST_CYCLES = 1_000;
const MOST_CYCLES = 1_000_000_000;
/** One fast or slow slice says little about the next. */
const LARGEST_STEP = 2;
/** A slice that ended at once says nothing about speed. */
const LEAST_TELLING_MS = 0.05;

export interface Slices {
  /** Cycles of the next slice. */
  readonly cycles: number;
  /** A slice of `cycles` took `ms` milliseconds of the host's time. */
  learn(cycles: number, ms: number): void;
}

/** Slices that take about as long as they should on this host. */
export class SliceLength implements Slices {
  cycles = FIRST_CYCLES;

  /** `targetMs`: how long a slice should take. */
  constructor(private readonly targetMs: number) {}

  learn(cycles: number, ms: number): void {
    if (cycles < this.cycles / LARGEST_STEP && ms < this.targetMs) return;
    const ideal = (cycles * this.targetMs) / Math.max(ms, LEAST_TELLING_MS);
    const next = Math.min(Math.max(ideal, this.cycles / LARGEST_STEP), this.cycles * LARGEST_STEP);
    this.cycles = Math.round(Math.min(Math.max(next, FEWEST_CYCLES), MOST_CYCLES));
  }
}
