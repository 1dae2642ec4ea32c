/**
 * Where everything lies in an image: the division into block groups, and in each group the copy of
 * superblock and descriptors (in some), the two bitmaps, the inode table and the data blocks
 * (Internal Layout, section 3; the order within a group is that of mke2fs).
 */
import {
  EXT2_GOOD_OLD_INODE_SIZE,
  GROUP_DESCRIPTOR_BYTES,
  SUPERBLOCK_BYTES,
  SUPERBLOCK_OFFSET,
} from './structures.ts';

/** Places of one group, as block numbers of the file system. */
export interface BlockGroup {
  readonly index: number;
  /** Here stands the copy of the superblock, if the group has one. */
  readonly firstBlock: number;
  readonly endBlock: number;
  readonly hasSuperblock: boolean;
  readonly blockBitmap: number;
  readonly inodeBitmap: number;
  readonly inodeTable: number;
  readonly firstDataBlock: number;
}

export interface Geometry {
  readonly blockSize: number;
  /** `s_first_data_block`: the block with the superblock. */
  readonly firstBlock: number;
  readonly blocksCount: number;
  readonly blocksPerGroup: number;
  readonly inodesPerGroup: number;
  readonly groups: readonly BlockGroup[];
  /** Blocks of all groups that are left for files and directories. */
  readonly dataBlocks: number;
}

const BITS_PER_BYTE = 8;
/** mke2fs leaves a last group away that would not have this many blocks for data. */
const LEAST_DATA_BLOCKS_OF_LAST_GROUP = 50;
/** So that the reserved inodes of any image lie in its first group. */
const LEAST_INODES_PER_GROUP = 16;

/** A bitmap is one block, with a bit for each block, or inode, of its group. */
export function mostPerGroup(blockSize: number): number {
  return blockSize * BITS_PER_BYTE;
}

/** With 1 KiB blocks, block 0 holds what a computer might boot from, and the file system follows. */
export function firstBlockOf(blockSize: number): number {
  return Math.floor(SUPERBLOCK_OFFSET / blockSize);
}

/** The sparse_super feature: which groups hold copies of superblock and descriptors. */
export function hasSuperblock(group: number): boolean {
  return group <= 1 || [3, 5, 7].some((base) => isPowerOf(group, base));
}

function isPowerOf(value: number, base: number): boolean {
  let power = base;
  while (power < value) power *= base;
  return power === value;
}

/**
 * The layout of an image of at most `blocksCount` blocks with at least `inodes` inodes, or as many
 * as fit into the groups' bitmaps. A last group that would be too small to be of use is left away.
 * @returns undefined if not even the structures fit.
 */
export function layOut(
  blockSize: number,
  blocksCount: number,
  inodes: number,
): Geometry | undefined {
  const perGroup = mostPerGroup(blockSize);
  const firstBlock = firstBlockOf(blockSize);
  const groupCount = Math.ceil((blocksCount - firstBlock) / perGroup);
  if (groupCount < 1) return undefined;

  const inodesPerBlock = blockSize / EXT2_GOOD_OLD_INODE_SIZE;
  const inodesWanted = Math.max(Math.ceil(inodes / groupCount), LEAST_INODES_PER_GROUP);
  const inodeTableBlocks = Math.ceil(Math.min(inodesWanted, perGroup) / inodesPerBlock);
  const descriptorBlocks = Math.ceil((groupCount * GROUP_DESCRIPTOR_BYTES) / blockSize);
  const superblockBlocks = Math.ceil(SUPERBLOCK_BYTES / blockSize);

  const groups = Array.from({ length: groupCount }, (_, index): BlockGroup => {
    const start = firstBlock + index * perGroup;
    const blockBitmap = start + (hasSuperblock(index) ? superblockBlocks + descriptorBlocks : 0);
    const inodeTable = blockBitmap + 2;
    return {
      index,
      firstBlock: start,
      endBlock: Math.min(start + perGroup, blocksCount),
      hasSuperblock: hasSuperblock(index),
      blockBitmap,
      inodeBitmap: blockBitmap + 1,
      inodeTable,
      firstDataBlock: inodeTable + inodeTableBlocks,
    };
  });

  const last = groups[groupCount - 1];
  const dataBlocksOfLast = last.endBlock - last.firstDataBlock;
  if (groupCount > 1 && dataBlocksOfLast < LEAST_DATA_BLOCKS_OF_LAST_GROUP) {
    return layOut(blockSize, last.firstBlock, inodes);
  }
  if (dataBlocksOfLast <= 0 || groups[0].firstDataBlock >= groups[0].endBlock) return undefined;
  return {
    blockSize,
    firstBlock,
    blocksCount,
    blocksPerGroup: perGroup,
    inodesPerGroup: inodeTableBlocks * inodesPerBlock,
    groups,
    dataBlocks: groups.reduce((sum, group) => sum + group.endBlock - group.firstDataBlock, 0),
  };
}
