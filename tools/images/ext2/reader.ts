/**
 * Reads ext2 images: of revision 0 or 1, with blocks of 1 to 4 KiB. It shares the declarations of
 * the structures with the writer and nothing else, so that it is a check on it. Everything that it
 * takes from the image is validated before use: a damaged image gives an `Ext2ImageError`, in time
 * and memory bounded by the size of the image and the limit for one read.
 */
import { parseDirectory, type DirectoryEntry } from './directory-reader.ts';
import { Ext2ImageError, Ext2LookupError } from './errors.ts';
import {
  BLOCK_POINTER_BYTES,
  EXT2_DIND_BLOCK,
  EXT2_IND_BLOCK,
  EXT2_NDIR_BLOCKS,
  EXT2_ROOT_INO,
  EXT2_TIND_BLOCK,
  GROUP_DESCRIPTOR,
  GROUP_DESCRIPTOR_BYTES,
  INODE,
  I_BLOCK,
  PERMISSIONS,
  SECTOR_BYTES,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  getField,
} from './structures.ts';
import { readSuperblock, type Superblock } from './superblock-reader.ts';

export type InodeKind = 'file' | 'directory' | 'symlink' | 'other';

/** What `stat` tells of a file; times in seconds since 1970. */
export interface Ext2Stat {
  readonly inode: number;
  readonly kind: InodeKind;
  /** Permission bits, without the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  readonly links: number;
  /** Bytes taken in the image, indirect blocks included. */
  readonly allocated: number;
  readonly mtime: number;
}

export interface Ext2ListEntry extends Ext2Stat {
  readonly name: Uint8Array;
}

export interface Ext2WalkEntry extends Ext2ListEntry {
  /** From the root, with `/`; a name that is not UTF-8 has replacement characters in it. */
  readonly path: string;
}

/** An inode with where it lies, for messages. */
interface Inode extends Ext2Stat {
  readonly at: number;
  readonly fileAcl: number;
}

export interface Ext2ReaderOptions {
  /** The most bytes that one read returns; a larger one is an error. 1 GiB unless given. */
  readonly mostBytes?: number;
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

const DEFAULT_MOST_BYTES = 2 ** 30;

const KINDS = new Map<number, InodeKind>([
  [S_IFREG, 'file'],
  [S_IFDIR, 'directory'],
  [S_IFLNK, 'symlink'],
  [S_IFIFO, 'other'],
  [S_IFCHR, 'other'],
  [S_IFBLK, 'other'],
  [S_IFSOCK, 'other'],
]);

/**
 * A path, with `/` between names and with or without one in front; symbolic links on it are not
 * followed. Or what this reader has told of a file, which costs no look-up and finds names that are
 * not UTF-8.
 */
export type Ext2Place = string | Ext2Stat;

/** An ext2 image, to be read. */
export class Ext2Reader {
  readonly superblock: Superblock;
  readonly #view: DataView;
  /** The first block of each group's inode table. */
  readonly #inodeTables: readonly number[];
  readonly #mostBytes: number;

  /** @throws Ext2ImageError if superblock or group descriptors are not those of an image to read. */
  constructor(
    private readonly image: Uint8Array,
    options: Ext2ReaderOptions = {},
  ) {
    this.#view = new DataView(image.buffer, image.byteOffset, image.byteLength);
    this.#mostBytes = options.mostBytes ?? DEFAULT_MOST_BYTES;
    this.superblock = readSuperblock(image);
    this.#inodeTables = this.#readDescriptors();
  }

  /**
   * @throws Ext2LookupError if the path does not exist.
   * @throws Ext2ImageError as every method here, if the image is damaged on the way.
   */
  stat(place: Ext2Place): Ext2Stat {
    return this.#statOf(this.#find(place));
  }

  /** The entries of a directory in their order, without `.` and `..`. */
  list(place: Ext2Place): Ext2ListEntry[] {
    return this.#children(this.#find(place, 'directory'));
  }

  /** `length` bytes of a regular file from `offset`, or what there is up to its end. */
  read(place: Ext2Place, offset = 0, length = Infinity): Uint8Array<ArrayBuffer> {
    if (!(offset >= 0 && length >= 0)) {
      throw new RangeError(`cannot read ${length} bytes from ${offset}`);
    }
    const inode = this.#find(place, 'file');
    const end = Math.min(offset + length, inode.size);
    return this.#readRange(inode, Math.min(offset, end), end);
  }

  /** The target of a symbolic link. */
  readLink(place: Ext2Place): Uint8Array<ArrayBuffer> {
    const inode = this.#find(place, 'symlink');
    const { blockSize } = this.superblock;
    if (inode.size === 0 || inode.size >= blockSize) {
      throw this.#damaged(inode, `a symbolic link of ${inode.size} bytes`);
    }
    const inAttributes = inode.fileAcl === 0 ? 0 : blockSize;
    const target =
      inode.allocated > inAttributes
        ? this.#readRange(inode, 0, inode.size)
        : this.#fastLinkTarget(inode);
    if (target.includes(0)) throw this.#damaged(inode, 'a NUL in the target of a symbolic link');
    return target;
  }

