/** The memory of all files: blocks of equal size, each a page, chained into files. */
import { allocatePages, freePages, PAGE_BYTES } from 'environment/memory';

export const BLOCK_BYTES: u32 = PAGE_BYTES;
/** Blocks of all files together, where there is memory for them. */
const MOST_BLOCKS: u32 = 128;
/** Bytes of all files together. */
export const POOL_BYTES: u32 = MOST_BLOCKS * BLOCK_BYTES;
/** No block. */
export const NO_BLOCK: u32 = 0;

/** By block number, which counts from 1: where it lies, 0: nowhere. */
const addresses = memory.data(<i32>(MOST_BLOCKS + 1) * 4, 4);
/** The next of the same file. */
const links = memory.data(<i32>(MOST_BLOCKS + 1) * 4, 4);

/** A zeroed block at the end of a chain; NO_BLOCK: there is none left. */
export function takeBlock(): u32 {
  for (let block: u32 = 1; block <= MOST_BLOCKS; block++) {
    if (blockAddress(block) != 0) continue;
    const address = allocatePages(1);
    if (address == 0) return NO_BLOCK;
    setAddress(block, address);
    linkBlock(block, NO_BLOCK);
    return block;
  }
  return NO_BLOCK;
}

export function nextBlock(block: u32): u32 {
  return load<u32>(links + <usize>block * 4);
}

export function linkBlock(block: u32, next: u32): void {
  store<u32>(links + <usize>block * 4, next);
}

export function blockAddress(block: u32): usize {
  return load<usize>(addresses + <usize>block * 4);
}

/** Gives back a chain of blocks. */
export function giveBlocks(first: u32): void {
  let block = first;
  while (block != NO_BLOCK) {
    const next = nextBlock(block);
    freePages(blockAddress(block), 1);
    setAddress(block, 0);
    block = next;
  }
}

function setAddress(block: u32, address: usize): void {
  store<usize>(addresses + <usize>block * 4, address);
}
