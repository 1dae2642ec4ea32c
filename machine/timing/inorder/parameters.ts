/**
 * Every figure of the in-order clock model, with where it comes from, and the presets.
 *
 * Sources, by the letter that stands beside a figure:
 *  - [E31] SiFive E31 Core Complex Manual (2018), chapter 3 (instruction fetch unit, execution
 *    pipeline, table 3): latencies, penalty of a misprediction, sizes of the predictors.
 *  - [U54] Linley Newsletter, "RISC-V U54 Runs Linux" (2017-10-10), and SiFive's FU540-C000 Manual
 *    v1p3: sizes of the caches; `satp.ASID` is hard-wired to zero.
 *  - [recalled] Said to be in the FU540-C000 Manual; not checked against its text.
 *  - [assumed] Nobody publishes it. The value is a round one for such a core at 1 GHz.
 */

/** Bytes of a line, in every cache [E31]. */
export const LINE_BYTES = 64;

export interface CacheParameters {
  /** A power of two, as are the sets that follow. */
  readonly bytes: number;
  readonly ways: number;
}

/** All times are in cycles. */
export interface InorderParameters {
  /** From EX of a load of a word that hits to EX of an instruction that uses it. */
  readonly loadLatency: number;
  /** The same for bytes and halves. */
  readonly narrowLoadLatency: number;
  readonly multiplyLatency: number;
  /** Whether a multiplication may begin in the cycle after another. */
  readonly multiplyPipelined: boolean;
  /** Division: one bit of the quotient a cycle between these two. */
  readonly divideShortest: number;
  readonly divideLongest: number;
  readonly csrLatency: number;
  readonly floatLatency: number;
  /** Division and square root of floating-point numbers. */
  readonly floatDivideLatency: number;

  /** Cycles that a control-flow instruction costs more when it was mispredicted. */
  readonly mispredictPenalty: number;
  /** Branch target buffer, fully associative, replaced in turn. */
  readonly targetEntries: number;
  /** Two-bit counters, a power of two, found by address exclusive-or history. */
  readonly historyEntries: number;
  /** Outcomes of earlier branches that take part. */
  readonly historyBits: number;
  readonly returnEntries: number;

  /** Undefined: every fetch or access goes to memory. */
  readonly instructionCache?: CacheParameters | undefined;
  readonly dataCache?: CacheParameters | undefined;
  readonly sharedCache?: CacheParameters | undefined;
  /** What an access that misses L1 and hits L2 takes more. */
  readonly sharedLatency: number;
  /** What an access that goes to memory takes more. */
  readonly memoryLatency: number;
  /** What an access outside RAM takes more. */
  readonly deviceLatency: number;
  /** Stores on their way to the data cache. */
  readonly storeEntries: number;
  /** What it takes more to take a line away from the other harts. */
  readonly invalidateLatency: number;

  /** Translation buffers of fetches and of data, fully associative; 0: translation takes no time. */
  readonly fetchTranslations: number;
  readonly dataTranslations: number;
  /** The one behind them, direct-mapped, a power of two; 0: there is none. */
  readonly sharedTranslations: number;
  readonly sharedTranslationLatency: number;
  /** Bits of the ASID that tell translations apart; 0: writing `satp` drops them all. */
  readonly asidBits: number;

  /** From a trap to its handler's first instruction, beyond the one cycle of an instruction. */
  readonly trapPenalty: number;
  /** The same for `mret` and `sret`. */
  readonly returnPenalty: number;
  /** `fence`, beyond the time that stores take to leave; `fence.i` and `sfence.vma` likewise. */
  readonly fencePenalty: number;
}

/** The pipeline that all of SiFive's cores of this family share. */
const PIPELINE = {
  loadLatency: 2, // [E31]
  narrowLoadLatency: 3, // [E31]
  multiplyLatency: 5, // [E31]
  multiplyPipelined: true, // [assumed], as in Rocket Chip's PipelinedMultiplier
  divideShortest: 2, // [E31]
  divideLongest: 33, // [E31]
  csrLatency: 3, // [E31]
  floatLatency: 5, // [assumed]
  floatDivideLatency: 20, // [assumed]
  mispredictPenalty: 3, // [E31]
  targetEntries: 28, // [E31]
  historyEntries: 512, // [E31]
  historyBits: 8, // [assumed], as in Rocket Chip's BHTParams
  returnEntries: 6, // [E31]
  storeEntries: 4, // [assumed]
  invalidateLatency: 30, // [assumed]: as far as L2 and back
  trapPenalty: 4, // [assumed]: recognised in MEM, as a misprediction, and one cycle to redirect
  returnPenalty: 4, // [assumed]: likewise
  fencePenalty: 4, // [assumed]: the pipeline is flushed
} as const;

const U54: InorderParameters = {
  ...PIPELINE,
  instructionCache: { bytes: 32 << 10, ways: 8 }, // [U54], ways [recalled]
  dataCache: { bytes: 32 << 10, ways: 8 }, // [U54], ways [recalled]
  sharedCache: { bytes: 2 << 20, ways: 16 }, // [U54], ways [recalled]
  sharedLatency: 20, // [assumed]
  memoryLatency: 100, // [assumed]
  deviceLatency: 20, // [assumed]
  fetchTranslations: 40, // [recalled]
  dataTranslations: 40, // [recalled]
  sharedTranslations: 128, // [recalled]
  sharedTranslationLatency: 3, // [assumed]
  asidBits: 0, // [U54]
};

const U54_ASID: InorderParameters = { ...U54, asidBits: 9 };

/** Ideal memory, as the tightly integrated memories that the E31's figures are published for. */
const E31: InorderParameters = {
  ...PIPELINE,
  sharedLatency: 0,
  memoryLatency: 0,
  deviceLatency: 4, // [assumed]
  fetchTranslations: 0,
  dataTranslations: 0,
  sharedTranslations: 0,
  sharedTranslationLatency: 0,
  asidBits: 9,
};

/** No caches, and a small memory on the chip [assumed throughout]. */
const TINY: InorderParameters = {
  ...E31,
  targetEntries: 0,
  historyEntries: 1,
  historyBits: 0,
  returnEntries: 0,
  multiplyPipelined: false,
  memoryLatency: 2,
  storeEntries: 1,
};

/** One cycle each. */
const IDEAL: InorderParameters = {
  ...E31,
  loadLatency: 1,
  narrowLoadLatency: 1,
  multiplyLatency: 1,
  divideShortest: 1,
  divideLongest: 1,
  csrLatency: 1,
  floatLatency: 1,
  floatDivideLatency: 1,
  mispredictPenalty: 0,
  deviceLatency: 0,
  invalidateLatency: 0,
  trapPenalty: 0,
  returnPenalty: 0,
  fencePenalty: 0,
};

export const PRESETS: Readonly<Record<string, InorderParameters>> = {
  u54: U54,
  'u54-asid': U54_ASID,
  e31: E31,
  tiny: TINY,
  ideal: IDEAL,
};

export const DEFAULT_PRESET = 'u54';
