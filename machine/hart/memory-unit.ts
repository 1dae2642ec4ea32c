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
import { Attention, type HartState } from './hart-state.ts';
import { Mstatus } from './mstatus.ts';
import { WalkOutcome, type PageTableWalker } from './page-table-walk.ts';
import { PmpVerdict, type Pmp } from './pmp.ts';
import { Access, Privilege, privilegeOf } from './privilege.ts';
import { HartWord, PAGE_SIZE, TlbShape } from './state-layout.ts';
import { ExceptionCause, accessFault, pageFault } from './trap-causes.ts';
import { translationKey, type TranslationCache } from './translation-cache.ts';

const PAGE_MASK = -4096;
const OFFSET_MASK = 4095;
const WORD_BYTES = 4;
const FAILED = -1;

interface MutableTranslationMode {
  satp: number;
  privilege: Privilege;
  sum: boolean;
  mxr: boolean;
  translates: boolean;
}

export class MemoryUnit {
  readonly #hart: HartState;
  readonly #ram: Ram;
  readonly #bus: DeviceBus;
  readonly #pmp: Pmp;
  readonly #walker: PageTableWalker;
  readonly #cache: TranslationCache;
  /** How loads and stores translate now, MPRV considered, and how instruction fetches do. */
  readonly #data: MutableTranslationMode = bareMode();
  readonly #fetch: MutableTranslationMode = bareMode();
  #fetchSlot = 0;
  /** Word index of the load entries of the translation cache that are valid now. */
  loadTlb = 0;
  /** What blocks found by the present way of fetching are stamped with. */
  fetchContext = 0;
  /** After `translateFetch`: whether the whole page has the same protection and is RAM. */
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

  /** Follows a change of privilege, `mstatus`, `satp` or of what the cache holds. */
  refresh(): void {
    const { words, privilege } = this.#hart;
    const status = words[HartWord.Mstatus];
    const modified = privilege === Privilege.Machine && (status & Mstatus.MPRV) !== 0;
    const effective = modified
      ? privilegeOf((status & Mstatus.MPP) >>> Mstatus.MppShift)
      : privilege;
    this.#setMode(this.#fetch, privilege);
    this.#setMode(this.#data, effective);
    const { sum, mxr, satp } = this.#data;
    const dataKey = translationKey(this.#data.translates, effective, sum, mxr);
    const fetchKey = translationKey(this.#fetch.translates, privilege, false, false);
    this.loadTlb = this.#cache.dataSlot(dataKey, satp);
    this.#fetchSlot = this.#cache.fetchSlot(fetchKey, satp);
    this.fetchContext = this.#cache.fetchContext(this.#fetchSlot);
  }

  #setMode(mode: MutableTranslationMode, privilege: Privilege): void {
    const status = this.#hart.words[HartWord.Mstatus];
    mode.satp = this.#hart.words[HartWord.Satp];
    mode.privilege = privilege;
    mode.sum = (status & Mstatus.SUM) !== 0;
    mode.mxr = (status & Mstatus.MXR) !== 0;
    mode.translates = privilege !== Privilege.Machine && isTranslating(mode.satp);
  }

  /** The unsigned value of `size` bytes at `address` (32-bit values as int32). */
  load(address: number, size: number): number {
    if ((address & OFFSET_MASK) + size > PAGE_SIZE) {
      return this.#loadAcrossPages(address, size);
    }
    const cached = this.#cachedPage(this.loadTlb, address);
    const physical = cached === FAILED ? this.#translateData(address, size, Access.Load) : cached;
    if (physical === FAILED) {
      return 0;
    }
    if (this.#ram.contains(physical, size)) {
      return this.#ram.load(physical, size);
    }
    const value = this.#bus.read(physical, size);
    if (value === undefined) {
      this.#hart.raise(ExceptionCause.LoadAccessFault, address);
      return 0;
    }
    return value | 0;
  }

  /** Stores the low `size` bytes of `value`. */
  store(address: number, size: number, value: number): void {
    if ((address & OFFSET_MASK) + size > PAGE_SIZE) {
      this.#storeAcrossPages(address, size, value);
      return;
    }
    const cached = this.#cachedPage(this.loadTlb + TlbShape.StoreWords, address);
    const physical = cached === FAILED ? this.#translateData(address, size, Access.Store) : cached;
    if (physical === FAILED) {
      return;
    }
    if (this.#ram.contains(physical, size)) {
      this.#storeToRam(physical, size, value);
      return;
    }
    const kept = size === WORD_BYTES ? value : value & ((1 << (size * 8)) - 1);
    if (!this.#bus.write(physical, size, kept)) {
      this.#hart.raise(ExceptionCause.StoreAccessFault, address);
    }
  }

  #storeToRam(physical: number, size: number, value: number): void {
    this.#ram.announceStore(physical, size);
    this.#ram.store(physical, size, value);
  }

