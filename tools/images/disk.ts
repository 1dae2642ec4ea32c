/**
 * The disk that our kernels have unless another is named: the files of `userland/disk` and the programs,
 * as an ext2 image.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { BOOT_FOLDER } from '../../userland/abi/initrd.ts';
import type { Inputs } from './build-record.ts';
import { readTree } from './ext2/read-tree.ts';
import { DEFAULT_EXECUTABLE_MODE, directory, file, withNode } from './ext2/tree.ts';
import { buildExt2 } from './ext2/writer.ts';
import { sha256 } from './file-hashes.ts';
import { DISK } from './folders.ts';
import type { InitrdContents } from './initrd.ts';
import { PROGRAM_FOLDER } from './programs.ts';

const LABEL = 'vitrine';

/** What a disk is made of. */
export interface DiskContents {
  /** What is in the folder that the disk begins as, in the order of the paths. */
  readonly entries: readonly DiskEntry[];
  /** What is put there beside it: ELF files, and the repository paths that they come from. */
  readonly programs: readonly { readonly path: string; readonly source: string }[];
}

interface DiskEntry {
  readonly path: string;
  readonly kind: 'folder' | 'file' | 'link';
  /** Of a symbolic link. */
  readonly target?: string;
}

/**
 * Lists what the disk holds.
 *
 * @param initrd of the same system: what the system needs to start stays there, programs lie on both
 */
export function diskContents(root: string, initrd: InitrdContents): DiskContents {
  const folder = join(root, DISK);
  const found = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
    : [];
  const entries = found.map((entry): DiskEntry => {
    const absolute = join(entry.parentPath, entry.name);
    const path = absolute.slice(folder.length + 1).replaceAll('\\', '/');
    if (entry.isSymbolicLink()) return { path, kind: 'link', target: readlinkSync(absolute) };
    return { path, kind: entry.isDirectory() ? 'folder' : 'file' };
  });
  const programs = initrd.files
    .filter(({ path }) => path.startsWith(`${BOOT_FOLDER}${PROGRAM_FOLDER}/`))
    .map(({ path, source }) => ({ path: path.slice(BOOT_FOLDER.length), source }));
  return { entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)), programs };
}

/** The image, and the hashes of the files that it was made from. */
export function makeDisk(
  root: string,
  { entries, programs }: DiskContents,
): { image: Uint8Array; inputs: Inputs } {
  const inputs: Record<string, string> = {};
  const read = (path: string): Uint8Array => {
    const bytes = new Uint8Array(readFileSync(join(root, path)));
    inputs[path] = sha256(bytes);
    return bytes;
  };
  for (const { path, kind } of entries) if (kind === 'file') read(`${DISK}/${path}`);
  let tree = existsSync(join(root, DISK)) ? readTree(join(root, DISK)) : directory();
  for (const { path, source } of programs) {
    tree = withNode(tree, path, file(read(source), { mode: DEFAULT_EXECUTABLE_MODE }));
  }
  return { image: buildExt2(tree, { label: LABEL }), inputs };
}
