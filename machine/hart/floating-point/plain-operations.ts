/**
 * The short way (plain.ts) for what is common besides arithmetic: comparisons, sign injection,
 * conversions, square roots and moves, on ordinary operands of one format. False: nothing was done.
 */
import { HartWord } from '../state-layout.ts';
import { FloatOperation } from './float-operation.ts';
import { Format } from './format.ts';
import { SINGLE_MAXIMUM, SINGLE_MINIMUM_NORMAL } from './plain.ts';

const RD_SHIFT = 7;
const RM_SHIFT = 12;
const RS1_SHIFT = 15;
const RS2_SHIFT = 20;
const FORMAT_SHIFT = 25;
const REGISTER_MASK = 31;
const RM_MASK = 7;
const FORMAT_MASK = 3;
/** Rounding modes: RTZ alone, and what is to nearest even while `frm` is. */
const TOWARD_ZERO = 1;
const NEAREST_EVEN = 0;
const DYNAMIC = 7;
const SIGN = 0x8000_0000 | 0;
const BOX = -1;
/** Truncated numbers of smaller magnitude are words. */
const WORD_LIMIT = 2 ** 31;

function rdOf(instruction: number): number {
  return (instruction >>> RD_SHIFT) & REGISTER_MASK;
}

function rs1Of(instruction: number): number {
  return (instruction >>> RS1_SHIFT) & REGISTER_MASK;
}

function rs2Of(instruction: number): number {
  return (instruction >>> RS2_SHIFT) & REGISTER_MASK;
}

function roundsToNearest(instruction: number): boolean {
  const rm = (instruction >>> RM_SHIFT) & RM_MASK;
  return rm === NEAREST_EVEN || rm === DYNAMIC;
}

function truncates(instruction: number): boolean {
  return ((instruction >>> RM_SHIFT) & RM_MASK) === TOWARD_ZERO;
}

/** Where an instruction writes an integer: x0 takes no writes. */
function integerResult(instruction: number): number {
  return rdOf(instruction) === 0 ? HartWord.XSink : HartWord.X + rdOf(instruction);
}

/** Performs an operation of any format, if it can. `words`, `doubles` and `floats` are a hart's. */
export function performPlainly(
  operation: number,
  instruction: number,
  words: Int32Array,
  doubles: Float64Array,
  floats: Float32Array,
): boolean {
  switch ((instruction >>> FORMAT_SHIFT) & FORMAT_MASK) {
    case Format.Double:
      return performDouble(operation, instruction, words, doubles, floats);
    case Format.Single:
      return performSingle(operation, instruction, words, doubles, floats);
    default:
      return false;
  }
}

function performDouble(
  operation: number,
  instruction: number,
  words: Int32Array,
  doubles: Float64Array,
  floats: Float32Array,
): boolean {
  const rd = HartWord.F / 2 + rdOf(instruction);
  const rs1 = HartWord.F / 2 + rs1Of(instruction);
  const rs2 = HartWord.F / 2 + rs2Of(instruction);
  switch (operation) {
    case FloatOperation.SquareRoot: {
      const root = Math.sqrt(doubles[rs1]);
      if (root <= Number.MAX_VALUE && roundsToNearest(instruction)) {
        doubles[rd] = root;
        return true;
      }
      return false;
    }
    case FloatOperation.ConvertFromSigned:
      doubles[rd] = words[HartWord.X + rs1Of(instruction)];
      return true;
    case FloatOperation.ConvertFromUnsigned:
      doubles[rd] = words[HartWord.X + rs1Of(instruction)] >>> 0;
      return true;
    case FloatOperation.ConvertFormat: {
      const low = HartWord.F + 2 * rs1Of(instruction);
      const value = floats[low];
      if (rs2Of(instruction) === (Format.Single as number) && words[low + 1] === BOX) {
        if (value === value) {
          doubles[rd] = value;
          return true;
        }
      }
      return false;
    }
    case FloatOperation.ConvertToSigned: {
      const value = doubles[rs1];
      if (Math.abs(value) < WORD_LIMIT && truncates(instruction)) {
        words[integerResult(instruction)] = value;
        return true;
      }
      return false;
    }
    case FloatOperation.Equal:
    case FloatOperation.LessThan:
    case FloatOperation.LessOrEqual: {
      const a = doubles[rs1];
      const b = doubles[rs2];
      if (a !== a || b !== b) {
        return false;
      }
      const holds =
        operation === (FloatOperation.Equal as number)
          ? a === b
          : operation === (FloatOperation.LessThan as number)
            ? a < b
            : a <= b;
      words[integerResult(instruction)] = holds ? 1 : 0;
      return true;
    }
    case FloatOperation.SignCopy:
    case FloatOperation.SignNegate:
    case FloatOperation.SignXor: {
      const high = words[2 * rs1 + 1];
      const sign = signFor(operation, high, words[2 * rs2 + 1]);
      words[2 * rd] = words[2 * rs1];
      words[2 * rd + 1] = (high & ~SIGN) | sign;
      return true;
    }
    default:
      return false;
  }
}

