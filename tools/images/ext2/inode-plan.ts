/**
 * Which inodes an image needs, and what each holds: numbers are given to a tree's nodes breadth
 * first, so that the inodes of one directory lie side by side, and every node is checked.
 */
import { countIndirectBlocks, maximumFileBlocks } from './block-map.ts';
import { encodeDirectory, type DirectoryRecord } from './directory-blocks.ts';
import { Ext2InputError } from './errors.ts';
import { MAX_FILE_BYTES } from './limits.ts';
import {
  EXT2_FIRST_INO,
  EXT2_FT_DIR,
  EXT2_FT_REG_FILE,
  EXT2_FT_SYMLINK,
  EXT2_LINK_MAX,
  EXT2_NAME_LEN,
  EXT2_NDIR_BLOCKS,
  EXT2_ROOT_INO,
  I_BLOCK,
  PERMISSIONS,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
} from './structures.ts';
import { directory, type DirectoryNode, type TreeEntry, type TreeNode } from './tree.ts';

export interface PlannedInode {
  readonly number: number;
  /** `i_mode`, with the type. */
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly links: number;
  readonly size: number;
  /** What goes into `i_block` itself: the target of a fast symbolic link. */
  readonly inline: Uint8Array | undefined;
  /** What goes into blocks; empty if there is something inline. */
  readonly contents: Uint8Array;
  /** Indexes of the blocks of `contents` that are written; the others are holes. */
  readonly dataIndexes: readonly number[];
  /** Blocks taken, indirect ones included. */
  readonly blocks: number;
}

/** e2fsck puts here what it finds without a name. */
const LOST_AND_FOUND = new TextEncoder().encode('lost+found');
const LOST_AND_FOUND_MODE = 0o700;
/** Room for names is made beforehand, as by mke2fs: a repair must not have to find free blocks. */
const LOST_AND_FOUND_BYTES = 16 * 1024;

const FILE_TYPES = {
  directory: EXT2_FT_DIR,
  file: EXT2_FT_REG_FILE,
  symlink: EXT2_FT_SYMLINK,
} as const satisfies Record<TreeNode['kind'], number>;

interface Numbered {
  readonly node: TreeNode;
  readonly number: number;
  readonly path: string;
}

interface NumberedDirectory extends Numbered {
  readonly node: DirectoryNode;
  readonly parent: number;
}

/**
 * The inodes of an image of `root`, with `lost+found` added if it is missing. `mostInodes` is the
 * limit on their number, the reserved ones included.
 * @throws Ext2InputError naming the path of what cannot be written.
 */
export function planInodes(
  root: DirectoryNode,
  blockSize: number,
  mostInodes: number,
): PlannedInode[] {
  const planned: PlannedInode[] = [];
  const directories: NumberedDirectory[] = [
    { node: withLostAndFound(root), number: EXT2_ROOT_INO, path: '/', parent: EXT2_ROOT_INO },
  ];
  let free = EXT2_FIRST_INO + 1;

  // The list grows while it is walked.
  for (const parent of directories) {
    const children = sortedEntries(parent).map(({ name, node }): Numbered & TreeEntry => {
      const lostAndFound =
        parent.number === EXT2_ROOT_INO && Buffer.compare(name, LOST_AND_FOUND) === 0;
      const number = lostAndFound ? EXT2_FIRST_INO : free;
      if (!lostAndFound) free += 1;
      const path = childPath(parent.path, name);
      if (number > mostInodes) {
        throw new Ext2InputError(
          'too-many-inodes',
          path,
          `one file more than fits: the image has ${mostInodes} inodes`,
        );
      }
      return { name, node, number, path };
    });
    planned.push(planDirectory(parent, children, blockSize));
    for (const { node, number, path } of children) {
      if (node.kind === 'directory') {
        directories.push({ node, number, path, parent: parent.number });
      } else if (node.kind === 'file') {
        planned.push(planFile(node.contents, { node, number, path }, blockSize));
      } else {
        planned.push(planSymlink(node.target, { node, number, path }, blockSize));
      }
    }
  }
  return planned;
}

function withLostAndFound(root: DirectoryNode): DirectoryNode {
  const present = root.entries.find(({ name }) => Buffer.compare(name, LOST_AND_FOUND) === 0);
  if (present === undefined) {
    const node = directory({}, { mode: LOST_AND_FOUND_MODE, mtime: root.mtime });
    return { ...root, entries: [...root.entries, { name: LOST_AND_FOUND, node }] };
  }
  if (present.node.kind !== 'directory') {
    throw new Ext2InputError('bad-name', '/lost+found', `must be a directory in an ext2 image`);
  }
  return root;
}

