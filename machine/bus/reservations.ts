/**
 * What breaks the reservations of LR (RISC-V Unprivileged ISA, "Load-Reserved/Store-Conditional
 * Instructions"): a store to the reserved word by another hart or by a device, even of the value
 * that it has already. The reservation set is that word alone. A hart's own stores break its
 * reservation only by changing the word, which SC sees for itself.
 *
 * Only one hart runs at a time. While one stands still with a reservation, stores to the page take
 * the slow path; the page stays so for a while, since locks are taken again and again.
 */
import type { HartState } from '../hart/hart-state.ts';
import { HartWord, PAGE_SIZE, PageFlag } from '../hart/state-layout.ts';
import type { TurnWatcher } from '../timing/quantum.ts';
import type { Ram, StoreWatcher } from './ram.ts';

const WORD_BYTES = 4;
/** Stores to a watched page in which nobody has a reservation, until it is watched no longer. */
const IDLE_STORES = 256;

export class Reservations implements StoreWatcher, TurnWatcher {
  readonly #ram: Ram;
  readonly #harts: readonly HartState[];
  /** Watched pages, by offset, and the stores to each since a reservation was in it. */
  readonly #pages = new Map<number, number>();
  #running: HartState;

  constructor(ram: Ram, harts: readonly HartState[]) {
    this.#ram = ram;
    this.#harts = harts;
    this.#running = harts[0];
    ram.addWatcher(this);
    ram.onDeviceStore((offset, length) => {
      for (const hart of harts) {
        breakIfInside(hart, offset, length);
      }
    });
  }

  onTurn(from: HartState, to: HartState): void {
    this.#running = to;
    if (from.words[HartWord.ReservationValid] !== 0) {
      this.#watch(from.words[HartWord.ReservationOffset] & -PAGE_SIZE);
    }
  }

  #watch(page: number): void {
    if (!this.#pages.has(page)) {
      this.#ram.watchPage(page, PageFlag.Reserved);
    }
    this.#pages.set(page, 0);
  }

  beforeStore(offset: number, length: number, flags: number): void {
    if ((flags & PageFlag.Reserved) === 0) {
      return;
    }
    const page = offset & -PAGE_SIZE;
    let inUse = false;
    for (const hart of this.#harts) {
      if (hart !== this.#running) {
        breakIfInside(hart, offset, length);
        inUse ||= isReservedIn(hart, page);
      }
    }
    if (!inUse) {
      this.#countIdleStore(page);
    }
  }

  #countIdleStore(page: number): void {
    const stores = (this.#pages.get(page) ?? 0) + 1;
    if (stores < IDLE_STORES) {
      this.#pages.set(page, stores);
    } else {
      this.#pages.delete(page);
      this.#ram.unwatchPage(page, PageFlag.Reserved);
    }
  }

  onPageWatched(): void {
    // No store translation is kept here.
  }

  watches(page: number, reason: PageFlag): boolean {
    return reason === PageFlag.Reserved && this.#pages.has(page);
  }

  /** After a reset: nobody has a reservation, and the first hart runs. */
  reset(): void {
    this.#forgetPages();
    [this.#running] = this.#harts;
  }

  /** Follows cells of harts that have been replaced. */
  stateReplaced(running: HartState): void {
    this.#forgetPages();
    this.#running = running;
    for (const { words } of this.#harts) {
      if (words !== running.words && words[HartWord.ReservationValid] !== 0) {
        this.#watch(words[HartWord.ReservationOffset] & -PAGE_SIZE);
      }
    }
  }

  #forgetPages(): void {
    for (const page of [...this.#pages.keys()]) {
      this.#pages.delete(page);
      this.#ram.unwatchPage(page, PageFlag.Reserved);
    }
  }
}

function breakIfInside({ words }: HartState, offset: number, length: number): void {
  const reserved = words[HartWord.ReservationOffset];
  if (offset < reserved + WORD_BYTES && reserved < offset + length) {
    words[HartWord.ReservationValid] = 0;
  }
}

function isReservedIn({ words }: HartState, page: number): boolean {
  return (
    words[HartWord.ReservationValid] !== 0 &&
    (words[HartWord.ReservationOffset] & -PAGE_SIZE) === page
  );
}
