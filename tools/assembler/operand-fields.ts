/**
 * The fields that operands occupy in an instruction word, and how a value is spread over them.
 * Source: The RISC-V Instruction Set Manual, volume I, "Base instruction formats" and
 * "Immediate encoding variants".
 */

/** The operands that `encodeInstruction` takes; a field fills exactly one of them. */
export type OperandName = 'rd' | 'rs1' | 'rs2' | 'rs3' | 'immediate' | 'csr' | 'rounding';

/** One operand of an instruction: which values it takes and which bits they become. */
export interface OperandField {
  readonly operand: OperandName;
  readonly minimum: number;
  readonly maximum: number;
  /** The value is a multiple of this. */
  readonly step: number;
  /** Whether a value within the limits is one that the field may have; all are, if absent. */
  accepts?(value: number): boolean;
  /** What the operand is where assembly leaves it out. */
  readonly omitted?: number;
  /** Bits of the instruction word for a value already checked against the limits. */
  encode(value: number): number;
  /** The value in an instruction word; signed where `minimum` is negative. */
  decode(word: number): number;
}

/** A register number of five bits, whose lowest bit is at `shift`. */
export function registerField(operand: 'rd' | 'rs1' | 'rs2' | 'rs3', shift: number): OperandField {
  return {
    operand,
    minimum: 0,
    maximum: 31,
    step: 1,
    encode: (value) => value << shift,
    decode: (word) => (word >>> shift) & 0x1f,
  };
}

/** An unsigned number of `width` bits, whose lowest bit is at `shift`. */
function unsignedField(
  operand: 'immediate' | 'csr' | 'rounding',
  shift: number,
  width: number,
): OperandField {
  const maximum = 2 ** width - 1;
  return {
    operand,
    minimum: 0,
    maximum,
    step: 1,
    encode: (value) => value << shift,
    decode: (word) => (word >>> shift) & maximum,
  };
}

export const RD = registerField('rd', 7);
export const RS1 = registerField('rs1', 15);
export const RS2 = registerField('rs2', 20);
export const RS3 = registerField('rs3', 27);
export const CSR = unsignedField('csr', 20, 12);

/** Shift amount of RV32: five bits, since bit 25 is reserved. */
export const SHIFT_AMOUNT = unsignedField('immediate', 20, 5);

/** The immediate of `csrrwi` and its relatives, in the place of rs1. */
export const CSR_IMMEDIATE = unsignedField('immediate', 15, 5);

/** `fm`, predecessor and successor sets of a fence: 4 bits each, from the top. */
export const FENCE_SETS = unsignedField('immediate', 20, 12);

/** The upper 20 bits that `lui` and `auipc` set, as assembly writes them: 0 … 0xfffff. */
export const UPPER_IMMEDIATE = unsignedField('immediate', 12, 20);

/** Names of the rounding modes in floating-point instructions; 5 and 6 are reserved. */
export const roundingModes = ['rne', 'rtz', 'rdn', 'rup', 'rmm', undefined, undefined, 'dyn'];

const DYNAMIC = 7;

/** How a floating-point instruction rounds: as `frm` says, unless assembly has something else. */
export const ROUNDING: OperandField = {
  ...unsignedField('rounding', 12, 3),
  accepts: (value) => roundingModes[value] !== undefined,
  omitted: DYNAMIC,
};

/** Likewise, of an instruction whose result is always exact. */
export const ROUNDING_EXACT: OperandField = { ...ROUNDING, omitted: 0 };

export const I_IMMEDIATE: OperandField = {
  operand: 'immediate',
  minimum: -2048,
  maximum: 2047,
  step: 1,
  encode: (value) => value << 20,
  decode: (word) => word >> 20,
};

export const S_IMMEDIATE: OperandField = {
  operand: 'immediate',
  minimum: -2048,
  maximum: 2047,
  step: 1,
  encode: (value) => ((value & 0xfe0) << 20) | ((value & 0x1f) << 7),
  decode: (word) => ((word >> 25) << 5) | ((word >>> 7) & 0x1f),
};

/** Distance in bytes from the branch to its target. */
export const B_IMMEDIATE: OperandField = {
  operand: 'immediate',
  minimum: -4096,
  maximum: 4094,
  step: 2,
  encode: (value) =>
    ((value & 0x1000) << 19) |
    ((value & 0x7e0) << 20) |
    ((value & 0x1e) << 7) |
    ((value & 0x800) >>> 4),
  decode: (word) =>
    ((word >> 31) << 12) |
    ((word & 0x80) << 4) |
    (((word >>> 25) & 0x3f) << 5) |
    (((word >>> 8) & 0xf) << 1),
};

/** Distance in bytes from the jump to its target. */
export const J_IMMEDIATE: OperandField = {
  operand: 'immediate',
  minimum: -1048576,
  maximum: 1048574,
  step: 2,
  encode: (value) =>
    ((value & 0x100000) << 11) |
    ((value & 0x7fe) << 20) |
    ((value & 0x800) << 9) |
    (value & 0xff000),
  decode: (word) =>
    ((word >> 31) << 20) |
    (word & 0xff000) |
    ((word & 0x100000) >>> 9) |
    (((word >>> 21) & 0x3ff) << 1),
};
