/**
 * The software TLB of one hart: which virtual pages are known to lie where in RAM, per way of
 * translating (mode, `satp`, SUM, MXR), so that neither traps nor `satp` writes need a flush.
 *
 * Nothing here is ever stale. A store to a page-table entry that some cached translation came from
 * drops what came from it, before the store; so `sfence.vma` has nothing left to do, and dropping
 * everything at any moment changes nothing that a guest could see.
 */
import type { Ram, StoreWatcher } from '../bus/ram.ts';
import { Attention, type HartState } from './hart-state.ts';
import { Pte } from './page-table-walk.ts';
import { Privilege } from './privilege.ts';
import { HartRegion, PageFlag, TlbShape } from './state-layout.ts';

const BYTES_PER_WORD = 4;
const PAGE_MASK = -4096;
const ENTRIES_PER_TABLE = 1024;
const TABLE_INDEX_MASK = 0x3ff;
const ROOT_SHIFT = 22;
const PAGE_SHIFT = 12;
const VALID_READABLE_LEAF = Pte.R | Pte.W | Pte.X;

/**
 * Stores to page-table pages after which everything is dropped, so that a page that used to hold a
 * table and now holds data does not stay slow for ever.
 */
const TABLE_STORES_BEFORE_FLUSH = 256;

/** `key` of a way of translating: a small number, so that the last slot of each can be remembered. */
const KEYS = 32;
const BARE = 16;
const KEY_SUM = 4;
const KEY_MXR = 8;

/** A few slots, each for one (key, satp); the least recently created gives way. */
class SlotTable {
  readonly #keys: Int32Array;
  readonly #satps: Int32Array;
  readonly #recent = new Int32Array(KEYS).fill(-1);
  readonly #count: number;
  #used = 0;
  #next = 0;
  /** Whether the last `find` had to create the slot. */
  created = false;

  constructor(count: number) {
    this.#count = count;
    this.#keys = new Int32Array(count);
    this.#satps = new Int32Array(count);
  }

  get used(): number {
    return this.#used;
  }

  find(key: number, satp: number): number {
    const recent = this.#recent[key];
    this.created = false;
    if (recent >= 0 && this.#keys[recent] === key && this.#satps[recent] === satp) {
      return recent;
    }
    let slot = 0;
    while (slot < this.#used && (this.#keys[slot] !== key || this.#satps[slot] !== satp)) {
      slot++;
    }
    if (slot === this.#used) {
      slot = this.#create(key, satp);
    }
    this.#recent[key] = slot;
    return slot;
  }

  #create(key: number, satp: number): number {
    const slot = this.#next;
    this.#next = (slot + 1) % this.#count;
    this.#used = Math.max(this.#used, slot + 1);
    this.#keys[slot] = key;
    this.#satps[slot] = satp;
    this.created = true;
    return slot;
  }
}

/** The first byte of the page that holds an offset in the machine's memory. */
function pageOf(offset: number): number {
  return offset & PAGE_MASK;
}

/** Words from a set's first entry to the one for an address. */
export function dataIndex(address: number): number {
  const folded = (address >>> PAGE_SHIFT) ^ (address >>> TlbShape.DataFoldShift);
  return (folded & (TlbShape.DataEntries - 1)) * 2;
}

/** The key of a way of translating data or instructions. */
export function translationKey(
  translates: boolean,
  privilege: Privilege,
  sum: boolean,
  mxr: boolean,
): number {
  if (!translates) {
    return BARE | privilege;
  }
  const userPages = sum && privilege === Privilege.Supervisor ? KEY_SUM : 0;
  return privilege | userPages | (mxr ? KEY_MXR : 0);
}

export class TranslationCache implements StoreWatcher {
  readonly #hart: HartState;
  readonly #ram: Ram;
  readonly #words: Int32Array;
  readonly #dataSlots = new SlotTable(TlbShape.DataSlots);
  readonly #fetchSlots = new SlotTable(TlbShape.FetchSlots);
  readonly #dataBase: number;
  readonly #fetchBase: number;
  /** What decoded blocks are stamped with when they were found in each fetch slot. */
  readonly #contexts = new Int32Array(TlbShape.FetchSlots);
  #lastContext = 0;
  /** Pages of second-level tables, by the virtual 4 MiB regions that they were seen to map. */
  readonly #leafTables = new Map<number, Set<number>>();
  readonly #rootTables = new Set<number>();
  #tableStores = 0;
  /** What was noted last, since it is mostly the same again. */
  #lastRootEntry = -1;
  #lastLeafPage = -1;

