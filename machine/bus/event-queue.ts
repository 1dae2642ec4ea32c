/**
 * Guest time and what is due in it. Every asynchronous event of the machine is an alarm here: the
 * engine runs until the next one and polls nothing.
 */
import type { Alarm, Timebase } from '../devices/device.ts';

/** Where the queue reads the time, and whom it tells that the next event has come nearer. */
export interface Clock {
  /** Cycles since reset. */
  readonly now: number;
  /** The next event is now due at `cycle`: whoever is running must not run past it. */
  onEarlierEvent(cycle: number): void;
}

/** An alarm that is set, and for which cycle. */
export interface PendingEvent {
  readonly name: string;
  readonly due: number;
}

class QueuedAlarm implements Alarm {
  due = Infinity;
  readonly name: string;
  readonly onDue: () => void;
  readonly #queue: EventQueue;

  constructor(name: string, onDue: () => void, queue: EventQueue) {
    this.name = name;
    this.onDue = onDue;
    this.#queue = queue;
  }

  set(cycle: number): void {
    this.#queue.schedule(this, cycle);
  }

  clear(): void {
    this.#queue.cancel(this);
  }
}

/**
 * The alarms of one machine. There are few (one or two per device), so the queue is a list in order
 * of creation, which is also the order in which alarms due at the same cycle fire.
 */
export class EventQueue implements Timebase {
  readonly #clock: Clock;
  readonly #alarms: QueuedAlarm[] = [];
  /** Told what happens, before it does. */
  onEvent: (name: string) => void = () => undefined;
  #nextDue = Infinity;
  #firing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get now(): number {
    return this.#clock.now;
  }

  /** The cycle of the earliest pending alarm, or Infinity. */
  get nextDue(): number {
    return this.#nextDue;
  }

  alarm(name: string, onDue: () => void): Alarm {
    const alarm = new QueuedAlarm(name, onDue, this);
    this.#alarms.push(alarm);
    return alarm;
  }

  /**
   * Sets an alarm. A moment that has passed means "as soon as possible", which from within an
   * alarm's own callback is the next cycle: no chain of alarms can hold the clock.
   */
  schedule(alarm: QueuedAlarm, cycle: number): void {
    if (Number.isNaN(cycle)) {
      throw new RangeError(`alarm "${alarm.name}" is set to a cycle that is not a number`);
    }
    const earliest = this.#firing ? this.#clock.now + 1 : this.#clock.now;
    alarm.due = Math.max(Math.ceil(cycle), earliest);
    const previous = this.#nextDue;
    this.#findNext();
    if (this.#nextDue < previous) {
      this.#clock.onEarlierEvent(this.#nextDue);
    }
  }

  cancel(alarm: QueuedAlarm): void {
    alarm.due = Infinity;
    this.#findNext();
  }

  /** Fires everything that is due now, earliest first, ties in order of creation. */
  fireDue(): void {
    const now = this.#clock.now;
    this.#firing = true;
    try {
      while (this.#nextDue <= now) {
        const due = this.#nextDue;
        const alarm = this.#alarms.find((candidate) => candidate.due === due);
        if (alarm === undefined) {
          return;
        }
        alarm.due = Infinity;
        this.#findNext();
        this.onEvent(alarm.name);
        alarm.onDue();
      }
    } finally {
      this.#firing = false;
    }
  }

  /** Forgets everything that is pending: at a reset, before the devices' own. */
  clear(): void {
    for (const alarm of this.#alarms) {
      alarm.due = Infinity;
    }
    this.#nextDue = Infinity;
  }

  /** What is pending, in order of creation: for the state hash and for debuggers. */
  pending(): readonly PendingEvent[] {
    return this.#alarms
      .filter((alarm) => alarm.due !== Infinity)
      .map(({ name, due }) => ({ name, due }));
  }

  /**
   * The inverse of `pending`: exactly these are pending from now on.
   * @throws RangeError, with nothing changed, about one that is not there
   */
  restore(pending: readonly PendingEvent[]): void {
    const alarms = pending.map(({ name, due }) => {
      const alarm = this.#alarms.find((candidate) => candidate.name === name);
      if (alarm === undefined) throw new RangeError(`there is no alarm "${name}"`);
      return { alarm, due };
    });
    this.clear();
    for (const { alarm, due } of alarms) {
      alarm.due = due;
    }
    this.#findNext();
  }

  #findNext(): void {
    let next = Infinity;
    for (const alarm of this.#alarms) {
      if (alarm.due < next) {
        next = alarm.due;
      }
    }
    this.#nextDue = next;
  }
}
