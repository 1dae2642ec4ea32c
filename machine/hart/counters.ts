/**
 * `mcycle` and `minstret`: 64-bit counters that follow the clock at a distance (RISC-V Privileged
 * Architecture 3.1.10 to 3.1.12). The cell of each holds that distance while the counter runs, and
 * its value while `mcountinhibit` holds it still, so that counting costs nothing.
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

const TWO_TO_32 = 0x1_0000_0000;

/** A counter that follows the clock. */
export interface Counter {
  /** Its cell in the state: two words, the low one first. */
  readonly base: HartWord.McycleBase | HartWord.MinstretBase;
  /** Its bit in `mcountinhibit`. */
  readonly inhibit: CounterBit.CY | CounterBit.IR;
}

export const CYCLE_COUNTER: Counter = { base: HartWord.McycleBase, inhibit: CounterBit.CY };
export const RETIRED_COUNTER: Counter = { base: HartWord.MinstretBase, inhibit: CounterBit.IR };

export class Counters {
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

  readLow(counter: Counter): number {
    return (this.#low(counter.base) + this.#followed(counter)) | 0;
  }

  readHigh(counter: Counter): number {
    const followed = this.#followed(counter);
    const carry = this.#low(counter.base) + (followed % TWO_TO_32) >= TWO_TO_32 ? 1 : 0;
    return (this.#hart.words[counter.base + 1] + Math.floor(followed / TWO_TO_32) + carry) | 0;
  }

  /** Takes effect after the writing instruction: the next one reads what was written. */
  writeLow(counter: Counter, value: number): void {
    this.#write(counter, value, this.#high(counter));
  }

  writeHigh(counter: Counter, value: number): void {
    this.#write(counter, this.readLow(counter), value);
  }

  /** `mcountinhibit`; a counter that stops or starts keeps its value. */
  writeInhibit(value: number): void {
    const previous = this.#hart.words[HartWord.Mcountinhibit];
    const next = value & (CounterBit.CY | CounterBit.IR);
    for (const counter of [CYCLE_COUNTER, RETIRED_COUNTER]) {
      if (((previous ^ next) & counter.inhibit) !== 0) {
        const low = this.readLow(counter);
        const high = this.readHigh(counter);
        this.#hart.words[HartWord.Mcountinhibit] ^= counter.inhibit;
        this.#write(counter, low, high);
      }
    }
  }

  #low(base: number): number {
    return this.#hart.words[base] >>> 0;
  }

  #high(counter: Counter): number {
    return this.readHigh(counter);
  }

  #isInhibited(counter: Counter): boolean {
    return (this.#hart.words[HartWord.Mcountinhibit] & counter.inhibit) !== 0;
  }

  /** What the counter is at a distance from; nothing while it stands still. */
  #followed(counter: Counter): number {
    if (this.#isInhibited(counter)) {
      return 0;
    }
    return counter.inhibit === CounterBit.CY ? this.cycle : this.retired;
  }

  #write(counter: Counter, low: number, high: number): void {
    const { words } = this.#hart;
    // The writing instruction itself is not counted any more.
    const followed = this.#isInhibited(counter) ? 0 : this.#followed(counter) + 1;
    const followedLow = followed % TWO_TO_32;
    const borrow = low >>> 0 < followedLow ? 1 : 0;
    words[counter.base] = low - followedLow;
    words[counter.base + 1] = high - Math.floor(followed / TWO_TO_32) - borrow;
  }
}
