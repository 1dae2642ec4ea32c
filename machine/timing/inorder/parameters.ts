/**
 * Every figure of the in-order clock model, with where it comes from, and the presets.
 *
 * Sources, by the letters that stand beside a figure:
 *  - [U54] SiFive, FU540-C000 Manual v1p0 (April 2018): chapter 4, U54 core; 8.6, interrupt latency;
 *    chapter 11, level 2 cache. Microchip's PolarFire SoC MSS Technical Reference Manual
 *    (DS60001702), section 3.1, says the same of its U54 cores, but for the predictors' sizes.
 *  - [E31] SiFive, E31 Core Complex Manual v2p0 (2018), chapter 3: latencies, predictors.
 *  - [LLVM] RISCVSchedRocket.td, the scheduling model of `-mcpu=sifive-u54` and `sifive-e31`.
 *  - [Rocket] rocket-chip, from which these cores come: BTB.scala (`BHTParams`), CSR.scala
 *    (`write_flush`), PTW.scala, TLB.scala (`ASIdBits`).
 *  - [SDK] SiFive, freedom-e-sdk, software/mem-latency/README.md: a measured core.
 *  - [chosen] Nobody publishes it; the reason stands beside it.
 */

/** Bytes of a line, in every cache [U54]. */
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
  /** From EX of what reads a CSR to EX of what uses the value. */
  readonly csrLatency: number;
  /** The same of every floating-point operation but those of `floatDivideLatency`. */
  readonly floatLatency: number;
  /** Division and square root of floating-point numbers; the unit is taken meanwhile. */
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

  /** Undefined: every fetch or access that would go there goes to what is behind. */
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
  /**
   * `fence`, beyond the time that stores take to leave; `fence.i` and `sfence.vma` likewise. Each
   * has the pipeline flushed.
   */
  readonly fencePenalty: number;
  /** What a write of a CSR costs more, but for scratch registers and what a trap leaves behind. */
  readonly csrWritePenalty: number;
}

/** The pipeline that SiFive's cores of this family share. */
const PIPELINE = {
  loadLatency: 2, // [U54] 4.3, [E31] 3.3
  narrowLoadLatency: 3, // [U54] 4.3, [E31] 3.3
  multiplyLatency: 5, // [U54] 4.3, [E31] 3.3
  multiplyPipelined: true, // [LLVM] takes the unit for a cycle; [U54] 4.3: 16 bits a cycle, no overlap
  divideShortest: 2, // [U54] 4.3, [E31] 3.3
  divideLongest: 33, // [E31] 3.3, for 32 bits
  csrLatency: 3, // [U54] 4.3, [E31] 3.3
  floatLatency: 5, // [LLVM] product and multiply-add of single precision; double takes 7 there
  floatDivideLatency: 20, // [LLVM]
  mispredictPenalty: 3, // [U54] 4.2, [E31] 3.2
  historyBits: 8, // [Rocket] BHTParams
  storeEntries: 4, // [chosen] stores are pipelined ([U54] 4.4), how many is not said: a few
  trapPenalty: 4, // [U54] 8.6: four cycles from an interrupt to the fetch of its handler
  returnPenalty: 4, // [chosen] as a trap: Rocket redirects both from WB
  fencePenalty: 5, // [U54] 4.3: a flush of the pipeline, as for a write of a CSR
  csrWritePenalty: 5, // [U54] 4.3; which CSRs: [Rocket] write_flush
} as const;

const U54: InorderParameters = {
  ...PIPELINE,
  targetEntries: 30, // [U54] 4.2
  historyEntries: 256, // [U54] 4.2
  returnEntries: 6, // [U54] 4.2
  instructionCache: { bytes: 32 << 10, ways: 8 }, // [U54] 4.1
  dataCache: { bytes: 32 << 10, ways: 8 }, // [U54] 4.4
  sharedCache: { bytes: 2 << 20, ways: 16 }, // [U54] 11.2
  sharedLatency: 16, // [SDK] 18 cycles from a load that hits L2 to its use, 2 of them loadLatency
  memoryLatency: 100, // [chosen] 100 ns at 1 GHz: DDR4's 30 ns, controller and crossings of clocks
  deviceLatency: 20, // [chosen] a little more than to L2, as far as the PLIC: no figure is published
  invalidateLatency: 16, // [chosen] the directory is in L2 ([U54] 4.4): as far as L2 once more
  fetchTranslations: 32, // [U54] 4.7
  dataTranslations: 32, // [U54] 4.7
  sharedTranslations: 128, // [U54] 4.7
  sharedTranslationLatency: 3, // [Rocket] PTW.scala: request, read, answer, as s0 to s2
  asidBits: 0, // [Rocket] ASIdBits: satp.ASID is hard-wired to zero
};

const U54_ASID: InorderParameters = { ...U54, asidBits: 9 };

/** Ideal memory, as the tightly integrated memories that the E31's figures are published for. */
const E31: InorderParameters = {
  ...PIPELINE,
  targetEntries: 28, // [E31] 3.2
  historyEntries: 512, // [E31] 3.2
  returnEntries: 6, // [E31] 3.2
  sharedLatency: 0,
  memoryLatency: 0,
  deviceLatency: 4, // [chosen] a crossing of the peripheral bus and back
  invalidateLatency: 0,
  fetchTranslations: 0,
  dataTranslations: 0,
  sharedTranslations: 0,
  sharedTranslationLatency: 0,
  asidBits: 9,
};

/** No caches, and a small memory on the chip [chosen throughout: every access shows]. */
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
  trapPenalty: 0,
  returnPenalty: 0,
  fencePenalty: 0,
  csrWritePenalty: 0,
};

export const PRESETS: Readonly<Record<string, InorderParameters>> = {
  u54: U54,
  'u54-asid': U54_ASID,
  e31: E31,
  tiny: TINY,
  ideal: IDEAL,
};

export const DEFAULT_PRESET = 'u54';
