/**
 * Double precision in exact integers: any operands, any mode, slow. It serves what the fast paths in
 * `double.ts` leave: results at the ends of the range, and rounding ties away from zero.
 */
import { Flag, type Environment } from './environment.ts';
import { overflowed } from './narrow.ts';
import { roundsAway } from './round-to-integer.ts';

/** significand * 2^exponent. */
interface Exact {
  readonly significand: bigint;
  readonly exponent: number;
}

const PRECISION = 53;
/** The exponent of the last bit of a subnormal number. */
const MINIMUM_UNIT = -1074;
/** Of the largest finite numbers. */
const MAXIMUM_UNIT = 971;
/** Bits of a quotient: two more than the result needs, so that the remainder is only sticky. */
const QUOTIENT_BITS = PRECISION + 2;

const WORDS = new BigUint64Array(1);
const DOUBLE = new Float64Array(WORDS.buffer);
const FRACTION_BITS = 52n;
const FRACTION_MASK = (1n << FRACTION_BITS) - 1n;
const EXPONENT_MASK = 0x7ffn;

/** A finite number in its parts; the significand carries the sign. */
function exactly(x: number): Exact {
  DOUBLE[0] = x;
  const [bits] = WORDS;
  const biased = Number((bits >> FRACTION_BITS) & EXPONENT_MASK);
  const fraction = bits & FRACTION_MASK;
  const magnitude = biased === 0 ? fraction : fraction | (1n << FRACTION_BITS);
  return {
    significand: x < 0 ? -magnitude : magnitude,
    exponent: MINIMUM_UNIT - 1 + Math.max(biased, 1),
  };
}

function bitLength(x: bigint): number {
  return x.toString(2).length;
}

function magnitudeOf(x: bigint): bigint {
  return x < 0n ? -x : x;
}

/** A magnitude cut to multiples of 2^shift of its unit and rounded, in those multiples. */
function roundShift(
  magnitude: bigint,
  shift: number,
  negative: boolean,
  { rounding }: Environment,
): bigint {
  const whole = magnitude >> BigInt(shift);
  const rest = magnitude - (whole << BigInt(shift));
  if (rest === 0n) {
    return whole;
  }
  const middle = 1n << BigInt(shift - 1);
  const half = rest === middle ? 0 : rest > middle ? 1 : -1;
  return roundsAway(rounding, negative, (whole & 1n) === 1n, half) ? whole + 1n : whole;
}

/** The double nearest in the mode to a value that is not zero. */
function round({ significand, exponent }: Exact, environment: Environment): number {
  const negative = significand < 0n;
  const magnitude = magnitudeOf(significand);
  const length = bitLength(magnitude);
  // The unit of the result as its own precision has it, and as subnormals are limited.
  const freeUnit = exponent + length - PRECISION;
  const unit = Math.max(freeUnit, MINIMUM_UNIT);
  if (unit <= exponent) {
    const units = magnitude << BigInt(exponent - unit);
    return unit > MAXIMUM_UNIT ? overflow(negative, environment) : toNumber(units, unit, negative);
  }
  const units = roundShift(magnitude, unit - exponent, negative, environment);
  if (unit > MAXIMUM_UNIT || (unit === MAXIMUM_UNIT && bitLength(units) > PRECISION)) {
    return overflow(negative, environment);
  }
  if (units << BigInt(unit - exponent) !== magnitude) {
    environment.flags |= Flag.Inexact;
    // Tininess is detected after rounding, as if the exponent had no limit.
    const normal = 1n << BigInt(PRECISION);
    const isTiny =
      freeUnit < MINIMUM_UNIT - 1 ||
      (freeUnit === MINIMUM_UNIT - 1 &&
        (freeUnit <= exponent ||
          roundShift(magnitude, freeUnit - exponent, negative, environment) < normal));
    environment.flags |= isTiny ? Flag.Underflow : 0;
  }
  return toNumber(units, unit, negative);
}

function overflow(negative: boolean, environment: Environment): number {
  environment.flags |= Flag.Overflow | Flag.Inexact;
  return overflowed(negative ? -1 : 1, Number.MAX_VALUE, environment.rounding);
}

/** Exact: at most 53 bits, times a power of two that is itself a double. */
function toNumber(units: bigint, unit: number, negative: boolean): number {
  const magnitude = Number(units) * 2 ** unit;
  return negative ? -magnitude : magnitude;
}

function product(a: Exact, b: Exact): Exact {
  return { significand: a.significand * b.significand, exponent: a.exponent + b.exponent };
}

function sum(a: Exact, b: Exact): Exact {
  const exponent = Math.min(a.exponent, b.exponent);
  const aligned = ({ significand, exponent: own }: Exact) => significand << BigInt(own - exponent);
  return { significand: aligned(a) + aligned(b), exponent };
}

/** a + b, finite, and not zero. */
export function exactSum(a: number, b: number, environment: Environment): number {
  return round(sum(exactly(a), exactly(b)), environment);
}

/** a * b, finite, neither zero. */
export function exactProduct(a: number, b: number, environment: Environment): number {
  return round(product(exactly(a), exactly(b)), environment);
}

/** a / b, finite, neither zero. */
export function exactQuotient(a: number, b: number, environment: Environment): number {
  const [dividend, divisor] = [exactly(a), exactly(b)];
  const [above, below] = [magnitudeOf(dividend.significand), magnitudeOf(divisor.significand)];
  const shift = Math.max(0, QUOTIENT_BITS + bitLength(below) - bitLength(above));
  const scaled = above << BigInt(shift);
  // One more bit, set if anything remains.
  const sticky = scaled % below === 0n ? 0n : 1n;
  const magnitude = ((scaled / below) << 1n) | sticky;
  const exponent = dividend.exponent - divisor.exponent - shift - 1;
  const negative = a < 0 !== b < 0;
  return round({ significand: negative ? -magnitude : magnitude, exponent }, environment);
}

/** a * b + c, finite, neither a nor b zero; undefined if it is exactly zero. */
export function exactProductSum(
  a: number,
  b: number,
  c: number,
  environment: Environment,
): number | undefined {
  const result = sum(product(exactly(a), exactly(b)), exactly(c));
  return result.significand === 0n ? undefined : round(result, environment);
}
