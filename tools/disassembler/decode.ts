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

const byOpcode = new Map<number, Instruction[]>();
for (const instruction of instructions) {
  const opcode = instruction.match & OPCODE_MASK;
  const sameOpcode = byOpcode.get(opcode);
  if (sameOpcode === undefined) byOpcode.set(opcode, [instruction]);
  else sameOpcode.push(instruction);
}

/** The instruction in `word` (32 bits), or undefined if it is none that we know. */
export function decodeInstruction(word: number): DecodedInstruction | undefined {
  const instruction = byOpcode
    .get(word & OPCODE_MASK)
    ?.find(({ match, mask }) => (word & mask) >>> 0 === match);
  if (instruction === undefined) return undefined;
  const format = formatOf(instruction);
  const values: Record<OperandName, number> = { rd: 0, rs1: 0, rs2: 0, immediate: 0, csr: 0 };
  for (const field of format.fields) values[field.operand] = field.decode(word);
  const isOrdered = format.ordering === true;
  return {
    ...values,
    instruction,
    aq: isOrdered && (word & ACQUIRE_BIT) !== 0,
    rl: isOrdered && (word & RELEASE_BIT) !== 0,
  };
}
