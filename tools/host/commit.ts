/**
 * `commit`: what a guest has written to a drive with `snapshot=on` goes to the drive's file. The
 * whole contents are written to a file beside it, which then takes its place in one step: whoever
 * opens it sees all of it or nothing. The machine keeps the file that it was started with, so that
 * its past stays what it was, and a later commit writes everything again.
 */
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type BigIntStats,
} from 'node:fs';
import { dirname } from 'node:path';
import type { HostPicture } from '../../machine/devices/host-end.ts';
import type { SnapshotDisk } from '../../machine/devices/virtio/snapshot-disk.ts';
import { RunError } from './command-error.ts';
import { acquireLock, errorCode, NoLockError } from './file-lock.ts';

/** The contents are copied in pieces of this size, in bytes. */
const PIECE_BYTES = 0x10_0000;
const PERMISSIONS = 0o7777n;

/** What tells whether a file is still the same. */
interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): Identity {
  return { dev, ino, size, mtimeNs };
}

const isSame = (a: Identity, b: Identity): boolean =>
  a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;

/** A drive whose writes are kept in memory. */
export class Overlay {
  private file: Identity;
  /** What the file has beyond what it had when it was opened. */
  private committed: HostPicture = new Map();

  /**
   * @param name for people: `drive 1`
   * @param descriptor of the file, open for reading
   * @param isBuilt the file comes out of a build, which would make it anew
   */
  constructor(
    readonly name: string,
    private readonly path: string,
    descriptor: number,
    private readonly disk: SnapshotDisk,
    private readonly isBuilt: boolean,
  ) {
    this.file = identityOf(fstatSync(descriptor, { bigint: true }));
  }

  /**
   * Writes the contents to the file.
   * @returns what has been done, in a line
   * @throws RunError saying why nothing has been
   */
  commit(): string {
    const { path, name } = this;
    const written = this.disk.written.save();
    if (isSamePicture(written, this.committed)) {
      return `${name}: nothing has been written that ${path} has not`;
    }
    if (this.isBuilt) {
      throw new RunError(`${name}: ${path} is built: name a copy of it with --drive to keep more`);
    }
    try {
      const bytes = this.replaceFile();
      this.committed = written;
      return `${name}: ${bytes} bytes are in ${path}`;
    } catch (error) {
      if (error instanceof RunError) throw error;
      const reason = error instanceof NoLockError ? error.message : errorCode(error);
      const problem = reason ?? String(error);
      throw new RunError(`${name}: ${path} stays as it was (${problem})`, { cause: error });
    }
  }

  /** @returns the bytes that the file has */
  private replaceFile(): number {
    const { path, name } = this;
    const real = realpathSync(path);
    accessSync(real, constants.W_OK);
    const lock = acquireLock(`${real}.lock`);
    if (typeof lock === 'number') {
      throw new RunError(`${name}: ${path} is in use by process ${lock}, and stays as it was`);
    }
    const temporary = `${real}.commit.${process.pid}`;
    try {
      const before = statSync(real, { bigint: true });
      if (!isSame(before, this.file)) {
        throw new RunError(
          `${name}: somebody else has changed ${path} since it was opened, and it stays as it is`,
        );
      }
      this.file = this.write(temporary, before);
      renameSync(temporary, real);
      syncFolder(dirname(real));
      return this.disk.bytes;
    } finally {
      rmSync(temporary, { force: true });
      lock.release();
    }
  }

  private write(path: string, like: BigIntStats): Identity {
    const descriptor = openSync(path, 'wx', Number(like.mode & PERMISSIONS));
    try {
      this.copyTo(descriptor);
      const { uid, gid } = fstatSync(descriptor, { bigint: true });
      if (uid !== like.uid || gid !== like.gid) {
        fchownSync(descriptor, Number(like.uid), Number(like.gid));
      }
      // What the process masks when it makes a file, and what a change of owner takes away.
      fchmodSync(descriptor, Number(like.mode & PERMISSIONS));
      fsyncSync(descriptor);
      return identityOf(fstatSync(descriptor, { bigint: true }));
    } finally {
      closeSync(descriptor);
    }
  }

  /** Zeroes are left out, so that a file with holes keeps them. */
  private copyTo(descriptor: number): void {
    const { disk } = this;
    ftruncateSync(descriptor, disk.bytes);
    const piece = new Uint8Array(Math.min(PIECE_BYTES, disk.bytes));
    for (let at = 0; at < disk.bytes; at += piece.length) {
      const part = piece.subarray(0, Math.min(piece.length, disk.bytes - at));
      if (!disk.read(at, part)) {
        throw new RunError(`${this.name}: ${this.path} cannot be read, and stays as it was`);
      }
      if (part.every((byte) => byte === 0)) continue;
      for (let done = 0; done < part.length;) {
        done += writeSync(descriptor, part, done, part.length - done, at + done);
      }
    }
  }
}

/**
 * Commits one drive, or all that something has been written to.
 * @param which `1` or `drive 1`; empty: all
 * @returns what has been done, in lines
 * @throws RunError about a drive that is not there, or saying why a file stays as it was
 */
export function commitOverlays(overlays: readonly Overlay[], which: string): readonly string[] {
  if (overlays.length === 0)
    throw new RunError('there is no drive whose writes are kept in memory');
  const chosen = overlays.filter(
    ({ name }) => which === '' || name === which || name === `drive ${which}`,
  );
  if (chosen.length === 0) {
    const names = overlays.map(({ name }) => name).join(', ');
    throw new RunError(`there is no "${which}" to commit: there is ${names}`);
  }
  return chosen.map((overlay) => overlay.commit());
}

function isSamePicture(a: HostPicture, b: HostPicture): boolean {
  return a.size === b.size && [...a].every(([number, piece]) => b.get(number) === piece);
}

/** So that the file's new place survives a crash of the host; not every system can do that. */
function syncFolder(path: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    fsyncSync(descriptor);
  } catch {
    return;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
