/**
 * The 64-bit counters of a hart: `mcycle`, `minstret` and the 29 event counters (RISC-V Privileged
 * Architecture 3.1.10 to 3.1.12). Each follows a total at a distance. Its cell holds that distance
 * while it runs, and its value while it stands still, so that counting costs nothing.
 */
import type { CycleClock } from '../timing/clock.ts';
import { HartWord } from './state-layout.ts';
import type { HartState } from './hart-state.ts';

/** Bits of `mcountinhibit`, `mcounteren` and `scounteren`. */
export const enum CounterBit {
  CY = 1,
  TM = 2,
  IR = 4,
}

/** Counters are numbered as the bits of `mcountinhibit` are. */
export const CYCLE_COUNTER = 0;
export const RETIRED_COUNTER = 2;
const FIRST_EVENT_COUNTER = 3;
const COUNTERS = 32;
export const EVENT_COUNTERS: readonly number[] = Array.from(
  { length: COUNTERS - FIRST_EVENT_COUNTER },
  (_, i) => FIRST_EVENT_COUNTER + i,
);

/**
 * What an event counter can count, as the value of its `mhpmevent`. The numbers are those of the
 * events that SBI's PMU extension knows (and QEMU counts). Any other value counts nothing.
 */
const enum HardwareEvent {
  Cycles = 1,
  Instructions = 2,
}

/** Every counter; there is nothing that would hold `time`. */
const INHIBIT_WRITABLE = ~CounterBit.TM;
const TWO_TO_32 = 0x1_0000_0000;

/** What a clock model counts beside cycles and instructions. */
export interface EventSource {
  /** How often what a value of `mhpmevent` selects has happened; undefined if it selects nothing. */
  count(selector: number): number | undefined;
}

export class Counters {
  /** Absent: only cycles and instructions are counted. */
  events: EventSource | undefined;
  /** How often it was chosen what a counter counts: changes whenever a choice may have. */
  choices = 0;
  readonly #hart: HartState;
  readonly #clock: CycleClock;

  constructor(hart: HartState, clock: CycleClock) {
    this.#hart = hart;
    this.#clock = clock;
  }

  /** Instructions retired since reset. */
  get retired(): number {
    return this.cycle - this.#hart.nonRetiringCycles;
  }

  /** Cycles since reset, as far as this hart has come. */
  get cycle(): number {
    return this.#hart.isRunning ? this.#clock.now : this.#hart.localCycle;
  }

  readLow(counter: number): number {
    return (this.#cell(counter) + this.#followed(counter)) | 0;
  }

  readHigh(counter: number): number {
    const followed = this.#followed(counter);
    const carry = this.#cell(counter) + (followed % TWO_TO_32) >= TWO_TO_32 ? 1 : 0;
    const high = this.#hart.words[cellOf(counter) + 1];
    return (high + Math.floor(followed / TWO_TO_32) + carry) | 0;
  }

  /** Takes effect after the writing instruction: the next one reads what was written. */
  writeLow(counter: number, value: number): void {
    this.#write(counter, value, this.readHigh(counter));
  }

  writeHigh(counter: number, value: number): void {
    this.#write(counter, this.readLow(counter), value);
  }

  readEvent(counter: number): number {
    return this.#hart.words[eventOf(counter)];
  }

  /** Chooses what a counter counts from the next instruction on; it keeps its value. */
  writeEvent(counter: number, event: number): void {
    const [low, high] = [this.readLow(counter), this.readHigh(counter)];
    this.choices++;
    this.#hart.words[eventOf(counter)] = event;
    this.#write(counter, low, high);
  }

  /** `mcountinhibit`: from the next instruction on, a counter stands still or goes on. */
  writeInhibit(value: number): void {
    const { words } = this.#hart;
    const changed = (words[HartWord.Mcountinhibit] ^ value) & INHIBIT_WRITABLE;
    for (let counter = 0; counter < COUNTERS; counter++) {
      const bit = 1 << counter;
      if ((changed & bit) === 0) {
        continue;
      }
      // The instruction that stops a counter is still counted, if the counter counts anything.
      const own = (value & bit) !== 0 && this.#isCounting(counter) ? 1 : 0;
      const low = (this.readLow(counter) >>> 0) + own;
      const high = this.readHigh(counter) + (low >= TWO_TO_32 ? 1 : 0);
      words[HartWord.Mcountinhibit] ^= bit;
      this.#write(counter, low, high);
    }
  }

  /** The low word of a counter's cell, unsigned. */
  #cell(counter: number): number {
    return this.#hart.words[cellOf(counter)] >>> 0;
  }

  /** What a counter counts: its event. */
  #event(counter: number): number {
    switch (counter) {
      case CYCLE_COUNTER:
        return HardwareEvent.Cycles;
      case RETIRED_COUNTER:
        return HardwareEvent.Instructions;
      default:
        return this.readEvent(counter);
    }
  }

  /** How often an event has happened since reset; 0 for what is not counted. */
  #total(event: number): number {
    switch (event) {
      case HardwareEvent.Cycles:
        return this.cycle;
      case HardwareEvent.Instructions:
        return this.retired;
      default:
        return this.events?.count(event) ?? 0;
    }
  }

  #isInhibited(counter: number): boolean {
    return (this.#hart.words[HartWord.Mcountinhibit] & (1 << counter)) !== 0;
  }

  /** Whether every instruction makes the counter go on. */
  #isCounting(counter: number): boolean {
    const event = this.#event(counter);
    const isKnown =
      event === (HardwareEvent.Cycles as number) ||
      event === (HardwareEvent.Instructions as number);
    return isKnown && !this.#isInhibited(counter);
  }

  /** What the counter is at a distance from; nothing while it stands still. */
  #followed(counter: number): number {
    return this.#isInhibited(counter) ? 0 : this.#total(this.#event(counter));
  }

  #write(counter: number, low: number, high: number): void {
    const { words } = this.#hart;
    const cell = cellOf(counter);
    // The writing instruction itself is not counted any more.
    const followed = this.#isCounting(counter) ? this.#followed(counter) + 1 : 0;
    const followedLow = followed % TWO_TO_32;
    const borrow = low >>> 0 < followedLow ? 1 : 0;
    words[cell] = low - followedLow;
    words[cell + 1] = high - Math.floor(followed / TWO_TO_32) - borrow;
  }
}

/** The low word of a counter's cell. */
function cellOf(counter: number): number {
  switch (counter) {
    case CYCLE_COUNTER:
      return HartWord.McycleBase;
    case RETIRED_COUNTER:
      return HartWord.MinstretBase;
    default:
      return HartWord.MhpmcounterBase + 2 * (counter - FIRST_EVENT_COUNTER);
  }
}

function eventOf(counter: number): number {
  return HartWord.Mhpmevent + counter - FIRST_EVENT_COUNTER;
}
