/**
 * The instruction table, from which the assembler encodes and the disassembler decodes. The rows are
 * in `tables/`, one file per part of the instruction set; a further extension adds rows, and formats
 * (`instruction-formats.ts`) where its operands are new.
 */
import {
  type FormatName,
  type InstructionFormat,
  instructionFormats,
} from './instruction-formats.ts';
import { baseTable } from './tables/base.ts';
import { bitManipulationTable } from './tables/bit-manipulation.ts';
import { compressedTable } from './tables/compressed.ts';
import { floatingPointTable } from './tables/floating-point.ts';

export type { FormatName, InstructionFormat, OperandSyntax } from './instruction-formats.ts';

/** The ordering bits of atomic instructions. */
export const ACQUIRE_BIT = 1 << 26;
export const RELEASE_BIT = 1 << 25;

/** Both lowest bits set: a 32-bit instruction. */
const LENGTH_MASK = 3;

const table = {
  ...baseTable,
  ...bitManipulationTable,
  ...floatingPointTable,
  ...compressedTable,
} as const;

/** The name under which `-march` and the documentation know a part of the instruction set. */
export type ExtensionName = keyof typeof table;

/** Every instruction that the assembler encodes, without pseudo-instructions and `.aq`/`.rl`. */
export type Mnemonic = (typeof table)[ExtensionName][number][0];

export interface Instruction {
  readonly mnemonic: Mnemonic;
  readonly extension: ExtensionName;
  readonly format: FormatName;
  /** A word is this instruction if `(word & mask) === match`, both unsigned. */
  readonly match: number;
  readonly mask: number;
  /** Bytes. */
  readonly length: 2 | 4;
}

/** A more specific row stands before a more general one that matches the same word. */
const extensionNames = [
  ...(['Zihintpause', 'I', 'Zifencei', 'Zicsr', 'M', 'A', 'privileged'] as const),
  ...(['Zba', 'Zbb', 'Zbc', 'Zbs', 'Zbkb', 'Zbkx', 'Zicond'] as const),
  ...(['F', 'D', 'Zfh', 'C'] as const),
];

export const instructions: readonly Instruction[] = extensionNames.flatMap((extension) =>
  table[extension].map(([mnemonic, format, match, mask]) => ({
    mnemonic,
    extension,
    format,
    match,
    mask,
    length: (match & LENGTH_MASK) === LENGTH_MASK ? 4 : 2,
  })),
);

const byMnemonic = new Map<string, Instruction>(instructions.map((row) => [row.mnemonic, row]));

/** The instruction called `mnemonic`, or undefined if there is none (pseudo-instructions included). */
export function findInstruction(mnemonic: string): Instruction | undefined {
  return byMnemonic.get(mnemonic);
}

/** The format of an instruction, its literal type widened to the interface. */
export function formatOf(instruction: Instruction): InstructionFormat {
  return instructionFormats[instruction.format];
}
