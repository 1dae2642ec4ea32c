/**
 * Finds a file in a cpio archive of the `newc` format (cpio(5)): for each file a header of 110 ASCII
 * bytes, its name and its contents, the last two padded to 4 bytes.
 */

const HEADER_SIZE: u32 = 110;
const FIELD_SIZE: u32 = 8;
const FILE_SIZE_FIELD: u32 = 54;
const NAME_SIZE_FIELD: u32 = 94;
const NOT_A_NUMBER: u32 = 0xffff_ffff;

/** A file's contents within an archive. */
@unmanaged
export class ArchiveFile {
  start: u32;
  size: u32;
}

/** Whether the bytes from `start` on are `text`. */
function matches(start: u32, text: string): bool {
  const length = text.length;
  for (let i = 0; i < length; i++) {
    if ((load<u8>(start + i) as i32) != text.charCodeAt(i)) return false;
  }
  return true;
}

function isHeader(at: u32, end: u32): bool {
  return end - at >= HEADER_SIZE && matches(at, '070701');
}

/** Whether an archive starts at `start`. */
export function isArchive(start: u32, end: u32): bool {
  return isHeader(start, end);
}

/** Eight hexadecimal digits. */
function field(header: u32, offset: u32): u32 {
  let value: u32 = 0;
  for (let i: u32 = 0; i < FIELD_SIZE; i++) {
    const digit = load<u8>(header + offset + i) as u32;
    let worth: u32;
    if (digit >= 0x30 && digit <= 0x39) worth = digit - 0x30;
    else if (digit >= 0x41 && digit <= 0x46) worth = digit - 0x41 + 10;
    else if (digit >= 0x61 && digit <= 0x66) worth = digit - 0x61 + 10;
    else return NOT_A_NUMBER;
    value = (value << 4) | worth;
  }
  return value;
}

/** Finds the file `name` in the archive from `start` to `end`; false if it has none or is damaged. */
export function findFile(start: u32, end: u32, name: string, found: ArchiveFile): bool {
  let at = start;
  while (isHeader(at, end)) {
    const size = field(at, FILE_SIZE_FIELD);
    const nameSize = field(at, NAME_SIZE_FIELD);
    const nameStart = at + HEADER_SIZE;
    if (nameSize == 0 || nameSize > end - nameStart) return false;
    // Offsets, not addresses, are padded: the archive starts at a multiple of 4.
    const contents = (nameStart + nameSize + 3) & ~3;
    if (contents > end || size > end - contents) return false;
    const isNamed = nameSize == (name.length as u32) + 1;
    if (isNamed && matches(nameStart, name)) {
      found.start = contents;
      found.size = size;
      return true;
    }
    at = (contents + size + 3) & ~3;
  }
  return false;
}
