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
 * Stores to the page of a table, none of its entries being used between them, after which it counts
 * as a table no more: a page that used to hold one and now holds data does not stay slow for ever.
 */
const STORES_TO_UNUSED_TABLE = 2048;

const PPN_MASK = 0x3f_ffff;
/** Stands for `satp` where addresses are not translated. */
const NO_TRANSLATION = 0;
/** Instead of the place of a root table: all of them. */
const ANY_ROOT = -1;

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
  /** How many slots have been taken from one way of translating for another. */
  reassigned = 0;

  constructor(count: number) {
    this.#count = count;
    this.#keys = new Int32Array(count);
    this.#satps = new Int32Array(count);
  }

  get used(): number {
    return this.#used;
  }

  satpOf(slot: number): number {
    return this.#satps[slot];
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
    if (slot < this.#used) {
      this.reassigned++;
    } else {
      this.#used = slot + 1;
    }
    this.#keys[slot] = key;
    this.#satps[slot] = satp;
    this.created = true;
    return slot;
  }
}

/** A page that holds entries from which cached translations came. */
interface TablePage {
  /** Whether some are a root's. */
  isRoot: boolean;
  /** If some are a second level's: the virtual 4 MiB regions that they were seen to map. */
  readonly regions: Set<number>;
  /** Stores since one of its entries was last used. */
  idleStores: number;
}

