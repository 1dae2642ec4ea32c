/**
 * One build at a time in a build directory. The lock is a file that holds the process id of its
 * owner; a lock whose owner has died is taken over.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const POLL_MS = 25;

/**
 * Runs `work` while holding the lock at `path`. `onWait` is called once, with the owner's process
 * id, if somebody else holds it.
 */
export async function withBuildLock<T>(
  path: string,
  work: () => Promise<T>,
  onWait: (owner: number) => void,
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  let announced = false;
  while (!tryLock(path)) {
    const owner = readOwner(path);
    if (owner === undefined) continue;
    if (isAlive(owner)) {
      if (!announced) onWait(owner);
      announced = true;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    } else {
      removeStale(path, owner);
    }
  }
  const release = (): void => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

function tryLock(path: string): boolean {
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

/** The owner's process id; undefined if the lock has just gone. */
function readOwner(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
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
    if (!Object.is(readOwner(aside), owner)) linkSync(aside, path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
