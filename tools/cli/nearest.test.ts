import { describe, expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const kernels = ['micro', 'mono', 'hybrid'];

describe('nearest', () => {
  test.each([
    ['mirco', 'micro'],
    ['micr', 'micro'],
    ['mno', 'mono'],
    ['hybird', 'hybrid'],
    ['nicro', 'micro'],
  ])('%s is near %s', (word, expected) => {
    expect(nearest(word, kernels)).toBe(expected);
  });

  test.each(['linux', 'kernel', '', 'x'])('"%s" is near none', (word) => {
    expect(nearest(word, kernels)).toBeUndefined();
  });
});
