/** Reads a folder of the host into a tree for the writer. */
import { lstatSync, readFileSync, readdirSync, readlinkSync, statSync, type Stats } from 'node:fs';
import { sep } from 'node:path';
import { Ext2InputError } from './errors.ts';
import {
  DEFAULT_DIRECTORY_MODE,
  DEFAULT_EXECUTABLE_MODE,
  DEFAULT_FILE_MODE,
  SYMLINK_MODE,
  type DirectoryNode,
  type Metadata,
  type TreeEntry,
  type TreeNode,
} from './tree.ts';
import { MAX_FILE_BYTES } from './limits.ts';
import { PERMISSIONS } from './structures.ts';

export interface ReadTreeOptions {
  /**
   * `normalised` (the default): 755 for directories and what its owner may execute, 644 for the
   * rest, so that the image does not depend on the umask of whoever checked the folder out.
   * `source`: as on the host.
   */
  readonly modes?: 'normalised' | 'source';
  /** Seconds since 1970 for everything (default 0), or `source`: as on the host. */
  readonly mtime?: number | 'source';
}

const OWNER_MAY_EXECUTE = 0o100;

/**
 * The folder `path` with everything in it, ordered by the bytes of the names. Symbolic links stay
 * links and are never followed; files with several hard links become files of their own.
 * @throws Ext2InputError naming what is not a directory, regular file or symbolic link, is too
 * large, or cannot be read.
 */
export function readTree(path: string, options: ReadTreeOptions = {}): DirectoryNode {
  const bytes = Buffer.from(path);
  // The folder itself may be given by a link to it.
  const stats = attempt(bytes, () => statSync(bytes));
  if (!stats.isDirectory()) throw new Ext2InputError('unreadable', path, 'not a folder');
  return readDirectory(bytes, stats, options);
}

const SEPARATOR = Buffer.from(sep);

function readDirectory(path: Buffer, stats: Stats, options: ReadTreeOptions): DirectoryNode {
  const names = attempt(path, () => readdirSync(path, { encoding: 'buffer' }));
  names.sort((a, b) => Buffer.compare(a, b));
  const entries = names.map((name): TreeEntry => ({
    name,
    node: readNode(Buffer.concat([path, SEPARATOR, name]), options),
  }));
  return { kind: 'directory', entries, ...metadata(stats, DEFAULT_DIRECTORY_MODE, options) };
}

function readNode(path: Buffer, options: ReadTreeOptions): TreeNode {
  const stats = attempt(path, () => lstatSync(path));
  if (stats.isDirectory()) return readDirectory(path, stats, options);
  if (stats.isSymbolicLink()) {
    const target = attempt(path, () => readlinkSync(path, { encoding: 'buffer' }));
    return {
      kind: 'symlink',
      target: sep === '/' ? target : Buffer.from(target.toString().replaceAll(sep, '/')),
      ...metadata(stats, SYMLINK_MODE, options),
    };
  }
  if (!stats.isFile()) {
    throw new Ext2InputError(
      'unsupported-type',
      path.toString(),
      `${kindOf(stats)}; only folders, regular files and symbolic links can be put in an image`,
    );
  }
  if (stats.size > MAX_FILE_BYTES) {
    throw new Ext2InputError(
      'file-too-large',
      path.toString(),
      `${stats.size} bytes; a file may have ${MAX_FILE_BYTES}`,
    );
  }
  const executable = (stats.mode & OWNER_MAY_EXECUTE) !== 0;
  return {
    kind: 'file',
    contents: attempt(path, () => readFileSync(path)),
    ...metadata(stats, executable ? DEFAULT_EXECUTABLE_MODE : DEFAULT_FILE_MODE, options),
  };
}

function metadata(stats: Stats, normalisedMode: number, options: ReadTreeOptions): Metadata {
  const { modes = 'normalised', mtime = 0 } = options;
  return {
    mode: modes === 'source' ? stats.mode & PERMISSIONS : normalisedMode,
    mtime: mtime === 'source' ? Math.floor(stats.mtimeMs / 1000) : mtime,
  };
}

function kindOf(stats: Stats): string {
  if (stats.isSocket()) return 'a socket';
  if (stats.isFIFO()) return 'a named pipe';
  return 'a device';
}

/** The result of `read`, with the host's errors turned into ours. */
function attempt<T>(path: Buffer, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const reason = HOST_ERRORS.get(code) ?? `cannot be read (${code})`;
    throw new Ext2InputError('unreadable', path.toString(), reason, { cause });
  }
}

const HOST_ERRORS = new Map([
  ['ENOENT', 'no such file or folder'],
  ['EACCES', 'no permission to read it'],
  ['EPERM', 'no permission to read it'],
]);
