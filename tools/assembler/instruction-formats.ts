/**
 * The formats of instructions: which operands there are, in which bits, and how assembly writes
 * them. Sources: The RISC-V Instruction Set Manual, volume I, and its "Instruction Set Listings".
 */
import {
  B_IMMEDIATE,
  CSR,
  CSR_IMMEDIATE,
  FENCE_SETS,
  I_IMMEDIATE,
  J_IMMEDIATE,
  type OperandField,
  RD,
  ROUNDING,
  ROUNDING_EXACT,
  RS1,
  RS2,
  RS3,
  S_IMMEDIATE,
  SHIFT_AMOUNT,
  UPPER_IMMEDIATE,
} from './operand-fields.ts';
import {
  DOUBLE_OFFSET,
  FULL_RS2,
  NONZERO_RD,
  NONZERO_RS1,
  NONZERO_RS2,
  RD_NOT_SP,
  SHORT_BRANCH,
  SHORT_IMMEDIATE,
  SHORT_JUMP,
  SHORT_RD,
  SHORT_RD_RS1,
  SHORT_RS1,
  SHORT_RS2,
  SHORT_SHIFT,
  SHORT_UPPER,
  STACK_ADDRESS,
  STACK_ADJUSTMENT,
  STACK_DOUBLE_LOAD,
  STACK_DOUBLE_STORE,
  STACK_WORD_LOAD,
  STACK_WORD_STORE,
  WORD_OFFSET,
} from './operand-fields-compressed.ts';

/**
 * How assembly writes one operand, in the order of the text: `memory` is `immediate(rs1)`, `address`
 * is `(rs1)`, `target` is a place in the code; `f…` are floating-point registers.
 */
export type OperandSyntax =
  | 'rd'
  | 'rs1'
  | 'rs2'
  | 'frd'
  | 'frs1'
  | 'frs2'
  | 'frs3'
  /** `rne`, `dyn` and so on; may be left out. */
  | 'rounding'
  | 'immediate'
  | 'upper'
  | 'shift'
  | 'memory'
  | 'address'
  | 'target'
  | 'csr'
  | 'csr-immediate'
  | 'fence-sets'
  /** The register sp itself, and `immediate(sp)`. */
  | 'sp'
  | 'stack-memory'
  /** `rs1` and `rs2` may be left out together (`sfence.vma`). */
  | 'optional-rs1-rs2';

export interface InstructionFormat {
  readonly fields: readonly OperandField[];
  readonly syntax: readonly OperandSyntax[];
  /** The mnemonic takes `.aq`, `.rl`, `.aqrl`: bits 26 and 25. */
  readonly ordering?: true;
  /** Which address in memory it accesses, if it does. */
  readonly access?: 'load' | 'store';
}

