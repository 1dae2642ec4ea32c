import type { Buffer } from './types';

/**
 * A disk: sectors of 512 bytes.
 *
 * @protocol 7
 */
export interface Block {
  /**
   * Fills `contents`, whole sectors, from the disk, beginning with sector `sector`; returns the bytes.
   * EINVAL: not whole sectors, or not all of them on the disk; EIO: the disk cannot read them.
   *
   * @max contents 65536
   * @out contents
   * @idempotent
   */
  read(sector: u32, contents: Buffer): i32;

  /**
   * Writes whole sectors and returns the bytes. They may lie in the disk's cache until `flush`. EROFS:
   * the disk cannot be written; otherwise as `read`.
   *
   * @max contents 65536
   * @in contents
   * @idempotent
   */
  write(sector: u32, contents: Buffer): i32;

  /**
   * Returns when all that was written so far will outlast a loss of power. EIO.
   *
   * @idempotent
   */
  flush(): void;

  /**
   * The number of sectors, as far as a u32 reaches.
   *
   * @idempotent
   */
  size(): u32;
}