function emptyTable(): TablePage {
  return { isRoot: false, regions: new Set(), idleStores: 0 };
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

/** Words from the first entry for instructions of a way of translating to the one for an address. */
export function fetchIndex(address: number): number {
  return ((address >>> PAGE_SHIFT) & (TlbShape.FetchEntries - 1)) * 2;
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
  readonly #tables = new Map<number, TablePage>();
  /** What was noted last, since it is mostly the same again; -1 for the entry if it cannot be. */
  #lastRootEntry = -1;
  #lastLeafPage = -1;
  #lastRoot = emptyTable();
  #lastLeaf = this.#lastRoot;

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
    const slot = this.#dataSlots.find(key, (key & BARE) === 0 ? satp : NO_TRANSLATION);
    if (this.#dataSlots.created) {
      this.#clearDataSlot(slot);
    }
    return this.#dataBase + slot * TlbShape.DataSlotWords;
  }

  /** The number of the slot for a way of translating instruction addresses. */
  fetchSlot(key: number, satp: number): number {
    const slot = this.#fetchSlots.find(key, (key & BARE) === 0 ? satp : NO_TRANSLATION);
    if (this.#fetchSlots.created) {
      this.#clearFetchSlot(slot);
    }
    return slot;
  }

  /** Changes when a slot that `dataSlot` or `fetchSlot` returned has become another's. */
  get slotGeneration(): number {
    return this.#dataSlots.reassigned + this.#fetchSlots.reassigned;
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
    return this.fetchTlb(slot) + fetchIndex(address);
  }

  /** The first word of the entries of a slot. */
  fetchTlb(slot: number): number {
    return this.#fetchBase + slot * TlbShape.FetchSlotWords;
  }

  /**
   * Caches where loads from the page of `address` go: to `offset` in the machine's memory. If they
   * may, stores go there too from now on, unless the place is taken by another page that is only
   * stored to: two arrays, one read and one written, do not drive each other out.
   */
  fillLoad(base: number, address: number, offset: number, mayStore: boolean): void {
    const entry = base + dataIndex(address);
    const isFree = this.#words[entry] === this.#words[entry + TlbShape.StoreWords];
    this.#fill(entry, address, offset);
    if (mayStore && isFree && this.#ram.mayCacheStores(offset)) {
      this.#fill(entry + TlbShape.StoreWords, address, offset);
    }
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
    const leafPage = pageOf(leafEntry);
    if (rootEntry !== this.#lastRootEntry || leafPage !== this.#lastLeafPage) {
      this.#lastRoot = this.#tablePage(pageOf(rootEntry));
      this.#lastRoot.isRoot = true;
      this.#lastLeaf = this.#lastRoot;
      if (leafEntry >= 0) {
        this.#lastLeaf = this.#tablePage(leafPage);
        this.#lastLeaf.regions.add(address >>> ROOT_SHIFT);
      }
      this.#lastRootEntry = rootEntry;
      this.#lastLeafPage = leafPage;
    }
    this.#lastRoot.idleStores = 0;
    this.#lastLeaf.idleStores = 0;
  }

  #tablePage(page: number): TablePage {
    let table = this.#tables.get(page);
    if (table === undefined) {
      table = emptyTable();
      this.#tables.set(page, table);
      this.#ram.watchPage(page, PageFlag.PageTable);
    }
    return table;
  }

  beforeStore(offset: number, length: number, flags: number): void {
    if ((flags & PageFlag.PageTable) === 0) {
      return;
    }
    const page = pageOf(offset);
    const table = this.#tables.get(page);
    if (table === undefined) {
      return;
    }
    table.idleStores++;
    if (table.idleStores >= STORES_TO_UNUSED_TABLE) {
      this.#forgetTable(page, table);
      return;
    }
    for (let at = offset & -BYTES_PER_WORD; at < offset + length; at += BYTES_PER_WORD) {
      const entry = this.#words[at >>> 2];
      if ((entry & Pte.V) !== 0) {
        this.#dropEntryOf(page, table, (at >>> 2) & TABLE_INDEX_MASK, entry);
      } // Else it was never cached.
    }
  }

  /** Forgets what came from a valid entry of a table. */
  #dropEntryOf(page: number, table: TablePage, index: number, entry: number): void {
    if (table.isRoot) {
      this.#dropRegion(index, page);
    }
    if (table.regions.size > 0 && (entry & VALID_READABLE_LEAF) !== 0) {
      for (const region of table.regions) {
        this.#dropPage((region * ENTRIES_PER_TABLE + index) << PAGE_SHIFT);
      }
      if ((entry & Pte.X) !== 0) {
        this.#renewContexts();
      }
    }
  }

  /** Forgets everything that came from a table's page, which is watched no longer. */
  #forgetTable(page: number, table: TablePage): void {
    if (table.isRoot) {
      this.#dropSpaces(page);
    }
    for (const region of table.regions) {
      this.#dropRegion(region, ANY_ROOT);
    }
    this.#tables.delete(page);
    this.#ram.unwatchPage(page, PageFlag.PageTable);
    this.#lastRootEntry = -1;
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
    return reason === PageFlag.PageTable && this.#tables.has(page);
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

  /** Forgets a virtual 4 MiB region in the address spaces that a root table makes. */
  #dropRegion(region: number, root: number): void {
    for (let slot = 0; slot < this.#dataSlots.used; slot++) {
      if (this.#isMadeBy(this.#dataSlots.satpOf(slot), root)) {
        const base = this.#dataBase + slot * TlbShape.DataSlotWords;
        this.#dropRegionIn(region, base, TlbShape.DataSlotWords);
      }
    }
    for (let slot = 0; slot < this.#fetchSlots.used; slot++) {
      if (this.#isMadeBy(this.#fetchSlots.satpOf(slot), root)) {
        const base = this.#fetchBase + slot * TlbShape.FetchSlotWords;
        this.#dropRegionIn(region, base, TlbShape.FetchSlotWords);
        this.#contexts[slot] = this.#newContext();
      }
    }
    this.#hart.attention |= Attention.Regime;
  }

  #dropRegionIn(region: number, base: number, length: number): void {
    for (let entry = base; entry < base + length; entry += 2) {
      if (this.#words[entry] >>> ROOT_SHIFT === region) {
        this.#words[entry] = TlbShape.InvalidTag;
      }
    }
  }

  /** Forgets the address spaces that a root table makes. */
  #dropSpaces(root: number): void {
    for (let slot = 0; slot < this.#dataSlots.used; slot++) {
      if (this.#isMadeBy(this.#dataSlots.satpOf(slot), root)) {
        this.#clearDataSlot(slot);
      }
    }
    for (let slot = 0; slot < this.#fetchSlots.used; slot++) {
      if (this.#isMadeBy(this.#fetchSlots.satpOf(slot), root)) {
        this.#clearFetchSlot(slot);
      }
    }
    this.#hart.attention |= Attention.Regime;
  }

  /** Whether `satp` translates by the root table in the page `root`, or by any. */
  #isMadeBy(satp: number, root: number): boolean {
    return (
      satp !== NO_TRANSLATION &&
      (root === ANY_ROOT || this.#ram.offsetOfPage(satp & PPN_MASK) === root)
    );
  }

  /** Forgets every translation: when protection changed. */
  dropAll(): void {
    for (let slot = 0; slot < this.#dataSlots.used; slot++) {
      this.#clearDataSlot(slot);
    }
    for (let slot = 0; slot < this.#fetchSlots.used; slot++) {
      this.#clearFetchSlot(slot);
    }
    const pages = [...this.#tables.keys()];
    this.#tables.clear();
    for (const page of pages) {
      this.#ram.unwatchPage(page, PageFlag.PageTable);
    }
    this.#lastRootEntry = -1;
    this.#hart.attention |= Attention.Regime;
  }

  #clearDataSlot(slot: number): void {
    const base = this.#dataBase + slot * TlbShape.DataSlotWords;
    this.#words.fill(TlbShape.InvalidTag, base, base + TlbShape.DataSlotWords);
  }

  #clearFetchSlot(slot: number): void {
    const base = this.#fetchBase + slot * TlbShape.FetchSlotWords;
    this.#words.fill(TlbShape.InvalidTag, base, base + TlbShape.FetchSlotWords);
    this.#contexts[slot] = this.#newContext();
  }

  /** Decoded blocks must be found by translation again, where there is one. */
  #renewContexts(): void {
    for (let slot = 0; slot < this.#fetchSlots.used; slot++) {
      if (this.#fetchSlots.satpOf(slot) !== NO_TRANSLATION) {
        this.#contexts[slot] = this.#newContext();
      }
    }
    this.#hart.attention |= Attention.Regime;
  }

  #newContext(): number {
    // Zero marks a block that is no longer valid.
    this.#lastContext = (this.#lastContext + 1) | 0 || 1;
    return this.#lastContext;
  }
}
