/** A disk that is a file of the host, byte by byte. */
import { fdatasyncSync, readSync, writeSync } from 'node:fs';
import type { Disk } from '../../machine/devices/virtio/disk.ts';
import { errorCode } from './file-lock.ts';

/** Zeroes are written in pieces of this size, in bytes. */
const ZERO_BYTES = 0x10_0000;

export interface FileDiskOptions {
  /** For messages. */
  readonly path: string;
  /** An open file, which stays the caller's. */
  readonly descriptor: number;
  readonly bytes: number;
  readonly isReadOnly: boolean;
  /** Told, in one line, what the host could not do. The guest sees an I/O error. */
  readonly onError: (message: string) => void;
}

export class FileDisk implements Disk {
  readonly bytes: number;
  readonly isReadOnly: boolean;
  private readonly path: string;
  private readonly descriptor: number;
  private readonly onError: (message: string) => void;

  constructor({ path, descriptor, bytes, isReadOnly, onError }: FileDiskOptions) {
    this.path = path;
    this.descriptor = descriptor;
    this.bytes = bytes;
    this.isReadOnly = isReadOnly;
    this.onError = onError;
  }

  read(offset: number, target: Uint8Array): boolean {
    return this.attempt('read', offset, () => {
      for (let done = 0; done < target.length;) {
        const count = readSync(this.descriptor, target, done, target.length - done, offset + done);
        if (count === 0) return 'the file has become shorter';
        done += count;
      }
      return undefined;
    });
  }

  write(offset: number, source: Uint8Array): boolean {
    return this.attempt('written', offset, () => {
      for (let done = 0; done < source.length;) {
        done += writeSync(this.descriptor, source, done, source.length - done, offset + done);
      }
      return undefined;
    });
  }

  writeZeroes(offset: number, length: number): boolean {
    const zeroes = new Uint8Array(Math.min(length, ZERO_BYTES));
    for (let done = 0; done < length; done += zeroes.length) {
      const piece = zeroes.subarray(0, Math.min(zeroes.length, length - done));
      if (!this.write(offset + done, piece)) return false;
    }
    return true;
  }

  flush(): boolean {
    return this.attempt('flushed', 0, () => {
      fdatasyncSync(this.descriptor);
      return undefined;
    });
  }

  /** @param action returns what is wrong, or undefined */
  private attempt(what: string, offset: number, action: () => string | undefined): boolean {
    let problem: string | undefined;
    try {
      problem = action();
    } catch (error) {
      problem = errorCode(error) ?? String(error);
    }
    if (problem === undefined) return true;
    this.onError(`${this.path} cannot be ${what} at byte ${offset}: ${problem}`);
    return false;
  }
}
