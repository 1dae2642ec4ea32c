/**
 * Double precision in the host's own arithmetic, which rounds to nearest even. What that rounded
 * away (error-free.ts) tells whether the result is inexact and what the directed modes make of it.
 * Where that is not sound, at the ends of the range, exact integers take over (exact.ts).
 *
 * A result that is NaN though no operand is means an invalid operation; the caller raises the flag,
 * since it must look at the operands' bits for signalling NaNs anyway.
 */
import { Flag, RoundingMode, type Environment } from './environment.ts';
import {
  isSafe,
  productError,
  quotientError,
  rootError,
  SAFE_HIGH,
  SAFE_LOW,
  sumError,
} from './error-free.ts';
import { exactProduct, exactProductSum, exactQuotient, exactSum } from './exact.ts';
import { awayFromZero, towardZero } from './number-bits.ts';
import { toOdd } from './round-to-odd.ts';
import { zeroSum } from './zero-sum.ts';

/** Rooting a number below `SAFE_LOW` is done on its product with the square of this. */
const ROOT_SCALE = 2 ** 300;

/**
 * The result in the environment's mode, from the nearest one and the sign of what it lacks. The
 * result is normal and far from overflow; the mode is not the one that rounds ties away.
 */
function settle(nearest: number, error: number, environment: Environment): number {
  if (error === 0) {
    return nearest;
  }
  environment.flags |= Flag.Inexact;
  const lacks = error > 0 === nearest > 0;
  switch (environment.rounding) {
    case RoundingMode.TowardZero:
      return lacks ? nearest : towardZero(nearest);
    case RoundingMode.Down:
      return error > 0 ? nearest : below(nearest);
    case RoundingMode.Up:
      return error < 0 ? nearest : -below(-nearest);
    default:
      return nearest;
  }
}

/** The next number below one that is not zero. */
function below(x: number): number {
  return x > 0 ? towardZero(x) : awayFromZero(x);
}

export function addDouble(a: number, b: number, environment: Environment): number {
  const sum = a + b;
  // Also what fails for infinities and NaNs. A sum below the normal numbers is always exact.
  if (sum - a === b && sum - b === a) {
    return sum === 0 ? zeroSum(a, b, environment) : sum;
  }
  if (!Number.isFinite(a) || !Number.isFinite(b)) {
    return sum;
  }
  if (environment.rounding === RoundingMode.NearestMaxMagnitude || Math.abs(sum) > SAFE_HIGH) {
    return exactSum(a, b, environment);
  }
  return settle(sum, sumError(a, b, sum), environment);
}

export function multiplyDouble(a: number, b: number, environment: Environment): number {
  const product = a * b;
  if (isSafe(product) && Math.abs(a) <= SAFE_HIGH && Math.abs(b) <= SAFE_HIGH) {
    if (environment.rounding === RoundingMode.NearestMaxMagnitude) {
      return exactProduct(a, b, environment);
    }
    return settle(product, productError(a, b, product), environment);
  }
  if (a === 0 || b === 0 || !Number.isFinite(a) || !Number.isFinite(b)) {
    return product;
  }
  return exactProduct(a, b, environment);
}

export function divideDouble(a: number, b: number, environment: Environment): number {
  const quotient = a / b;
  if (isSafe(a) && isSafe(b) && isSafe(quotient)) {
    // A quotient is never half-way between two normal numbers, so both nearest modes agree.
    return settle(quotient, quotientError(a, b, quotient), environment);
  }
  if (a === 0 || !Number.isFinite(a) || !Number.isFinite(b)) {
    return quotient;
  }
  if (b === 0) {
    environment.flags |= Flag.DivideByZero;
    return quotient;
  }
  return exactQuotient(a, b, environment);
}

export function rootDouble(a: number, environment: Environment): number {
  if (!(a > 0) || a === Infinity) {
    return Math.sqrt(a);
  }
  if (a < SAFE_LOW) {
    const scaled = a * ROOT_SCALE * ROOT_SCALE;
    const root = Math.sqrt(scaled);
    return settle(root, rootError(scaled, root), environment) / ROOT_SCALE;
  }
  if (a > SAFE_HIGH) {
    const scaled = a / ROOT_SCALE / ROOT_SCALE;
    const root = Math.sqrt(scaled);
    return settle(root, rootError(scaled, root), environment) * ROOT_SCALE;
  }
  const root = Math.sqrt(a);
  return settle(root, rootError(a, root), environment);
}

/** a * b + c, rounded once. */
export function multiplyAddDouble(
  a: number,
  b: number,
  c: number,
  environment: Environment,
): number {
  const product = a * b;
  if (!Number.isFinite(a) || !Number.isFinite(b)) {
    return product + c;
  }
  if (!Number.isFinite(c)) {
    return c;
  }
  if (a === 0 || b === 0) {
    return addDouble(product, c, environment);
  }
  const isEasy =
    isSafe(product) &&
    Math.abs(a) <= SAFE_HIGH &&
    Math.abs(b) <= SAFE_HIGH &&
    (c === 0 || isSafe(c)) &&
    environment.rounding !== RoundingMode.NearestMaxMagnitude;
  if (isEasy) {
    return sumOfProduct(product, productError(a, b, product), c, environment);
  }
  const result = exactProductSum(a, b, c, environment);
  return result ?? (environment.rounding === RoundingMode.Down ? -0 : 0);
}

/**
 * high + low + c, rounded once, where low is what `high`, the nearest to a product, lacks. Boldo and
 * Melquiond, Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd,
 * 2008, figure 4.
 */
function sumOfProduct(high: number, low: number, c: number, environment: Environment): number {
  const middle = c + low;
  const middleError = sumError(c, low, middle);
  const top = high + middle;
  const topError = sumError(high, middle, top);
  const rest = topError + middleError;
  const oddRest = toOdd(rest, sumError(topError, middleError, rest));
  const sum = top + oddRest;
  if (sum === 0) {
    return environment.rounding === RoundingMode.Down ? -0 : 0;
  }
  return settle(sum, sumError(top, oddRest, sum), environment);
}
