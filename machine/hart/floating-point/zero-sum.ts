/** The sign of a sum that is zero: IEEE 754-2019, 6.3. */
import { RoundingMode, type Environment } from './environment.ts';

/** a + b, which is zero: -0 from two of them, and where a difference is rounded down. */
export function zeroSum(a: number, b: number, { rounding }: Environment): number {
  const isDifference = a !== 0 || !Object.is(a, b);
  return isDifference && rounding === RoundingMode.Down ? -0 : a + b;
}
