/**
 * When a guest is beyond help. One hart alone that can no longer come back is: nothing else would
 * ever run. With several, others may go on without it; so the guest is lost when each of the others
 * is lost as well, or waits for what only another hart could send it.
 */
import type { Hart } from './hart/hart.ts';
import { InterruptBit } from './hart/interrupts.ts';
import { HartWord } from './hart/state-layout.ts';

/** Interrupts that come from other harts alone. */
const FROM_HARTS = (1 << InterruptBit.MachineSoftware) | (1 << InterruptBit.SupervisorSoftware);

export class RunawayWatch {
  readonly #harts: readonly Hart[];
  /** Instructions that each hart had retired when it was last found to run wild; -1: never. */
  readonly #retiredThen: number[];

  constructor(harts: readonly Hart[]) {
    this.#harts = harts;
    this.#retiredThen = harts.map(() => -1);
  }

  /** Whether it is the end of the guest that this hart was found to run wild. */
  isEnd(hart: Hart): boolean {
    this.#retiredThen[hart.state.index] = hart.retired;
    return this.#harts.every((each) => this.#isLost(each));
  }

  reset(): void {
    this.#retiredThen.fill(-1);
  }

  /** What is remembered, to go back to. */
  save(): readonly number[] {
    return [...this.#retiredThen];
  }

  restore(saved: readonly number[]): void {
    for (const index of this.#retiredThen.keys()) {
      this.#retiredThen[index] = saved[index];
    }
  }

  #isLost(hart: Hart): boolean {
    const waitsForHarts = hart.isWaiting && (hart.state.words[HartWord.Mie] & ~FROM_HARTS) === 0;
    return waitsForHarts || this.#retiredThen[hart.state.index] === hart.retired;
  }
}
