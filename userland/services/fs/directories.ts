/** The names in a directory: entries of varying length, none across two blocks. */
import { Errno } from '../../abi/errno.enums';
import { sameBytes } from '../../runtime/bytes';
import { DirectoryEntry, EXT2_FT_DIR, EXT2_FT_UNKNOWN, Inode } from './ext2-structures';
import { fileBlock } from './file-blocks';
import { Volume } from './volume';

const ENTRY_ALIGNMENT: u32 = 4;
const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;

/** A place in a directory: the entry that `next` last found, until another block is read. */
@unmanaged
export class DirectoryReader {
  private volume: Volume;
  private inode: Inode;
  /** Where in the directory's bytes it goes on. */
  position: u32;
  private entry: DirectoryEntry;

  /** Begins at byte `position`, or at the first entry behind it. */
  open(volume: Volume, inode: Inode, position: u32): void {
    this.volume = volume;
    this.inode = inode;
    this.position = position;
  }

  get name(): usize {
    return this.entry.name;
  }

  get nameLength(): u32 {
    return this.entry.name_len;
  }

  get number(): u32 {
    return this.entry.inode;
  }

  get isDot(): bool {
    const length = this.nameLength;
    const first = load<u8>(this.name);
    return first == DOT && (length == 1 || (length == 2 && load<u8>(this.name + 1) == DOT));
  }

  /** 1 or 0: whether the entry says that it leads to a directory; −1: it does not say. */
  get isDirectory(): i32 {
    if (!this.volume.hasTypes || this.entry.file_type == EXT2_FT_UNKNOWN) return -1;
    return this.entry.file_type == EXT2_FT_DIR ? 1 : 0;
  }

  /** Goes on to the next entry in use: 1, 0 at the end, or EIO. */
  next(): i32 {
    const blockSize = this.volume.blockSize;
    const size = this.inode.i_size;
    while (this.position < size) {
      const start = this.position - (this.position % blockSize);
      const block = fileBlock(this.volume, this.inode, start / blockSize);
      if (block < 0) return <i32>block;
      if (block == 0) return this.volume.corrupt('a directory has a hole at byte', start);
      const address = this.volume.block(<u32>block);
      if (address == 0) return -Errno.EIO;
      const found = this.findInBlock(address, start, <u32>block);
      if (found != 0) return found;
    }
    return 0;
  }

  /** Entries are reached from the block's beginning only: anybody may have chosen the position. */
  private findInBlock(address: usize, start: u32, block: u32): i32 {
    const blockSize = this.volume.blockSize;
    let offset: u32 = 0;
    while (offset < blockSize) {
      const entry = changetype<DirectoryEntry>(address + offset);
      const length = <u32>entry.rec_len;
      const header = <u32>offsetof<DirectoryEntry>();
      const isSound =
        length >= header &&
        length % ENTRY_ALIGNMENT == 0 &&
        length <= blockSize - offset &&
        <u32>entry.name_len <= length - header;
      if (!isSound) return this.volume.corrupt('a directory makes no sense in block', block);
      const isAhead = start + offset >= this.position;
      offset += length;
      if (!isAhead || entry.inode == 0) continue;
      this.position = start + offset;
      this.entry = entry;
      return this.hasGoodName ? 1 : this.volume.corrupt('a bad name in block', block);
    }
    this.position = start + blockSize;
    return 0;
  }

  private get hasGoodName(): bool {
    const length = this.nameLength;
    // Without types, that byte is the high half of the name's length.
    if (length == 0 || (!this.volume.hasTypes && this.entry.file_type != 0)) return false;
    for (let i: u32 = 0; i < length; i++) {
      const byte = load<u8>(this.name + i);
      if (byte == SLASH || byte == 0) return false;
    }
    return true;
  }

  /** The inode behind a name; ENOENT, EIO. */
  find(name: usize, length: u32): i64 {
    this.position = 0;
    let found = this.next();
    while (found > 0) {
      if (sameBytes(this.name, this.nameLength, name, length)) return this.number;
      found = this.next();
    }
    return found < 0 ? found : -Errno.ENOENT;
  }
}
