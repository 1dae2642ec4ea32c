/**
 * The slow path of every memory access of a hart: translation, protection, devices, misaligned
 * accesses, and the pages whose stores are watched. What it finds out about ordinary pages goes
 * into the translation cache, where the engine's fast path finds it.
 *
 * Methods that fail raise an exception on the hart and return something meaningless.
 */
import type { DeviceBus } from '../bus/device-bus.ts';
import type { Ram } from '../bus/ram.ts';
import { isTranslating } from './csr-file.ts';
import { Menvcfgh } from './environment.ts';
import { Attention, type HartState } from './hart-state.ts';
import { Mstatus } from './mstatus.ts';
import { WalkOutcome, type PageTableWalker, type TranslationMode } from './page-table-walk.ts';
import { PmpVerdict, type Pmp } from './pmp.ts';
import { Access, Privilege, privilegeOf } from './privilege.ts';
import { HartWord, PAGE_SIZE, TlbShape } from './state-layout.ts';
import { ExceptionCause, accessFault, pageFault } from './trap-causes.ts';
import { dataIndex, translationKey, type TranslationCache } from './translation-cache.ts';

const PAGE_MASK = -4096;
const OFFSET_MASK = 4095;
const PAGE_SHIFT = 12;
const WORD_BYTES = 4;
const DOUBLE_BYTES = 8;
const BYTE_BITS = 8;
const BYTE_MASK = 0xff;
/** Instructions are fetched in halves of 32 bits, since that is how they are aligned. */
const HALF_BYTES = 2;

/** What a translation comes to when it is not an offset in RAM. */
const enum Place {
  /** An exception was raised. */
  Failed = -1,
  /** Outside RAM, at `#devicePage`. */
  Device = -2,
}

interface FullTranslationMode extends TranslationMode {
  readonly translates: boolean;
}

/** A way of translating data and instructions, and where its translations are cached. */
interface Regime {
  /** What it follows from: `Regime` is found by these two. */
  readonly key: number;
  readonly satp: number;
  /** How loads and stores translate, MPRV considered, and how instruction fetches do. */
  readonly data: FullTranslationMode;
  readonly fetch: FullTranslationMode;
  readonly loadTlb: number;
  readonly fetchSlot: number;
}

/** Regimes that were used lately are kept by a hash of `key` and `satp`. */
const enum RegimeTable {
  Entries = 64,
  /** 2^32 divided by the golden ratio, which scatters keys. */
  HashMultiplier = 0x9e37_79b1,
  /** 32 less the bits of an index. */
  HashShift = 26,
  PrivilegeMask = 3,
}

/** A regime that matches nothing. */
const NO_REGIME: Regime = {
  key: -1,
  satp: 0,
  data: translationMode(0, 0, Privilege.Machine),
  fetch: translationMode(0, 0, Privilege.Machine),
  loadTlb: 0,
  fetchSlot: 0,
};

/** What of `mstatus` a regime follows from, MPP being looked at only while MPRV is set in M-mode. */
const REGIME_STATUS = Mstatus.SUM | Mstatus.MXR;
const MODIFIED_STATUS = Mstatus.MPRV | Mstatus.MPP;

export class MemoryUnit {
  readonly #hart: HartState;
  readonly #ram: Ram;
  readonly #bus: DeviceBus;
  readonly #pmp: Pmp;
  readonly #walker: PageTableWalker;
  readonly #cache: TranslationCache;
  #regime: Regime = NO_REGIME;
  readonly #regimes = new Array<Regime>(RegimeTable.Entries).fill(NO_REGIME);
  /** `slotGeneration` of the cache for which `#regimes` was filled. */
  #regimesGeneration = -1;
  /** The 8 bytes of an access that is that wide. */
  readonly #doubleWords = new Uint32Array(2);
  readonly #doubleBytes = new Uint8Array(this.#doubleWords.buffer);
  /** The number of the physical page that was last found to lie outside RAM. */
  #devicePage = 0;
  /** Word index of the load entries of the translation cache that are valid now. */
  loadTlb = 0;
  /** Word index of the entries for instructions that are valid now. */
  fetchTlb = 0;
  /** What blocks found by the present way of fetching are stamped with. */
  fetchContext = 0;
  /** After `translateFetch`: whether the whole page may be fetched from. */
  fetchedPageIsUniform = false;

  constructor(
    hart: HartState,
    ram: Ram,
    bus: DeviceBus,
    pmp: Pmp,
    walker: PageTableWalker,
    cache: TranslationCache,
  ) {
    this.#hart = hart;
    this.#ram = ram;
    this.#bus = bus;
    this.#pmp = pmp;
    this.#walker = walker;
    this.#cache = cache;
  }

