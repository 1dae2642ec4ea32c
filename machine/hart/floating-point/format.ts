/** The three binary formats and the bits of their values: IEEE 754-2019, 3.4. */

/** The fmt field of instructions; 3 is quad precision, which is absent. */
export const enum Format {
  Single = 0,
  Double = 1,
  Half = 2,
}

/** What rounding to a format shorter than binary64 needs to know. */
export interface ShortFormat {
  /** Bits of the significand, the leading one included. */
  readonly precision: number;
  /** The exponent of the smallest normal number. */
  readonly minimumExponent: number;
  /** The smallest normal number. */
  readonly minimumNormal: number;
  /** The largest finite number. */
  readonly maximum: number;
}

export const SINGLE: ShortFormat = {
  precision: 24,
  minimumExponent: -126,
  minimumNormal: 2 ** -126,
  maximum: 2 ** 128 - 2 ** 104,
};

export const HALF: ShortFormat = {
  precision: 11,
  minimumExponent: -14,
  minimumNormal: 2 ** -14,
  maximum: 65_504,
};

const HALF_SIGN = 0x8000;
const HALF_EXPONENT = 0x7c00;
const HALF_FRACTION = 0x03ff;
const HALF_FRACTION_BITS = 10;
const HALF_QUIET_NAN = 0x7e00;
/** The weight of a subnormal half's last bit. */
const HALF_SUBNORMAL_UNIT = 2 ** -24;

/** The value of the half-precision number with these bits. */
export function halfToNumber(bits: number): number {
  const exponent = (bits & HALF_EXPONENT) >> HALF_FRACTION_BITS;
  const fraction = bits & HALF_FRACTION;
  let magnitude: number;
  if (exponent === HALF_EXPONENT >> HALF_FRACTION_BITS) {
    magnitude = fraction === 0 ? Infinity : NaN;
  } else if (exponent === 0) {
    magnitude = fraction * HALF_SUBNORMAL_UNIT;
  } else {
    magnitude = (fraction | (1 << HALF_FRACTION_BITS)) * HALF_SUBNORMAL_UNIT * 2 ** (exponent - 1);
  }
  return (bits & HALF_SIGN) === 0 ? magnitude : -magnitude;
}

/** The bits of a number that half precision has; the canonical NaN for any NaN. */
export function numberToHalf(x: number): number {
  if (Number.isNaN(x)) {
    return HALF_QUIET_NAN;
  }
  const sign = x < 0 || Object.is(x, -0) ? HALF_SIGN : 0;
  const magnitude = Math.abs(x);
  if (magnitude === Infinity) {
    return sign | HALF_EXPONENT;
  }
  let units = magnitude / HALF_SUBNORMAL_UNIT;
  let exponent = 0;
  // A subnormal's fraction is its units; a normal one's loses the leading one to the exponent.
  while (units >= 1 << (HALF_FRACTION_BITS + 1)) {
    units /= 2;
    exponent++;
  }
  return sign | ((exponent << HALF_FRACTION_BITS) + units);
}