  #fastLinkTarget(inode: Inode): Uint8Array<ArrayBuffer> {
    if (inode.size >= I_BLOCK.length) {
      throw this.#damaged(inode, `a symbolic link of ${inode.size} bytes without a block`);
    }
    const start = inode.at + I_BLOCK.offset;
    return this.image.slice(start, start + inode.size);
  }

  /** Everything below the root, each directory before what is in it. */
  *walk(): Generator<Ext2WalkEntry> {
    const visited = new Set<number>([EXT2_ROOT_INO]);
    const pending: { path: string; inode: Inode }[] = [{ path: '', inode: this.#root() }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const directories: typeof pending = [];
      for (const child of this.#children(next.inode)) {
        const path = `${next.path}/${UTF8.decode(child.name)}`;
        yield { ...child, path };
        if (child.kind !== 'directory') continue;
        const inode = this.#inode(child.inode);
        // One name for one directory: this ends loops as well.
        if (visited.has(child.inode)) throw this.#damaged(inode, 'a directory with two names');
        visited.add(child.inode);
        directories.push({ path, inode });
      }
      pending.push(...directories.reverse());
    }
  }

  #find(place: Ext2Place, kind?: InodeKind): Inode {
    const inode = typeof place === 'string' ? this.#lookUp(place) : this.#inode(place.inode);
    if (kind !== undefined && inode.kind !== kind) {
      const code =
        kind === 'directory' ? 'ENOTDIR' : inode.kind === 'directory' ? 'EISDIR' : 'EINVAL';
      const path = typeof place === 'string' ? place : `inode ${place.inode}`;
      throw new Ext2LookupError(code, path, `not a ${kind}: this is a ${inode.kind}`);
    }
    return inode;
  }

