import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitBinary, bitBinary, BitUnary, bitUnary } from './bit-manipulation.ts';

const word = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, 1, -1, -0x8000_0000, 0x7fff_ffff, 0x0f0f_0f0f, 0x0100_0001),
);
const bitOf = (value: number, i: number) => (value >>> i) & 1;

describe('bit manipulation', () => {
  it.each([
    ['clz of 1', BitUnary.CountLeadingZeros, 1, 31],
    ['clz of 0', BitUnary.CountLeadingZeros, 0, 32],
    ['ctz of the sign', BitUnary.CountTrailingZeros, -0x8000_0000, 31],
    ['ctz of 0', BitUnary.CountTrailingZeros, 0, 32],
    ['cpop of all ones', BitUnary.CountOnes, -1, 32],
    ['orc.b', BitUnary.OrCombineBytes, 0x0080_0001, 0x00ff_00ff],
    ['rev8', BitUnary.ReverseBytes, 0x1234_5678, 0x7856_3412],
    ['brev8', BitUnary.ReverseBitsInBytes, 0x0180_030f, 0x8001_c0f0],
    ['zip', BitUnary.Zip, 0xffff_0000, 0xaaaa_aaaa],
    ['unzip', BitUnary.Unzip, 0x5555_5555, 0x0000_ffff],
  ])('%s', (_, operation, value, result) => {
    expect(bitUnary(operation, value | 0) >>> 0).toBe(result);
  });

  it('multiplies polynomials', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        let product = 0n;
        for (let i = 0; i < 32; i++) {
          if (bitOf(b, i) === 1) product ^= BigInt(a >>> 0) << BigInt(i);
        }
        const low = (value: bigint) => Number(BigInt.asIntN(32, value));
        expect(bitBinary(BitBinary.CarrylessMultiply, a, b) | 0).toBe(low(product));
        expect(bitBinary(BitBinary.CarrylessMultiplyHigh, a, b) | 0).toBe(low(product >> 32n));
        expect(bitBinary(BitBinary.CarrylessMultiplyReversed, a, b) | 0).toBe(low(product >> 31n));
      }),
    );
  });

  it('zips what unzip takes apart', () => {
    fc.assert(
      fc.property(word, (value) => {
        expect(bitUnary(BitUnary.Zip, bitUnary(BitUnary.Unzip, value))).toBe(value);
      }),
    );
  });

  it('permutes with the identity, and gives zero beyond the table', () => {
    fc.assert(
      fc.property(word, (value) => {
        expect(bitBinary(BitBinary.PermuteNibbles, value, 0x7654_3210) | 0).toBe(value);
        expect(bitBinary(BitBinary.PermuteBytes, value, 0x0302_0100) | 0).toBe(value);
        expect(bitBinary(BitBinary.PermuteBytes, value, 0x04ff_8010)).toBe(0);
        expect(bitBinary(BitBinary.PermuteNibbles, value, 0x89ab_cdef | 0)).toBe(0);
      }),
    );
  });
});