  constructor(hart: HartState, ram: Ram) {
    this.#hart = hart;
    this.#ram = ram;
    this.#words = ram.words;
    this.#dataBase = (hart.region + HartRegion.DataTlb) / BYTES_PER_WORD;
    this.#fetchBase = (hart.region + HartRegion.FetchTlb) / BYTES_PER_WORD;
    ram.addWatcher(this);
  }

  /** The first word of the load entries for a way of translating data. */
  dataSlot(key: number, satp: number): number {
    const slot = this.#dataSlots.find(key, (key & BARE) === 0 ? satp : 0);
    const base = this.#dataBase + slot * TlbShape.DataSlotWords;
    if (this.#dataSlots.created) {
      this.#words.fill(TlbShape.InvalidTag, base, base + TlbShape.DataSlotWords);
    }
    return base;
  }

  /** The number of the slot for a way of translating instruction addresses. */
  fetchSlot(key: number, satp: number): number {
    const slot = this.#fetchSlots.find(key, (key & BARE) === 0 ? satp : 0);
    if (this.#fetchSlots.created) {
      this.#clearFetchSlot(slot);
    }
    return slot;
  }

  /** The stamp of blocks that were reached through a fetch slot since it last lost anything. */
  fetchContext(slot: number): number {
    return this.#contexts[slot];
  }

  /** The offset in the machine's memory of the instruction at `address`, or -1 if not cached. */
  lookupFetch(slot: number, address: number): number {
    const entry = this.#fetchEntry(slot, address);
    if (this.#words[entry] !== (address & PAGE_MASK)) {
      return -1;
    }
    return (address + this.#words[entry + 1]) | 0;
  }

  fillFetch(slot: number, address: number, offset: number): void {
    this.#fill(this.#fetchEntry(slot, address), address, offset);
  }

  #fetchEntry(slot: number, address: number): number {
    const index = (address >>> PAGE_SHIFT) & (TlbShape.FetchEntries - 1);
    return this.#fetchBase + slot * TlbShape.FetchSlotWords + index * 2;
  }

  /** Caches where loads from the page of `address` go: to `offset` in the machine's memory. */
  fillLoad(base: number, address: number, offset: number): void {
    this.#fill(base + dataIndex(address), address, offset);
  }

  /** Caches where stores go, unless stores to that page are watched. */
  fillStore(base: number, address: number, offset: number): void {
    if (this.#ram.mayCacheStores(offset)) {
      this.#fill(base + TlbShape.StoreWords + dataIndex(address), address, offset);
    }
  }

