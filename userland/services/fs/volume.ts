/**
 * An ext2 file system, to read: its superblock, blocks and inodes. Every number from the disk is checked
 * before it is used; one that cannot be is EIO, and a line in the log.
 */
import { Errno } from '../../abi/errno.enums';
import { Lock } from 'environment/lock';
import { BlockCache, CHUNK_BYTES, ReadSectors } from './block-cache';
import { Complaints } from './complaints';
import {
  EXT2_DYNAMIC_REV,
  EXT2_FEATURE_INCOMPAT_FILETYPE,
  EXT2_GOOD_OLD_INODE_SIZE,
  EXT2_MIN_BLOCK_SIZE,
  EXT2_SUPER_MAGIC,
  GROUP_DESCRIPTOR_BYTES,
  GroupDescriptor,
  Inode,
  LARGEST_LOG_BLOCK_SIZE,
  Superblock,
  SUPERBLOCK_OFFSET,
} from './ext2-structures';

const SECTOR_BYTES: u32 = 512;
/** Bits of a bitmap's byte: a group's bitmaps have one block each. */
const BITS: u32 = 8;

@unmanaged
export class Volume {
  private cache: BlockCache;
  complaints: Complaints;
  blockSize: u32;
  private sectorsPerBlock: u32;
  blocks: u32;
  private firstBlock: u32;
  inodes: u32;
  private inodesPerGroup: u32;
  private inodeSize: u32;
  /** Directory entries have types. */
  hasTypes: bool;

  /**
   * Looks at the disk. ENXIO: there is no ext2 file system on it, or one that cannot be read here; EIO:
   * its superblock makes no sense, or cannot be read. The log says what is wrong. Here and in all that
   * follows the caller has `lock`, which is given up while the disk has to be waited for.
   */
  mount(readSectors: ReadSectors, sectors: u32, lock: Lock): i32 {
    this.complaints = changetype<Complaints>(memory.data(offsetof<Complaints>(), 8));
    this.cache = changetype<BlockCache>(memory.data(offsetof<BlockCache>(), 4));
    this.cache.prepare(readSectors, sectors, lock);
    if (sectors < (2 * SUPERBLOCK_OFFSET) / SECTOR_BYTES)
      return this.refuse('the disk is too small for ext2');
    const place = this.cache.at(SUPERBLOCK_OFFSET / SECTOR_BYTES);
    if (place == 0) return this.unreadable('superblock');
    const superblock = changetype<Superblock>(place);
    if (superblock.s_magic != EXT2_SUPER_MAGIC) {
      return this.refuse('the disk has no ext2 file system');
    }
    if (superblock.s_rev_level > EXT2_DYNAMIC_REV) {
      return this.refuse('ext2 of an unknown revision:', superblock.s_rev_level);
    }
    const isDynamic = superblock.s_rev_level == EXT2_DYNAMIC_REV;
    const incompatible = isDynamic ? superblock.s_feature_incompat : 0;
    if ((incompatible & ~EXT2_FEATURE_INCOMPAT_FILETYPE) != 0) {
      return this.refuse('the file system has features that ext2 has not:', incompatible);
    }
    this.hasTypes = (incompatible & EXT2_FEATURE_INCOMPAT_FILETYPE) != 0;
    if (superblock.s_log_block_size > LARGEST_LOG_BLOCK_SIZE) {
      return this.corrupt('superblock: impossible block size', superblock.s_log_block_size);
    }
    this.inodeSize = isDynamic ? superblock.s_inode_size : EXT2_GOOD_OLD_INODE_SIZE;
    return this.takeGeometry(superblock, sectors);
  }

  private takeGeometry(superblock: Superblock, sectors: u32): i32 {
    const blockSize = EXT2_MIN_BLOCK_SIZE << superblock.s_log_block_size;
    const firstBlock: u32 = blockSize == EXT2_MIN_BLOCK_SIZE ? 1 : 0;
    const blocks = superblock.s_blocks_count;
    const perGroup = superblock.s_blocks_per_group;
    this.blockSize = blockSize;
    this.sectorsPerBlock = blockSize / SECTOR_BYTES;
    this.firstBlock = firstBlock;
    this.blocks = blocks;
    this.inodes = superblock.s_inodes_count;
    this.inodesPerGroup = superblock.s_inodes_per_group;
    if (superblock.s_first_data_block != firstBlock) {
      return this.corrupt('superblock: impossible first block', superblock.s_first_data_block);
    }
    if (blocks <= firstBlock + 1 || blocks > sectors / this.sectorsPerBlock) {
      return this.corrupt('superblock: more blocks than the disk has, or none:', blocks);
    }
    if (perGroup == 0 || perGroup > BITS * blockSize) {
      return this.corrupt('superblock: impossible blocks per group:', perGroup);
    }
    const groups = (blocks - firstBlock + perGroup - 1) / perGroup;
    const inodesPerGroup = this.inodesPerGroup;
    if (inodesPerGroup == 0 || inodesPerGroup > BITS * blockSize) {
      return this.corrupt('superblock: impossible inodes per group:', inodesPerGroup);
    }
    if (this.inodes == 0 || <u64>this.inodes > <u64>groups * <u64>inodesPerGroup) {
      return this.corrupt('superblock: impossible number of inodes:', this.inodes);
    }
    const size = this.inodeSize;
    if (size < EXT2_GOOD_OLD_INODE_SIZE || size > blockSize || (size & (size - 1)) != 0) {
      return this.corrupt('superblock: impossible inode size:', size);
    }
    return 0;
  }

