/**
 * Rounding to single and half precision, with every flag. The argument is the exact result, or the
 * exact result rounded to odd.
 */
import { Flag, RoundingMode, type Environment } from './environment.ts';
import { SINGLE, type ShortFormat } from './format.ts';
import { exponentOf, powerOfTwo } from './number-bits.ts';
import { roundToInteger } from './round-to-integer.ts';

/** `x` rounded to a multiple of 2^exponent. */
function roundToUnit(x: number, exponent: number, rounding: RoundingMode): number {
  return roundToInteger(x * powerOfTwo(-exponent), rounding) * powerOfTwo(exponent);
}

/** What a result too large for its format becomes (IEEE 754-2019, 7.4). */
export function overflowed(x: number, maximum: number, rounding: RoundingMode): number {
  const towardZero =
    rounding === RoundingMode.TowardZero ||
    (rounding === RoundingMode.Down && x > 0) ||
    (rounding === RoundingMode.Up && x < 0);
  const magnitude = towardZero ? maximum : Infinity;
  return x < 0 ? -magnitude : magnitude;
}

/**
 * Whether a number below the normal ones is tiny: still below them when it is rounded as if
 * exponents had no limit. RISC-V detects tininess after rounding.
 */
function isTiny(x: number, format: ShortFormat, rounding: RoundingMode): boolean {
  const { precision, minimumNormal, minimumExponent } = format;
  if (Math.abs(x) >= minimumNormal) {
    return false;
  }
  // Only what lies just below can be rounded up to a normal number: its unit is half of theirs.
  const unit = minimumExponent - precision;
  return (
    Math.abs(x) < minimumNormal / 2 || Math.abs(roundToUnit(x, unit, rounding)) < minimumNormal
  );
}

/** Zeros, infinities and NaNs pass through. */
export function narrow(x: number, format: ShortFormat, environment: Environment): number {
  const { rounding } = environment;
  if (format === SINGLE && rounding === RoundingMode.NearestEven) {
    const nearest = Math.fround(x);
    const magnitude = Math.abs(nearest);
    if (magnitude > SINGLE.minimumNormal && magnitude <= SINGLE.maximum) {
      if (nearest !== x) {
        environment.flags |= Flag.Inexact;
      }
      return nearest;
    }
  }
  if (x === 0 || !Number.isFinite(x)) {
    return x;
  }
  const { precision, minimumExponent, maximum } = format;
  const unit = Math.max(exponentOf(x), minimumExponent) - (precision - 1);
  const rounded = roundToUnit(x, unit, rounding);
  if (Math.abs(rounded) > maximum) {
    environment.flags |= Flag.Overflow | Flag.Inexact;
    return overflowed(x, maximum, rounding);
  }
  if (rounded !== x) {
    const tiny = isTiny(x, format, rounding);
    environment.flags |= tiny ? Flag.Underflow | Flag.Inexact : Flag.Inexact;
  }
  return rounded;
}
