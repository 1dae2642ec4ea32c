/** The contents of a directory: linked lists of entries, one per block (section 4.1). */
import {
  DIRECTORY_ENTRY,
  DIRECTORY_ENTRY_HEADER_BYTES,
  directoryEntryBytes,
  setFields,
} from './structures.ts';

export interface DirectoryRecord {
  readonly name: Uint8Array;
  readonly inode: number;
  /** `EXT2_FT_…` */
  readonly fileType: number;
}

/**
 * The blocks of a directory that holds `records` in their order, `.` and `..` among them, and at
 * least `minimumBlocks` blocks. The last entry of a block reaches to the block's end.
 */
export function encodeDirectory(
  records: readonly DirectoryRecord[],
  blockSize: number,
  minimumBlocks: number,
): Uint8Array {
  const blocks: DirectoryRecord[][] = [[]];
  let used = 0;
  for (const record of records) {
    const length = directoryEntryBytes(record.name.length);
    if (used + length > blockSize) {
      blocks.push([]);
      used = 0;
    }
    blocks[blocks.length - 1].push(record);
    used += length;
  }
  while (blocks.length < minimumBlocks) blocks.push([]);

  const contents = new Uint8Array(blocks.length * blockSize);
  blocks.forEach((block, index) => {
    writeBlock(contents.subarray(index * blockSize, (index + 1) * blockSize), block);
  });
  return contents;
}

function writeBlock(block: Uint8Array, records: readonly DirectoryRecord[]): void {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  if (records.length === 0) {
    // One unused entry, which spans the block.
    setFields(view, 0, DIRECTORY_ENTRY, { inode: 0, rec_len: block.length });
    return;
  }
  let at = 0;
  records.forEach(({ name, inode, fileType }, index) => {
    const last = index === records.length - 1;
    const length = last ? block.length - at : directoryEntryBytes(name.length);
    setFields(view, at, DIRECTORY_ENTRY, {
      inode,
      rec_len: length,
      name_len: name.length,
      file_type: fileType,
    });
    block.set(name, at + DIRECTORY_ENTRY_HEADER_BYTES);
    at += length;
  });
}
