/**
 * The operations of Zbb, Zbc, Zbkb and Zbkx that take more than a few bit operations, on int32
 * values: RISC-V Bit-Manipulation ISA-extensions 1.0.0 and Cryptography Extensions volume I, 1.0.1.
 */

/** Operations on one register. */
export const enum BitUnary {
  CountLeadingZeros,
  CountTrailingZeros,
  CountOnes,
  OrCombineBytes,
  ReverseBytes,
  ReverseBitsInBytes,
  /** Interleaves the lower half (even bits) and the upper half (odd bits). */
  Zip,
  Unzip,
}

/** Operations on two registers. */
export const enum BitBinary {
  CarrylessMultiply,
  CarrylessMultiplyHigh,
  CarrylessMultiplyReversed,
  PackHalves,
  PackBytes,
  PermuteNibbles,
  PermuteBytes,
}

const WORD_BITS = 32;
const LOW_BYTE = 0xff;
const LOW_HALF = 0xffff;

/** Rotates to the left by the low five bits of `amount`; to the right, if that is negative. */
export function rotateLeft(value: number, amount: number): number {
  return (value << amount) | (value >>> -amount);
}

/** Carries out a `BitUnary`, a number in the record of its instruction. */
export function bitUnary(operation: number, value: number): number {
  switch (operation) {
    case BitUnary.CountLeadingZeros:
      return Math.clz32(value);
    case BitUnary.CountTrailingZeros:
      // The lowest set bit alone; without one, clz32 gives 32.
      return value === 0 ? WORD_BITS : WORD_BITS - 1 - Math.clz32(value & -value);
    case BitUnary.CountOnes:
      return countOnes(value);
    case BitUnary.OrCombineBytes:
      return orCombineBytes(value);
    case BitUnary.ReverseBytes:
      return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
    case BitUnary.ReverseBitsInBytes: {
      const swapped = exchange(value, 0x5555_5555, 1);
      return exchange(exchange(swapped, 0x3333_3333, 2), 0x0f0f_0f0f, 4);
    }
    case BitUnary.Zip:
      return spread(value & LOW_HALF) | (spread(value >>> 16) << 1);
    default:
      return gather(value) | (gather(value >>> 1) << 16);
  }
}

/** Carries out a `BitBinary`. */
export function bitBinary(operation: number, a: number, b: number): number {
  switch (operation) {
    case BitBinary.CarrylessMultiply:
      return carrylessMultiply(a, b);
    case BitBinary.CarrylessMultiplyHigh:
      return carrylessMultiplyHigh(a, b);
    case BitBinary.CarrylessMultiplyReversed:
      // Bits 62 to 31 of the product.
      return (carrylessMultiplyHigh(a, b) << 1) | (carrylessMultiply(a, b) >>> 31);
    case BitBinary.PackHalves:
      return (a & LOW_HALF) | (b << 16);
    case BitBinary.PackBytes:
      return (a & LOW_BYTE) | ((b & LOW_BYTE) << 8);
    case BitBinary.PermuteNibbles:
      return permute(a, b, 4);
    default:
      return permute(a, b, 8);
  }
}

/** The number of set bits. */
export function countOnes(value: number): number {
  const pairs = value - ((value >>> 1) & 0x5555_5555);
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/** Every byte that is not zero becomes 0xff. */
function orCombineBytes(value: number): number {
  let combined = value | ((value >>> 4) & 0x0f0f_0f0f);
  combined |= (combined >>> 2) & 0x3333_3333;
  combined |= (combined >>> 1) & 0x5555_5555;
  return Math.imul(combined & 0x0101_0101, LOW_BYTE);
}

/** Exchanges the groups of bits in `mask` with their neighbours `distance` higher. */
function exchange(value: number, mask: number, distance: number): number {
  return ((value & mask) << distance) | ((value >>> distance) & mask);
}

/** Moves bit i of 16 to bit 2i. */
function spread(half: number): number {
  let spaced = (half | (half << 8)) & 0x00ff_00ff;
  spaced = (spaced | (spaced << 4)) & 0x0f0f_0f0f;
  spaced = (spaced | (spaced << 2)) & 0x3333_3333;
  return (spaced | (spaced << 1)) & 0x5555_5555;
}

/** Moves bit 2i to bit i, and drops the others. */
function gather(value: number): number {
  let dense = value & 0x5555_5555;
  dense = (dense | (dense >>> 1)) & 0x3333_3333;
  dense = (dense | (dense >>> 2)) & 0x0f0f_0f0f;
  dense = (dense | (dense >>> 4)) & 0x00ff_00ff;
  return (dense | (dense >>> 8)) & LOW_HALF;
}

/** The low word of the product of polynomials over GF(2). */
function carrylessMultiply(a: number, b: number): number {
  let product = 0;
  for (let rest = b, shifted = a; rest !== 0; rest >>>= 1, shifted <<= 1) {
    product ^= shifted & -(rest & 1);
  }
  return product;
}

/** The high word of it. */
function carrylessMultiplyHigh(a: number, b: number): number {
  let product = 0;
  for (let i = 1; i < WORD_BITS; i++) {
    product ^= (a >>> (WORD_BITS - i)) & -((b >>> i) & 1);
  }
  return product;
}

/** Looks up each element of `indices` in `table`, both of elements of `width` bits; else zero. */
function permute(table: number, indices: number, width: number): number {
  const mask = (1 << width) - 1;
  const elements = WORD_BITS / width;
  let result = 0;
  for (let at = 0; at < WORD_BITS; at += width) {
    const index = (indices >>> at) & mask;
    if (index < elements) {
      result |= ((table >>> (index * width)) & mask) << at;
    }
  }
  return result;
}
