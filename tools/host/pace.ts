/**
 * How guest time relates to the wall. It decides only *when* the host lets cycles pass, and at which
 * cycle input enters; what the guest does with a given record of inputs is the same at any pace.
 */
import type { HostClock } from './host-clock.ts';
import type { WakeSource } from './wake-source.ts';

export type Pace = 'real' | 'free';

export interface Pacer {
  /**
   * The guest waits (`wfi`) since `cycle`, and its next event is due at `due` (Infinity: none).
   * Returns the cycle to which the machine's clock moves: `due`, or an earlier one (never before
   * `cycle`) if there was a wake; never past `limit`, at which the run is to end.
   */
  idle(cycle: number, due: number, limit: number, wake: WakeSource): Promise<number>;
  /** The guest runs on at `cycle`: holds it back while it is ahead of the wall. */
  throttle(cycle: number, wake: WakeSource): Promise<void>;
}

/** The guest's clock jumps to the next event; with none, it stands until there is input. */
export class FreePacer implements Pacer {
  constructor(private readonly clock: HostClock) {}

  async idle(cycle: number, due: number, limit: number, wake: WakeSource): Promise<number> {
    if (due !== Infinity) return Math.min(due, limit);
    await this.clock.sleep(Infinity, wake);
    return cycle;
  }

  throttle(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Guest time never runs ahead of the wall. `anchor` pairs an instant of both; where the guest has
 * fallen behind, the anchor moves at the next wait, so that lost time is not caught up.
 */
export class RealPacer implements Pacer {
  private anchorMs: number;

  constructor(
    private readonly clock: HostClock,
    private readonly cyclesPerMs: number,
    private anchorCycle: number,
  ) {
    this.anchorMs = clock.now();
  }

  async idle(cycle: number, due: number, limit: number, wake: WakeSource): Promise<number> {
    const until = Math.min(due, limit);
    const start = this.clock.now();
    if (this.wallOf(cycle) < start) {
      this.anchorMs = start;
      this.anchorCycle = cycle;
    }
    await this.clock.sleep(Math.max(0, this.wallOf(until) - start), wake);
    const reached = Math.floor(this.cycleAt(this.clock.now()));
    return Math.min(until, Math.max(cycle, reached));
  }

  async throttle(cycle: number, wake: WakeSource): Promise<void> {
    const lead = this.wallOf(cycle) - this.clock.now();
    if (lead > 0) await this.clock.sleep(lead, wake);
  }

  private wallOf(cycle: number): number {
    return this.anchorMs + (cycle - this.anchorCycle) / this.cyclesPerMs;
  }

  private cycleAt(ms: number): number {
    return this.anchorCycle + (ms - this.anchorMs) * this.cyclesPerMs;
  }
}