function performSingle(
  operation: number,
  instruction: number,
  words: Int32Array,
  doubles: Float64Array,
  floats: Float32Array,
): boolean {
  const rd = HartWord.F + 2 * rdOf(instruction);
  const rs1 = HartWord.F + 2 * rs1Of(instruction);
  const rs2 = HartWord.F + 2 * rs2Of(instruction);
  const isBoxed = words[rs1 + 1] === BOX;
  switch (operation) {
    case FloatOperation.SquareRoot: {
      const root = Math.fround(Math.sqrt(floats[rs1]));
      if (root <= SINGLE_MAXIMUM && isBoxed && roundsToNearest(instruction)) {
        floats[rd] = root;
        words[rd + 1] = BOX;
        return true;
      }
      return false;
    }
    case FloatOperation.ConvertFromSigned:
      if (!roundsToNearest(instruction)) {
        return false;
      }
      floats[rd] = words[HartWord.X + rs1Of(instruction)];
      words[rd + 1] = BOX;
      return true;
    case FloatOperation.ConvertFromUnsigned:
      if (!roundsToNearest(instruction)) {
        return false;
      }
      floats[rd] = words[HartWord.X + rs1Of(instruction)] >>> 0;
      words[rd + 1] = BOX;
      return true;
    case FloatOperation.ConvertFormat: {
      const result = Math.fround(doubles[rs1 >> 1]);
      const magnitude = Math.abs(result);
      const isOrdinary = magnitude > SINGLE_MINIMUM_NORMAL && magnitude <= SINGLE_MAXIMUM;
      if (
        rs2Of(instruction) === (Format.Double as number) &&
        roundsToNearest(instruction) &&
        (isOrdinary || doubles[rs1 >> 1] === 0)
      ) {
        floats[rd] = result;
        words[rd + 1] = BOX;
        return true;
      }
      return false;
    }
    case FloatOperation.ConvertToSigned: {
      const value = floats[rs1];
      if (isBoxed && Math.abs(value) < WORD_LIMIT && truncates(instruction)) {
        words[integerResult(instruction)] = value;
        return true;
      }
      return false;
    }
    case FloatOperation.Equal:
    case FloatOperation.LessThan:
    case FloatOperation.LessOrEqual: {
      const a = floats[rs1];
      const b = floats[rs2];
      if (a !== a || b !== b || !isBoxed || words[rs2 + 1] !== BOX) {
        return false;
      }
      const holds =
        operation === (FloatOperation.Equal as number)
          ? a === b
          : operation === (FloatOperation.LessThan as number)
            ? a < b
            : a <= b;
      words[integerResult(instruction)] = holds ? 1 : 0;
      return true;
    }
    case FloatOperation.SignCopy:
    case FloatOperation.SignNegate:
    case FloatOperation.SignXor: {
      if (!isBoxed || words[rs2 + 1] !== BOX) {
        return false;
      }
      const bits = words[rs1];
      const sign = signFor(operation, bits, words[rs2]);
      words[rd] = (bits & ~SIGN) | sign;
      words[rd + 1] = BOX;
      return true;
    }
    case FloatOperation.MoveToInteger:
      words[integerResult(instruction)] = words[rs1];
      return true;
    case FloatOperation.MoveFromInteger:
      words[rd] = words[HartWord.X + rs1Of(instruction)];
      words[rd + 1] = BOX;
      return true;
    default:
      return false;
  }
}

/** The sign bit of a sign injection's result, of the words with the operands' sign bits. */
function signFor(operation: number, first: number, second: number): number {
  switch (operation) {
    case FloatOperation.SignCopy:
      return second & SIGN;
    case FloatOperation.SignNegate:
      return ~second & SIGN;
    default:
      return (first ^ second) & SIGN;
  }
}
