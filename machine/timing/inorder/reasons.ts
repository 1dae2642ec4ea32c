/** Why cycles pass: what each is charged to, and what an instruction waits for. */

export const enum Reason {
  /** An instruction enters the pipeline; as a reason for waiting: none. */
  Execute = 0,
  LoadUse,
  Multiply,
  Divide,
  Float,
  CsrRead,
  /** The pipeline is flushed. */
  CsrWrite,
  BranchFlush,
  InstructionCache,
  DataCache,
  FetchTranslation,
  DataTranslation,
  StoreBuffer,
  Fence,
  Atomic,
  Device,
  Coherence,
  Trap,
  /** `wfi`. */
  Wait,
}

/** By `Reason`. */
export const REASON_NAMES: readonly string[] = [
  'execute',
  'load-use',
  'multiply',
  'divide',
  'floating point',
  'CSR read',
  'CSR write',
  'branch flush',
  'I-cache miss',
  'D-cache miss',
  'I-TLB walk',
  'D-TLB walk',
  'store buffer',
  'fence',
  'atomic',
  'device',
  'coherence',
  'trap',
  'wait for interrupt',
];

export const REASONS = REASON_NAMES.length;
