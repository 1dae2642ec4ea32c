/** The memory of all files: blocks of equal size, chained into files. */

export const BLOCK_BYTES: u32 = 4096;
/** Blocks of all files together. */
const MOST_BLOCKS: u32 = 128;
/** Bytes of all files together. */
export const POOL_BYTES: u32 = MOST_BLOCKS * BLOCK_BYTES;
/** No block. */
export const NO_BLOCK: u32 = 0;

const blocks = memory.data(<i32>(MOST_BLOCKS * BLOCK_BYTES), 8);
/** By block number, which counts from 1: the next of the same file, or of the free ones. */
const links = memory.data(<i32>(MOST_BLOCKS + 1) * 4, 4);
let firstFree: u32 = NO_BLOCK;
/** Blocks above this number were never used. */
let used: u32 = 0;

/** A zeroed block at the end of a chain; NO_BLOCK: there is none left. */
export function takeBlock(): u32 {
  let block = firstFree;
  if (block != NO_BLOCK) {
    firstFree = nextBlock(block);
    memory.fill(blockAddress(block), 0, BLOCK_BYTES);
  } else if (used < MOST_BLOCKS) {
    used += 1;
    block = used;
  } else {
    return NO_BLOCK;
  }
  linkBlock(block, NO_BLOCK);
  return block;
}

export function nextBlock(block: u32): u32 {
  return load<u32>(links + <usize>block * 4);
}

export function linkBlock(block: u32, next: u32): void {
  store<u32>(links + <usize>block * 4, next);
}

export function blockAddress(block: u32): usize {
  return blocks + <usize>(block - 1) * <usize>BLOCK_BYTES;
}

/** Gives back a chain of blocks. */
export function giveBlocks(first: u32): void {
  let block = first;
  while (block != NO_BLOCK) {
    const next = nextBlock(block);
    linkBlock(block, firstFree);
    firstFree = block;
    block = next;
  }
}
