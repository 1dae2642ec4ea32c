import type { Buffer, Handle, Text } from './types';

/**
 * A part of the tree of files. Paths are whole ones, from the root of the tree; `.` and `..` mean
 * nothing here, and slashes at the end are as good as none.
 *
 * @protocol 5
 */
export interface Files {
  /**
   * Opens a file or folder: a port that speaks `file`. `flags` are OpenFlags (abi/files.enums.ts); a
   * folder is opened for reading. ENOENT, ENOTDIR, EISDIR; EROFS: it cannot be written; ENFILE: too
   * many are open; ENOSPC.
   *
   * @max path 255
   */
  open(path: Text, flags: u32): Handle;

  /**
   * Writes a FileInformation (abi/files.structs.ts) and returns its bytes. ENOENT, ENOTDIR.
   *
   * @max path 255
   * @max information 64
   * @out information
   * @idempotent
   */
  stat(path: Text, information: Buffer): i32;

  /**
   * Makes an empty folder. EEXIST, ENOENT, EROFS, ENOSPC.
   *
   * @max path 255
   */
  make(path: Text): void;

  /**
   * Removes a file, or a folder that is empty. ENOENT, ENOTEMPTY, EROFS; EBUSY if it is open.
   *
   * @max path 255
   */
  remove(path: Text): void;
}
