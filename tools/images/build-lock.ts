/** One build at a time in a build directory. */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { acquireLock, NoLockError, type FileLock } from '../host/file-lock.ts';

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
  let lock = takeLock(path);
  if (typeof lock === 'number') onWait(lock);
  while (typeof lock === 'number') {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    lock = takeLock(path);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** Within the build directory everything is ours: what is no lock there is removed. */
function takeLock(path: string): FileLock | number {
  try {
    return acquireLock(path);
  } catch (error) {
    if (!(error instanceof NoLockError)) throw error;
    rmSync(path, { force: true });
    return acquireLock(path);
  }
}