  /** Notes that the disk's contents make no sense. EIO. */
  corrupt(problem: string, number: i64): i32 {
    this.complaints.add(problem, number);
    return -Errno.EIO;
  }

  private refuse(problem: string, number: i64 = -1): i32 {
    this.complaints.add(problem, number);
    return -Errno.ENXIO;
  }

  private unreadable(what: string): i32 {
    this.complaints.add('the disk cannot be read:', -this.cache.error);
    return -Errno.EIO;
  }

  /** Block pointers in a block. */
  get pointers(): u32 {
    return this.blockSize / sizeof<u32>();
  }

  /** Whether there is a block of that number for files, or for what describes them. */
  isBlock(block: u32): bool {
    return block > this.firstBlock && block < this.blocks;
  }

  /** Blocks from `block` on that lie next to each other in memory when `block` does. */
  blocksInReach(block: u32): u32 {
    const perChunk = CHUNK_BYTES / this.blockSize;
    return perChunk - (block % perChunk);
  }

  /**
   * Where a block lies in memory, until another is asked for or the lock is given up. 0: it cannot be
   * read, which is logged.
   */
  block(block: u32): usize {
    const address = this.cache.at(block * this.sectorsPerBlock);
    if (address == 0) this.unreadable('block');
    return address;
  }

  /** Whether there can be an inode of that number. */
  isInode(number: u32): bool {
    return number != 0 && number <= this.inodes;
  }

  /** Copies an inode. ENOENT never: a number without an inode is an error of the disk. EIO. */
  readInode(number: u32, inode: Inode): i32 {
    if (!this.isInode(number)) {
      return this.corrupt('a directory names an inode that is not there:', number);
    }
    const group = (number - 1) / this.inodesPerGroup;
    const index = (number - 1) % this.inodesPerGroup;
    const descriptorPlace = group * GROUP_DESCRIPTOR_BYTES;
    const descriptors = this.block(this.firstBlock + 1 + descriptorPlace / this.blockSize);
    if (descriptors == 0) return -Errno.EIO;
    const table = changetype<GroupDescriptor>(descriptors + (descriptorPlace % this.blockSize));
    // Inodes are never larger than blocks, so that none lies across two.
    const perBlock = this.blockSize / this.inodeSize;
    const block = <u64>table.bg_inode_table + <u64>(index / perBlock);
    if (!this.isBlock(table.bg_inode_table) || block >= <u64>this.blocks) {
      return this.corrupt('the inode table lies outside the disk in group', group);
    }
    const inodes = this.block(<u32>block);
    if (inodes == 0) return -Errno.EIO;
    const place = inodes + (index % perBlock) * this.inodeSize;
    memory.copy(changetype<usize>(inode), place, offsetof<Inode>());
    return this.checkInode(number, inode);
  }

  private checkInode(number: u32, inode: Inode): i32 {
    if (inode.i_links_count == 0) return this.corrupt('a directory names a free inode:', number);
    if (inode.isDirectory) {
      const size = inode.i_size;
      if (size == 0 || size % this.blockSize != 0 || size / this.blockSize > this.blocks) {
        return this.corrupt('impossible size of directory', number);
      }
    } else if (inode.isSymlink) {
      if (inode.i_size == 0 || inode.i_size > this.blockSize) {
        return this.corrupt('impossible length of symbolic link', number);
      }
    } else if (inode.size > this.largestFile) {
      return this.corrupt('impossible size of file', number);
    }
    return 0;
  }

  /** Bytes that the direct blocks and three trees of indirect ones can lead to. */
  private get largestFile(): u64 {
    const pointers = <u64>this.pointers;
    const blocks = 12 + pointers * (1 + pointers * (1 + pointers));
    return blocks * <u64>this.blockSize;
  }
}