  #lookUp(path: string): Inode {
    let inode = this.#root();
    for (const name of path.split('/').filter((part) => part !== '')) {
      if (inode.kind !== 'directory') {
        throw new Ext2LookupError('ENOTDIR', path, `a ${inode.kind} stands before "${name}"`);
      }
      const bytes = new TextEncoder().encode(name);
      const entry = this.#entries(inode).find((each) => Buffer.compare(each.name, bytes) === 0);
      if (entry === undefined) throw new Ext2LookupError('ENOENT', path, `there is no "${name}"`);
      inode = this.#inodeOf(entry);
    }
    return inode;
  }

  #root(): Inode {
    const root = this.#inode(EXT2_ROOT_INO);
    if (root.kind !== 'directory') throw this.#damaged(root, 'the root is not a directory');
    return root;
  }

  #children(directory: Inode): Ext2ListEntry[] {
    return this.#entries(directory)
      .filter(({ special }) => !special)
      .map((entry) => ({ ...this.#statOf(this.#inodeOf(entry)), name: entry.name }));
  }

  #entries(directory: Inode): DirectoryEntry[] {
    const { blockSize, blocksCount, inodesCount, hasFileTypes } = this.superblock;
    const blocks = directory.size / blockSize;
    // A directory has no holes, so it cannot be larger than the image.
    if (blocks === 0 || !Number.isInteger(blocks) || blocks > blocksCount) {
      throw this.#damaged(directory, `a directory of ${directory.size} bytes`);
    }
    const entries: DirectoryEntry[] = [];
    for (let index = 0; index < blocks; index += 1) {
      const block = this.#blockOf(directory, index);
      if (block === 0) throw this.#damaged(directory, `block ${index} of a directory is a hole`);
      const parsed = parseDirectory(this.image, block * blockSize, {
        directory: directory.inode,
        blockSize,
        inodesCount,
        hasFileTypes,
        isFirstBlock: index === 0,
      });
      for (const entry of parsed) entries.push(entry);
    }
    return entries;
  }

  #inodeOf(entry: DirectoryEntry): Inode {
    const inode = this.#inode(entry.inode);
    if (entry.kind !== undefined && entry.kind !== inode.kind) {
      throw new Ext2ImageError(
        entry.place,
        entry.at,
        `says that inode ${entry.inode} is a ${entry.kind}, and it is a ${inode.kind}`,
      );
    }
    return inode;
  }

  #statOf(inode: Inode): Ext2Stat {
    const { inode: number, kind, mode, uid, gid, size, links, allocated, mtime } = inode;
    return { inode: number, kind, mode, uid, gid, size, links, allocated, mtime };
  }

  #inode(number: number): Inode {
    const { blockSize, inodesPerGroup, inodeSize, inodesCount, hasLargeFiles } = this.superblock;
    if (!(number >= 1 && number <= inodesCount))
      throw new RangeError(`there is no inode ${number}`);
    const index = number - 1;
    const table = this.#inodeTables[Math.floor(index / inodesPerGroup)];
    const at = table * blockSize + (index % inodesPerGroup) * inodeSize;
    const field = (name: keyof typeof INODE): number => getField(this.#view, at, INODE[name]);

    const type = field('i_mode') & S_IFMT;
    const kind = KINDS.get(type);
    const place = `inode ${number}`;
    if (kind === undefined) {
      throw new Ext2ImageError(place, at, `no file type is 0x${type.toString(16)}`);
    }
    const links = field('i_links_count');
    if (links === 0) throw new Ext2ImageError(place, at, 'in use, and free by its count of links');
    const high = kind === 'file' && hasLargeFiles ? field('i_dir_acl') : 0;
    return {
      inode: number,
      at,
      kind,
      mode: field('i_mode') & PERMISSIONS,
      uid: field('i_uid'),
      gid: field('i_gid'),
      size: high * 2 ** 32 + field('i_size'),
      links,
      allocated: field('i_blocks') * SECTOR_BYTES,
      mtime: field('i_mtime') | 0,
      fileAcl: field('i_file_acl'),
    };
  }

  #readRange(inode: Inode, start: number, end: number): Uint8Array<ArrayBuffer> {
    if (end - start > this.#mostBytes) {
      throw this.#damaged(
        inode,
        `${end - start} bytes to read, more than the limit of ${this.#mostBytes}`,
      );
    }
    const { blockSize } = this.superblock;
    const bytes = new Uint8Array(end - start);
    let position = start;
    while (position < end) {
      const block = this.#blockOf(inode, Math.floor(position / blockSize));
      const within = position % blockSize;
      const length = Math.min(blockSize - within, end - position);
      if (block !== 0) {
        const from = block * blockSize + within;
        bytes.set(this.image.subarray(from, from + length), position - start);
      }
      position += length;
    }
    return bytes;
  }

  /** The block of the image that holds block `index` of the file; 0 for a hole. */
  #blockOf(inode: Inode, index: number): number {
    const root = inode.at + I_BLOCK.offset;
    if (index < EXT2_NDIR_BLOCKS) return this.#pointer(inode, root, index);
    const perBlock = this.superblock.blockSize / BLOCK_POINTER_BYTES;
    let rest = index - EXT2_NDIR_BLOCKS;
    let covered = perBlock;
    for (const top of [EXT2_IND_BLOCK, EXT2_DIND_BLOCK, EXT2_TIND_BLOCK]) {
      if (rest >= covered) {
        rest -= covered;
        covered *= perBlock;
        continue;
      }
      let block = this.#pointer(inode, root, top);
      // Down the tree: `covered` is how many data blocks the block at hand leads to.
      while (block !== 0 && covered > 1) {
        covered /= perBlock;
        const at = block * this.superblock.blockSize;
        block = this.#pointer(inode, at, Math.floor(rest / covered));
        rest %= covered;
      }
      return block;
    }
    throw this.#damaged(inode, `${inode.size} bytes, more than its block pointers can lead to`);
  }

  #pointer(inode: Inode, table: number, index: number): number {
    const { firstDataBlock, blocksCount } = this.superblock;
    const at = table + index * BLOCK_POINTER_BYTES;
    const block = this.#view.getUint32(at, true);
    if (block !== 0 && (block <= firstDataBlock || block >= blocksCount)) {
      throw new Ext2ImageError(
        `inode ${inode.inode}`,
        at,
        `its block pointer ${block} is not within blocks ${firstDataBlock + 1} to ${blocksCount - 1}`,
      );
    }
    return block;
  }

  #readDescriptors(): number[] {
    const { blockSize, firstDataBlock, blocksCount, groupCount, inodesPerGroup, inodeSize } =
      this.superblock;
    const start = (firstDataBlock + 1) * blockSize;
    const end = start + groupCount * GROUP_DESCRIPTOR_BYTES;
    if (end > blocksCount * blockSize) {
      throw new Ext2ImageError('group descriptors', start, `they end at ${end}, after the image`);
    }
    const tableBlocks = Math.ceil((inodesPerGroup * inodeSize) / blockSize);
    return Array.from({ length: groupCount }, (_, group) => {
      const at = start + group * GROUP_DESCRIPTOR_BYTES;
      const table = getField(this.#view, at, GROUP_DESCRIPTOR.bg_inode_table);
      if (table <= firstDataBlock || table + tableBlocks > blocksCount) {
        throw new Ext2ImageError(
          `descriptor of group ${group}`,
          at,
          `its inode table, ${tableBlocks} blocks from ${table}, is not within the image`,
        );
      }
      return table;
    });
  }

  #damaged({ inode, at }: Inode, reason: string): Ext2ImageError {
    return new Ext2ImageError(`inode ${inode}`, at, reason);
  }
}
