/** A clock that is turned by hand and a wire that remembers: what device tests run a device with. */

import { EventQueue } from '../bus/event-queue.ts';
import type { Alarm, InterruptLine, Timebase } from './device.ts';

/** Guest time that passes only when told to, with the machine's own event queue. */
export class ManualClock implements Timebase {
  now = 0;
  private readonly queue = new EventQueue(this);

  onEarlierEvent(): void {
    // `advanceTo` looks at the queue before every step.
  }

  alarm(name: string, onDue: () => void): Alarm {
    return this.queue.alarm(name, onDue);
  }

  /** The earliest cycle at which something is due, or Infinity. */
  get nextDue(): number {
    return this.queue.nextDue;
  }

  /** Lets time pass up to and including `cycle`, firing what falls due on the way. */
  advanceTo(cycle: number): void {
    while (this.queue.nextDue <= cycle) {
      this.now = Math.max(this.now, this.queue.nextDue);
      this.queue.fireDue();
    }
    this.now = cycle;
  }
}

/** An interrupt line that keeps its level. */
export class Wire implements InterruptLine {
  level = false;

  set(level: boolean): void {
    this.level = level;
  }
}
