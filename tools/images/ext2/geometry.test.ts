import { describe, expect, test } from 'vitest';
import { hasSuperblock, layOut } from './geometry.ts';

test('sparse_super: groups 0, 1 and the powers of 3, 5 and 7', () => {
  const groups = Array.from({ length: 130 }, (_, group) => group).filter(hasSuperblock);
  expect(groups).toEqual([0, 1, 3, 5, 7, 9, 25, 27, 49, 81, 125]);
});

describe('layOut', () => {
  test('with 1 KiB blocks, after the block to boot from', () => {
    expect(layOut(1024, 1000, 100)).toMatchObject({
      firstBlock: 1,
      blocksPerGroup: 8192,
      // Whole blocks of inodes, 8 in each.
      inodesPerGroup: 104,
      groups: [
        // Superblock 1, descriptors 2, bitmaps 3 and 4, inodes in 5 to 17.
        { firstBlock: 1, endBlock: 1000, blockBitmap: 3, inodeBitmap: 4, inodeTable: 5 },
      ],
      dataBlocks: 1000 - 18,
    });
  });

  test('with 4 KiB blocks, the first has what to boot from and the superblock', () => {
    expect(layOut(4096, 40_000, 64)?.groups).toMatchObject([
      { firstBlock: 0, endBlock: 32_768, blockBitmap: 2, inodeTable: 4, firstDataBlock: 5 },
      { firstBlock: 32_768, endBlock: 40_000, blockBitmap: 32_770, hasSuperblock: true },
    ]);
  });

  test('a group without a copy of the superblock opens with its bitmaps', () => {
    expect(layOut(1024, 3 * 8192, 100)?.groups[2]).toMatchObject({
      firstBlock: 1 + 2 * 8192,
      blockBitmap: 1 + 2 * 8192,
      hasSuperblock: false,
    });
  });

  test('a last group with too little room is left away', () => {
    // In the second group: superblock, descriptors, two bitmaps, two blocks of inodes.
    const least = 1 + 8192 + 6 + 50;
    expect(layOut(1024, least, 32)?.groups.length).toBe(2);
    expect(layOut(1024, least - 1, 32)).toMatchObject({ blocksCount: 1 + 8192, groups: [{}] });
  });

  test('no group can have more inodes than its bitmap has bits', () => {
    expect(layOut(1024, 8193, 1_000_000)?.inodesPerGroup).toBe(8192);
  });

  test('nothing, if not even the structures fit', () => {
    expect(layOut(1024, 1, 16)).toBeUndefined();
    expect(layOut(1024, 7, 16)).toBeUndefined();
    expect(layOut(1024, 8, 16)?.dataBlocks).toBe(1);
  });
});
