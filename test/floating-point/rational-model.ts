/**
 * The instructions of F, D and Zfh in exact rational arithmetic, for tests: as plainly as IEEE
 * 754-2019 and the RISC-V Unprivileged ISA (chapters 11 and 12) put it, and with no code in common
 * with the machine. Numbers are bit patterns in bigints.
 */

/** A mistake to make on purpose, so that a test can show that it would notice. */
export type PlantedFault =
  | 'rounding'
  | 'flags'
  | 'NaN boxing'
  | 'fused rounded twice'
  | 'tininess before rounding'
  | 'saturation'
  | 'sign of zero';

export interface BinaryFormat {
  readonly name: 'half' | 'single' | 'double';
  readonly width: number;
  /** Bits of the fraction field. */
  readonly fraction: number;
  /** The largest exponent of a finite number, and the bias. */
  readonly bias: number;
}

export const HALF: BinaryFormat = { name: 'half', width: 16, fraction: 10, bias: 15 };
export const SINGLE: BinaryFormat = { name: 'single', width: 32, fraction: 23, bias: 127 };
export const DOUBLE: BinaryFormat = { name: 'double', width: 64, fraction: 52, bias: 1023 };

/** As in `frm`. */
export type Mode = 0 | 1 | 2 | 3 | 4;

const NX = 1;
const UF = 2;
const OF = 4;
const DZ = 8;
const NV = 16;

