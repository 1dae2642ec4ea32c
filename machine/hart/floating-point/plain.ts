/**
 * When the host's own result is all there is to an operation that rounds to nearest even: what most
 * instructions of most programs come to. Once a program has raised `inexact`, as nearly all do, that
 * takes a look at the result's size; before, the operation must also be seen to be exact.
 *
 * Each says whether `result` is right and raises no flag that `fcsr` does not have. False proves
 * nothing.
 */
import { Flag } from './environment.ts';
import { isSafe, productError, SAFE_HIGH } from './error-free.ts';

/** The bits of `fcsr` that must be zero: any other rounding mode. */
const FRM = 0xe0;
const MINIMUM_NORMAL = 2 ** -1022;
const SINGLE_MINIMUM_NORMAL = 2 ** -126;
const SINGLE_MAXIMUM = 2 ** 128 - 2 ** 104;

export function isPlainSum(a: number, b: number, result: number, fcsr: number): boolean {
  if ((fcsr & (FRM | Flag.Inexact)) === Flag.Inexact) {
    // Sums never underflow inexactly.
    return Math.abs(result) <= Number.MAX_VALUE;
  }
  return (fcsr & FRM) === 0 && result - a === b && result - b === a;
}

export function isPlainProduct(a: number, b: number, result: number, fcsr: number): boolean {
  const magnitude = Math.abs(result);
  if ((fcsr & (FRM | Flag.Inexact)) === Flag.Inexact) {
    return (
      (magnitude > MINIMUM_NORMAL && magnitude <= Number.MAX_VALUE) ||
      // Finite factors: infinity times zero is NaN.
      (result === 0 && (a === 0 || b === 0))
    );
  }
  return (
    (fcsr & FRM) === 0 &&
    isSafe(result) &&
    Math.abs(a) <= SAFE_HIGH &&
    Math.abs(b) <= SAFE_HIGH &&
    productError(a, b, result) === 0
  );
}

/** `double` is the sum of two single-precision numbers, `result` that rounded once more. */
export function isPlainSingleSum(
  a: number,
  b: number,
  double: number,
  result: number,
  fcsr: number,
): boolean {
  if ((fcsr & (FRM | Flag.Inexact)) === Flag.Inexact) {
    return Math.abs(result) <= SINGLE_MAXIMUM;
  }
  return (fcsr & FRM) === 0 && result === double && double - a === b && double - b === a;
}

/** `double` is the exact product of two single-precision numbers, `result` that rounded. */
export function isPlainSingleProduct(double: number, result: number, fcsr: number): boolean {
  const magnitude = Math.abs(result);
  if ((fcsr & (FRM | Flag.Inexact)) === Flag.Inexact) {
    return (magnitude > SINGLE_MINIMUM_NORMAL && magnitude <= SINGLE_MAXIMUM) || double === 0;
  }
  return (fcsr & FRM) === 0 && result === double && magnitude <= SINGLE_MAXIMUM;
}
