/**
 * The instructions of F, D and Zfh: RISC-V Unprivileged ISA 20191213, chapters 11, 12 and 24; Zfh
 * 1.0. RV32 has neither `fmv.x.d` nor conversions to and from 64-bit integers.
 */
import { RoundingMode } from '../hart/floating-point/environment.ts';
import { FloatOperation } from '../hart/floating-point/float-operation.ts';
import { Format } from '../hart/floating-point/format.ts';
import {
  funct3Of,
  funct7Of,
  immediateI,
  immediateS,
  rdOf,
  rs1Of,
  rs2Of,
} from '../hart/instruction-fields.ts';
import { HartWord } from '../hart/state-layout.ts';
import { setRecord, type DecodedInstruction } from './decoded-instruction.ts';
import { Operation } from './operations.ts';

const enum Opcode {
  LoadFp = 0x07,
  StoreFp = 0x27,
  MultiplyAdd = 0x43,
  MultiplySubtract = 0x47,
  NegateMultiplySubtract = 0x4b,
  NegateMultiplyAdd = 0x4f,
  OpFp = 0x53,
}

/** The upper five bits of funct7 of OP-FP; the lower two are the format. */
const enum Funct5 {
  Add = 0x00,
  Subtract = 0x01,
  Multiply = 0x02,
  Divide = 0x03,
  SignInjection = 0x04,
  Extreme = 0x05,
  ConvertFormat = 0x08,
  SquareRoot = 0x0b,
  Compare = 0x14,
  ConvertToInteger = 0x18,
  ConvertFromInteger = 0x1a,
  MoveToInteger = 0x1c,
  MoveFromInteger = 0x1e,
}

const OPCODE_MASK = 0x7f;
const FORMAT_MASK = 3;
const QUAD = 3;
const FORMAT_BITS = 2;

/** Widths of loads and stores, in funct3. */
const enum Width {
  Half = 1,
  Single = 2,
  Double = 3,
}

/** By funct3. */
const SIGN_INJECTIONS = [
  FloatOperation.SignCopy,
  FloatOperation.SignNegate,
  FloatOperation.SignXor,
];
const EXTREMES = [FloatOperation.Minimum, FloatOperation.Maximum];
const COMPARISONS = [FloatOperation.LessOrEqual, FloatOperation.LessThan, FloatOperation.Equal];
/** By rs2: the integer is signed, or not. */
const CONVERSIONS_TO_INTEGER = [FloatOperation.ConvertToSigned, FloatOperation.ConvertToUnsigned];
const CONVERSIONS_FROM_INTEGER = [
  FloatOperation.ConvertFromSigned,
  FloatOperation.ConvertFromUnsigned,
];

/** The common instructions that have an operation of their own, by format. */
const HOT: Readonly<Partial<Record<FloatOperation, readonly Operation[]>>> = {
  [FloatOperation.Add]: [Operation.FloatAddSingle, Operation.FloatAddDouble],
  [FloatOperation.Subtract]: [Operation.FloatSubtractSingle, Operation.FloatSubtractDouble],
  [FloatOperation.Multiply]: [Operation.FloatMultiplySingle, Operation.FloatMultiplyDouble],
  [FloatOperation.Divide]: [Operation.FloatDivideSingle, Operation.FloatDivideDouble],
};
const HOT_FUSED = [Operation.FloatFusedSingle, Operation.FloatFusedDouble];

/** Fills in the record if this is such an instruction; leaves it alone if it is not. */
export function decodeFloatingPoint(instruction: number, into: DecodedInstruction): void {
  switch (instruction & OPCODE_MASK) {
    case Opcode.LoadFp:
      decodeLoad(instruction, into);
      return;
    case Opcode.StoreFp:
      decodeStore(instruction, into);
      return;
    case Opcode.MultiplyAdd:
      decodeFused(instruction, FloatOperation.MultiplyAdd, into);
      return;
    case Opcode.MultiplySubtract:
      decodeFused(instruction, FloatOperation.MultiplySubtract, into);
      return;
    case Opcode.NegateMultiplySubtract:
      decodeFused(instruction, FloatOperation.NegateMultiplySubtract, into);
      return;
    case Opcode.NegateMultiplyAdd:
      decodeFused(instruction, FloatOperation.NegateMultiplyAdd, into);
      return;
    case Opcode.OpFp: {
      const operation = floatOperation(instruction);
      if (operation !== undefined) {
        setFloat(instruction, operation, into);
      }
    }
  }
}

function decodeLoad(instruction: number, into: DecodedInstruction): void {
  const register = HartWord.F + 2 * rdOf(instruction);
  const offset = immediateI(instruction);
  switch (funct3Of(instruction)) {
    case Width.Half:
      setRecord(into, Operation.LoadFloatHalf, register, rs1Of(instruction), offset);
      return;
    case Width.Single:
      setRecord(into, Operation.LoadFloatSingle, register, rs1Of(instruction), offset);
      return;
    case Width.Double:
      setRecord(into, Operation.LoadFloatDouble, register, rs1Of(instruction), offset);
  }
}

