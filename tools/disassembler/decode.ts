/** From a machine word to the instruction and its operands: the inverse of `encodeInstruction`. */
import type { InstructionOperands } from '../assembler/encode.ts';
import {
  ACQUIRE_BIT,
  formatOf,
  type Instruction,
  instructions,
  RELEASE_BIT,
} from '../assembler/instructions.ts';
import type { OperandName } from '../assembler/operand-fields.ts';

const OPCODE_MASK = 0x7f;

/** An instruction with all its operands. Fields that the format lacks are 0. */
export interface DecodedInstruction extends Required<InstructionOperands> {
  readonly instruction: Instruction;
}

/** Both lowest bits set: a 32-bit instruction. */
const LENGTH_MASK = 3;
const LOW_HALF = 0xffff;

const byOpcode = new Map<number, Instruction[]>();
for (const instruction of instructions) {
  const opcode = opcodeOf(instruction.match);
  const sameOpcode = byOpcode.get(opcode);
  if (sameOpcode === undefined) byOpcode.set(opcode, [instruction]);
  else sameOpcode.push(instruction);
}

/** What instructions are sorted by: the opcode, or the two low bits of a 16-bit instruction. */
function opcodeOf(word: number): number {
  return isLong(word) ? word & OPCODE_MASK : word & LENGTH_MASK;
}

/** Whether the instruction that begins with these bits has 32 bits rather than 16. */
export function isLong(word: number): boolean {
  return (word & LENGTH_MASK) === LENGTH_MASK;
}

/** Whether all fields have values that the instruction may have; else it is another, or none. */
function areValid(instruction: Instruction, word: number): boolean {
  return formatOf(instruction).fields.every((field) => {
    const value = field.decode(word);
    return value >= field.minimum && field.accepts?.(value) !== false;
  });
}

/**
 * The instruction in `bits`, or undefined if it is none that we know. Of a 16-bit instruction, the
 * upper half of `bits` does not matter.
 */
export function decodeInstruction(bits: number): DecodedInstruction | undefined {
  const word = isLong(bits) ? bits : bits & LOW_HALF;
  const instruction = byOpcode
    .get(opcodeOf(word))
    ?.find((row) => (word & row.mask) >>> 0 === row.match && areValid(row, word));
  if (instruction === undefined) return undefined;
  const format = formatOf(instruction);
  const values: Record<OperandName, number> = {
    ...{ rd: 0, rs1: 0, rs2: 0, rs3: 0 },
    ...{ immediate: 0, csr: 0, rounding: 0 },
  };
  for (const field of format.fields) values[field.operand] = field.decode(word);
  const isOrdered = format.ordering === true;
  return {
    ...values,
    instruction,
    aq: isOrdered && (word & ACQUIRE_BIT) !== 0,
    rl: isOrdered && (word & RELEASE_BIT) !== 0,
  };
}
