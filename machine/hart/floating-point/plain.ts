/**
 * The short way for instructions that round to nearest even after `inexact` has been raised, which
 * are nearly all of nearly every program's: then the host's own result, if it is of ordinary size,
 * is all there is to it. Operands come and go in the registers' arrays, since a function that takes
 * numbers would have its caller box them.
 */
import { Flag } from './environment.ts';
import { SAFE_HIGH, SAFE_LOW } from './error-free.ts';

/** `frm` and the inexact flag, in `fcsr`, and what they are when the short way is open. */
export const PLAIN_MASK = 0xe0 | Flag.Inexact;
export const PLAIN_STATE: number = Flag.Inexact;

/** Between these, exclusive of the lower one, a rounded result neither under- nor overflowed. */
export const DOUBLE_MINIMUM_NORMAL = 2 ** -1022;
export const SINGLE_MINIMUM_NORMAL = 2 ** -126;
export const SINGLE_MAXIMUM = 2 ** 128 - 2 ** 104;

/** 2^27 + 1: Veltkamp's, for 53 bits. */
const SPLITTER = 134_217_729;

/** Of the opcodes of the fused instructions: MADD, MSUB, NMSUB, NMADD. */
const NEGATES_ADDEND = 0x04;
const NEGATES_PRODUCT = 0x08;
const RS1_SHIFT = 15;
const RS2_SHIFT = 20;
const RS3_SHIFT = 27;
const REGISTER_MASK = 31;

/**
 * A fused multiply-add in double precision on `doubles`, whose element `first` is f0, with its
 * result in element `rd`. False: nothing was done, since the case is not an ordinary one.
 *
 * The sum of three of `double.ts`, but without rounding to odd: that only matters where the rounded
 * sum was half-way between two numbers, and such cases are left to it.
 */
export function fusedDouble(
  doubles: Float64Array,
  first: number,
  rd: number,
  instruction: number,
): boolean {
  const factor = doubles[first + ((instruction >>> RS1_SHIFT) & REGISTER_MASK)];
  const b = doubles[first + ((instruction >>> RS2_SHIFT) & REGISTER_MASK)];
  const addend = doubles[first + (instruction >>> RS3_SHIFT)];
  const a = (instruction & NEGATES_PRODUCT) !== 0 ? -factor : factor;
  const c = (instruction & NEGATES_ADDEND) !== 0 ? -addend : addend;
  const product = a * b;
  const magnitude = Math.abs(product);
  if (product === 0 && (a === 0 || b === 0) && Math.abs(c) <= Number.MAX_VALUE) {
    doubles[rd] = product + c;
    return true;
  }
  const isEasy =
    magnitude >= SAFE_LOW &&
    magnitude <= SAFE_HIGH &&
    Math.abs(a) <= SAFE_HIGH &&
    Math.abs(b) <= SAFE_HIGH &&
    (c === 0 || (Math.abs(c) >= SAFE_LOW && Math.abs(c) <= SAFE_HIGH));
  if (!isEasy) {
    return false;
  }
  const aScaled = SPLITTER * a;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = SPLITTER * b;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  const low = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  const middle = c + low;
  const lowShare = middle - c;
  const middleError = c - (middle - lowShare) + (low - lowShare);
  const top = product + middle;
  const middleShare = top - product;
  const topError = product - (top - middleShare) + (middle - middleShare);
  const rest = topError + middleError;
  const result = top + rest;
  const restShare = result - top;
  const twice = 2 * (top - (result - restShare) + (rest - restShare));
  if (twice !== 0 && result + twice - result === twice) {
    return false;
  }
  doubles[rd] = result;
  return true;
}

/**
 * The same in single precision: element `first` of `floats` is the low word of f0, `rd` that of the
 * result, and `words` are the same bytes. The double sum may be rounded already; that only matters
 * half-way between two numbers of single precision.
 */
export function fusedSingle(
  floats: Float32Array,
  words: Int32Array,
  first: number,
  rd: number,
  instruction: number,
): boolean {
  const rs1 = first + 2 * ((instruction >>> RS1_SHIFT) & REGISTER_MASK);
  const rs2 = first + 2 * ((instruction >>> RS2_SHIFT) & REGISTER_MASK);
  const rs3 = first + 2 * (instruction >>> RS3_SHIFT);
  if ((words[rs1 + 1] & words[rs2 + 1] & words[rs3 + 1]) !== -1) {
    return false;
  }
  const product = floats[rs1] * floats[rs2];
  const addend = floats[rs3];
  const sum =
    ((instruction & NEGATES_PRODUCT) !== 0 ? -product : product) +
    ((instruction & NEGATES_ADDEND) !== 0 ? -addend : addend);
  const result = Math.fround(sum);
  const magnitude = Math.abs(result);
  const twice = 2 * (sum - result);
  const isOrdinary =
    (magnitude > SINGLE_MINIMUM_NORMAL && magnitude <= SINGLE_MAXIMUM) || sum === 0;
  if (!isOrdinary || (twice !== 0 && Math.fround(result + twice) === result + twice)) {
    return false;
  }
  floats[rd] = result;
  words[rd + 1] = -1;
  return true;
}
