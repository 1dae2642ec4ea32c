/** What the translations of i32 and of i64 instructions share. */
import { Opcode } from '../wasm/opcodes.ts';
import type { Builder } from './builder.ts';
import { type Instruction, Op } from './instruction.ts';

/** Division instructions by the operation that they are. */
export const DIVISIONS = new Map<number, Op>([
  [Opcode.I32DivS, Op.Div],
  [Opcode.I32DivU, Op.Divu],
  [Opcode.I32RemS, Op.Rem],
  [Opcode.I32RemU, Op.Remu],
  [Opcode.I64DivS, Op.Div],
  [Opcode.I64DivU, Op.Divu],
  [Opcode.I64RemS, Op.Rem],
  [Opcode.I64RemU, Op.Remu],
]);

/** Bits above the value, for instructions that sign-extend from a part of it. */
export const EXTENSION_SHIFTS = new Map<number, number>([
  [Opcode.I32Extend8S, 24],
  [Opcode.I32Extend16S, 16],
  [Opcode.I64Extend8S, 24],
  [Opcode.I64Extend16S, 16],
  [Opcode.I64Extend32S, 0],
]);

/** Routines of the run-time library that count bits of one word. */
export const COUNT_LEADING = '__count_leading_zeros';
export const COUNT_TRAILING = '__count_trailing_zeros';
export const COUNT_ONES = '__count_ones';

/** Sign-extends from the bits that `shift` leaves. */
export function extendPart(builder: Builder, value: Instruction, shift: number): Instruction {
  const amount = builder.constant(shift);
  return builder.binary(Op.Sra, builder.binary(Op.Sll, value, amount), amount);
}
