/** The upper halves of 64-bit products, in 32-bit arithmetic (M extension). */

const HALF_MASK = 0xffff;

/** Bits 63 to 32 of the product of two unsigned numbers, as int32. */
export function multiplyHighUnsigned(a: number, b: number): number {
  const aLow = a & HALF_MASK;
  const aHigh = a >>> 16;
  const bLow = b & HALF_MASK;
  const bHigh = b >>> 16;
  const low = Math.imul(aLow, bLow);
  // Neither sum overflows 32 bits: (2^16 - 1)^2 + 2^16 - 1 < 2^32.
  const middle = (Math.imul(aHigh, bLow) + (low >>> 16)) | 0;
  const middleLow = (Math.imul(aLow, bHigh) + (middle & HALF_MASK)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (middleLow >>> 16)) | 0;
}

/** The same of two signed numbers. */
export function multiplyHigh(a: number, b: number): number {
  return (multiplyHighUnsigned(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;
}

/** The same of a signed and an unsigned number. */
export function multiplyHighSignedUnsigned(a: number, b: number): number {
  return (multiplyHighUnsigned(a, b) - (a < 0 ? b : 0)) | 0;
}