function decodeStore(instruction: number, into: DecodedInstruction): void {
  const register = HartWord.F + 2 * rs2Of(instruction);
  const offset = immediateS(instruction);
  switch (funct3Of(instruction)) {
    case Width.Half:
      setRecord(into, Operation.StoreFloatHalf, register, rs1Of(instruction), offset);
      return;
    case Width.Single:
      setRecord(into, Operation.StoreFloatSingle, register, rs1Of(instruction), offset);
      return;
    case Width.Double:
      setRecord(into, Operation.StoreFloatDouble, register, rs1Of(instruction), offset);
  }
}

function decodeFused(
  instruction: number,
  operation: FloatOperation,
  into: DecodedInstruction,
): void {
  const format = funct7Of(instruction) & FORMAT_MASK;
  if (format === QUAD || !hasRoundingMode(instruction)) {
    return;
  }
  if (format < HOT_FUSED.length && isCommonlyRounded(instruction)) {
    const rd = indexOf(rdOf(instruction), format);
    setRecord(into, HOT_FUSED[format], rd, operation, instruction);
  } else {
    setRecord(into, Operation.Float, operation, 0, instruction);
  }
}

/** Whether the rm field is not one of the reserved values; `frm` may be. */
function hasRoundingMode(instruction: number): boolean {
  const field = funct3Of(instruction);
  return (
    field <= (RoundingMode.NearestMaxMagnitude as number) ||
    field === (RoundingMode.Dynamic as number)
  );
}

/** Whether the short way may serve it while `frm` rounds to nearest even. */
function isCommonlyRounded(instruction: number): boolean {
  const field = funct3Of(instruction);
  return (
    field === (RoundingMode.Dynamic as number) || field === (RoundingMode.NearestEven as number)
  );
}

/** What an instruction of OP-FP does; undefined if there is none. */
function floatOperation(instruction: number): FloatOperation | undefined {
  const format = funct7Of(instruction) & FORMAT_MASK;
  const funct3 = funct3Of(instruction);
  const rs2 = rs2Of(instruction);
  if (format === QUAD) {
    return undefined;
  }
  switch (funct7Of(instruction) >>> FORMAT_BITS) {
    case Funct5.SignInjection:
      return SIGN_INJECTIONS.at(funct3);
    case Funct5.Extreme:
      return EXTREMES.at(funct3);
    case Funct5.Compare:
      return COMPARISONS.at(funct3);
    case Funct5.MoveToInteger:
      if (rs2 === 0 && funct3 === 1) {
        return FloatOperation.Classify;
      }
      return isMove(format, funct3, rs2) ? FloatOperation.MoveToInteger : undefined;
    case Funct5.MoveFromInteger:
      return isMove(format, funct3, rs2) ? FloatOperation.MoveFromInteger : undefined;
  }
  return hasRoundingMode(instruction) ? roundingOperation(instruction, format, rs2) : undefined;
}

/** Moves are of 16 and 32 bits: a register of RV32 holds no more. */
function isMove(format: number, funct3: number, rs2: number): boolean {
  return format !== (Format.Double as number) && funct3 === 0 && rs2 === 0;
}

function roundingOperation(
  instruction: number,
  format: number,
  rs2: number,
): FloatOperation | undefined {
  switch (funct7Of(instruction) >>> FORMAT_BITS) {
    case Funct5.Add:
      return FloatOperation.Add;
    case Funct5.Subtract:
      return FloatOperation.Subtract;
    case Funct5.Multiply:
      return FloatOperation.Multiply;
    case Funct5.Divide:
      return FloatOperation.Divide;
    case Funct5.SquareRoot:
      return rs2 === 0 ? FloatOperation.SquareRoot : undefined;
    case Funct5.ConvertFormat:
      return rs2 < QUAD && rs2 !== format ? FloatOperation.ConvertFormat : undefined;
    case Funct5.ConvertToInteger:
      return CONVERSIONS_TO_INTEGER.at(rs2);
    case Funct5.ConvertFromInteger:
      return CONVERSIONS_FROM_INTEGER.at(rs2);
    default:
      return undefined;
  }
}

function setFloat(instruction: number, operation: FloatOperation, into: DecodedInstruction): void {
  const format = funct7Of(instruction) & FORMAT_MASK;
  const hot = HOT[operation]?.at(format);
  if (hot === undefined || !isCommonlyRounded(instruction)) {
    setRecord(into, Operation.Float, operation, 0, instruction);
    return;
  }
  const rd = indexOf(rdOf(instruction), format);
  setRecord(into, hot, rd, indexOf(rs1Of(instruction), format), instruction);
}

/** Where a register is among a hart's doubles, or its low word among the words. */
function indexOf(register: number, format: number): number {
  return format === (Format.Double as number)
    ? HartWord.F / 2 + register
    : HartWord.F + 2 * register;
}