  #fill(entry: number, address: number, offset: number): void {
    this.#words[entry] = address & PAGE_MASK;
    this.#words[entry + 1] = offset - address;
  }

  /**
   * A walk for `address` read these entries, given by their offsets in the machine's memory: from
   * now on a store to either is noticed. `leafEntry` is -1 for a superpage.
   */
  noteTables(address: number, rootEntry: number, leafEntry: number): void {
    const region = address >>> ROOT_SHIFT;
    if (rootEntry === this.#lastRootEntry && leafEntry >> PAGE_SHIFT === this.#lastLeafPage) {
      return;
    }
    this.#lastRootEntry = rootEntry;
    this.#lastLeafPage = leafEntry >> PAGE_SHIFT;
    const rootPage = pageOf(rootEntry);
    if (!this.#rootTables.has(rootPage)) {
      this.#rootTables.add(rootPage);
      this.#ram.watchPage(rootPage, PageFlag.PageTable);
    }
    if (leafEntry < 0) {
      return;
    }
    const leafPage = pageOf(leafEntry);
    const regions = this.#leafTables.get(leafPage);
    if (regions === undefined) {
      this.#leafTables.set(leafPage, new Set([region]));
      this.#ram.watchPage(leafPage, PageFlag.PageTable);
    } else {
      regions.add(region);
    }
  }

  beforeStore(offset: number, length: number, flags: number): void {
    if ((flags & PageFlag.PageTable) === 0) {
      return;
    }
    const page = pageOf(offset);
    const regions = this.#leafTables.get(page);
    const isRoot = this.#rootTables.has(page);
    if (regions === undefined && !isRoot) {
      return;
    }
    this.#tableStores++;
    if (this.#tableStores >= TABLE_STORES_BEFORE_FLUSH) {
      this.dropAll();
      return;
    }
    for (let at = offset & -BYTES_PER_WORD; at < offset + length; at += BYTES_PER_WORD) {
      const entry = this.#words[at >>> 2];
      if ((entry & Pte.V) === 0) {
        continue; // An invalid entry was never cached.
      }
      if (isRoot) {
        this.dropAll();
        return;
      }
      const index = (at >>> 2) & TABLE_INDEX_MASK;
      if (regions !== undefined && (entry & VALID_READABLE_LEAF) !== 0) {
        for (const region of regions) {
          this.#dropPage((region * ENTRIES_PER_TABLE + index) << PAGE_SHIFT);
        }
        if ((entry & Pte.X) !== 0) {
          this.#renewContexts();
        }
      }
    }
  }

  /** Stores to a physical page must be seen from now on. */
  onPageWatched(pageOffset: number): void {
    for (let slot = 0; slot < this.#dataSlots.used; slot++) {
      const base = this.#dataBase + slot * TlbShape.DataSlotWords + TlbShape.StoreWords;
      for (let entry = base; entry < base + TlbShape.DataEntries * 2; entry += 2) {
        if (((this.#words[entry] + this.#words[entry + 1]) | 0) === pageOffset) {
          this.#words[entry] = TlbShape.InvalidTag;
        }
      }
    }
  }

  /** Stores to every page must be seen from now on. */
  onEveryPageWatched(): void {
    for (let slot = 0; slot < this.#dataSlots.used; slot++) {
      const base = this.#dataBase + slot * TlbShape.DataSlotWords + TlbShape.StoreWords;
      this.#words.fill(TlbShape.InvalidTag, base, base + TlbShape.DataEntries * 2);
    }
  }

  watches(page: number, reason: PageFlag): boolean {
    return (
      reason === PageFlag.PageTable && (this.#rootTables.has(page) || this.#leafTables.has(page))
    );
  }

  #dropPage(address: number): void {
    const index = dataIndex(address);
    for (let slot = 0; slot < this.#dataSlots.used; slot++) {
      const load = this.#dataBase + slot * TlbShape.DataSlotWords + index;
      this.#dropEntry(load, address);
      this.#dropEntry(load + TlbShape.StoreWords, address);
    }
    for (let slot = 0; slot < this.#fetchSlots.used; slot++) {
      this.#dropEntry(this.#fetchEntry(slot, address), address);
    }
  }

  #dropEntry(entry: number, page: number): void {
    if (this.#words[entry] === page) {
      this.#words[entry] = TlbShape.InvalidTag;
    }
  }

  /** Forgets every translation: when protection changed, and when a root table did. */
  dropAll(): void {
    const dataWords = this.#dataSlots.used * TlbShape.DataSlotWords;
    this.#words.fill(TlbShape.InvalidTag, this.#dataBase, this.#dataBase + dataWords);
    for (let slot = 0; slot < this.#fetchSlots.used; slot++) {
      this.#clearFetchSlot(slot);
    }
    const pages = [...this.#rootTables, ...this.#leafTables.keys()];
    this.#rootTables.clear();
    this.#leafTables.clear();
    for (const page of pages) {
      this.#ram.unwatchPage(page, PageFlag.PageTable);
    }
    this.#tableStores = 0;
    this.#lastRootEntry = -1;
    this.#hart.attention |= Attention.Regime;
  }

  #clearFetchSlot(slot: number): void {
    const base = this.#fetchBase + slot * TlbShape.FetchSlotWords;
    this.#words.fill(TlbShape.InvalidTag, base, base + TlbShape.FetchSlotWords);
    this.#contexts[slot] = this.#newContext();
  }

  /** Decoded blocks must be found by translation again. */
  #renewContexts(): void {
    for (let slot = 0; slot < this.#fetchSlots.used; slot++) {
      this.#contexts[slot] = this.#newContext();
    }
    this.#hart.attention |= Attention.Regime;
  }

  #newContext(): number {
    // Zero marks a block that is no longer valid.
    this.#lastContext = (this.#lastContext + 1) | 0 || 1;
    return this.#lastContext;
  }
}
