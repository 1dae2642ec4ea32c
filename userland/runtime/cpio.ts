/**
 * Files in a cpio archive in memory: the `newc` format of the Linux initramfs (a header of 110 ASCII
 * bytes per file, names and contents padded to four bytes, ended by an entry TRAILER!!!).
 */
import { isText, parseHexadecimal, sameBytes, startsWithText } from './bytes';

const MAGIC = '070701';
const HEADER_BYTES: u32 = 110;
/** Fields of eight hexadecimal digits, by their offset in the header. */
const MODE_FIELD: u32 = 14;
const FILESIZE_FIELD: u32 = 54;
const NAMESIZE_FIELD: u32 = 94;
const FIELD_DIGITS: u32 = 8;
const MODE_TYPE: u32 = 0xf000;
const MODE_FOLDER: u32 = 0x4000;
const TRAILER = 'TRAILER!!!';

/**
 * A place in an archive: the entry that `next` last found. Names are without a leading `./` or `/`.
 * A damaged archive ends where the damage begins; no field leads outside it.
 */
@unmanaged
export class CpioReader {
  private archive: usize;
  private bytes: u32;
  private position: u32;
  name: usize;
  nameLength: u32;
  contents: usize;
  size: u32;
  private mode: u32;

  static on(reader: usize, archive: usize, bytes: u32): CpioReader {
    const cpio = changetype<CpioReader>(reader);
    cpio.archive = archive;
    cpio.bytes = bytes;
    cpio.position = 0;
    return cpio;
  }

  rewind(): void {
    this.position = 0;
  }

  get isFolder(): bool {
    return (this.mode & MODE_TYPE) == MODE_FOLDER;
  }

  /** Goes on to the next entry; false at the end. */
  next(): bool {
    const header = this.archive + this.position;
    const left = this.bytes - this.position;
    if (left < HEADER_BYTES || !startsWithText(header, HEADER_BYTES, MAGIC)) return false;
    const nameSize = this.field(NAMESIZE_FIELD);
    const size = this.field(FILESIZE_FIELD);
    const mode = this.field(MODE_FIELD);
    if (nameSize <= 0 || size < 0 || mode < 0) return false;
    const contentsOffset = <i64>alignUp(HEADER_BYTES + <u32>nameSize);
    if (nameSize > <i64>left || contentsOffset + size > <i64>left) return false;
    this.name = header + HEADER_BYTES;
    // The size counts a terminating zero byte.
    this.nameLength = <u32>nameSize - 1;
    this.contents = header + <usize>contentsOffset;
    this.size = <u32>size;
    this.mode = <u32>mode;
    if (isText(this.name, this.nameLength, TRAILER)) return false;
    const end = <i64>this.position + contentsOffset + <i64>alignUp(<u32>size);
    this.position = end > <i64>this.bytes ? this.bytes : <u32>end;
    this.stripRoot();
    return true;
  }

  /** Goes to the file of that name (without a leading `/`); false if there is none. */
  find(name: usize, length: u32): bool {
    this.rewind();
    while (this.next()) {
      if (sameBytes(this.name, this.nameLength, name, length)) return true;
    }
    return false;
  }

  private field(offset: u32): i64 {
    return parseHexadecimal(this.archive + this.position + offset, FIELD_DIGITS);
  }

  private stripRoot(): void {
    if (startsWithText(this.name, this.nameLength, './')) {
      this.name += 2;
      this.nameLength -= 2;
    }
    while (startsWithText(this.name, this.nameLength, '/')) {
      this.name += 1;
      this.nameLength -= 1;
    }
  }
}

function alignUp(value: u32): u32 {
  return (value + 3) & ~3;
}
