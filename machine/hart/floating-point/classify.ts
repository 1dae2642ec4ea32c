/** fclass: RISC-V Unprivileged ISA 11.9, table 11.5. */
import { Format, HALF, SINGLE } from './format.ts';

/** The one bit that is set. */
const enum FloatClass {
  NegativeInfinity = 0x001,
  NegativeNormal = 0x002,
  NegativeSubnormal = 0x004,
  NegativeZero = 0x008,
  PositiveZero = 0x010,
  PositiveSubnormal = 0x020,
  PositiveNormal = 0x040,
  PositiveInfinity = 0x080,
  SignallingNan = 0x100,
  QuietNan = 0x200,
}

const DOUBLE_MINIMUM_NORMAL = 2 ** -1022;

/** The class of a value of a format. `isSignalling` counts for NaNs only. */
export function classify(
  value: number,
  format: Format,
  negative: boolean,
  isSignalling: boolean,
): number {
  if (value !== value) {
    return isSignalling ? FloatClass.SignallingNan : FloatClass.QuietNan;
  }
  const magnitude = Math.abs(value);
  if (magnitude === Infinity) {
    return negative ? FloatClass.NegativeInfinity : FloatClass.PositiveInfinity;
  }
  if (magnitude === 0) {
    return negative ? FloatClass.NegativeZero : FloatClass.PositiveZero;
  }
  if (magnitude < minimumNormal(format)) {
    return negative ? FloatClass.NegativeSubnormal : FloatClass.PositiveSubnormal;
  }
  return negative ? FloatClass.NegativeNormal : FloatClass.PositiveNormal;
}

function minimumNormal(format: Format): number {
  switch (format) {
    case Format.Single:
      return SINGLE.minimumNormal;
    case Format.Double:
      return DOUBLE_MINIMUM_NORMAL;
    case Format.Half:
      return HALF.minimumNormal;
  }
}
