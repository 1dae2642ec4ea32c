/** One listing in which tests compare trees, images, and what other tools make of them. */
import { createHash } from 'node:crypto';
import type { Ext2Reader } from './reader.ts';
import type { DirectoryNode } from './tree.ts';

/** One file of a tree or an image. */
export interface Listed {
  readonly path: string;
  readonly kind: string;
  readonly mode: string;
  readonly mtime: number;
  /** Hash of a file's contents, target of a symbolic link, empty for a directory. */
  readonly contents: string;
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const octal = (mode: number): string => mode.toString(8);
const byPath = (a: Listed, b: Listed): number =>
  Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));

/** Everything below `root`. */
export function listTree(root: DirectoryNode, parent = ''): Listed[] {
  return root.entries
    .flatMap(({ name: bytes, node }) => {
      const path = `${parent}/${Buffer.from(bytes).toString()}`;
      const listed = { path, kind: node.kind, mode: octal(node.mode), mtime: node.mtime };
      if (node.kind === 'directory') {
        return [{ ...listed, contents: '' }, ...listTree(node, path)];
      }
      return [
        {
          ...listed,
          contents:
            node.kind === 'file'
              ? `${node.contents.length} ${hash(node.contents)}`
              : Buffer.from(node.target).toString(),
        },
      ];
    })
    .sort(byPath);
}

/** Everything in an image but the empty `lost+found` that the writer adds. */
export function listImage(reader: Ext2Reader): Listed[] {
  return [...reader.walk()]
    .filter(({ path }) => path !== '/lost+found')
    .map((entry) => ({
      path: entry.path,
      kind: entry.kind,
      mode: octal(entry.mode),
      mtime: entry.mtime,
      contents:
        entry.kind === 'file'
          ? `${entry.size} ${hash(reader.read(entry))}`
          : entry.kind === 'symlink'
            ? Buffer.from(reader.readLink(entry)).toString()
            : '',
    }))
    .sort(byPath);
}
