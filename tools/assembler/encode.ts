/** From an instruction and its operands to the machine word. */
import {
  ACQUIRE_BIT,
  findInstruction,
  formatOf,
  type Mnemonic,
  RELEASE_BIT,
} from './instructions.ts';
import type { OperandField, OperandName } from './operand-fields.ts';

export type { Mnemonic } from './instructions.ts';

/** Predecessor and successor sets `iorw, iorw`: what a plain `fence` means. */
const FULL_FENCE = 0xff;

/**
 * Operands by their role in the instruction set manual. Registers are numbers 0 … 31, integer or
 * floating-point as the instruction has them; `immediate`
 * is the number that assembly writes: the byte distance of a branch or jump, the upper 20 bits of
 * `lui` and `auipc` (0 … 0xfffff), the shift amount, the five bits of `csrrwi`, and for `fence` its
 * sets `fm << 8 | predecessor << 4 | successor` (a full fence if left out).
 */
export interface InstructionOperands {
  readonly rd?: number;
  readonly rs1?: number;
  readonly rs2?: number;
  readonly rs3?: number;
  readonly immediate?: number;
  readonly csr?: number;
  /** Rounding mode of a floating-point instruction; that of `frm` if left out. */
  readonly rounding?: number;
  /** Acquire and release bits of the atomics. */
  readonly aq?: boolean;
  readonly rl?: boolean;
}

/** An operand is missing, or has a value that the instruction cannot hold. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError';

  constructor(
    readonly mnemonic: Mnemonic,
    readonly operand: OperandName,
    /** The offending value; undefined if the operand is missing. */
    readonly value: number | undefined,
    problem: string,
  ) {
    super(`${mnemonic}: ${problem}`);
  }
}

function checkedValue(mnemonic: Mnemonic, field: OperandField, value: number | undefined): number {
  const { operand, minimum, maximum, step } = field;
  if (value === undefined) {
    throw new EncodingError(mnemonic, operand, value, `operand ${operand} is missing`);
  }
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    const problem = `${operand} ${value} is out of range (${minimum} … ${maximum})`;
    throw new EncodingError(mnemonic, operand, value, problem);
  }
  if (field.accepts?.(value) === false) {
    const problem = `${operand} ${value} is one that this instruction cannot have`;
    throw new EncodingError(mnemonic, operand, value, problem);
  }
  if (value % step !== 0) {
    const problem = `${operand} ${value} is not a multiple of ${step}`;
    throw new EncodingError(mnemonic, operand, value, problem);
  }
  return value;
}

/**
 * The word (unsigned, of 32 or 16 bits) of one instruction. Operands that the instruction does not have are
 * ignored; registers of `sfence.vma` and the sets of `fence` may be left out (x0; `iorw, iorw`).
 * @throws EncodingError if an operand is missing or out of range.
 */
export function encodeInstruction(mnemonic: Mnemonic, operands: InstructionOperands = {}): number {
  const instruction = findInstruction(mnemonic);
  if (instruction === undefined) throw new TypeError(`unknown instruction ${mnemonic}`);
  const format = formatOf(instruction);
  let word = instruction.match;
  for (const field of format.fields) {
    const value = operands[field.operand] ?? field.omitted ?? defaultValue(mnemonic, field.operand);
    word |= field.encode(checkedValue(mnemonic, field, value));
  }
  if (format.ordering === true) {
    if (operands.aq === true) word |= ACQUIRE_BIT;
    if (operands.rl === true) word |= RELEASE_BIT;
  }
  return word >>> 0;
}

function defaultValue(mnemonic: Mnemonic, operand: OperandName): number | undefined {
  if (mnemonic === 'fence' && operand === 'immediate') return FULL_FENCE;
  if (mnemonic === 'sfence.vma') return 0;
  return undefined;
}
