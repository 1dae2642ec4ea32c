/**
 * The host's end of a disk. Its contents are not state of the machine, and neither is what the host
 * keeps in order to reach them.
 */

import type { Storage } from '../host-end.ts';

/** Smallest unit of a disk, and of every request, in bytes. */
export const SECTOR_SIZE = 512;

/**
 * A range of bytes that keeps what is written to it. Requests are whole sectors, but come in pieces
 * that may end anywhere inside one; all lie inside `bytes`. Every function does its work before it
 * returns, and returns false if the host could not: the guest is told of an I/O error.
 */
export interface Disk extends Storage {
  /** Size: a multiple of `SECTOR_SIZE`. */
  readonly bytes: number;
  write(offset: number, source: Uint8Array): boolean;
  writeZeroes(offset: number, length: number): boolean;
  /** Makes everything written so far survive a crash of the host, as far as the host can. */
  flush(): boolean;
}

/** A disk in memory, which is gone when the machine is. */
export class MemoryDisk implements Disk {
  readonly contents: Uint8Array;
  readonly isReadOnly: boolean;

  /** @throws RangeError unless `contents` is a whole number of sectors */
  constructor(contents: Uint8Array, isReadOnly = false) {
    if (contents.length % SECTOR_SIZE !== 0) {
      throw new RangeError(`a disk of ${contents.length} bytes is no whole number of sectors`);
    }
    this.contents = contents;
    this.isReadOnly = isReadOnly;
  }

  get bytes(): number {
    return this.contents.length;
  }

  read(offset: number, target: Uint8Array): boolean {
    target.set(this.contents.subarray(offset, offset + target.length));
    return true;
  }

  write(offset: number, source: Uint8Array): boolean {
    this.contents.set(source, offset);
    return true;
  }

  writeZeroes(offset: number, length: number): boolean {
    this.contents.fill(0, offset, offset + length);
    return true;
  }

  flush(): boolean {
    return true;
  }
}
