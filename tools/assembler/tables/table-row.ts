/** What a row of the instruction tables is. */
import type { FormatName } from '../instruction-formats.ts';

/** Mnemonic, format, match, mask: a word is this instruction if `(word & mask) === match`. */
export type TableRow = readonly [string, FormatName, number, number];

/** Masks of the fields that tell instructions apart. */
export const OPCODE = 0x0000007f;
export const FUNCT3 = 0x0000707f;
export const FUNCT7 = 0xfe00007f;
export const FUNCT3_FUNCT7 = 0xfe00707f;
export const FUNCT7_RS2 = 0xfff0007f;
export const FUNCT3_FUNCT7_RS2 = 0xfff0707f;
/** As FUNCT3_FUNCT7, but for the `aq` and `rl` bits. */
export const FUNCT3_FUNCT5 = 0xf800707f;
export const FUNCT3_FUNCT5_RS2 = 0xf9f0707f;
/** The format of a fused multiply-add, in two bits. */
export const FLOAT_FORMAT = 0x0600007f;
export const WHOLE_WORD = 0xffffffff;
