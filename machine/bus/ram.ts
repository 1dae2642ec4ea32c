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

/** Who keeps something that was derived from RAM. Addresses are physical. */
export interface StoreWatcher {
  /** Bytes of a watched page are about to change; the range lies within one page. */
  beforeStore(address: number, length: number, flags: number): void;
  /** A page became watched: stores to it must no longer bypass `Ram.announceStore`. */
  onPageWatched(page: number): void;
  /** Whether this watcher still needs the page to be watched for that reason. */
  watches(page: number, reason: PageFlag): boolean;
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

  contains(address: number, length: number): boolean {
    return address >= RAM_BASE && length >= 0 && address + length <= RAM_BASE + this.size;
  }

  /** The offset in the machine's memory of a physical address that is in RAM. */
  hostOffset(address: number): number {
    return address - RAM_BASE + Region.Ram;
  }

  /** The inverse of `hostOffset`. */
  physicalAddress(hostOffset: number): number {
    return hostOffset - Region.Ram + RAM_BASE;
  }

  /** From now on, every store to the page that holds `address` is announced to the watchers. */
  watchPage(address: number, reason: PageFlag.Code | PageFlag.PageTable | PageFlag.Clean): void {
    const index = (address - RAM_BASE) >>> PAGE_SHIFT;
    const flags = this.pageFlags[index];
    this.pageFlags[index] = (flags | reason) & ~PageFlag.StoreCached;
    if ((flags & PageFlag.StoreCached) !== 0) {
      for (const watcher of this.#watchers) {
        watcher.onPageWatched(address - (address % PAGE_SIZE));
      }
    }
  }

  /** One watcher no longer needs a page to be watched; it stays so while another does. */
  unwatchPage(page: number, reason: PageFlag.Code | PageFlag.PageTable): void {
    if (!this.#watchers.some((watcher) => watcher.watches(page, reason))) {
      this.pageFlags[(page - RAM_BASE) >>> PAGE_SHIFT] &= ~reason;
    }
  }

  /** Whether a store to the page of `address` may bypass `announceStore`; notes that one may. */
  mayCacheStores(address: number): boolean {
    const index = (address - RAM_BASE) >>> PAGE_SHIFT;
    if ((this.pageFlags[index] & WATCHED_PAGE) !== 0) {
      return false;
    }
    this.pageFlags[index] |= PageFlag.StoreCached;
    return true;
  }

  /** The flags of the page that holds an address in RAM. */
  flagsOf(address: number): number {
    return this.pageFlags[(address - RAM_BASE) >>> PAGE_SHIFT];
  }

  /**
   * To be called before every store that does not go through a store translation cache. The range
   * is in RAM, of any length.
   */
  announceStore(address: number, length: number): void {
    let at = address;
    const end = address + length;
    while (at < end) {
      const pageEnd = at - (at % PAGE_SIZE) + PAGE_SIZE;
      this.#announce(at, Math.min(end, pageEnd) - at, this.flagsOf(at) & WATCHED_PAGE);
      at = pageEnd;
    }
  }

  /** What the page table walker's update of A and D stores: it outdates no translation. */
  storeAccessedDirty(address: number, entry: number): void {
    this.#announce(address, 4, this.flagsOf(address) & (PageFlag.Code | PageFlag.Clean));
    this.store(address, 4, entry);
  }

  #announce(address: number, length: number, flags: number): void {
    if (flags !== 0) {
      this.pageFlags[(address - RAM_BASE) >>> PAGE_SHIFT] &= ~PageFlag.Clean;
      for (const watcher of this.#watchers) {
        watcher.beforeStore(address, length, flags);
      }
    }
  }

  readBytes(address: number, target: Uint8Array): boolean {
    if (!this.contains(address, target.length)) {
      return false;
    }
    const offset = this.hostOffset(address);
    target.set(this.bytes.subarray(offset, offset + target.length));
    return true;
  }

  writeBytes(address: number, source: Uint8Array): boolean {
    if (!this.contains(address, source.length)) {
      return false;
    }
    this.announceStore(address, source.length);
    this.bytes.set(source, this.hostOffset(address));
    return true;
  }

  read(address: number, width: 1 | 2 | 4): number | undefined {
    if (!this.contains(address, width)) {
      return undefined;
    }
    return this.load(address, width) >>> 0;
  }

  write(address: number, width: 1 | 2 | 4, value: number): boolean {
    if (!this.contains(address, width)) {
      return false;
    }
    this.announceStore(address, width);
    this.store(address, width, value);
    return true;
  }

  /** The value at an address known to be in RAM, of any alignment; 32-bit values are signed. */
  load(address: number, width: number): number {
    const offset = this.hostOffset(address);
    if (width === 4 && (offset & 3) === 0) {
      return this.words[offset >>> 2];
    }
    let value = 0;
    for (let i = 0; i < width; i++) {
      value |= this.bytes[offset + i] << (8 * i);
    }
    return value;
  }

  /** Stores to an address known to be in RAM, of any alignment, announcing nothing. */
  store(address: number, width: number, value: number): void {
    const offset = this.hostOffset(address);
    if (width === 4 && (offset & 3) === 0) {
      this.words[offset >>> 2] = value;
      return;
    }
    for (let i = 0; i < width; i++) {
      this.bytes[offset + i] = value >>> (8 * i);
    }
  }
}
