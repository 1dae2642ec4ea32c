/** From a place in a file to the block that holds it: direct blocks, then up to three levels of tables. */
import { Errno } from '../../abi/errno.enums';
import { EXT2_NDIR_BLOCKS, Inode } from './ext2-structures';
import { Volume } from './volume';

/** The deepest tree of tables. */
const LEVELS: u32 = 3;

/** The block with block `index` of a file; 0: it is a hole; EIO: the file's tables make no sense. */
export function fileBlock(volume: Volume, inode: Inode, index: u32): i64 {
  if (index < EXT2_NDIR_BLOCKS) return checked(volume, load<u32>(inode.blocks + index * 4));
  let rest = index - EXT2_NDIR_BLOCKS;
  const pointers = volume.pointers;
  /** Blocks that one pointer of the root leads to. */
  let span: u64 = 1;
  for (let level: u32 = 0; level < LEVELS; level++) {
    const reach = span * <u64>pointers;
    if (<u64>rest < reach) {
      const root = load<u32>(inode.blocks + (EXT2_NDIR_BLOCKS + level) * 4);
      return descend(volume, root, rest, <u32>span);
    }
    rest -= <u32>reach;
    span = reach;
  }
  return volume.corrupt('a file is longer than it can be: block', index);
}

/** Follows tables from `table` down to the pointer at `rest`; each pointer there leads to `span` blocks. */
function descend(volume: Volume, table: u32, rest: u32, span: u32): i64 {
  const pointers = volume.pointers;
  let block = checked(volume, table);
  while (block > 0) {
    const address = volume.block(<u32>block);
    if (address == 0) return -Errno.EIO;
    block = checked(volume, load<u32>(address + (rest / span) * 4));
    if (span == 1) return block;
    rest %= span;
    span /= pointers;
  }
  return block;
}

function checked(volume: Volume, block: u32): i64 {
  if (block == 0 || volume.isBlock(block)) return block;
  return volume.corrupt('a file has a block that is not on the disk:', block);
}