  /** Follows a change of privilege, `mstatus`, `satp`, `menvcfg` or of what the cache holds. */
  refresh(): void {
    const { words } = this.#hart;
    const status = words[HartWord.Mstatus];
    const privilege = words[HartWord.Privilege];
    const satp = words[HartWord.Satp];
    const isModified = privilege === (Privilege.Machine as number) && (status & Mstatus.MPRV) !== 0;
    const key =
      privilege |
      (status & (isModified ? REGIME_STATUS | MODIFIED_STATUS : REGIME_STATUS)) |
      (words[HartWord.Menvcfgh] & Menvcfgh.ADUE);
    if (this.#regimesGeneration !== this.#cache.slotGeneration) {
      this.#forgetRegimes();
    }
    const mixed = key ^ Math.imul(satp, RegimeTable.HashMultiplier);
    const index = Math.imul(mixed, RegimeTable.HashMultiplier) >>> RegimeTable.HashShift;
    let regime = this.#regimes[index];
    if (regime.key !== key || regime.satp !== satp) {
      regime = this.#findRegime(key, satp);
      this.#regimes[index] = regime;
    }
    this.#regime = regime;
    this.loadTlb = regime.loadTlb;
    this.fetchTlb = this.#cache.fetchTlb(regime.fetchSlot);
    this.fetchContext = this.#cache.fetchContext(regime.fetchSlot);
  }

