/**
 * Where the machines of one person find one another: a folder that nobody else may enter, with a
 * socket and locks for each wire.
 */
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../command-error.ts';
import { acquireLock, errorCode, type FileLock } from '../file-lock.ts';

/** Nobody but the owner. */
const PRIVATE = 0o700;
const OTHERS = 0o077;
/** Machines that a wire has numbers, and so hardware addresses, for. */
const MOST_MEMBERS = 256;

export interface WirePlace {
  /** What the hub listens at: a socket's path, or on Windows a pipe's name. */
  readonly address: string;
  /** A file whose owner is the hub. */
  readonly hubLock: string;
  /** The lowest number that no other machine on the wire has. */
  takeNumber(): { readonly number: number; readonly lock: FileLock };
}

/** The folder of this user, made if it is not there. */
export function wireFolder(base = process.env['XDG_RUNTIME_DIR'] ?? tmpdir()): string {
  const { uid, username } = userInfo();
  const folder = join(base, `vitrine-${uid < 0 ? username : uid}`);
  try {
    mkdirSync(folder, { recursive: true, mode: PRIVATE });
    const stat = lstatSync(folder);
    const isOurs = uid < 0 || (stat.uid === uid && (stat.mode & OTHERS) === 0);
    if (!stat.isDirectory() || !isOurs) {
      throw new InputError(`${folder} is not a folder that only you may enter: remove it`);
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${folder} cannot be made (${errorCode(error) ?? String(error)})`, {
      cause: error,
    });
  }
  return folder;
}

/**
 * Where the wire of that name is.
 * @throws InputError if there can be none
 */
export function wirePlace(name: string, folder = wireFolder()): WirePlace {
  const file = join(folder, `hub-${name}`);
  const address =
    process.platform === 'win32' ? `\\\\.\\pipe\\vitrine-${userInfo().username}-${name}` : file;
  return {
    address,
    hubLock: `${file}.lock`,
    takeNumber: () => {
      for (let number = 0; number < MOST_MEMBERS; number++) {
        const lock = acquireLock(`${file}.${number}.lock`);
        if (typeof lock !== 'number') return { number, lock };
      }
      throw new InputError(`--net hub:${name}: there are ${MOST_MEMBERS} machines already`);
    },
  };
}
