/**
 * The cycle at which the running hart is, as its engine, the quantum and the counters share it.
 *
 * The engine counts `remaining` down to the end of its slice, which costs one subtraction per
 * block; the current cycle follows from it. `remaining` is exact whenever anything but the engine's
 * inner loop looks.
 */
export class CycleClock {
  /** The cycle at which the running slice ends. */
  deadline = 0;
  /** Cycles from the current instruction to the deadline; below zero if it was moved to the past. */
  remaining = 0;
  /** Set when an event came nearer than the slice's end: the engine must read `remaining` again. */
  shortened = false;

  get now(): number {
    return this.deadline - this.remaining;
  }

  /** Starts a slice that ends at `cycle`, which is not before now. */
  startSlice(cycle: number): void {
    this.remaining = cycle - this.now;
    this.deadline = cycle;
    this.shortened = false;
  }

  /** Sets the time, outside of any slice. */
  moveTo(cycle: number): void {
    this.deadline = cycle;
    this.remaining = 0;
  }

  /** The running slice ends at `cycle` if it would end later. */
  shortenTo(cycle: number): void {
    if (cycle < this.deadline) {
      this.remaining -= this.deadline - cycle;
      this.deadline = cycle;
      this.shortened = true;
    }
  }
}
