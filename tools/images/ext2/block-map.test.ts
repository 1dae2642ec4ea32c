import { describe, expect, test } from 'vitest';
import { blockPath, countIndirectBlocks, maximumFileBlocks } from './block-map.ts';

/** With blocks of 1 KiB: 256 pointers in each. */
const KIB = 1024;
const SINGLE = 12;
const DOUBLE = SINGLE + 256;
const TRIPLE = DOUBLE + 256 * 256;
const END = TRIPLE + 256 * 256 * 256;

describe('blockPath', () => {
  test.each([
    [0, [0]],
    [SINGLE - 1, [11]],
    [SINGLE, [12, 0]],
    [DOUBLE - 1, [12, 255]],
    [DOUBLE, [13, 0, 0]],
    [DOUBLE + 256, [13, 1, 0]],
    [TRIPLE - 1, [13, 255, 255]],
    [TRIPLE, [14, 0, 0, 0]],
    [END - 1, [14, 255, 255, 255]],
  ])('block %i', (index, path) => {
    expect(blockPath(index, KIB)).toEqual(path);
  });

  test('with 4 KiB a block has 1024 pointers', () => {
    expect(blockPath(12 + 1024 + 1024 * 3 + 7, 4096)).toEqual([13, 3, 7]);
  });
});

test('maximumFileBlocks is where triple indirect blocks end', () => {
  expect(maximumFileBlocks(KIB)).toBe(END);
});

describe('countIndirectBlocks', () => {
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

  test.each([
    ['direct only', upTo(SINGLE), 0],
    ['one more', upTo(SINGLE + 1), 1],
    ['all of the single indirect block', upTo(DOUBLE), 1],
    ['one double indirect', upTo(DOUBLE + 1), 3],
    ['two double indirect', upTo(DOUBLE + 257), 4],
    ['up to triple indirect', upTo(TRIPLE), 1 + 1 + 256],
    ['one triple indirect', upTo(TRIPLE + 1), 1 + 1 + 256 + 3],
    ['nothing but the last block', [END - 1], 3],
    ['two branches of the triple indirect', [TRIPLE, TRIPLE + 65536], 1 + 2 + 2],
    ['nothing', [], 0],
  ])('%s', (_, indexes, count) => {
    expect(countIndirectBlocks(indexes, KIB)).toBe(count);
  });
});
