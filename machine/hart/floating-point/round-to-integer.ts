/** Rounding to whole numbers, on which every other rounding here rests. */
import { RoundingMode } from './environment.ts';

/**
 * Whether a magnitude between `whole` and `whole` + 1 goes up to the latter.
 * @param isOdd Whether `whole` is odd.
 * @param half Where it lies: negative below the middle, 0 on it, positive above it.
 */
export function roundsAway(
  rounding: RoundingMode,
  negative: boolean,
  isOdd: boolean,
  half: number,
): boolean {
  switch (rounding) {
    case RoundingMode.TowardZero:
      return false;
    case RoundingMode.Down:
      return negative;
    case RoundingMode.Up:
      return !negative;
    case RoundingMode.NearestMaxMagnitude:
      return half >= 0;
    default:
      return half > 0 || (half === 0 && isOdd);
  }
}

/** The integer that a finite number rounds to; it keeps the sign, also that of a zero. */
export function roundToInteger(x: number, rounding: RoundingMode): number {
  const negative = x < 0;
  const magnitude = Math.abs(x);
  const whole = Math.floor(magnitude);
  // Exact: `whole` is zero, or at least half of the magnitude.
  const fraction = magnitude - whole;
  if (fraction === 0) {
    return x;
  }
  const up = roundsAway(rounding, negative, whole % 2 === 1, fraction - 0.5);
  const rounded = up ? whole + 1 : whole;
  return negative ? -rounded : rounded;
}
