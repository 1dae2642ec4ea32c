/**
 * Where the in-order model keeps its state in the machine's memory: one area per hart, and the
 * shared cache. Like a hart's registers it is part of the state hash, while the model is in use.
 */
import { Region, type CellDeclaration } from '../../hart/state-layout.ts';
import { COUNTED_EVENTS } from './events.ts';

/** The most that there is room for. */
export const TimingLimit = {
  Targets: 64,
  Histories: 2048,
  Returns: 16,
  Stores: 16,
  Translations: 64,
  SharedTranslations: 512,
  /** Lines of an L1 cache. */
  Lines: 1024,
  SharedLines: 32_768,
} as const;

/** Byte offsets, in a hart's area, of what lies there. */
export const enum TimingArea {
  /** `PipelineWord`. */
  Pipeline = 0,
  /** Doubles. */
  Events = 0x800,
  Stores = 0xa00,
  Returns = 0xa80,
  TargetKeys = 0xb00,
  Targets = 0xc00,
  FetchTranslations = 0xd00,
  DataTranslations = 0xe00,
  SharedTranslations = 0x1000,
  Histories = 0x2000,
  InstructionCache = 0x4000,
  DataCache = 0x5000,
}

/** Words of the pipeline's cells. Times are cycles counted from `Origin`. */
export const enum PipelineWord {
  /** When each register can be used: x0 to x31, the sink of x0, f0 to f31; then why not sooner. */
  Ready = 0,
  Why = 80,
  /** The cycle from which times count; a double. */
  Origin = 160,
  /** When the next instruction is fetched, and what the time until then is charged to. */
  NextFetch = 162,
  NextWhy = 163,
  /** Of the youngest instruction: when it came to each stage, and why it was held up before. */
  Execute = 164,
  ExecuteWhy = 165,
  Memory = 166,
  MemoryWhy = 167,
  WriteBack = 168,
  WriteBackWhy = 169,
  LatestReady = 170,
  MultiplierFree = 171,
  DividerFree = 172,
  /** The line from which instructions come; -1: none. */
  FetchLine = 173,
  /** When the store buffer has sent its last store, and the place of the next one. */
  Drained = 174,
  NextStore = 175,
  ReturnTop = 176,
  NextTarget = 177,
  History = 178,
  /** Which of the recent instructions comes next. */
  NextRecent = 179,
  Recent = 192,
  End = 256,
}

/** The last instructions, `RecentWord.Words` each. */
export const RECENT_INSTRUCTIONS = 8;

export const enum RecentWord {
  Pc = 0,
  Fetch = 1,
  Decode = 2,
  Execute = 3,
  Memory = 4,
  WriteBack = 5,
  /** Reasons for waiting in IF, ID, EX and MEM, a byte each. */
  Reasons = 6,
  /** `RecentUse`. */
  Used = 7,
  Words = 8,
}

export const enum RecentUse {
  None = 0,
  Full = 1,
  /** It waits nowhere: the stages follow from `Fetch`, and their words mean nothing. */
  Swift = 2,
}

/** Cycles from IF to WB of an instruction that waits nowhere. */
export const SHORTEST_PASSAGE = 4;

const BYTES_PER_WORD = 4;

function cells(name: string, offset: number, count: number, doc: string): CellDeclaration {
  return { name, offset, type: 'u32', count, doc };
}

/** Every cell of a hart's area. */
export const TIMING_CELLS: readonly CellDeclaration[] = [
  cells('pipeline.ready', PipelineWord.Ready, PipelineWord.Origin, 'Registers: when, why'),
  {
    name: 'pipeline.origin',
    offset: PipelineWord.Origin * BYTES_PER_WORD,
    type: 'f64',
    count: 1,
    doc: 'Cycle from which times count',
  },
  cells(
    'pipeline',
    PipelineWord.NextFetch * BYTES_PER_WORD,
    PipelineWord.End - PipelineWord.NextFetch,
    'PipelineWord',
  ),
  {
    name: 'events',
    offset: TimingArea.Events,
    type: 'f64',
    count: COUNTED_EVENTS,
    doc: 'How often each has happened: CountedEvent',
  },
  cells('stores', TimingArea.Stores, TimingLimit.Stores, 'When each leaves the store buffer'),
  cells('returns', TimingArea.Returns, TimingLimit.Returns, 'Return stack'),
  cells('targets.keys', TimingArea.TargetKeys, TimingLimit.Targets, 'Addresses of jumps'),
  cells('targets', TimingArea.Targets, TimingLimit.Targets, 'Where each led'),
  cells('tlb.fetch', TimingArea.FetchTranslations, TimingLimit.Translations, 'Latest first'),
  cells('tlb.data', TimingArea.DataTranslations, TimingLimit.Translations, 'Latest first'),
  cells('tlb.shared', TimingArea.SharedTranslations, TimingLimit.SharedTranslations, 'By page'),
  cells('histories', TimingArea.Histories, TimingLimit.Histories, 'Two-bit counters'),
  cells('l1i', TimingArea.InstructionCache, TimingLimit.Lines, 'By set, latest first'),
  cells('l1d', TimingArea.DataCache, TimingLimit.Lines, 'By set, latest first'),
];

/** What belongs to no hart, in the area behind the harts'. */
export const SHARED_TIMING_CELLS: readonly CellDeclaration[] = [
  cells('l2', 0, TimingLimit.SharedLines, 'By set, latest first'),
];

/** Byte offset of a hart's area. */
export function timingOffset(hart: number): number {
  return Region.Timing + hart * Region.TimingStride;
}
