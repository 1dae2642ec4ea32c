/**
 * How long fetches, loads and stores take beyond a hit: caches, translation buffers and the walks of
 * page tables, which read them through the data cache. Places in memory are offsets in the machine's
 * memory. One of these for each hart; the second-level cache is shared.
 */
import type { Ram } from '../../bus/ram.ts';
import { Pte } from '../../hart/page-table-walk.ts';
import { CountedEvent } from './events.ts';
import { Line, LINE_STATE, LineCache } from './line-cache.ts';
import type { InorderParameters } from './parameters.ts';
import { Reason } from './reasons.ts';
import { SharedTranslationBuffer, TranslationBuffer } from './translation-buffers.ts';

const LINE_SHIFT = 6;
const PAGE_SHIFT = 12;
const TABLE_SHIFT = 22;
const TABLE_MASK = 0x3ff;
const PPN_MASK = 0x3f_ffff;
const PPN_SHIFT = 10;
const WORD_SHIFT = 2;
const ASID_SHIFT = 22;
/** Above the 20 bits of a page's number, so that no key is 0. */
const KEY_VALID = 1 << 20;
const KEY_ASID_SHIFT = 21;

export interface MemoryTimingState {
  readonly instructionLines: Int32Array;
  readonly dataLines: Int32Array;
  readonly fetchKeys: Int32Array;
  readonly dataKeys: Int32Array;
  readonly sharedKeys: Int32Array;
  /** By `CountedEvent`. */
  readonly events: Float64Array;
}

/** The second-level cache, if there is one, and the first-level ones that it keeps coherent. */
export class SharedMemoryTiming {
  readonly cache: LineCache | undefined;
  readonly harts: MemoryTiming[] = [];
  /** Whether there are several. */
  isShared = false;

  constructor(lines: Int32Array, { sharedCache }: InorderParameters) {
    this.cache = sharedCache === undefined ? undefined : new LineCache(lines, sharedCache);
  }
}

export class MemoryTiming {
  readonly #ram: Ram;
  readonly #parameters: InorderParameters;
  readonly #shared: SharedMemoryTiming;
  readonly #events: Float64Array;
  readonly #instructions: LineCache | undefined;
  readonly #data: LineCache | undefined;
  readonly #fetchTranslations: TranslationBuffer | undefined;
  readonly #dataTranslations: TranslationBuffer | undefined;
  readonly #sharedTranslations: SharedTranslationBuffer;
  /** What most of the last cost was due to. */
  reason: Reason = Reason.Execute;

