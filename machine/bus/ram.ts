/**
 * Guest RAM inside the machine's memory, with the flag byte of each page that every store passes.
 */
import {
  MAXIMUM_RAM_BYTES,
  MINIMUM_RAM_BYTES,
  PAGE_SIZE,
  PageFlag,
  Region,
  WATCHED_PAGE,
} from '../hart/state-layout.ts';
import { RAM_BASE, type PhysicalMemory } from './physical-memory.ts';

const PAGE_SHIFT = 12;
const WASM_PAGE = 0x1_0000;

/** Watched pages of which the page table walker's update of an entry outdates something. */
const OUTDATED_BY_WALKER = WATCHED_PAGE & ~PageFlag.PageTable;

/** The page number of the first page of RAM. */
const RAM_BASE_PAGE = RAM_BASE / PAGE_SIZE;

/**
 * Who keeps something that was derived from RAM. Places are offsets in the machine's memory, as
 * everywhere inside the machine: unlike physical addresses they are small integers to the host.
 */
export interface StoreWatcher {
  /** Bytes of a watched page are about to change; the range lies within one page. */
  beforeStore(offset: number, length: number, flags: number): void;
  /** A page became watched: stores to it must no longer bypass `Ram.announceStore`. */
  onPageWatched(pageOffset: number): void;
  /** Every page became watched; absent where nothing is kept that bypasses it. */
  onEveryPageWatched?(): void;
  /** Whether this watcher still needs the page to be watched for that reason. */
  watches(pageOffset: number, reason: PageFlag): boolean;
}

/** An impossible amount of RAM. */
export class RamSizeError extends Error {
  constructor(bytes: number) {
    super(
      `${bytes} bytes of RAM are impossible: a multiple of ${PAGE_SIZE} ` +
        `from ${MINIMUM_RAM_BYTES >> 20} MiB to ${MAXIMUM_RAM_BYTES >> 20} MiB`,
    );
    this.name = 'RamSizeError';
  }
}

export class Ram implements PhysicalMemory {
  readonly base = RAM_BASE;
  readonly size: number;
  /** The memory that holds the whole machine, as `state-layout.ts` says. Never grows. */
  readonly buffer: ArrayBuffer;
  /** Views of the whole memory. */
  readonly words: Int32Array;
  readonly halves: Uint16Array;
  readonly bytes: Uint8Array;
  /** `PageFlag` bits of each page of RAM, by page number within RAM. */
  readonly pageFlags: Uint8Array;
  readonly #watchers: StoreWatcher[] = [];
  #onDeviceStore: (offset: number, length: number) => void = () => undefined;

  /** @throws RamSizeError */
  constructor(size: number) {
    if (size % PAGE_SIZE !== 0 || size < MINIMUM_RAM_BYTES || size > MAXIMUM_RAM_BYTES) {
      throw new RamSizeError(size);
    }
    this.size = size;
    const pages = Math.ceil((Region.Ram + size) / WASM_PAGE);
    this.buffer = new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer;
    this.words = new Int32Array(this.buffer);
    this.halves = new Uint16Array(this.buffer);
    this.bytes = new Uint8Array(this.buffer);
    this.pageFlags = new Uint8Array(this.buffer, Region.PageFlags, size / PAGE_SIZE);
  }

  addWatcher(watcher: StoreWatcher): void {
    this.#watchers.push(watcher);
  }

  removeWatcher(watcher: StoreWatcher): void {
    this.#watchers.splice(this.#watchers.indexOf(watcher), 1);
  }

  /** Who is told of every store that no hart makes, watched or not. */
  onDeviceStore(listener: (offset: number, length: number) => void): void {
    this.#onDeviceStore = listener;
  }

  contains(address: number, length: number): boolean {
    return address >= RAM_BASE && length >= 0 && address + length <= RAM_BASE + this.size;
  }

  /** The offset in the machine's memory of a physical address that is in RAM. */
  offsetOf(address: number): number {
    return address - RAM_BASE + Region.Ram;
  }

  /** The offset of a physical page, by its number, or -1 if it is not RAM. */
  offsetOfPage(page: number): number {
    const index = page - RAM_BASE_PAGE;
    return index >= 0 && index < this.pageFlags.length ? Region.Ram + index * PAGE_SIZE : -1;
  }

  /** From now on, every store to the page that holds `offset` is announced to the watchers. */
  watchPage(
    offset: number,
    reason:
      PageFlag.Code | PageFlag.PageTable | PageFlag.Clean | PageFlag.Mailbox | PageFlag.Reserved,
  ): void {
    const index = pageIndex(offset);
    const flags = this.pageFlags[index];
    this.pageFlags[index] = (flags | reason) & ~PageFlag.StoreCached;
    if ((flags & PageFlag.StoreCached) !== 0) {
      for (const watcher of this.#watchers) {
        watcher.onPageWatched(pageOffsetOf(offset));
      }
    }
  }

