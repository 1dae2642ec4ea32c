/** Reads and validates one block of a directory. */
import { Ext2ImageError } from './errors.ts';
import {
  DIRECTORY_ENTRY,
  DIRECTORY_ENTRY_ALIGNMENT,
  DIRECTORY_ENTRY_HEADER_BYTES,
  EXT2_FT_DIR,
  EXT2_FT_REG_FILE,
  EXT2_FT_SYMLINK,
  EXT2_FT_UNKNOWN,
  directoryEntryBytes,
  getField,
} from './structures.ts';

export interface DirectoryEntry {
  readonly name: Uint8Array;
  readonly inode: number;
  /** What the entry says; undefined if it says nothing. */
  readonly kind: 'file' | 'directory' | 'symlink' | 'other' | undefined;
  /** `.` or `..` */
  readonly special: boolean;
  /** Whose entry it is, for messages. */
  readonly place: string;
  /** Byte in the image. */
  readonly at: number;
}

export interface DirectoryBlock {
  /** The directory's inode. */
  readonly directory: number;
  readonly blockSize: number;
  readonly inodesCount: number;
  readonly hasFileTypes: boolean;
  /** Whether it opens with `.` and `..`. */
  readonly isFirstBlock: boolean;
}

const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * The used entries of the directory block at byte `start` of the image.
 * @throws Ext2ImageError naming the entry that is damaged.
 */
export function parseDirectory(
  image: Uint8Array,
  start: number,
  block: DirectoryBlock,
): DirectoryEntry[] {
  const place = `directory of inode ${block.directory}`;
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const end = start + block.blockSize;
  const entries: DirectoryEntry[] = [];
  let length: number;
  for (let at = start; at < end; at += length) {
    length = getField(view, at, DIRECTORY_ENTRY.rec_len);
    const nameLength = getField(view, at, DIRECTORY_ENTRY.name_len);
    const inode = getField(view, at, DIRECTORY_ENTRY.inode);
    const fail = (reason: string): never => {
      throw new Ext2ImageError(place, at, reason);
    };
    // No entry is shorter than one with a name of one byte, not even an unused one.
    if (length % DIRECTORY_ENTRY_ALIGNMENT !== 0 || length < directoryEntryBytes(1)) {
      fail(`rec_len ${length} is not that of an entry`);
    }
    if (at + length > end) fail(`rec_len ${length} goes beyond the block's end`);
    if (inode === 0) continue;

    if (inode > block.inodesCount) fail(`inode ${inode}: there are ${block.inodesCount}`);
    if (nameLength === 0 || directoryEntryBytes(nameLength) > length) {
      fail(`a name of ${nameLength} bytes does not fit into rec_len ${length}`);
    }
    const nameAt = at + DIRECTORY_ENTRY_HEADER_BYTES;
    const name = image.slice(nameAt, nameAt + nameLength);
    if (name.includes(0) || name.includes(SLASH)) fail('a name with NUL or "/" in it');
    const fileType = block.hasFileTypes
      ? getField(view, at, DIRECTORY_ENTRY.file_type)
      : EXT2_FT_UNKNOWN;
    if (fileType > EXT2_FT_SYMLINK) fail(`no file_type is ${fileType}`);

    const special = name.every((byte) => byte === DOT) && nameLength <= 2;
    const expected = block.isFirstBlock && entries.length < 2 ? entries.length + 1 : undefined;
    if ((special ? nameLength : undefined) !== expected) {
      fail('a directory must open with "." and "..", and have each once');
    }
    if (expected === 1 && inode !== block.directory) fail(`"." leads to inode ${inode}`);
    entries.push({ name, inode, kind: kindOf(fileType), special, place, at });
  }
  if (block.isFirstBlock && entries.length < 2) {
    throw new Ext2ImageError(place, start, 'a directory must open with "." and ".."');
  }
  return entries;
}

function kindOf(fileType: number): DirectoryEntry['kind'] {
  switch (fileType) {
    case EXT2_FT_UNKNOWN:
      return undefined;
    case EXT2_FT_REG_FILE:
      return 'file';
    case EXT2_FT_DIR:
      return 'directory';
    case EXT2_FT_SYMLINK:
      return 'symlink';
    default:
      return 'other';
  }
}
