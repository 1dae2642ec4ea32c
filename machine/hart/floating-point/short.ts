/**
 * Single and half precision: one operation in double precision rounded to odd, then one rounding to
 * the format. Infinities, zeros and NaNs come out right of the host's own arithmetic.
 */
import { Flag, type Environment } from './environment.ts';
import type { ShortFormat } from './format.ts';
import { narrow } from './narrow.ts';
import { oddProductSum, oddQuotient, oddRoot, oddSum } from './round-to-odd.ts';
import { zeroSum } from './zero-sum.ts';

export function addShort(
  a: number,
  b: number,
  format: ShortFormat,
  environment: Environment,
): number {
  const sum = a + b;
  if (sum === 0) {
    return zeroSum(a, b, environment);
  }
  // Infinite or NaN: the sum of finite operands always fits.
  return Number.isFinite(sum) ? narrow(oddSum(a, b), format, environment) : sum;
}

export function multiplyShort(
  a: number,
  b: number,
  format: ShortFormat,
  environment: Environment,
): number {
  return narrow(a * b, format, environment);
}

export function divideShort(
  a: number,
  b: number,
  format: ShortFormat,
  environment: Environment,
): number {
  const quotient = a / b;
  if (Number.isFinite(quotient) && quotient !== 0) {
    return narrow(oddQuotient(a, b), format, environment);
  }
  if (b === 0 && a !== 0 && Number.isFinite(a)) {
    environment.flags |= Flag.DivideByZero;
  }
  return quotient;
}

export function rootShort(a: number, format: ShortFormat, environment: Environment): number {
  return a > 0 && a !== Infinity ? narrow(oddRoot(a), format, environment) : Math.sqrt(a);
}

/** a * b + c, rounded once. The product of two such numbers is exact in double precision. */
export function multiplyAddShort(
  a: number,
  b: number,
  c: number,
  format: ShortFormat,
  environment: Environment,
): number {
  const product = a * b;
  const sum = product + c;
  if (sum === 0) {
    return zeroSum(product, c, environment);
  }
  return Number.isFinite(sum) ? narrow(oddProductSum(a, b, c), format, environment) : sum;
}