export const OPERATIONS = [
  ...(['add', 'sub', 'mul', 'div', 'sqrt', 'madd', 'msub', 'nmsub', 'nmadd'] as const),
  ...(['to int', 'to uint', 'from int', 'from uint'] as const),
  ...(['from half', 'from single', 'from double'] as const),
  ...(['sgnj', 'sgnjn', 'sgnjx', 'min', 'max', 'eq', 'lt', 'le', 'class'] as const),
  ...(['to x', 'from x'] as const),
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** A result: the 64 bits of a register, or the 32 of an integer register; and the flags raised. */
export interface Outcome {
  readonly bits: bigint;
  readonly flags: number;
}

/** A number that is not zero, known by its sign and by how its magnitude compares to fractions. */
interface Real {
  readonly negative: boolean;
  /** Negative, 0 or positive as the magnitude is below, equal to or above above/below. */
  compare(above: bigint, below: bigint): number;
  /** The integer part of the magnitude divided by 2^exponent. */
  floorOver(exponent: number): bigint;
}

interface Decoded {
  readonly kind: 'zero' | 'finite' | 'infinite' | 'quiet' | 'signalling';
  readonly negative: boolean;
  /** numerator / denominator is the value of a finite number or zero, with its sign. */
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const power = (exponent: number) => 1n << BigInt(exponent);
const absolute = (value: bigint) => (value < 0n ? -value : value);

export function canonicalNan({ bias, fraction }: BinaryFormat): bigint {
  return (BigInt(2 * bias + 1) << BigInt(fraction)) | power(fraction - 1);
}

function decode(bits: bigint, { width, fraction, bias }: BinaryFormat): Decoded {
  const negative = bits >> BigInt(width - 1) !== 0n;
  const exponent = Number((bits >> BigInt(fraction)) % BigInt(2 * bias + 2));
  const field = bits % power(fraction);
  const none = { negative, numerator: 0n, denominator: 1n };
  if (exponent === 2 * bias + 1) {
    if (field === 0n) return { kind: 'infinite', ...none };
    return { kind: field >> BigInt(fraction - 1) === 1n ? 'quiet' : 'signalling', ...none };
  }
  const magnitude = exponent === 0 ? field : field + power(fraction);
  if (magnitude === 0n) return { kind: 'zero', ...none };
  const scale = Math.max(exponent, 1) - bias - fraction;
  return {
    kind: 'finite',
    negative,
    numerator: (negative ? -magnitude : magnitude) * (scale > 0 ? power(scale) : 1n),
    denominator: scale < 0 ? power(-scale) : 1n,
  };
}

function fromFraction(numerator: bigint, denominator: bigint): Real {
  const [above, below] = [absolute(numerator), absolute(denominator)];
  return {
    negative: numerator < 0n !== denominator < 0n,
    compare: (a, b) => {
      const difference = above * b - a * below;
      return difference === 0n ? 0 : difference < 0n ? -1 : 1;
    },
    floorOver: (exponent) =>
      exponent >= 0 ? above / (below * power(exponent)) : (above * power(-exponent)) / below,
  };
}

function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let guess = power(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

function rootOf({ numerator, denominator }: Decoded): Real {
  const square = fromFraction(numerator, denominator);
  return {
    negative: false,
    compare: (a, b) => square.compare(a * a, b * b),
    floorOver: (exponent) => integerRoot(square.floorOver(2 * exponent)),
  };
}

/** The largest e for which 2^e is not above the magnitude. */
function exponentOf(real: Real): number {
  // Some power of two so small that the integer part has bits to count.
  const START = -4096;
  return real.floorOver(START).toString(2).length - 1 + START;
}

/** |real| - units * 2^exponent, its sign. */
function compareScaled(real: Real, units: bigint, exponent: number): number {
  return exponent >= 0
    ? real.compare(units * power(exponent), 1n)
    : real.compare(units, power(-exponent));
}

export class RationalModel {
  #flags = 0;

  constructor(readonly fault?: PlantedFault) {}

  /**
   * What an instruction does.
   * @param registers The 64 bits of rs1, rs2 and rs3; integers are the low 32 bits of rs1.
   */
  execute(
    operation: OperationName,
    format: BinaryFormat,
    mode: Mode,
    registers: readonly [bigint, bigint, bigint],
  ): Outcome {
    this.#flags = 0;
    const [a, b, c] = registers.map((register) => this.#unbox(register, format));
    const integer = BigInt.asUintN(32, registers[0]);
    const boxed = (bits: bigint) => ({ bits: this.#box(bits, format), flags: this.#flags });
    const plain = (bits: bigint) => ({ bits: BigInt.asUintN(32, bits), flags: this.#flags });
    const sign = power(format.width - 1);
    const negated = (bits: bigint) => bits ^ sign;
    switch (operation) {
      case 'add':
        return boxed(this.#add(a, b, format, mode));
      case 'sub':
        return boxed(this.#add(a, negated(b), format, mode));
      case 'mul':
        return boxed(this.#multiply(a, b, format, mode));
      case 'div':
        return boxed(this.#divide(a, b, format, mode));
      case 'sqrt':
        return boxed(this.#root(a, format, mode));
      case 'madd':
        return boxed(this.#fused(a, b, c, format, mode));
      case 'msub':
        return boxed(this.#fused(a, b, negated(c), format, mode));
      case 'nmsub':
        return boxed(this.#fused(negated(a), b, c, format, mode));
      case 'nmadd':
        return boxed(this.#fused(negated(a), b, negated(c), format, mode));
      case 'to int':
        return plain(this.#toInteger(decode(a, format), mode, -power(31), power(31) - 1n));
      case 'to uint':
        return plain(this.#toInteger(decode(a, format), mode, 0n, power(32) - 1n));
      case 'from int':
        return boxed(this.#fromInteger(BigInt.asIntN(32, integer), format, mode));
      case 'from uint':
        return boxed(this.#fromInteger(integer, format, mode));
      case 'from half':
        return boxed(this.#convert(this.#unbox(registers[0], HALF), HALF, format, mode));
      case 'from single':
        return boxed(this.#convert(this.#unbox(registers[0], SINGLE), SINGLE, format, mode));
      case 'from double':
        return boxed(this.#convert(registers[0], DOUBLE, format, mode));
      case 'sgnj':
        return boxed((a & ~sign) | (b & sign));
      case 'sgnjn':
        return boxed((a & ~sign) | (negated(b) & sign));
      case 'sgnjx':
        return boxed(a ^ (b & sign));
      case 'min':
      case 'max':
        return boxed(this.#extreme(a, b, format, operation));
      case 'eq':
      case 'lt':
      case 'le':
        return plain(this.#compare(a, b, format, operation) ? 1n : 0n);
      case 'class':
        return plain(power(classOf(a, format)));
      case 'to x':
        return plain(BigInt.asIntN(Math.min(format.width, 32), registers[0]));
      case 'from x':
        return boxed(BigInt.asUintN(format.width, registers[0]));
    }
  }

  #unbox(register: bigint, format: BinaryFormat): bigint {
    const bits = BigInt.asUintN(format.width, register);
    const isBoxed = register >> BigInt(format.width) === power(64 - format.width) - 1n;
    return isBoxed || this.fault === 'NaN boxing' ? bits : canonicalNan(format);
  }

  #box(bits: bigint, { width }: BinaryFormat): bigint {
    return bits | ((power(64 - width) - 1n) << BigInt(width));
  }

  /** The canonical NaN that an operation with NaN operands gives; undefined if none is one. */
  #nanFrom(format: BinaryFormat, ...operands: readonly Decoded[]): bigint | undefined {
    if (operands.some(({ kind }) => kind === 'signalling')) this.#flags |= NV;
    const isNan = operands.some(({ kind }) => kind === 'signalling' || kind === 'quiet');
    return isNan ? canonicalNan(format) : undefined;
  }

  #invalid(format: BinaryFormat): bigint {
    this.#flags |= NV;
    return canonicalNan(format);
  }

  #zero(negative: boolean, { width }: BinaryFormat): bigint {
    return negative ? power(width - 1) : 0n;
  }

  #infinity(negative: boolean, format: BinaryFormat): bigint {
    const { bias, fraction } = format;
    return this.#zero(negative, format) | (BigInt(2 * bias + 1) << BigInt(fraction));
  }

  #add(a: bigint, b: bigint, format: BinaryFormat, mode: Mode): bigint {
    const [x, y] = [decode(a, format), decode(b, format)];
    const nan = this.#nanFrom(format, x, y);
    if (nan !== undefined) return nan;
    if (x.kind === 'infinite' || y.kind === 'infinite') {
      if (x.kind === y.kind && x.negative !== y.negative) return this.#invalid(format);
      return x.kind === 'infinite' ? a : b;
    }
    return this.#roundSum(x, y, format, mode);
  }

  #roundSum(x: Decoded, y: Decoded, format: BinaryFormat, mode: Mode): bigint {
    const numerator = x.numerator * y.denominator + y.numerator * x.denominator;
    if (numerator === 0n) {
      const agree = x.kind === 'zero' && y.kind === 'zero' && x.negative === y.negative;
      const otherwise = this.fault === 'sign of zero' ? false : mode === 2;
      return this.#zero(agree ? x.negative : otherwise, format);
    }
    return this.#round(fromFraction(numerator, x.denominator * y.denominator), format, mode);
  }

  #multiply(a: bigint, b: bigint, format: BinaryFormat, mode: Mode): bigint {
    const [x, y] = [decode(a, format), decode(b, format)];
    const nan = this.#nanFrom(format, x, y);
    if (nan !== undefined) return nan;
    const negative = x.negative !== y.negative;
    const kinds = [x.kind, y.kind];
    if (kinds.includes('infinite')) {
      return kinds.includes('zero') ? this.#invalid(format) : this.#infinity(negative, format);
    }
    if (kinds.includes('zero')) return this.#zero(negative, format);
    const product = fromFraction(x.numerator * y.numerator, x.denominator * y.denominator);
    return this.#round(product, format, mode);
  }

  #divide(a: bigint, b: bigint, format: BinaryFormat, mode: Mode): bigint {
    const [x, y] = [decode(a, format), decode(b, format)];
    const nan = this.#nanFrom(format, x, y);
    if (nan !== undefined) return nan;
    const negative = x.negative !== y.negative;
    if (x.kind === y.kind && x.kind !== 'finite') return this.#invalid(format);
    if (x.kind === 'infinite') return this.#infinity(negative, format);
    if (y.kind === 'infinite' || x.kind === 'zero') return this.#zero(negative, format);
    if (y.kind === 'zero') {
      this.#flags |= DZ;
      return this.#infinity(negative, format);
    }
    const quotient = fromFraction(x.numerator * y.denominator, x.denominator * y.numerator);
    return this.#round(quotient, format, mode);
  }

  #root(a: bigint, format: BinaryFormat, mode: Mode): bigint {
    const x = decode(a, format);
    const nan = this.#nanFrom(format, x);
    if (nan !== undefined) return nan;
    if (x.kind === 'zero') return a;
    if (x.negative) return this.#invalid(format);
    return x.kind === 'infinite' ? a : this.#round(rootOf(x), format, mode);
  }

  #fused(a: bigint, b: bigint, c: bigint, format: BinaryFormat, mode: Mode): bigint {
    const [x, y, z] = [decode(a, format), decode(b, format), decode(c, format)];
    const kinds = [x.kind, y.kind];
    // Invalid even if a quiet NaN is added.
    if (kinds.includes('infinite') && kinds.includes('zero')) this.#flags |= NV;
    const nan = this.#nanFrom(format, x, y, z);
    if (nan !== undefined) return nan;
    const negative = x.negative !== y.negative;
    if (kinds.includes('infinite')) {
      const isInvalid =
        kinds.includes('zero') || (z.kind === 'infinite' && z.negative !== negative);
      return isInvalid ? this.#invalid(format) : this.#infinity(negative, format);
    }
    if (z.kind === 'infinite') return c;
    if (this.fault === 'fused rounded twice') {
      return this.#add(this.#multiply(a, b, format, mode), c, format, mode);
    }
    const product: Decoded = {
      kind: kinds.includes('zero') ? 'zero' : 'finite',
      negative,
      numerator: x.numerator * y.numerator,
      denominator: x.denominator * y.denominator,
    };
    return this.#roundSum(product, z, format, mode);
  }

  #toInteger(x: Decoded, mode: Mode, minimum: bigint, maximum: bigint): bigint {
    if (x.kind === 'quiet' || x.kind === 'signalling') {
      this.#flags |= NV;
      return maximum;
    }
    if (x.kind === 'infinite') {
      this.#flags |= NV;
      return x.negative ? minimum : maximum;
    }
    if (x.kind === 'zero') return 0n;
    const real = fromFraction(x.numerator, x.denominator);
    const magnitude = this.#roundUnits(real, 0, mode);
    const result = x.negative ? -magnitude : magnitude;
    if (result < minimum || result > maximum) {
      this.#flags |= NV;
      if (this.fault === 'saturation') return result;
      return result < minimum ? minimum : maximum;
    }
    if (real.compare(magnitude, 1n) !== 0) this.#flags |= NX;
    return result;
  }

  #fromInteger(value: bigint, format: BinaryFormat, mode: Mode): bigint {
    return value === 0n ? 0n : this.#round(fromFraction(value, 1n), format, mode);
  }

  #convert(bits: bigint, from: BinaryFormat, to: BinaryFormat, mode: Mode): bigint {
    const x = decode(bits, from);
    const nan = this.#nanFrom(to, x);
    if (nan !== undefined) return nan;
    if (x.kind === 'infinite') return this.#infinity(x.negative, to);
    if (x.kind === 'zero') return this.#zero(x.negative, to);
    return this.#round(fromFraction(x.numerator, x.denominator), to, mode);
  }

  #extreme(a: bigint, b: bigint, format: BinaryFormat, operation: 'min' | 'max'): bigint {
    const [x, y] = [decode(a, format), decode(b, format)];
    const nan = this.#nanFrom(format, x, y);
    const isNan = ({ kind }: Decoded) => kind === 'quiet' || kind === 'signalling';
    if (nan !== undefined) {
      if (isNan(x) && isNan(y)) return nan;
      return isNan(x) ? b : a;
    }
    const order = ordered(x, y);
    const firstIsLess = order < 0 || (order === 0 && x.negative);
    return firstIsLess === (operation === 'min') ? a : b;
  }

  #compare(a: bigint, b: bigint, format: BinaryFormat, operation: 'eq' | 'lt' | 'le'): boolean {
    const [x, y] = [decode(a, format), decode(b, format)];
    if (this.#nanFrom(format, x, y) !== undefined) {
      if (operation !== 'eq') this.#flags |= NV;
      return false;
    }
    const order = ordered(x, y);
    return operation === 'eq' ? order === 0 : operation === 'lt' ? order < 0 : order <= 0;
  }

  /** The magnitude in units of 2^exponent, rounded in the mode. */
  #roundUnits(real: Real, exponent: number, mode: Mode): bigint {
    const down = real.floorOver(exponent);
    if (compareScaled(real, down, exponent) === 0) return down;
    const half = compareScaled(real, 2n * down + 1n, exponent - 1);
    const isUp = [
      half > 0 || (half === 0 && (down % 2n === 1n || this.fault === 'rounding')),
      false,
      real.negative,
      !real.negative,
      half >= 0,
    ][mode];
    return isUp ? down + 1n : down;
  }

  #round(real: Real, format: BinaryFormat, mode: Mode): bigint {
    const { fraction, bias } = format;
    const exponent = exponentOf(real);
    const unit = Math.max(exponent, 1 - bias) - fraction;
    const units = this.#roundUnits(real, unit, mode);
    const isExact = compareScaled(real, units, unit) === 0;
    const sign = this.#zero(real.negative, format);
    if (units * 2n ** BigInt(unit + 2 * bias) >= 2n ** BigInt(3 * bias + 1)) {
      this.#flags |= OF | NX;
      const isFinite = [false, true, !real.negative, real.negative, false][mode];
      return this.#infinity(real.negative, format) - (isFinite ? 1n : 0n);
    }
    if (!isExact) {
      this.#flags |= NX;
      const limit = power(fraction);
      const isTiny =
        exponent < -bias ||
        (exponent === -bias &&
          (this.fault === 'tininess before rounding' ||
            this.#roundUnits(real, exponent - fraction, mode) < 2n * limit));
      if (isTiny && this.fault !== 'flags') this.#flags |= UF;
    }
    // The leading one of a normal number adds one to its exponent field, also after a carry.
    return sign + (BigInt(unit + fraction + bias - 1) << BigInt(fraction)) + units;
  }
}

/** The sign of x - y; neither is NaN. */
function ordered(x: Decoded, y: Decoded): number {
  const rank = ({ kind, negative }: Decoded) => (kind !== 'infinite' ? 0 : negative ? -1 : 1);
  if (rank(x) !== rank(y)) return rank(x) - rank(y);
  const difference = x.numerator * y.denominator - y.numerator * x.denominator;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** The number of the bit that fclass sets. */
function classOf(bits: bigint, format: BinaryFormat): number {
  const { kind, negative } = decode(bits, format);
  const smallestNormal = power(format.fraction);
  const isNormal = BigInt.asUintN(format.width - 1, bits) >= smallestNormal;
  switch (kind) {
    case 'infinite':
      return negative ? 0 : 7;
    case 'finite':
      if (isNormal) return negative ? 1 : 6;
      return negative ? 2 : 5;
    case 'zero':
      return negative ? 3 : 4;
    case 'signalling':
      return 8;
    case 'quiet':
      return 9;
  }
}
