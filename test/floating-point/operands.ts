/** Operands at which floating-point arithmetic goes wrong, for property tests. */
import fc from 'fast-check';
import { DOUBLE, HALF, RationalModel, SINGLE, type BinaryFormat } from './rational-model.ts';

/** The 64 bits of the registers rs1, rs2 and rs3. */
export type Registers = readonly [bigint, bigint, bigint];

const MODEL = new RationalModel();
const fewUnits = fc.oneof(fc.constant(0), fc.integer({ min: -3, max: 3 }));

const power = (exponent: number) => 1n << BigInt(exponent);

export function box(bits: bigint, { width }: BinaryFormat): bigint {
  return bits | ((power(64 - width) - 1n) << BigInt(width));
}

/** Fractions with few ones, few zeros, a run of either, or anything. */
function fraction(bits: number): fc.Arbitrary<bigint> {
  const all = power(bits) - 1n;
  const place = fc.integer({ min: 0, max: bits });
  return fc.oneof(
    fc.constantFrom(0n, 1n, all, all - 1n, power(bits - 1), power(bits - 1) - 1n),
    place.map((at) => power(at) & all),
    place.map((at) => (power(at) - 1n) & all),
    place.map((at) => all ^ (power(at) - 1n)),
    fc.tuple(place, place).map(([at, other]) => (power(at) | power(other)) & all),
    fc.bigInt({ min: 0n, max: all }),
  );
}

/** Biased exponents: both ends of the range, near one, near where integers end, or any. */
function exponent({ bias, fraction: bits }: BinaryFormat): fc.Arbitrary<number> {
  const largest = 2 * bias + 1;
  const clamp = (biased: number) => Math.min(Math.max(biased, 0), largest);
  const near = (centre: number, distance: number) =>
    fc.integer({ min: centre - distance, max: centre + distance }).map(clamp);
  return fc.oneof(
    near(0, 2),
    near(largest, 2),
    near(bias, 4),
    near(bias + 31, 3),
    near(bias, bits + 3),
    // Squares and products of these are at an end of the range.
    near(bias >> 1, bits >> 1),
    near(bias + (bias >> 1), 3),
    near(bias, bias + 1),
  );
}

/** Any bit pattern of a format. */
function anyNumber(format: BinaryFormat): fc.Arbitrary<bigint> {
  return fc
    .tuple(fc.boolean(), exponent(format), fraction(format.fraction))
    .map(([negative, biased, field]) => assemble(format, negative, biased, field));
}

/** The smallest normal number, one, the largest number, the smallest of all. */
function landmark({ bias, fraction: bits }: BinaryFormat): fc.Arbitrary<bigint> {
  const one = BigInt(bias) << BigInt(bits);
  const infinity = BigInt(2 * bias + 1) << BigInt(bits);
  return fc.constantFrom(power(bits), power(bits), one, infinity - 1n, 1n);
}

/** A number, or the middle between two neighbours, of a shorter format; or close to one. */
function nearShorter(format: BinaryFormat, shorter: BinaryFormat): fc.Arbitrary<bigint> {
  const half = power(format.fraction - shorter.fraction - 1);
  const shift = fc.integer({ min: 0, max: shorter.fraction });
  return fc
    .tuple(
      fc.oneof(anyNumber(shorter), landmark(shorter)),
      fc.constantFrom(-half, 0n, half),
      shift,
      fewUnits,
    )
    .map(([bits, distance, lost, units]) => {
      const widened = MODEL.execute(`from ${shorter.name}`, format, 0, [
        box(bits, shorter),
        0n,
        0n,
      ]);
      const isNarrow = exponentField(bits, shorter) === 0;
      const offset = isNarrow ? distance << BigInt(lost) : distance;
      return nudge(BigInt.asUintN(format.width, widened.bits) + offset, format, units);
    });
}

/** Any bit pattern, with a liking for what lies near the numbers of shorter formats. */
export function number(format: BinaryFormat): fc.Arbitrary<bigint> {
  const shorter = [HALF, SINGLE].filter(({ width }) => width < format.width);
  return fc.oneof(
    { weight: 4, arbitrary: anyNumber(format) },
    ...shorter.map((each) => ({ weight: 1, arbitrary: nearShorter(format, each) })),
  );
}

function assemble(format: BinaryFormat, negative: boolean, biased: number, field: bigint): bigint {
  const exponentField = Math.min(Math.max(biased, 0), 2 * format.bias + 1);
  return (
    (negative ? power(format.width - 1) : 0n) |
    (BigInt(exponentField) << BigInt(format.fraction)) |
    field
  );
}

function exponentField(bits: bigint, { fraction: width, bias }: BinaryFormat): number {
  return Number((bits >> BigInt(width)) % BigInt(2 * bias + 2));
}

function trailingZeros(value: bigint): number {
  return value.toString(2).length - value.toString(2).lastIndexOf('1') - 1;
}

