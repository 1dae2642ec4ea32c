/**
 * An advisory lock that holds between processes: a file that contains the process id of its owner. A
 * lock whose owner has died is taken over.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** A lock that is held until it is released or the process ends. */
export interface FileLock {
  /** Does nothing the second time. */
  release(): void;
}

/** A file stands where the lock would be, and no lock has such contents. */
export class NoLockError extends Error {
  override readonly name = 'NoLockError';
}

/**
 * Takes the lock at `path`.
 * @returns the lock, or the process id of its owner, which may be this process
 * @throws NoLockError, or the system's error if no file can be made there
 */
export function acquireLock(path: string): FileLock | number {
  while (!create(path)) {
    const owner = readOwner(path);
    if (owner === undefined) continue;
    if (isAlive(owner)) return owner;
    removeStale(path, owner);
  }
  const release = (): void => {
    process.removeListener('exit', release);
    rmSync(path, { force: true });
  };
  process.once('exit', release);
  return { release };
}

/**
 * The process id of the owner of the lock at `path`; undefined if nobody alive holds it.
 * @throws NoLockError
 */
export function lockOwner(path: string): number | undefined {
  const owner = readOwner(path);
  return owner !== undefined && isAlive(owner) ? owner : undefined;
}

function create(path: string): boolean {
  // Written under another name first, so that whoever finds the lock finds its owner in it.
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, String(process.pid));
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Undefined if there is no lock, or no longer. */
function readOwner(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'latin1');
    if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  throw new NoLockError(`${path} is in the way and is no lock`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Removes the lock of a dead owner, and nobody else's that may have come in its place. */
function removeStale(path: string, owner: number): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readOwner(aside) !== owner) linkSync(aside, path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** The system's name of what went wrong, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