export const instructionFormats = {
  none: { fields: [], syntax: [] },
  R: { fields: [RD, RS1, RS2], syntax: ['rd', 'rs1', 'rs2'] },
  unary: { fields: [RD, RS1], syntax: ['rd', 'rs1'] },
  I: { fields: [RD, RS1, I_IMMEDIATE], syntax: ['rd', 'rs1', 'immediate'] },
  shift: { fields: [RD, RS1, SHIFT_AMOUNT], syntax: ['rd', 'rs1', 'shift'] },
  jalr: { fields: [RD, RS1, I_IMMEDIATE], syntax: ['rd', 'memory'] },
  load: { fields: [RD, RS1, I_IMMEDIATE], syntax: ['rd', 'memory'], access: 'load' },
  S: { fields: [RS1, RS2, S_IMMEDIATE], syntax: ['rs2', 'memory'], access: 'store' },
  B: { fields: [RS1, RS2, B_IMMEDIATE], syntax: ['rs1', 'rs2', 'target'] },
  U: { fields: [RD, UPPER_IMMEDIATE], syntax: ['rd', 'upper'] },
  J: { fields: [RD, J_IMMEDIATE], syntax: ['rd', 'target'] },
  csr: { fields: [RD, CSR, RS1], syntax: ['rd', 'csr', 'rs1'] },
  csrImmediate: { fields: [RD, CSR, CSR_IMMEDIATE], syntax: ['rd', 'csr', 'csr-immediate'] },
  atomic: {
    fields: [RD, RS1, RS2],
    syntax: ['rd', 'rs2', 'address'],
    ordering: true,
    access: 'store',
  },
  loadReserved: {
    fields: [RD, RS1],
    syntax: ['rd', 'address'],
    ordering: true,
    access: 'load',
  },
  fence: { fields: [FENCE_SETS], syntax: ['fence-sets'] },
  addressFence: { fields: [RS1, RS2], syntax: ['optional-rs1-rs2'] },

  floatLoad: { fields: [RD, RS1, I_IMMEDIATE], syntax: ['frd', 'memory'], access: 'load' },
  floatStore: { fields: [RS1, RS2, S_IMMEDIATE], syntax: ['frs2', 'memory'], access: 'store' },
  float2: { fields: [RD, RS1, RS2], syntax: ['frd', 'frs1', 'frs2'] },
  float2Rounded: {
    fields: [RD, RS1, RS2, ROUNDING],
    syntax: ['frd', 'frs1', 'frs2', 'rounding'],
  },
  float3Rounded: {
    fields: [RD, RS1, RS2, RS3, ROUNDING],
    syntax: ['frd', 'frs1', 'frs2', 'frs3', 'rounding'],
  },
  float1: { fields: [RD, RS1], syntax: ['frd', 'frs1'] },
  float1Rounded: { fields: [RD, RS1, ROUNDING], syntax: ['frd', 'frs1', 'rounding'] },
  float1Exact: { fields: [RD, RS1, ROUNDING_EXACT], syntax: ['frd', 'frs1', 'rounding'] },
  floatCompare: { fields: [RD, RS1, RS2], syntax: ['rd', 'frs1', 'frs2'] },
  floatToInteger: { fields: [RD, RS1], syntax: ['rd', 'frs1'] },
  floatToIntegerRounded: { fields: [RD, RS1, ROUNDING], syntax: ['rd', 'frs1', 'rounding'] },
  integerToFloat: { fields: [RD, RS1], syntax: ['frd', 'rs1'] },
  integerToFloatExact: { fields: [RD, RS1, ROUNDING_EXACT], syntax: ['frd', 'rs1', 'rounding'] },
  integerToFloatRounded: { fields: [RD, RS1, ROUNDING], syntax: ['frd', 'rs1', 'rounding'] },

  // 16 bits long
  shortStackAddress: { fields: [SHORT_RD, STACK_ADDRESS], syntax: ['rd', 'sp', 'immediate'] },
  shortStackAdjustment: { fields: [STACK_ADJUSTMENT], syntax: ['sp', 'immediate'] },
  shortLoad: {
    fields: [SHORT_RD, SHORT_RS1, WORD_OFFSET],
    syntax: ['rd', 'memory'],
    access: 'load',
  },
  shortStore: {
    fields: [SHORT_RS1, SHORT_RS2, WORD_OFFSET],
    syntax: ['rs2', 'memory'],
    access: 'store',
  },
  shortSingleLoad: {
    fields: [SHORT_RD, SHORT_RS1, WORD_OFFSET],
    syntax: ['frd', 'memory'],
    access: 'load',
  },
  shortSingleStore: {
    fields: [SHORT_RS1, SHORT_RS2, WORD_OFFSET],
    syntax: ['frs2', 'memory'],
    access: 'store',
  },
  shortDoubleLoad: {
    fields: [SHORT_RD, SHORT_RS1, DOUBLE_OFFSET],
    syntax: ['frd', 'memory'],
    access: 'load',
  },
  shortDoubleStore: {
    fields: [SHORT_RS1, SHORT_RS2, DOUBLE_OFFSET],
    syntax: ['frs2', 'memory'],
    access: 'store',
  },
  stackLoad: {
    fields: [NONZERO_RD, STACK_WORD_LOAD],
    syntax: ['rd', 'stack-memory'],
    access: 'load',
  },
  stackStore: {
    fields: [FULL_RS2, STACK_WORD_STORE],
    syntax: ['rs2', 'stack-memory'],
    access: 'store',
  },
  stackSingleLoad: {
    fields: [RD, STACK_WORD_LOAD],
    syntax: ['frd', 'stack-memory'],
    access: 'load',
  },
  stackSingleStore: {
    fields: [FULL_RS2, STACK_WORD_STORE],
    syntax: ['frs2', 'stack-memory'],
    access: 'store',
  },
  stackDoubleLoad: {
    fields: [RD, STACK_DOUBLE_LOAD],
    syntax: ['frd', 'stack-memory'],
    access: 'load',
  },
  stackDoubleStore: {
    fields: [FULL_RS2, STACK_DOUBLE_STORE],
    syntax: ['frs2', 'stack-memory'],
    access: 'store',
  },
  shortI: { fields: [RD, SHORT_IMMEDIATE], syntax: ['rd', 'immediate'] },
  shortAnd: { fields: [SHORT_RD_RS1, SHORT_IMMEDIATE], syntax: ['rd', 'immediate'] },
  shortU: { fields: [RD_NOT_SP, SHORT_UPPER], syntax: ['rd', 'upper'] },
  shortShift: { fields: [RD, SHORT_SHIFT], syntax: ['rd', 'shift'] },
  shortShiftRight: { fields: [SHORT_RD_RS1, SHORT_SHIFT], syntax: ['rd', 'shift'] },
  shortR: { fields: [SHORT_RD_RS1, SHORT_RS2], syntax: ['rd', 'rs2'] },
  shortMove: { fields: [RD, NONZERO_RS2], syntax: ['rd', 'rs2'] },
  shortJump: { fields: [SHORT_JUMP], syntax: ['target'] },
  shortBranch: { fields: [SHORT_RS1, SHORT_BRANCH], syntax: ['rs1', 'target'] },
  shortRegisterJump: { fields: [NONZERO_RS1], syntax: ['rs1'] },
} as const satisfies Readonly<Record<string, InstructionFormat>>;

export type FormatName = keyof typeof instructionFormats;
