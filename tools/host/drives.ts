/**
 * The files behind `--drive`. A drive open for writing is locked, by a file beside it, so that no
 * second machine writes to it or looks at it while it changes; machines that only read share it.
 */
import { closeSync, constants, fstatSync, openSync, realpathSync } from 'node:fs';
import type { VirtDrive } from '../../machine/boards/virtio-slots.ts';
import { SECTOR_SIZE, type Disk } from '../../machine/devices/virtio/disk.ts';
import { InputError } from './command-error.ts';
import { Overlay } from './commit.ts';
import type { DriveOption } from './drive-option.ts';
import { FileDisk } from './file-disk.ts';
import { acquireLock, errorCode, lockOwner, NoLockError, type FileLock } from './file-lock.ts';
import { SnapshotDisk } from '../../machine/devices/virtio/snapshot-disk.ts';

/** Drives that are open, as the machine takes them. */
export interface OpenDrives {
  readonly drives: readonly VirtDrive[];
  /** Those whose writes are kept in memory. */
  readonly overlays: readonly Overlay[];
  /** Closes the files and gives the locks back. What was written is in the files already. */
  close(): void;
}

interface OpenDrive {
  readonly disk: Disk;
  readonly overlay: Overlay | undefined;
  close(): void;
}

/**
 * Opens all drives, or none.
 * @param onError told in one line what the host could not do for a guest's request
 * @param nameOf what to call the drive with that option; `drive 1` and so on if absent
 * @throws InputError naming the file and what is wrong
 */
export function openDrives(
  options: readonly DriveOption[],
  onError: (message: string) => void,
  nameOf: (index: number) => string = (index) => `drive ${index + 1}`,
): OpenDrives {
  const open: OpenDrive[] = [];
  const close = (): void => {
    for (const drive of open.splice(0)) drive.close();
  };
  try {
    const drives = options.map((option, index): VirtDrive => {
      const drive = openDrive(option, nameOf(index), onError);
      open.push(drive);
      const { serial, slot } = option;
      return {
        disk: drive.disk,
        ...(serial === undefined ? {} : { serial }),
        ...(slot === undefined ? {} : { slot }),
      };
    });
    const overlays = open.flatMap(({ overlay }) => (overlay === undefined ? [] : [overlay]));
    return { drives, overlays, close };
  } catch (error) {
    close();
    throw error;
  }
}

function openDrive(
  option: DriveOption,
  name: string,
  onError: (message: string) => void,
): OpenDrive {
  const { path, snapshot, readOnly, isBuilt = false } = option;
  const isWritten = !snapshot && !readOnly;
  const descriptor = openFile(path, isWritten);
  let lock: FileLock | undefined;
  const close = (): void => {
    closeSync(descriptor);
    lock?.release();
  };
  try {
    const bytes = driveSize(path, descriptor);
    lock = lockDrive(path, isWritten);
    const file = new FileDisk({ path, descriptor, bytes, isReadOnly: !isWritten, onError });
    if (!snapshot || readOnly) return { disk: file, overlay: undefined, close };
    const disk = new SnapshotDisk(file);
    return { disk, overlay: new Overlay(name, path, descriptor, disk, isBuilt), close };
  } catch (error) {
    close();
    throw error;
  }
}

function openFile(path: string, isWritten: boolean): number {
  try {
    // Opening a pipe or a terminal must neither wait nor take it over.
    const flags = constants.O_NONBLOCK | constants.O_NOCTTY;
    return openSync(path, flags | (isWritten ? constants.O_RDWR : constants.O_RDONLY));
  } catch (error) {
    const code = errorCode(error) ?? String(error);
    if (code === 'ENOENT') throw new InputError(`${path}: there is no such drive file`);
    if (code === 'EISDIR') throw new InputError(`${path} is a directory, not a drive file`);
    const remedy = isWritten ? '; it may do with ,readonly=on or ,snapshot=on' : '';
    throw new InputError(`${path} cannot be opened (${code})${remedy}`, { cause: error });
  }
}

function driveSize(path: string, descriptor: number): number {
  const stat = fstatSync(descriptor);
  if (stat.isDirectory()) throw new InputError(`${path} is a directory, not a drive file`);
  if (!stat.isFile()) throw new InputError(`${path} is not a regular file`);
  if (stat.size === 0) throw new InputError(`${path} is empty: a drive has at least one sector`);
  if (stat.size % SECTOR_SIZE !== 0) {
    throw new InputError(
      `${path} has ${stat.size} bytes, which is no whole number of sectors of ${SECTOR_SIZE} bytes`,
    );
  }
  return stat.size;
}

/** Locks a drive that will be written; one that is only read must not be locked by somebody else. */
function lockDrive(path: string, isWritten: boolean): FileLock | undefined {
  const place = `${realpathSync(path)}.lock`;
  const inUse = (owner: number) =>
    new InputError(`${path} is in use by process ${owner} (its lock is ${place})`);
  try {
    if (!isWritten) {
      const owner = lockOwner(place);
      if (owner !== undefined) throw inUse(owner);
      return undefined;
    }
    const lock = acquireLock(place);
    if (typeof lock === 'number') throw inUse(lock);
    return lock;
  } catch (error) {
    if (error instanceof InputError) throw error;
    const reason = error instanceof NoLockError ? error.message : errorCode(error);
    throw new InputError(`${path} cannot be locked: ${reason ?? String(error)}`, { cause: error });
  }
}
