import type { Buffer } from './types';

/**
 * An open file: a port that `files` has handed out, the end of a pipe, or a console. Where reading and
 * writing go on belongs to the open file, so that all who have a handle to it share it.
 *
 * @protocol 8
 */
export interface File {
  /**
   * Copies the bytes that follow into `contents` and returns how many. 0: there are no more. A pipe
   * and a console wait until there is at least one. EISDIR for a folder; EBADF if the file was not
   * opened for reading.
   *
   * @max contents 65536
   * @out contents
   */
  read(contents: Buffer): i32;

  /**
   * Writes bytes and returns how many, which may be fewer than all. EPIPE: nobody reads what goes into
   * the pipe; ENOSPC; EBADF if the file was not opened for writing.
   *
   * @max contents 65536
   * @in contents
   */
  write(contents: Buffer): i32;

  /** The next read or write begins at byte `offset`. ESPIPE where bytes come one after the other only. */
  seek(offset: u64): void;

  /**
   * Writes a FileInformation (abi/files.structs.ts) and returns its bytes.
   *
   * @max information 64
   * @out information
   */
  describe(information: Buffer): i32;

  /**
   * Writes the name of a folder's next entry, with `/` at its end if it is a folder itself, and returns
   * the name's length. 0: there are no more. `.` and `..` are left out. ENOTDIR for what is no folder.
   *
   * @max name 256
   * @out name
   */
  list(name: Buffer): i32;
}
