/** Calls a function when something stores to a few bytes of RAM: how a mailbox in RAM is noticed. */
import { PAGE_SIZE, PageFlag } from '../hart/state-layout.ts';
import type { Ram, StoreWatcher } from './ram.ts';

export class StoreWatch implements StoreWatcher {
  readonly #offset: number;
  readonly #length: number;
  readonly #onStore: () => void;
  readonly #ram: Ram;

  /**
   * @param offset of the first byte in the machine's memory; the range does not cross a page
   * @param onStore called before the bytes change, in the middle of whatever stores them
   */
  constructor(ram: Ram, offset: number, length: number, onStore: () => void) {
    this.#offset = offset;
    this.#length = length;
    this.#onStore = onStore;
    this.#ram = ram;
    ram.addWatcher(this);
    ram.watchPage(offset, PageFlag.Mailbox);
  }

  /** Nothing is watched any more. */
  end(): void {
    this.#ram.removeWatcher(this);
    this.#ram.unwatchPage(this.#offset & -PAGE_SIZE, PageFlag.Mailbox);
  }

  beforeStore(offset: number, length: number, flags: number): void {
    if ((flags & PageFlag.Mailbox) === 0) return;
    if (offset < this.#offset + this.#length && this.#offset < offset + length) this.#onStore();
  }

  onPageWatched(): void {
    // What is watched here is known from the start, and no store translation is kept here.
  }

  watches(page: number, reason: PageFlag): boolean {
    return reason === PageFlag.Mailbox && page === (this.#offset & -PAGE_SIZE);
  }
}