  /** From now on, the first store to each page is announced to the watchers. */
  watchEveryPage(): void {
    const { pageFlags } = this;
    for (let index = 0; index < pageFlags.length; index++) {
      pageFlags[index] = (pageFlags[index] | PageFlag.Clean) & ~PageFlag.StoreCached;
    }
    for (const watcher of this.#watchers) {
      watcher.onEveryPageWatched?.();
    }
  }

  /** One watcher no longer needs a page to be watched; it stays so while another does. */
  unwatchPage(
    pageOffset: number,
    reason: PageFlag.Code | PageFlag.PageTable | PageFlag.Mailbox | PageFlag.Reserved,
  ): void {
    if (!this.#watchers.some((watcher) => watcher.watches(pageOffset, reason))) {
      this.pageFlags[pageIndex(pageOffset)] &= ~reason;
    }
  }

  /** Whether a store to the page of `offset` may bypass `announceStore`; notes that one may. */
  mayCacheStores(offset: number): boolean {
    const index = pageIndex(offset);
    if ((this.pageFlags[index] & WATCHED_PAGE) !== 0) {
      return false;
    }
    this.pageFlags[index] |= PageFlag.StoreCached;
    return true;
  }

  /** The flags of the page that holds an offset in RAM. */
  flagsOf(offset: number): number {
    return this.pageFlags[pageIndex(offset)];
  }

  /**
   * To be called before every store that does not go through a store translation cache. The range
   * is in RAM, of any length.
   */
  announceStore(offset: number, length: number): void {
    let at = offset;
    const end = offset + length;
    while (at < end) {
      const pageEnd = pageOffsetOf(at) + PAGE_SIZE;
      this.#announce(at, Math.min(end, pageEnd) - at, this.flagsOf(at) & WATCHED_PAGE);
      at = pageEnd;
    }
  }

  /** What the page table walker's update of A and D stores: it outdates no translation. */
  storeAccessedDirty(offset: number, entry: number): void {
    this.#announce(offset, 4, this.flagsOf(offset) & OUTDATED_BY_WALKER);
    this.words[offset >>> 2] = entry;
  }

  #announce(offset: number, length: number, flags: number): void {
    if (flags !== 0) {
      this.pageFlags[pageIndex(offset)] &= ~PageFlag.Clean;
      for (const watcher of this.#watchers) {
        watcher.beforeStore(offset, length, flags);
      }
    }
  }

  readBytes(address: number, target: Uint8Array): boolean {
    if (!this.contains(address, target.length)) {
      return false;
    }
    const offset = this.offsetOf(address);
    target.set(this.bytes.subarray(offset, offset + target.length));
    return true;
  }

  writeBytes(address: number, source: Uint8Array): boolean {
    if (!this.contains(address, source.length)) {
      return false;
    }
    const offset = this.offsetOf(address);
    this.announceStore(offset, source.length);
    this.#onDeviceStore(offset, source.length);
    this.bytes.set(source, offset);
    return true;
  }

  read(address: number, width: 1 | 2 | 4): number | undefined {
    if (!this.contains(address, width)) {
      return undefined;
    }
    return this.load(this.offsetOf(address), width) >>> 0;
  }

  write(address: number, width: 1 | 2 | 4, value: number): boolean {
    if (!this.contains(address, width)) {
      return false;
    }
    const offset = this.offsetOf(address);
    this.announceStore(offset, width);
    this.#onDeviceStore(offset, width);
    this.store(offset, width, value);
    return true;
  }

  /** The value at an offset in RAM, of any alignment; 32-bit values are signed. */
  load(offset: number, width: number): number {
    if (width === 4 && (offset & 3) === 0) {
      return this.words[offset >>> 2];
    }
    let value = 0;
    for (let i = 0; i < width; i++) {
      value |= this.bytes[offset + i] << (8 * i);
    }
    return value;
  }

  /** Stores to an offset in RAM, of any alignment, announcing nothing. */
  store(offset: number, width: number, value: number): void {
    if (width === 4 && (offset & 3) === 0) {
      this.words[offset >>> 2] = value;
      return;
    }
    for (let i = 0; i < width; i++) {
      this.bytes[offset + i] = value >>> (8 * i);
    }
  }
}

function pageOffsetOf(offset: number): number {
  return offset & -PAGE_SIZE;
}

/** The number within RAM of the page that holds an offset. */
function pageIndex(offset: number): number {
  return (offset - Region.Ram) >> PAGE_SHIFT;
}
