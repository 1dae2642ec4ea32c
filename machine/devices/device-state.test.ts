import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { campaign } from '../../test/campaign.ts';
import {
  createState,
  DeviceStateError,
  NEVER,
  resetState,
  restoreState,
  saveState,
} from './device-state.ts';

const DECLARATIONS = [
  { name: 'byte', type: 'u8', reset: 7, doc: '' },
  { name: 'bytes', type: 'u8', length: 3, doc: '' },
  { name: 'word', type: 'u32', doc: '' },
  { name: 'words', type: 'u32', length: 2, reset: 9, doc: '' },
  { name: 'long', type: 'u64', doc: '' },
  { name: 'longs', type: 'u64', length: 2, reset: 1, doc: '' },
  { name: 'due', type: 'cycle', doc: '' },
  { name: 'dues', type: 'cycle', length: 2, reset: 5, doc: '' },
] as const;

const RESET = {
  byte: [7],
  bytes: [0, 0, 0],
  word: [0],
  words: [9, 9],
  long: [0n],
  longs: [1n, 1n],
  due: [NEVER],
  dues: [5, 5],
};

const values = fc.record({
  byte: fc.tuple(fc.nat(0xff)),
  bytes: fc.tuple(fc.nat(0xff), fc.nat(0xff), fc.nat(0xff)),
  word: fc.tuple(fc.nat(0xffff_ffff)),
  words: fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff)),
  long: fc.tuple(fc.bigInt(0n, 2n ** 64n - 1n)),
  longs: fc.tuple(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 64n - 1n)),
  due: fc.tuple(fc.oneof(fc.constant(NEVER), fc.maxSafeNat())),
  dues: fc.tuple(fc.maxSafeNat(), fc.constant(NEVER)),
});

describe('state from a declaration', () => {
  it('begins with its values after reset', () => {
    expect(saveState(DECLARATIONS, createState(DECLARATIONS))).toEqual(RESET);
  });

  it('comes back as it was saved, and goes back to its values after reset', () => {
    fc.assert(
      fc.property(values, (saved) => {
        const state = createState(DECLARATIONS);
        const { bytes } = state;
        restoreState(DECLARATIONS, state, saved);
        expect(saveState(DECLARATIONS, state)).toEqual(saved);
        expect(state.byte).toBe(saved.byte[0]);
        expect(state.longs[1]).toBe(saved.longs[1]);
        resetState(DECLARATIONS, state);
        expect(saveState(DECLARATIONS, state)).toEqual(RESET);
        expect(state.bytes).toBe(bytes);
      }),
      campaign(100),
    );
  });

  it('is saved as a copy', () => {
    const state = createState(DECLARATIONS);
    const saved = saveState(DECLARATIONS, state);
    state.bytes[0] = 1;
    expect(saved['bytes']).toEqual([0, 0, 0]);
  });
});

describe('what does not fit is refused, and nothing is changed', () => {
  it.each([
    ['too few elements', { bytes: [1, 2] }],
    ['too many elements', { byte: [1, 2] }],
    ['a byte that is too large', { byte: [256] }],
    ['a negative word', { words: [0, -1] }],
    ['a fraction', { word: [0.5] }],
    ['not a number', { word: [NaN] }],
    ['a number for a bigint', { long: [1] }],
    ['a long that is too large', { longs: [0n, 2n ** 64n] }],
    ['a cycle that cannot be counted', { due: [2 ** 53] }],
    ['a negative cycle', { dues: [0, -1] }],
  ])('%s', (_name, wrong) => {
    const state = createState(DECLARATIONS);
    const attempt = { ...RESET, byte: [1], ...wrong };
    expect(() => restoreState(DECLARATIONS, state, attempt)).toThrow(DeviceStateError);
    expect(saveState(DECLARATIONS, state)).toEqual(RESET);
  });

  it('a missing piece', () => {
    const state = createState(DECLARATIONS);
    const attempt = Object.fromEntries(Object.entries({ ...RESET, byte: [1] }).slice(0, -1));
    expect(() => restoreState(DECLARATIONS, state, attempt)).toThrow(/dues: 0 values instead of 2/);
    expect(saveState(DECLARATIONS, state)).toEqual(RESET);
  });
});