/** A few units in the last place more or less. */
function nudge(bits: bigint, format: BinaryFormat, units: number): bigint {
  return BigInt.asUintN(format.width, bits + BigInt(units));
}

/** A second operand in some relation to the first. */
function related(first: bigint, format: BinaryFormat): fc.Arbitrary<bigint> {
  const sign = power(format.width - 1);
  const { bias, fraction: bits } = format;
  const at = exponentField(first, format);
  const withExponent = (centre: number, distance: number) =>
    fc
      .tuple(fc.boolean(), fc.integer({ min: -distance, max: distance }), fraction(bits))
      .map(([negative, offset, field]) => assemble(format, negative, centre + offset, field));
  const compute = (operation: 'mul' | 'div', a: bigint, b: bigint) => {
    const { bits: result } = MODEL.execute(operation, format, 0, [
      box(a, format),
      box(b, format),
      0n,
    ]);
    return BigInt.asUintN(format.width, result);
  };
  const target = landmark(format);
  // Times as many bits as are left, the first has a product of one bit too many.
  const significand = (first & (power(bits) - 1n)) | power(bits);
  const used = bits + 1 - trailingZeros(significand);
  const left = bits + 2 - used;
  return fc.oneof(
    { weight: 2, arbitrary: number(format) },
    // A product or a quotient close to a target.
    {
      weight: 5,
      arbitrary: fc
        .tuple(target, fewUnits, fc.boolean())
        .map(([t, units, isFactor]) =>
          nudge(isFactor ? compute('div', t, first) : compute('div', first, t), format, units),
        ),
    },
    fc
      .tuple(
        fc.boolean(),
        fc.integer({ min: -5, max: 5 }),
        fc.bigInt({ min: 0n, max: power(bits) - 1n }),
      )
      .map(([negative, offset, field]) => {
        const last = power(bits + 1 - left);
        const cut = ((field / last) * last) | (last & (power(bits) - 1n));
        return assemble(format, negative, bias + offset, cut);
      }),
    // Cancellation, and the same number again.
    fewUnits.map((units) => nudge(first ^ sign, format, units)),
    fewUnits.map((units) => nudge(first, format, units)),
    // Sums that end half-way: an exponent below by about the precision.
    withExponent(at, bits + 3),
    withExponent(at - bits - 1, 2),
    // Products and quotients at the lower and upper end.
    withExponent(bias + 1 - at, bits + 3),
    withExponent(1 - at + bias, 2),
    withExponent(at + bias - 1, 3),
    withExponent(3 * bias - at, 2),
    withExponent(at - bias, 2),
  );
}

/** A third operand: near the product of two with either sign, far below it, or anything. */
function addend(a: bigint, b: bigint, format: BinaryFormat): fc.Arbitrary<bigint> {
  const { bits } = MODEL.execute('mul', format, 0, [box(a, format), box(b, format), 0n]);
  const product = BigInt.asUintN(format.width, bits);
  const sign = power(format.width - 1);
  const at = exponentField(product, format);
  const around = (distance: number) =>
    fc
      .tuple(fc.boolean(), fc.integer({ min: -distance, max: distance }), fraction(format.fraction))
      .map(([negative, offset, field]) => assemble(format, negative, at + offset, field));
  return fc.oneof(
    number(format),
    fewUnits.map((units) => nudge(product ^ sign, format, units)),
    fewUnits.map((units) => nudge(product, format, units)),
    around(format.fraction + 3),
    around(2 * format.fraction + 6),
    // What a product too small to count still moves: off a landmark, to the other side of it.
    fc.tuple(fc.boolean(), landmark(format)).map(([keeps, bits]) => (keeps ? bits : bits ^ sign)),
  );
}

/** Mostly boxed as the format asks; sometimes not, or any 64 bits. */
function boxed(bits: bigint, format: BinaryFormat): fc.Arbitrary<bigint> {
  if (format === DOUBLE) return fc.constant(bits);
  return fc.oneof(
    { weight: 15, arbitrary: fc.constant(box(bits, format)) },
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: format.width, max: 63 })
        .map((hole) => box(bits, format) ^ power(hole)),
    },
  );
}

/** Three operands for an operation of a format. */
export function operands(format: BinaryFormat): fc.Arbitrary<Registers> {
  return number(format).chain((a) =>
    related(a, format).chain((b) =>
      fc.tuple(
        boxed(a, format),
        boxed(b, format),
        addend(a, b, format).chain((c) => boxed(c, format)),
      ),
    ),
  );
}

/** Words as the integers that conversions begin with. */
export const integer: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: power(32) - 1n }),
  fc
    .tuple(fc.integer({ min: 0, max: 31 }), fewUnits)
    .map(([at, units]) => BigInt.asUintN(32, power(at) + BigInt(units))),
  fc
    .tuple(fc.integer({ min: 0, max: 31 }), fewUnits)
    .map(([at, units]) => BigInt.asUintN(32, -power(at) + BigInt(units))),
);
