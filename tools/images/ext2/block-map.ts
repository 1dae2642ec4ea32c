/**
 * How a file's blocks are found from its inode: 12 directly, then through one, two and three levels
 * of indirect blocks (Internal Layout, section 3.5.13). A pointer of 0 is a hole, which reads as
 * zeros; so is everything below a pointer of 0 to an indirect block.
 */
import {
  BLOCK_POINTER_BYTES,
  EXT2_DIND_BLOCK,
  EXT2_IND_BLOCK,
  EXT2_NDIR_BLOCKS,
  EXT2_TIND_BLOCK,
} from './structures.ts';

/** The most blocks a file can have. */
export function maximumFileBlocks(blockSize: number): number {
  const pointers = blockSize / BLOCK_POINTER_BYTES;
  return EXT2_NDIR_BLOCKS + pointers + pointers ** 2 + pointers ** 3;
}

/**
 * The pointers to follow to block `index` of a file: the first is an index in the inode, each
 * further one an index in the indirect block that the one before it leads to.
 */
export function blockPath(index: number, blockSize: number): readonly number[] {
  if (index < EXT2_NDIR_BLOCKS) return [index];
  const pointers = blockSize / BLOCK_POINTER_BYTES;
  const single = index - EXT2_NDIR_BLOCKS;
  if (single < pointers) return [EXT2_IND_BLOCK, single];
  const double = single - pointers;
  if (double < pointers ** 2) {
    return [EXT2_DIND_BLOCK, Math.floor(double / pointers), double % pointers];
  }
  const triple = double - pointers ** 2;
  return [
    EXT2_TIND_BLOCK,
    Math.floor(triple / pointers ** 2),
    Math.floor(triple / pointers) % pointers,
    triple % pointers,
  ];
}

/** How many indirect blocks a file needs that has data at these block indexes, which ascend. */
export function countIndirectBlocks(indexes: Iterable<number>, blockSize: number): number {
  let count = 0;
  let previous: readonly number[] = [];
  for (const index of indexes) {
    const path = blockPath(index, blockSize);
    // Each pointer but the last leads to an indirect block; those shared with the path before exist.
    let shared = 0;
    while (shared < path.length - 1 && path[shared] === previous[shared]) shared += 1;
    count += path.length - 1 - shared;
    previous = path;
  }
  return count;
}