  #findRegime(key: number, satp: number): Regime {
    const privilege = privilegeOf(key & RegimeTable.PrivilegeMask);
    const effective =
      (key & Mstatus.MPRV) !== 0
        ? privilegeOf((key & Mstatus.MPP) >>> Mstatus.MppShift)
        : privilege;
    const data = translationMode(key, satp, effective);
    const fetch = translationMode(key, satp, privilege);
    const dataKey = translationKey(data.translates, effective, data.sum, data.mxr);
    const fetchKey = translationKey(fetch.translates, privilege, false, false);
    return {
      key,
      satp,
      data,
      fetch,
      loadTlb: this.#cache.dataSlot(dataKey, satp),
      fetchSlot: this.#cache.fetchSlot(fetchKey, satp),
    };
  }

  /** A slot of the cache has been given away: whose it was is not worth knowing. */
  #forgetRegimes(): void {
    this.#regimes.fill(NO_REGIME);
    this.#regimesGeneration = this.#cache.slotGeneration;
  }

  /** The unsigned value of `size` bytes at `address` (32-bit values as int32). */
  load(address: number, size: number): number {
    if ((address & OFFSET_MASK) + size > PAGE_SIZE) {
      return this.#loadAcrossPages(address, size);
    }
    const known = this.#cachedOffset(this.loadTlb, address);
    const place = known < 0 ? this.#translateData(address, size, Access.Load) : known;
    if (place >= 0) {
      return this.#ram.load(place, size);
    }
    if (place === (Place.Device as number)) {
      const value = this.#bus.read(this.#deviceAddress(address), size);
      if (value !== undefined) {
        return value | 0;
      }
      this.#hart.raise(ExceptionCause.LoadAccessFault, address);
    }
    return 0;
  }

  /** Stores the low `size` bytes of `value`. */
  store(address: number, size: number, value: number): void {
    if ((address & OFFSET_MASK) + size > PAGE_SIZE) {
      this.#storeAcrossPages(address, size, value);
      return;
    }
    const known = this.#cachedOffset(this.loadTlb + TlbShape.StoreWords, address);
    const place = known < 0 ? this.#translateData(address, size, Access.Store) : known;
    if (place >= 0) {
      this.#storeToRam(place, size, value);
    } else if (place === (Place.Device as number)) {
      const kept = size === WORD_BYTES ? value : value & ((1 << (size * 8)) - 1);
      if (!this.#bus.write(this.#deviceAddress(address), size, kept)) {
        this.#hart.raise(ExceptionCause.StoreAccessFault, address);
      }
    }
  }

  #storeToRam(offset: number, size: number, value: number): void {
    this.#ram.announceStore(offset, size);
    this.#ram.store(offset, size, value);
  }

  /** The high word of what `loadDouble` loaded last. */
  get loadedHigh(): number {
    return this.#doubleWords[1];
  }

  /** Loads 8 bytes of any alignment: returns the low word; the other one is `loadedHigh`. */
  loadDouble(address: number): number {
    if ((address & OFFSET_MASK) + DOUBLE_BYTES > PAGE_SIZE) {
      return this.#loadDoubleAcrossPages(address);
    }
    const known = this.#cachedOffset(this.loadTlb, address);
    const place = known < 0 ? this.#translateData(address, DOUBLE_BYTES, Access.Load) : known;
    if (place >= 0) {
      this.#doubleWords[0] = this.#ram.load(place, WORD_BYTES);
      this.#doubleWords[1] = this.#ram.load(place + WORD_BYTES, WORD_BYTES);
    } else if (place === (Place.Device as number)) {
      if (!this.#bus.readDouble(this.#deviceAddress(address), this.#doubleWords)) {
        this.#hart.raise(ExceptionCause.LoadAccessFault, address);
      }
    }
    return this.#doubleWords[0];
  }

  /** Stores 8 bytes at an address of any alignment. */
  storeDouble(address: number, low: number, high: number): void {
    if ((address & OFFSET_MASK) + DOUBLE_BYTES > PAGE_SIZE) {
      this.#storeDoubleAcrossPages(address, low, high);
      return;
    }
    const known = this.#cachedOffset(this.loadTlb + TlbShape.StoreWords, address);
    const place = known < 0 ? this.#translateData(address, DOUBLE_BYTES, Access.Store) : known;
    if (place >= 0) {
      this.#ram.announceStore(place, DOUBLE_BYTES);
      this.#ram.store(place, WORD_BYTES, low);
      this.#ram.store(place + WORD_BYTES, WORD_BYTES, high);
    } else if (place === (Place.Device as number)) {
      if (!this.#bus.writeDouble(this.#deviceAddress(address), low, high)) {
        this.#hart.raise(ExceptionCause.StoreAccessFault, address);
      }
    }
  }

  /** As `#loadAcrossPages`. */
  #loadDoubleAcrossPages(address: number): number {
    const firstSize = PAGE_SIZE - (address & OFFSET_MASK);
    const first = this.#translateRam(address, firstSize, Access.Load);
    if (first < 0) {
      return 0;
    }
    const secondAddress = (address + firstSize) | 0;
    const second = this.#translateRam(secondAddress, DOUBLE_BYTES - firstSize, Access.Load);
    if (second < 0) {
      return 0;
    }
    for (let i = 0; i < DOUBLE_BYTES; i++) {
      this.#doubleBytes[i] = this.#ram.bytes[i < firstSize ? first + i : second + i - firstSize];
    }
    return this.#doubleWords[0];
  }

  /** As `#storeAcrossPages`. */
  #storeDoubleAcrossPages(address: number, low: number, high: number): void {
    const firstSize = PAGE_SIZE - (address & OFFSET_MASK);
    const first = this.#translateRam(address, firstSize, Access.Store);
    if (first < 0) {
      return;
    }
    const secondAddress = (address + firstSize) | 0;
    const second = this.#translateRam(secondAddress, DOUBLE_BYTES - firstSize, Access.Store);
    if (second < 0) {
      return;
    }
    this.#doubleWords[0] = low;
    this.#doubleWords[1] = high;
    this.#ram.announceStore(first, firstSize);
    this.#ram.announceStore(second, DOUBLE_BYTES - firstSize);
    for (let i = 0; i < DOUBLE_BYTES; i++) {
      this.#ram.bytes[i < firstSize ? first + i : second + i - firstSize] = this.#doubleBytes[i];
    }
  }

  /**
   * The two parts of a misaligned load that lie in different pages; both are translated before
   * either is loaded, and the first fault counts.
   */
  #loadAcrossPages(address: number, size: number): number {
    const firstSize = PAGE_SIZE - (address & OFFSET_MASK);
    const secondSize = size - firstSize;
    const secondAddress = (address + firstSize) | 0;
    const first = this.#translateData(address, firstSize, Access.Load);
    if (first === (Place.Failed as number)) {
      return 0;
    }
    const firstPage = this.#devicePage;
    const second = this.#translateData(secondAddress, secondSize, Access.Load);
    if (second === (Place.Failed as number)) {
      return 0;
    }
    const low =
      first >= 0
        ? this.#ram.load(first, firstSize)
        : this.#loadFromDevice((firstPage + 1) * PAGE_SIZE - size, size, address) >>>
          (secondSize * BYTE_BITS);
    if ((this.#hart.attention & Attention.Exception) !== 0) {
      return 0;
    }
    const high =
      second >= 0
        ? this.#ram.load(second, secondSize)
        : this.#loadFromDevice(this.#devicePage * PAGE_SIZE, size, secondAddress) &
          ((1 << (secondSize * BYTE_BITS)) - 1);
    return low | (high << (firstSize * BYTE_BITS));
  }

  /** What a device has at a physical address: a part of an access to `address`. */
  #loadFromDevice(physical: number, size: number, address: number): number {
    const value = this.#bus.read(physical, size);
    if (value === undefined) {
      this.#hart.raise(ExceptionCause.LoadAccessFault, address);
    }
    return value ?? 0;
  }

  /** Both parts are translated before either is written. */
  #storeAcrossPages(address: number, size: number, value: number): void {
    const firstSize = PAGE_SIZE - (address & OFFSET_MASK);
    const secondSize = size - firstSize;
    const secondAddress = (address + firstSize) | 0;
    const first = this.#translateData(address, firstSize, Access.Store);
    if (first === (Place.Failed as number)) {
      return;
    }
    const firstPage = this.#devicePage;
    const second = this.#translateData(secondAddress, secondSize, Access.Store);
    if (second === (Place.Failed as number)) {
      return;
    }
    this.#storePart(first, firstPage, address, firstSize, value);
    if ((this.#hart.attention & Attention.Exception) === 0) {
      const rest = value >>> (firstSize * BYTE_BITS);
      this.#storePart(second, this.#devicePage, secondAddress, secondSize, rest);
    }
  }

  /** Stores to RAM, or to a device on the given page: there byte by byte, as QEMU does it. */
  #storePart(place: number, page: number, address: number, size: number, value: number): void {
    if (place >= 0) {
      this.#storeToRam(place, size, value);
      return;
    }
    const physical = page * PAGE_SIZE + (address & OFFSET_MASK);
    for (let i = 0; i < size; i++) {
      if (!this.#bus.write(physical + i, 1, (value >>> (i * BYTE_BITS)) & BYTE_MASK)) {
        this.#hart.raise(ExceptionCause.StoreAccessFault, (address + i) | 0);
        return;
      }
    }
  }

  /**
   * The offset in the machine's memory of an aligned word for an atomic instruction, with the
   * rights of a store (a load's for LR); negative after raising. Atomics on devices are refused, as
   * on a bus without them.
   */
  translateAtomic(address: number, access: Access.Load | Access.Store): number {
    const set = access === Access.Load ? this.loadTlb : this.loadTlb + TlbShape.StoreWords;
    const known = this.#cachedOffset(set, address);
    return known < 0 ? this.#translateRam(address, WORD_BYTES, access) : known;
  }

  /** Reads a word at an offset that `translateAtomic` gave. */
  loadAtomic(offset: number): number {
    return this.#ram.words[offset >>> 2];
  }

  storeAtomic(offset: number, value: number): void {
    this.#storeToRam(offset, WORD_BYTES, value);
  }

  /** Like `#translateData`, but only RAM will do. */
  #translateRam(address: number, size: number, access: Access): number {
    const place = this.#translateData(address, size, access);
    if (place === (Place.Device as number)) {
      this.#hart.raise(accessFault(access), address);
    }
    return place;
  }

  /** Where bytes of a page that the cache knows lie, or a negative number. */
  #cachedOffset(set: number, address: number): number {
    const entry = set + dataIndex(address);
    const { words } = this.#ram;
    return words[entry] === (address & PAGE_MASK) ? (address + words[entry + 1]) | 0 : -1;
  }

  /** Translates and checks an access within one page; fills the cache. An offset or a `Place`. */
  #translateData(address: number, size: number, access: Access): number {
    const page = this.#resolve(address, access, this.#regime.data);
    if (page < 0) {
      return Place.Failed;
    }
    const { privilege } = this.#regime.data;
    const verdict = this.#pmp.checkPage(page, access, privilege);
    if (verdict !== PmpVerdict.Allowed) {
      const physical = page * PAGE_SIZE + (address & OFFSET_MASK);
      if (verdict === PmpVerdict.Denied || !this.#pmp.allows(physical, size, access, privilege)) {
        this.#hart.raise(accessFault(access), address);
        return Place.Failed;
      }
    }
    const pageOffset = this.#ram.offsetOfPage(page);
    if (pageOffset < 0) {
      this.#devicePage = page;
      return Place.Device;
    }
    const offset = pageOffset + (address & OFFSET_MASK);
    if (verdict === PmpVerdict.Allowed) {
      this.#noteTables(address, this.#regime.data);
      if (access === Access.Load) {
        const mayStore = this.#mayStoreToo(page);
        this.#cache.fillLoad(this.loadTlb, address, offset, mayStore);
      } else {
        this.#cache.fillStore(this.loadTlb, address, offset);
      }
    }
    return offset;
  }

  /** Whether a store to the page that was just translated for a load would be allowed as well. */
  #mayStoreToo(page: number): boolean {
    const { data } = this.#regime;
    return (
      (!data.translates || this.#walker.allowsStores(data)) &&
      this.#pmp.checkPage(page, Access.Store, data.privilege) === PmpVerdict.Allowed
    );
  }

  /** The physical address of an access to the device page that was found last. */
  #deviceAddress(address: number): number {
    return this.#devicePage * PAGE_SIZE + (address & OFFSET_MASK);
  }

  /**
   * Where 16 bits of an instruction lie: an offset in RAM, `Place.Device` (then `fetchHalf` has
   * them), or `Place.Failed` after raising.
   */
  translateFetch(address: number): number {
    const known = this.#cache.lookupFetch(this.#regime.fetchSlot, address);
    if (known >= 0) {
      this.fetchedPageIsUniform = true;
      return known;
    }
    const page = this.#resolve(address, Access.Fetch, this.#regime.fetch);
    if (page < 0) {
      return Place.Failed;
    }
    const { privilege } = this.#regime.fetch;
    const verdict = this.#pmp.checkPage(page, Access.Fetch, privilege);
    this.fetchedPageIsUniform = verdict === PmpVerdict.Allowed;
    if (verdict !== PmpVerdict.Allowed) {
      const physical = page * PAGE_SIZE + (address & OFFSET_MASK);
      const isDenied = verdict === PmpVerdict.Denied;
      if (isDenied || !this.#pmp.allows(physical, HALF_BYTES, Access.Fetch, privilege)) {
        this.#hart.raise(ExceptionCause.InstructionAccessFault, address);
        return Place.Failed;
      }
    }
    const pageOffset = this.#ram.offsetOfPage(page);
    if (pageOffset < 0) {
      this.#devicePage = page;
      return Place.Device;
    }
    const offset = pageOffset + (address & OFFSET_MASK);
    this.#noteTables(address, this.#regime.fetch);
    if (this.fetchedPageIsUniform) {
      this.#cache.fillFetch(this.#regime.fetchSlot, address, offset);
    }
    return offset;
  }

  /** 16 bits of an instruction, wherever they are; meaningless after raising. */
  fetchHalf(address: number): number {
    const place = this.translateFetch(address);
    if (place >= 0) {
      return this.#ram.halves[place >>> 1];
    }
    if (place === (Place.Device as number)) {
      const value = this.#bus.read(this.#deviceAddress(address), HALF_BYTES);
      if (value !== undefined) {
        return value;
      }
      this.#hart.raise(ExceptionCause.InstructionAccessFault, address);
    }
    return 0;
  }

  /** Address translation alone: the number of the physical page, or -1 after raising. */
  #resolve(address: number, access: Access, mode: FullTranslationMode): number {
    if (!mode.translates) {
      return address >>> PAGE_SHIFT;
    }
    const outcome = this.#walker.walk(address, access, mode);
    if (outcome === WalkOutcome.Translated) {
      return this.#walker.page;
    }
    const isPageFault = outcome === WalkOutcome.PageFault;
    this.#hart.raise(isPageFault ? pageFault(access) : accessFault(access), address);
    return -1;
  }

  #noteTables(address: number, mode: FullTranslationMode): void {
    if (mode.translates) {
      this.#cache.noteTables(address, this.#walker.rootEntry, this.#walker.leafEntry);
    }
  }

  /**
   * Where an access of the current mode would go, or undefined if it would trap. Changes nothing:
   * no A or D bit, no cache, no exception.
   */
  peekTranslation(address: number, access: Access): number | undefined {
    const hadAttention = this.#hart.attention;
    this.refresh();
    const mode = access === Access.Fetch ? this.#regime.fetch : this.#regime.data;
    this.#hart.attention = hadAttention | Attention.Regime;
    let page = address >>> PAGE_SHIFT;
    if (mode.translates) {
      const outcome = this.#walker.walk(address, access, mode, true);
      if (outcome !== WalkOutcome.Translated) {
        return undefined;
      }
      page = this.#walker.page;
    }
    const physical = page * PAGE_SIZE + (address & OFFSET_MASK);
    const allowed = this.#pmp.allows(physical, 1, access, mode.privilege);
    return allowed ? physical : undefined;
  }
}

function translationMode(key: number, satp: number, privilege: Privilege): FullTranslationMode {
  return {
    satp,
    privilege,
    sum: (key & Mstatus.SUM) !== 0,
    mxr: (key & Mstatus.MXR) !== 0,
    adue: (key & Menvcfgh.ADUE) !== 0,
    translates: privilege !== Privilege.Machine && isTranslating(satp),
  };
}
