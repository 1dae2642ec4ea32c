/**
 * The fields of 16-bit instructions. Source: The RISC-V Instruction Set Manual, volume I, "C"
 * Standard Extension, "RVC Instruction Set Listings".
 */
import { type OperandField, RD, registerField } from './operand-fields.ts';

/** The registers that three bits can name: x8 to x15. */
const FIRST_SHORT_REGISTER = 8;
const LAST_SHORT_REGISTER = 15;
const SP = 2;

function shortRegister(operand: 'rd' | 'rs1' | 'rs2', shift: number): OperandField {
  return {
    operand,
    minimum: FIRST_SHORT_REGISTER,
    maximum: LAST_SHORT_REGISTER,
    step: 1,
    encode: (value) => (value - FIRST_SHORT_REGISTER) << shift,
    decode: (word) => FIRST_SHORT_REGISTER + ((word >>> shift) & 7),
  };
}

/** The destination of loads, and of `c.addi4spn`. */
export const SHORT_RD = shortRegister('rd', 2);
/** Destination and first source at once. */
export const SHORT_RD_RS1 = shortRegister('rd', 7);
export const SHORT_RS1 = shortRegister('rs1', 7);
export const SHORT_RS2 = shortRegister('rs2', 2);

export const FULL_RS2 = registerField('rs2', 2);
/** Those of the following whose name says so: zero is another instruction, or none. */
export const NONZERO_RD = { ...RD, minimum: 1 };
export const NONZERO_RS1 = { ...registerField('rs1', 7), minimum: 1 };
export const NONZERO_RS2 = { ...FULL_RS2, minimum: 1 };
/** The destination of `c.lui`: with sp, it is `c.addi16sp`. */
export const RD_NOT_SP: OperandField = { ...RD, accepts: (value) => value !== SP };

/** The single bits that a list of bits and ranges such as `5:4|9:6` names, in its order. */
function bitsOf(list: string): number[] {
  return list.split('|').flatMap((range) => {
    const [high, low = high] = range.split(':').map(Number);
    return Array.from({ length: high - low + 1 }, (_, index) => high - index);
  });
}

/**
 * An immediate whose bits are scattered: `bits` of it lie at `places` in the instruction, both
 * lists as the manual writes them. Its lowest bit gives the step.
 */
function scattered(places: string, bits: string, isSigned = false): OperandField {
  const at = bitsOf(places);
  const pairs = bitsOf(bits).map((bit, index) => ({ bit, place: at[index] }));
  const highest = Math.max(...pairs.map(({ bit }) => bit));
  const step = 2 ** Math.min(...pairs.map(({ bit }) => bit));
  const limit = 2 ** (highest + 1);
  const signShift = 31 - highest;
  return {
    operand: 'immediate',
    minimum: isSigned ? -limit / 2 : 0,
    maximum: (isSigned ? limit / 2 : limit) - step,
    step,
    encode: (value) =>
      pairs.reduce((word, { bit, place }) => word | (((value >> bit) & 1) << place), 0),
    decode: (word) => {
      const value = pairs.reduce((sum, { bit, place }) => sum | (((word >> place) & 1) << bit), 0);
      return isSigned ? (value << signShift) >> signShift : value;
    },
  };
}

/** Zero is reserved. */
function nonzero(field: OperandField): OperandField {
  return { ...field, accepts: (value) => value !== 0 };
}

export const SHORT_IMMEDIATE = scattered('12|6:2', '5|4:0', true);
export const SHORT_SHIFT = scattered('6:2', '4:0');
export const STACK_ADDRESS = nonzero(scattered('12:5', '5:4|9:6|2|3'));
export const STACK_ADJUSTMENT = nonzero(scattered('12|6:2', '9|4|6|8:7|5', true));
export const WORD_OFFSET = scattered('12:10|6:5', '5:3|2|6');
export const DOUBLE_OFFSET = scattered('12:10|6:5', '5:3|7:6');
export const STACK_WORD_LOAD = scattered('12|6:2', '5|4:2|7:6');
export const STACK_DOUBLE_LOAD = scattered('12|6:2', '5|4:3|8:6');
export const STACK_WORD_STORE = scattered('12:7', '5:2|7:6');
export const STACK_DOUBLE_STORE = scattered('12:7', '5:3|8:6');
export const SHORT_JUMP = scattered('12:2', '11|4|9:8|10|6|7|3:1|5', true);
export const SHORT_BRANCH = scattered('12:10|6:2', '8|4:3|7:6|2:1|5', true);

/** The lowest of the upper 20 bits that five bits with a sign stand for, if it is set. */
const NEGATIVE_UPPER = 0xfffe0;
const LARGEST_UPPER = 31;

/** The upper 20 bits that `c.lui` sets, as assembly writes them: 1 … 31 or 0xfffe0 … 0xfffff. */
export const SHORT_UPPER: OperandField = {
  operand: 'immediate',
  minimum: 1,
  maximum: 0xfffff,
  step: 1,
  accepts: (value) => value <= LARGEST_UPPER || value >= NEGATIVE_UPPER,
  encode: (value) => SHORT_IMMEDIATE.encode(value),
  decode: (word) => SHORT_IMMEDIATE.decode(word) & 0xfffff,
};
