/**
 * The bits of JavaScript's numbers, which are binary64. NaNs are not looked at here: a NaN that has
 * been a JavaScript number has lost its payload, so registers and memory move bits as integers.
 */

const DOUBLE = new Float64Array(1);
/** The same bytes: low word, high word. Every host that runs JavaScript is little-endian today. */
const WORDS = new Int32Array(DOUBLE.buffer);

const EXPONENT_SHIFT = 20;
const EXPONENT_MASK = 0x7ff;
const EXPONENT_BIAS = 1023;

/** The next number of larger magnitude. `x` is finite and not zero. */
export function awayFromZero(x: number): number {
  DOUBLE[0] = x;
  WORDS[0]++;
  if (WORDS[0] === 0) {
    WORDS[1]++;
  }
  return DOUBLE[0];
}

/** The next number of smaller magnitude. `x` is not zero. */
export function towardZero(x: number): number {
  DOUBLE[0] = x;
  if (WORDS[0] === 0) {
    WORDS[1]--;
  }
  WORDS[0]--;
  return DOUBLE[0];
}

/** Whether the last bit of the significand is set. */
export function isOdd(x: number): boolean {
  DOUBLE[0] = x;
  return (WORDS[0] & 1) !== 0;
}

/** The exponent e of a normal number: 2^e ≤ |x| < 2^(e+1). -1023 for zero and subnormals. */
export function exponentOf(x: number): number {
  DOUBLE[0] = x;
  return ((WORDS[1] >>> EXPONENT_SHIFT) & EXPONENT_MASK) - EXPONENT_BIAS;
}

/** 2^exponent, for exponents of normal numbers: -1022 to 1023. */
export function powerOfTwo(exponent: number): number {
  WORDS[0] = 0;
  WORDS[1] = (exponent + EXPONENT_BIAS) << EXPONENT_SHIFT;
  return DOUBLE[0];
}

/** Whether the sign bit is set: also that of -0. */
export function isNegative(x: number): boolean {
  DOUBLE[0] = x;
  return WORDS[1] < 0;
}