  constructor(
    ram: Ram,
    parameters: InorderParameters,
    state: MemoryTimingState,
    shared: SharedMemoryTiming,
  ) {
    this.#ram = ram;
    this.#parameters = parameters;
    this.#shared = shared;
    this.#events = state.events;
    const { instructionCache, dataCache, fetchTranslations, dataTranslations } = parameters;
    this.#instructions =
      instructionCache === undefined
        ? undefined
        : new LineCache(state.instructionLines, instructionCache);
    this.#data = dataCache === undefined ? undefined : new LineCache(state.dataLines, dataCache);
    this.#fetchTranslations =
      fetchTranslations === 0
        ? undefined
        : new TranslationBuffer(state.fetchKeys.subarray(0, fetchTranslations));
    this.#dataTranslations =
      dataTranslations === 0
        ? undefined
        : new TranslationBuffer(state.dataKeys.subarray(0, dataTranslations));
    this.#sharedTranslations = new SharedTranslationBuffer(
      state.sharedKeys.subarray(0, parameters.sharedTranslations),
    );
    shared.harts.push(this);
    shared.isShared = shared.harts.length > 1;
  }

  /** Whether the same line may be fetched from again without asking. */
  get keepsLines(): boolean {
    return this.#instructions !== undefined || this.#parameters.memoryLatency === 0;
  }

  /** What fetching from a line takes beyond the one cycle. */
  fetch(offset: number, address: number, satp: number): number {
    let cost = 0;
    this.reason = Reason.InstructionCache;
    if (satp < 0 && this.#fetchTranslations !== undefined) {
      const key = this.#key(address, satp);
      if (!this.#fetchTranslations.use(key)) {
        this.#events[CountedEvent.FetchTranslationMiss]++;
        cost = this.#translate(address, key, satp);
        this.#fetchTranslations.fill(key);
        this.reason = Reason.FetchTranslation;
      }
    }
    const line = offset >> LINE_SHIFT;
    if (this.#instructions === undefined) return cost + this.#parameters.memoryLatency;
    if (this.#instructions.use(line, false)) return cost;
    this.#events[CountedEvent.InstructionCacheMiss]++;
    this.#instructions.fill(line, Line.Shared);
    const miss = this.#behind(line);
    if (miss >= cost) this.reason = Reason.InstructionCache;
    return cost + miss;
  }

  /** What a load or store takes beyond a hit. */
  access(offset: number, address: number, satp: number, isStore: boolean): number {
    this.reason = Reason.DataCache;
    let cost = 0;
    if (satp < 0 && this.#dataTranslations !== undefined) {
      const key = this.#key(address, satp);
      if (!this.#dataTranslations.use(key)) {
        this.#events[CountedEvent.DataTranslationMiss]++;
        cost = this.#translate(address, key, satp);
        this.#dataTranslations.fill(key);
      }
    }
    const own = this.#throughDataCache(offset >> LINE_SHIFT, isStore);
    if (cost > own) this.reason = Reason.DataTranslation;
    return cost + own;
  }

  #throughDataCache(line: number, isStore: boolean): number {
    if (this.#data === undefined) return this.#parameters.memoryLatency;
    const { isShared } = this.#shared;
    if (isShared) {
      const before = this.#data.stateOf(line);
      if (before !== 0) {
        this.#data.use(line, isStore);
        return isStore && before !== (Line.Modified as number) ? this.#takeAway(line) : 0;
      }
    } else if (this.#data.use(line, isStore)) {
      return 0;
    }
    this.#events[CountedEvent.DataCacheMiss]++;
    const elsewhere = isShared ? (isStore ? this.#takeAway(line) : this.#readElsewhere(line)) : 0;
    this.#data.fill(line, isStore ? Line.Modified : Line.Shared);
    if ((this.#data.displaced & LINE_STATE) === (Line.Modified as number)) {
      this.#events[CountedEvent.WriteBack]++;
    }
    this.reason = elsewhere > 0 ? Reason.Coherence : Reason.DataCache;
    return elsewhere + this.#behind(line);
  }

  /** Another hart may have changed the line: what reading it costs more. */
  #readElsewhere(line: number): number {
    let cost = 0;
    for (const hart of this.#shared.harts) {
      if (hart !== this && hart.#data?.stateOf(line) === (Line.Modified as number)) {
        hart.#data.share(line);
        cost = this.#parameters.invalidateLatency;
      }
    }
    return cost;
  }

  /** Drops the line from the other harts' caches: what that costs. */
  #takeAway(line: number): number {
    let cost = 0;
    for (const hart of this.#shared.harts) {
      if (hart !== this && hart.#data !== undefined && hart.#data.stateOf(line) !== 0) {
        hart.#data.invalidate(line);
        cost = this.#parameters.invalidateLatency;
      }
    }
    if (cost > 0) this.reason = Reason.Coherence;
    return cost;
  }

  /** A line that L1 does not have. */
  #behind(line: number): number {
    const { cache } = this.#shared;
    if (cache === undefined) return this.#parameters.memoryLatency;
    if (cache.use(line, false)) return this.#parameters.sharedLatency;
    cache.fill(line, Line.Shared);
    return this.#parameters.sharedLatency + this.#parameters.memoryLatency;
  }

  #key(address: number, satp: number): number {
    const { asidBits } = this.#parameters;
    const asid = (satp >>> ASID_SHIFT) & ((1 << asidBits) - 1);
    return (address >>> PAGE_SHIFT) | KEY_VALID | (asid << KEY_ASID_SHIFT);
  }

  /** A translation that the first-level buffer does not have: from the second, or by a walk. */
  #translate(address: number, key: number, satp: number): number {
    const { sharedTranslationLatency } = this.#parameters;
    let cost = 0;
    if (this.#sharedTranslations.exists) {
      cost = sharedTranslationLatency;
      if (this.#sharedTranslations.use(key)) return cost;
      this.#events[CountedEvent.SharedTranslationMiss]++;
    }
    const root = this.#entry(satp & PPN_MASK, address >>> TABLE_SHIFT);
    if (root < 0) return cost;
    cost += 1 + this.#throughDataCache(root >> LINE_SHIFT, false);
    const entry = this.#ram.words[root >> WORD_SHIFT];
    if ((entry & (Pte.R | Pte.X)) !== 0) return cost;
    const leaf = this.#entry(entry >>> PPN_SHIFT, (address >>> PAGE_SHIFT) & TABLE_MASK);
    return leaf < 0 ? cost : cost + 1 + this.#throughDataCache(leaf >> LINE_SHIFT, false);
  }

  /** Where an entry of a page table lies, or -1 outside RAM. */
  #entry(page: number, index: number): number {
    const offset = this.#ram.offsetOfPage(page);
    return offset < 0 ? -1 : offset + (index << WORD_SHIFT);
  }

  /** `sfence.vma`, or another address space where there are no ASIDs. */
  dropTranslations(): void {
    this.#fetchTranslations?.dropAll();
    this.#dataTranslations?.dropAll();
    this.#sharedTranslations.dropAll();
  }

  /** `fence.i`. */
  dropInstructions(): void {
    this.#instructions?.dropAll();
  }
}