function sortedEntries({ node, path }: NumberedDirectory): TreeEntry[] {
  const sorted = [...node.entries].sort((a, b) => Buffer.compare(a.name, b.name));
  sorted.forEach(({ name }, index) => {
    const place = childPath(path, name);
    if (name.length > EXT2_NAME_LEN) {
      throw new Ext2InputError(
        'name-too-long',
        place,
        `the name has ${name.length} bytes; ext2 allows ${EXT2_NAME_LEN}`,
      );
    }
    const text = decode(name);
    if (text === '' || text === '.' || text === '..' || name.includes(SLASH) || name.includes(0)) {
      throw new Ext2InputError('bad-name', place, 'not a name that a file can have');
    }
    if (index > 0 && Buffer.compare(name, sorted[index - 1].name) === 0) {
      throw new Ext2InputError('duplicate-name', place, 'the name is there twice');
    }
  });
  return sorted;
}

function planDirectory(
  self: NumberedDirectory,
  children: readonly (Numbered & TreeEntry)[],
  blockSize: number,
): PlannedInode {
  const subdirectories = children.filter(({ node }) => node.kind === 'directory').length;
  const links = 2 + subdirectories;
  if (links > EXT2_LINK_MAX) {
    throw new Ext2InputError(
      'too-many-links',
      self.path,
      `${subdirectories} subdirectories; ext2 allows ${EXT2_LINK_MAX - 2}`,
    );
  }
  const records: DirectoryRecord[] = [
    { name: Buffer.from('.'), inode: self.number, fileType: EXT2_FT_DIR },
    { name: Buffer.from('..'), inode: self.parent, fileType: EXT2_FT_DIR },
    ...children.map(({ name, node, number }) => ({
      name,
      inode: number,
      fileType: FILE_TYPES[node.kind],
    })),
  ];
  const minimumBlocks =
    self.number === EXT2_FIRST_INO
      ? Math.min(Math.ceil(LOST_AND_FOUND_BYTES / blockSize), EXT2_NDIR_BLOCKS)
      : 1;
  const contents = encodeDirectory(records, blockSize, minimumBlocks);
  checkSize(contents.length, self.path, blockSize);
  // A directory has no holes.
  const dataIndexes = Array.from({ length: contents.length / blockSize }, (_, index) => index);
  return {
    ...plannedMetadata(self, S_IFDIR),
    links,
    size: contents.length,
    inline: undefined,
    ...inBlocks(contents, dataIndexes, blockSize),
  };
}

function planFile(contents: Uint8Array, self: Numbered, blockSize: number): PlannedInode {
  checkSize(contents.length, self.path, blockSize);
  return {
    ...plannedMetadata(self, S_IFREG),
    links: 1,
    size: contents.length,
    inline: undefined,
    ...inBlocks(contents, nonZeroBlocks(contents, blockSize), blockSize),
  };
}

function planSymlink(target: Uint8Array, self: Numbered, blockSize: number): PlannedInode {
  // With the NUL that ends it, a target takes one block at most; a fast link ends in one as well.
  if (target.length === 0 || target.length >= blockSize || target.includes(0)) {
    throw new Ext2InputError(
      'bad-symlink',
      self.path,
      `its target must have 1 to ${blockSize - 1} bytes, and no NUL (it has ${target.length})`,
    );
  }
  const fast = target.length < I_BLOCK.length;
  return {
    ...plannedMetadata(self, S_IFLNK),
    links: 1,
    size: target.length,
    inline: fast ? target : undefined,
    ...inBlocks(fast ? new Uint8Array(0) : target, fast ? [] : [0], blockSize),
  };
}

function plannedMetadata(
  { node, number, path }: Numbered,
  type: number,
): Pick<PlannedInode, 'number' | 'mode' | 'mtime'> {
  if (!isTime(node.mtime)) {
    throw new Ext2InputError(
      'bad-time',
      path,
      `${node.mtime} is not a time that an inode can hold (seconds since 1970 in 32 bits, signed)`,
    );
  }
  return { number, mode: type | (node.mode & PERMISSIONS), mtime: node.mtime };
}

/** Whether a 32-bit time field can hold `seconds`. */
function isTime(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds === (seconds | 0);
}

function inBlocks(
  contents: Uint8Array,
  dataIndexes: readonly number[],
  blockSize: number,
): Pick<PlannedInode, 'contents' | 'dataIndexes' | 'blocks'> {
  const blocks = dataIndexes.length + countIndirectBlocks(dataIndexes, blockSize);
  return { contents, dataIndexes, blocks };
}

function nonZeroBlocks(contents: Uint8Array, blockSize: number): number[] {
  const buffer = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
  const zeros = new Uint8Array(blockSize);
  const indexes: number[] = [];
  for (let start = 0; start < buffer.length; start += blockSize) {
    const end = Math.min(start + blockSize, buffer.length);
    if (buffer.compare(zeros, 0, end - start, start, end) !== 0) indexes.push(start / blockSize);
  }
  return indexes;
}

function checkSize(size: number, path: string, blockSize: number): void {
  const most = Math.min(MAX_FILE_BYTES, maximumFileBlocks(blockSize) * blockSize);
  if (size > most) {
    throw new Ext2InputError('file-too-large', path, `${size} bytes; a file may have ${most}`);
  }
}

const SLASH = 0x2f;

function decode(name: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(name);
}

function childPath(parent: string, name: Uint8Array): string {
  return `${parent === '/' ? '' : parent}/${decode(name)}`;
}
