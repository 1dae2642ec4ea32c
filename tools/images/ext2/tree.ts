/**
 * A tree of directories, regular files and symbolic links in memory: what the writer makes an image
 * of. Names and link targets are bytes, by custom UTF-8.
 */
import { Ext2InputError } from './errors.ts';

export interface Metadata {
  /** Permission bits, without the file's type. */
  readonly mode: number;
  /** Time of the last change, in seconds since 1970; whole, and within a signed 32-bit number. */
  readonly mtime: number;
}

export interface FileNode extends Metadata {
  readonly kind: 'file';
  readonly contents: Uint8Array;
}

export interface SymlinkNode extends Metadata {
  readonly kind: 'symlink';
  readonly target: Uint8Array;
}

export interface DirectoryNode extends Metadata {
  readonly kind: 'directory';
  /** In any order: the writer sorts them by the bytes of their names. */
  readonly entries: readonly TreeEntry[];
}

export type TreeNode = FileNode | SymlinkNode | DirectoryNode;

export interface TreeEntry {
  readonly name: Uint8Array;
  readonly node: TreeNode;
}

export const DEFAULT_FILE_MODE = 0o644;
export const DEFAULT_EXECUTABLE_MODE = 0o755;
export const DEFAULT_DIRECTORY_MODE = 0o755;
/** What `lstat` shows for a symbolic link; nobody checks it. */
export const SYMLINK_MODE = 0o777;

const toBytes = (text: string | Uint8Array): Uint8Array =>
  typeof text === 'string' ? new TextEncoder().encode(text) : text;

/** A regular file; text is written as UTF-8. */
export function file(contents: string | Uint8Array, metadata: Partial<Metadata> = {}): FileNode {
  return {
    kind: 'file',
    contents: toBytes(contents),
    mode: DEFAULT_FILE_MODE,
    mtime: 0,
    ...metadata,
  };
}

/** A symbolic link; text is written as UTF-8. */
export function symlink(
  target: string | Uint8Array,
  metadata: Partial<Metadata> = {},
): SymlinkNode {
  return { kind: 'symlink', target: toBytes(target), mode: SYMLINK_MODE, mtime: 0, ...metadata };
}

/** A directory of what is named; names are written as UTF-8. */
export function directory(
  nodes: Readonly<Record<string, TreeNode>> = {},
  metadata: Partial<Metadata> = {},
): DirectoryNode {
  const entries = Object.entries(nodes).map(([name, node]) => ({ name: toBytes(name), node }));
  return { kind: 'directory', entries, mode: DEFAULT_DIRECTORY_MODE, mtime: 0, ...metadata };
}

/**
 * `root` with `node` at `path` (names separated by `/`), in place of what was there. Directories on
 * the way are made where they are missing.
 * @throws Ext2InputError if something on the way is not a directory, or the path is empty.
 */
export function withNode(root: DirectoryNode, path: string, node: TreeNode): DirectoryNode {
  const names = path.split('/').filter((name) => name !== '');
  if (names.length === 0) throw new Ext2InputError('bad-name', path, 'no name to put a file under');
  return withNodeAt(root, path, names, node);
}

function withNodeAt(
  parent: DirectoryNode,
  path: string,
  [first, ...rest]: readonly string[],
  node: TreeNode,
): DirectoryNode {
  const name = toBytes(first);
  const others = parent.entries.filter((entry) => Buffer.compare(entry.name, name) !== 0);
  let replacement = node;
  if (rest.length > 0) {
    const present = parent.entries.find((entry) => Buffer.compare(entry.name, name) === 0);
    const next = present?.node ?? directory();
    if (next.kind !== 'directory') {
      throw new Ext2InputError('bad-name', path, `"${first}" on the way is a ${next.kind}`);
    }
    replacement = withNodeAt(next, path, rest, node);
  }
  return { ...parent, entries: [...others, { name, node: replacement }] };
}
