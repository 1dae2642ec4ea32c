import type { Buffer, Text } from './types';

/**
 * Files that can be read. Paths start with `/`; `.`, `..` and empty components mean nothing here.
 *
 * @protocol 5
 */
export interface Files {
  /**
   * Bytes of the file at `path`. EISDIR for a folder.
   *
   * @max path 255
   * @idempotent
   */
  size(path: Text): i32;

  /**
   * Copies bytes of a file from `offset` on into `contents` and returns how many; 0 at its end.
   *
   * @max path 255
   * @max contents 4096
   * @out contents
   * @idempotent
   */
  read(path: Text, offset: u32, contents: Buffer): i32;

  /**
   * Writes the name of entry `index` of the folder at `path`, with `/` at its end if it is a folder,
   * and returns its length. ENOENT: there are not so many. ENOTDIR for a file.
   *
   * @max path 255
   * @max name 255
   * @out name
   * @idempotent
   */
  list(path: Text, index: u32, name: Buffer): i32;
}
