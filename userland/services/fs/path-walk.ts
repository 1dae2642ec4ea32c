/** From a path to an inode, through directories and symbolic links. */
import { Errno } from '../../abi/errno.enums';
import { DirectoryReader } from './directories';
import { EXT2_NAME_LEN, EXT2_ROOT_INO, I_BLOCK_BYTES, Inode } from './ext2-structures';
import { fileBlock } from './file-blocks';
import { Volume } from './volume';

const SLASH: u8 = 0x2f;
/** Symbolic links on one path; more count as a circle. */
const MOST_LINKS: u32 = 40;
/** Bytes of what is left of a path, with a link's target in the link's place. */
const PATH_BYTES: u32 = 4096;

/** What a walk remembers; each call makes its own, since it may wait for the disk at every step. */
@unmanaged
export class PathWalk {
  private volume: Volume;
  private length: u32;
  private links: u32;
  /** Where the walk is. */
  number: u32;
  inode: Inode;
  private next: Inode;

  /** Prepares a walk in WALK_BYTES of memory. */
  static on(memoryOfWalk: usize, volume: Volume): PathWalk {
    const walk = changetype<PathWalk>(memoryOfWalk);
    walk.volume = volume;
    walk.inode = changetype<Inode>(memoryOfWalk + INODES_AT);
    walk.next = changetype<Inode>(memoryOfWalk + INODES_AT + offsetof<Inode>());
    return walk;
  }

  /** A reader for the directories on the way, or for one that was opened. */
  get directory(): DirectoryReader {
    return changetype<DirectoryReader>(changetype<usize>(this) + offsetof<PathWalk>());
  }

  /** Copies a name to where it stays while the disk is waited for; there is room for a slash behind it. */
  keep(name: usize, length: u32): usize {
    memory.copy(this.path, name, length);
    return this.path;
  }

  private get path(): usize {
    return changetype<usize>(this) + PATH_AT;
  }

  /**
   * Goes from the root to what a path leads to, and leaves its number and inode. ENOENT, ENOTDIR,
   * ENAMETOOLONG; ELOOP: too many symbolic links; EIO.
   */
  walk(path: usize, length: u32): i32 {
    if (length > PATH_BYTES) return -Errno.ENAMETOOLONG;
    memory.copy(this.path, path, length);
    this.length = length;
    this.links = 0;
    let at: u32 = 0;
    let error = this.goToRoot();
    while (error >= 0) {
      while (at < this.length && load<u8>(this.path + at) == SLASH) at += 1;
      if (at == this.length) return 0;
      let end = at;
      while (end < this.length && load<u8>(this.path + end) != SLASH) end += 1;
      error = this.step(at, end);
      // A link's target stands at the beginning of the path now.
      at = error == 0 ? end : 0;
    }
    return error;
  }

  /** Goes to the component from `start` to `end`: 0, or 1 if it was a link and the path is a new one. */
  private step(start: u32, end: u32): i32 {
    if (!this.inode.isDirectory) return -Errno.ENOTDIR;
    if (end - start > EXT2_NAME_LEN) return -Errno.ENAMETOOLONG;
    this.directory.open(this.volume, this.inode, 0);
    const number = this.directory.find(this.path + start, end - start);
    if (number < 0) return <i32>number;
    const error = this.volume.readInode(<u32>number, this.next);
    if (error < 0) return error;
    if (this.next.isSymlink) return this.follow(<u32>number, end);
    const left = this.inode;
    this.inode = this.next;
    this.next = left;
    this.number = <u32>number;
    return 0;
  }

  /** Puts the target of the link in `next` before the rest of the path, from `end` on. */
  private follow(number: u32, end: u32): i32 {
    this.links += 1;
    if (this.links > MOST_LINKS) return -Errno.ELOOP;
    const link = this.next;
    const target = link.i_size;
    const rest = this.length - end;
    if (target + rest > PATH_BYTES) return -Errno.ENAMETOOLONG;
    let address: usize = link.blocks;
    if (!link.isFastSymlink(this.volume.blockSize)) {
      const block = fileBlock(this.volume, link, 0);
      if (block < 0) return <i32>block;
      if (block == 0) return this.volume.corrupt('a symbolic link has no target: inode', number);
      address = this.volume.block(<u32>block);
      if (address == 0) return -Errno.EIO;
    } else if (target > I_BLOCK_BYTES) {
      return this.volume.corrupt('impossible length of symbolic link', number);
    }
    memory.copy(this.path + target, this.path + end, rest);
    memory.copy(this.path, address, target);
    this.length = target + rest;
    if (load<u8>(this.path) == SLASH) {
      const error = this.goToRoot();
      if (error < 0) return error;
    }
    return 1;
  }

  private goToRoot(): i32 {
    this.number = EXT2_ROOT_INO;
    const error = this.volume.readInode(EXT2_ROOT_INO, this.inode);
    if (error < 0) return error;
    if (this.inode.isDirectory) return 0;
    return this.volume.corrupt('the root is no directory: inode', EXT2_ROOT_INO);
  }
}

// What lies behind a walk.
const INODES_AT: usize = offsetof<PathWalk>() + offsetof<DirectoryReader>();
const PATH_AT: usize = INODES_AT + 2 * offsetof<Inode>();
export const WALK_BYTES: u32 = <u32>PATH_AT + PATH_BYTES;
