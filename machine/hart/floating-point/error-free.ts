/**
 * Error-free transformations: what the host's addition, multiplication, division and square root,
 * which round to nearest even, have rounded away. JavaScript prescribes binary64 for the first
 * three; for `Math.sqrt`, which every engine takes from the processor, the tests look.
 *
 * Source: Muller et al., Handbook of Floating-Point Arithmetic, 2nd edition, 4.3 to 4.8.
 */

/** 2^27 + 1: multiplying by it splits 53 bits in two halves (Veltkamp). */
const SPLITTER = 134_217_729;

/** Between these magnitudes no intermediate result below overflows or loses bits to underflow. */
export const SAFE_LOW = 2 ** -900;
export const SAFE_HIGH = 2 ** 900;

/** Whether |x| lies where the transformations of products are exact. */
export function isSafe(x: number): boolean {
  const magnitude = Math.abs(x);
  return magnitude >= SAFE_LOW && magnitude <= SAFE_HIGH;
}

/** a + b - sum, exactly (Knuth's TwoSum). The sum is finite. */
export function sumError(a: number, b: number, sum: number): number {
  const bShare = sum - a;
  const aShare = sum - bShare;
  return a - aShare + (b - bShare);
}

/** a * b - product, exactly (Dekker's TwoProd). All three are safe. */
export function productError(a: number, b: number, product: number): number {
  const aScaled = SPLITTER * a;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = SPLITTER * b;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** A number with the sign of a / b - quotient; 0 if the quotient is exact. All three are safe. */
export function quotientError(a: number, b: number, quotient: number): number {
  const product = quotient * b;
  const remainder = a - product - productError(quotient, b, product);
  return b < 0 ? -remainder : remainder;
}

/** A number with the sign of √a - root; 0 if the root is exact. `a` is safe and positive. */
export function rootError(a: number, root: number): number {
  const square = root * root;
  return a - square - productError(root, root, square);
}
