/**
 * Decodes Zba, Zbb, Zbc, Zbs, Zbkb, Zbkx and Zicond: RISC-V Bit-Manipulation ISA-extensions 1.0.0,
 * Cryptography Extensions volume I 1.0.1, Integer Conditional Operations 1.0.0.
 */
import { BitBinary, BitUnary } from '../hart/bit-manipulation.ts';
import { setRecord as set, type DecodedInstruction } from './decoded-instruction.ts';
import { BitBinaryOperand, Operation } from './operations.ts';

/** funct7 and funct3 of a register-register instruction in one number. */
const key = (funct7: number, funct3: number) => (funct7 << 3) | funct3;

/** Operations of their own: rd, rs1, rs2. */
const REGISTER_OPERATIONS: ReadonlyMap<number, Operation> = new Map([
  [key(0x10, 2), Operation.ShiftAdd1],
  [key(0x10, 4), Operation.ShiftAdd2],
  [key(0x10, 6), Operation.ShiftAdd3],
  [key(0x20, 7), Operation.AndNot],
  [key(0x20, 6), Operation.OrNot],
  [key(0x20, 4), Operation.ExclusiveNor],
  [key(0x05, 4), Operation.Minimum],
  [key(0x05, 5), Operation.MinimumUnsigned],
  [key(0x05, 6), Operation.Maximum],
  [key(0x05, 7), Operation.MaximumUnsigned],
  [key(0x30, 1), Operation.RotateLeft],
  [key(0x30, 5), Operation.RotateRight],
  [key(0x24, 1), Operation.BitClear],
  [key(0x24, 5), Operation.BitExtract],
  [key(0x34, 1), Operation.BitInvert],
  [key(0x14, 1), Operation.BitSet],
  [key(0x07, 5), Operation.ZeroIfZero],
  [key(0x07, 7), Operation.ZeroIfNotZero],
]);

/** The rarer ones, which share an operation. zext.h is pack with x0. */
const SHARED_OPERATIONS: ReadonlyMap<number, BitBinary> = new Map([
  [key(0x05, 1), BitBinary.CarrylessMultiply],
  [key(0x05, 2), BitBinary.CarrylessMultiplyReversed],
  [key(0x05, 3), BitBinary.CarrylessMultiplyHigh],
  [key(0x04, 4), BitBinary.PackHalves],
  [key(0x04, 7), BitBinary.PackBytes],
  [key(0x14, 2), BitBinary.PermuteNibbles],
  [key(0x14, 4), BitBinary.PermuteBytes],
]);

/** Bits 31 to 20 and funct3 of an instruction with one source register. */
const unaryKey = (immediate: number, funct3: number) => (immediate << 3) | funct3;

const UNARY_OPERATIONS: ReadonlyMap<number, BitUnary> = new Map([
  [unaryKey(0x600, 1), BitUnary.CountLeadingZeros],
  [unaryKey(0x601, 1), BitUnary.CountTrailingZeros],
  [unaryKey(0x602, 1), BitUnary.CountOnes],
  [unaryKey(0x287, 5), BitUnary.OrCombineBytes],
  [unaryKey(0x698, 5), BitUnary.ReverseBytes],
  [unaryKey(0x687, 5), BitUnary.ReverseBitsInBytes],
  [unaryKey(0x08f, 1), BitUnary.Zip],
  [unaryKey(0x08f, 5), BitUnary.Unzip],
]);

const SEXT_B = unaryKey(0x604, 1);
const SEXT_H = unaryKey(0x605, 1);

/** With a bit's number in the place of rs2. */
const RORI = key(0x30, 5);
const BCLRI = key(0x24, 1);
const BEXTI = key(0x24, 5);
const BINVI = key(0x34, 1);
const BSETI = key(0x14, 1);

/** Decodes an instruction with opcode OP, if it is one of these; else changes nothing. */
export function decodeBitOperation(
  funct7: number,
  funct3: number,
  rd: number,
  rs1: number,
  rs2: number,
  into: DecodedInstruction,
): void {
  const operation = REGISTER_OPERATIONS.get(key(funct7, funct3));
  if (operation !== undefined) {
    set(into, operation, rd, rs1, rs2);
    return;
  }
  const shared = SHARED_OPERATIONS.get(key(funct7, funct3));
  if (shared !== undefined) {
    set(into, Operation.BitBinary, rd, rs1, rs2 | (shared << BitBinaryOperand.Shift));
  }
}

/**
 * Decodes an instruction with opcode OP-IMM and a funct3 of shifts, if it is one of these; else
 * changes nothing. `immediate` is bits 31 to 20, unsigned.
 */
export function decodeBitImmediate(
  immediate: number,
  funct3: number,
  rd: number,
  rs1: number,
  into: DecodedInstruction,
): void {
  const unary = UNARY_OPERATIONS.get(unaryKey(immediate, funct3));
  if (unary !== undefined) {
    set(into, Operation.BitUnary, rd, rs1, unary);
    return;
  }
  const bit = immediate & 31;
  switch (unaryKey(immediate, funct3)) {
    case SEXT_B:
      set(into, Operation.SignExtendByte, rd, rs1, 0);
      return;
    case SEXT_H:
      set(into, Operation.SignExtendHalf, rd, rs1, 0);
      return;
  }
  switch (key(immediate >>> 5, funct3)) {
    case RORI:
      set(into, Operation.RotateRightImmediate, rd, rs1, bit);
      break;
    case BCLRI:
      set(into, Operation.AndImmediate, rd, rs1, ~(1 << bit));
      break;
    case BEXTI:
      set(into, Operation.BitExtractImmediate, rd, rs1, bit);
      break;
    case BINVI:
      set(into, Operation.XorImmediate, rd, rs1, 1 << bit);
      break;
    case BSETI:
      set(into, Operation.OrImmediate, rd, rs1, 1 << bit);
      break;
  }
}