  /** The two parts of a misaligned load that lie in different pages; the first fault counts. */
  #loadAcrossPages(address: number, size: number): number {
    const firstSize = PAGE_SIZE - (address & OFFSET_MASK);
    const secondAddress = (address + firstSize) | 0;
    const first = this.#translateRam(address, firstSize, Access.Load);
    if (first === FAILED) {
      return 0;
    }
    const second = this.#translateRam(secondAddress, size - firstSize, Access.Load);
    if (second === FAILED) {
      return 0;
    }
    const high = this.#ram.load(second, size - firstSize) << (firstSize * 8);
    return this.#ram.load(first, firstSize) | high;
  }

  /** Both parts are checked before either is written. */
  #storeAcrossPages(address: number, size: number, value: number): void {
    const firstSize = PAGE_SIZE - (address & OFFSET_MASK);
    const secondAddress = (address + firstSize) | 0;
    const first = this.#translateRam(address, firstSize, Access.Store);
    if (first === FAILED) {
      return;
    }
    const second = this.#translateRam(secondAddress, size - firstSize, Access.Store);
    if (second === FAILED) {
      return;
    }
    this.#storeToRam(first, firstSize, value);
    this.#storeToRam(second, size - firstSize, value >>> (firstSize * 8));
  }

  /**
   * The physical address of an aligned word for an atomic instruction, with the rights of a store
   * (a load's for LR), or -1. Atomics on devices are refused, as on a bus without them.
   */
  translateAtomic(address: number, access: Access.Load | Access.Store): number {
    return this.#translateRam(address, WORD_BYTES, access);
  }

  /** Reads a word at an address that `translateAtomic` gave. */
  loadAtomic(physical: number): number {
    return this.#ram.load(physical, WORD_BYTES);
  }

  storeAtomic(physical: number, value: number): void {
    this.#storeToRam(physical, WORD_BYTES, value);
  }

  /** Like `#translateData`, but only RAM will do. */
  #translateRam(address: number, size: number, access: Access): number {
    const physical = this.#translateData(address, size, access);
    if (physical !== FAILED && !this.#ram.contains(physical, size)) {
      this.#hart.raise(accessFault(access), address);
      return FAILED;
    }
    return physical;
  }

  /** The physical address of bytes in a page that the cache knows, or -1. */
  #cachedPage(set: number, address: number): number {
    const entry = set + ((address >>> 12) & (TlbShape.DataEntries - 1)) * 2;
    const { words } = this.#ram;
    if (words[entry] !== (address & PAGE_MASK)) {
      return FAILED;
    }
    return this.#ram.physicalAddress((address + words[entry + 1]) >>> 0);
  }

  /** Translates and checks an access within one page; fills the cache. -1 after raising. */
  #translateData(address: number, size: number, access: Access): number {
    const physical = this.#resolve(address, access, this.#data);
    if (physical === FAILED) {
      return FAILED;
    }
    const { privilege } = this.#data;
    const page = physical - (physical % PAGE_SIZE);
    const verdict = this.#pmp.check(page, PAGE_SIZE, access, privilege);
    if (verdict === PmpVerdict.Allowed) {
      if (this.#ram.contains(page, PAGE_SIZE)) {
        this.#noteTables(address, this.#data);
        if (access === Access.Load) {
          this.#cache.fillLoad(this.loadTlb, address, physical);
        } else {
          this.#cache.fillStore(this.loadTlb, address, physical);
        }
      }
    } else if (
      verdict === PmpVerdict.Denied ||
      !this.#pmp.allows(physical, size, access, privilege)
    ) {
      this.#hart.raise(accessFault(access), address);
      return FAILED;
    }
    return physical;
  }

  /** The physical address of an instruction, or -1 after raising. */
  translateFetch(address: number): number {
    const cached = this.#cache.lookupFetch(this.#fetchSlot, address);
    if (cached !== FAILED) {
      this.fetchedPageIsUniform = true;
      return cached + (address & OFFSET_MASK);
    }
    const physical = this.#resolve(address, Access.Fetch, this.#fetch);
    if (physical === FAILED) {
      return FAILED;
    }
    const { privilege } = this.#fetch;
    const page = physical - (physical % PAGE_SIZE);
    const verdict = this.#pmp.check(page, PAGE_SIZE, Access.Fetch, privilege);
    this.fetchedPageIsUniform =
      verdict === PmpVerdict.Allowed && this.#ram.contains(page, PAGE_SIZE);
    if (
      verdict === PmpVerdict.Denied ||
      !this.#pmp.allows(physical, WORD_BYTES, Access.Fetch, privilege)
    ) {
      this.#hart.raise(ExceptionCause.InstructionAccessFault, address);
      return FAILED;
    }
    this.#noteTables(address, this.#fetch);
    if (this.fetchedPageIsUniform) {
      this.#cache.fillFetch(this.#fetchSlot, address, physical);
    }
    return physical;
  }

  /** The instruction at a physical address outside RAM (a reset ROM), or undefined. */
  fetchFromDevice(physical: number): number | undefined {
    return this.#bus.read(physical, WORD_BYTES);
  }

  /** Address translation alone, with its exceptions. */
  #resolve(address: number, access: Access, mode: MutableTranslationMode): number {
    if (!mode.translates) {
      return address >>> 0;
    }
    switch (this.#walker.walk(address, access, mode)) {
      case WalkOutcome.Translated:
        return this.#walker.physical;
      case WalkOutcome.PageFault:
        this.#hart.raise(pageFault(access), address);
        return FAILED;
      case WalkOutcome.AccessFault:
        this.#hart.raise(accessFault(access), address);
        return FAILED;
    }
  }

  #noteTables(address: number, mode: MutableTranslationMode): void {
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
    const mode = access === Access.Fetch ? this.#fetch : this.#data;
    this.#hart.attention = hadAttention | Attention.Regime;
    let physical = address >>> 0;
    if (mode.translates) {
      const outcome = this.#walker.walk(address, access, mode, true);
      if (outcome !== WalkOutcome.Translated) {
        return undefined;
      }
      physical = this.#walker.physical;
    }
    const allowed = this.#pmp.allows(physical, 1, access, mode.privilege);
    return allowed ? physical : undefined;
  }
}

function bareMode(): MutableTranslationMode {
  return {
    satp: 0,
    privilege: Privilege.Machine,
    sum: false,
    mxr: false,
    translates: false,
  };
}
