/**
 * Arithmetic in binary64 rounded to odd: what does not fit is cut off and the last bit set. Such a
 * result can be rounded once more, to any format at least two bits shorter, in any mode, as if the
 * exact one had been (Boldo and Melquiond, Emulation of FMA and correctly rounded sums, 2008). So
 * it serves single and half precision, whose operands never lead out of the safe range here.
 */
import { quotientError, rootError, sumError } from './error-free.ts';
import { awayFromZero, isOdd, towardZero } from './number-bits.ts';

/** From a result rounded to nearest and the sign of what it lacks. */
export function toOdd(nearest: number, error: number): number {
  if (error === 0 || isOdd(nearest)) {
    return nearest;
  }
  return error > 0 === nearest > 0 ? awayFromZero(nearest) : towardZero(nearest);
}

/** a + b, both finite, without overflow. */
export function oddSum(a: number, b: number): number {
  const sum = a + b;
  return toOdd(sum, sumError(a, b, sum));
}

/** a * b + c of finite numbers with at most 24 significant bits each. */
export function oddProductSum(a: number, b: number, c: number): number {
  return oddSum(a * b, c);
}

/** a / b of numbers that are single precision, neither of them zero. */
export function oddQuotient(a: number, b: number): number {
  const quotient = a / b;
  return toOdd(quotient, quotientError(a, b, quotient));
}

/** The square root of a positive number of single precision. */
export function oddRoot(a: number): number {
  const root = Math.sqrt(a);
  return toOdd(root, rootError(a, root));
}
