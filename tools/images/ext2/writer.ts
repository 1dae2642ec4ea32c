/**
 * Makes an ext2 image (revision 1, with filetype and sparse_super) of a tree in memory. The same
 * tree and options give the same bytes.
 */
import { createHash } from 'node:crypto';
import { setBit, setBits } from './bitmap.ts';
import { BlockAllocator } from './block-allocator.ts';
import { blockPath } from './block-map.ts';
import { mostPerGroup, type Geometry } from './geometry.ts';
import { planInodes, type PlannedInode } from './inode-plan.ts';
import { settingsOf, type Ext2Options, type Ext2Settings } from './options.ts';
import { chooseGeometry, mostInodes } from './sizing.ts';
import {
  BLOCK_POINTER_BYTES,
  EXT2_DYNAMIC_REV,
  EXT2_ERRORS_CONTINUE,
  EXT2_FEATURE_INCOMPAT_FILETYPE,
  EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER,
  EXT2_FIRST_INO,
  EXT2_GOOD_OLD_INODE_SIZE,
  EXT2_MIN_BLOCK_SIZE,
  EXT2_OS_LINUX,
  EXT2_ROOT_INO,
  EXT2_SUPER_MAGIC,
  EXT2_VALID_FS,
  GROUP_DESCRIPTOR,
  GROUP_DESCRIPTOR_BYTES,
  INODE,
  I_BLOCK,
  MAX_MNT_COUNT_NEVER,
  SECTOR_BYTES,
  SUPERBLOCK,
  SUPERBLOCK_BYTES,
  SUPERBLOCK_OFFSET,
  S_IFDIR,
  S_IFMT,
  S_UUID,
  S_VOLUME_NAME,
  setFields,
} from './structures.ts';
import type { DirectoryNode } from './tree.ts';

/**
 * An ext2 image of `root`. Everything belongs to user 0 and group 0; blocks of zeros in files
 * become holes; the root directory gets a `lost+found` if it has none.
 * @throws Ext2InputError naming the path, or the option, that no image can be made of.
 */
export function buildExt2(root: DirectoryNode, options: Ext2Options = {}): Uint8Array<ArrayBuffer> {
  const settings = settingsOf(options);
  const inodes = planInodes(root, settings.blockSize, mostInodes(settings));
  const geometry = chooseGeometry(
    {
      inodes: inodes.reduce((most, { number }) => Math.max(most, number), 0),
      dataBlocks: inodes.reduce((sum, { blocks }) => sum + blocks, 0),
    },
    settings,
  );
  return new ImageWriter(geometry, settings).write(inodes);
}

/** One image in the making. */
class ImageWriter {
  readonly #image: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #blocks: BlockAllocator;

  constructor(
    private readonly geometry: Geometry,
    private readonly settings: Ext2Settings,
  ) {
    const { blocksCount, blockSize } = geometry;
    this.#image = new Uint8Array(settings.size ?? blocksCount * blockSize);
    this.#view = new DataView(this.#image.buffer);
    this.#blocks = new BlockAllocator(geometry, this.#image);
  }

  write(inodes: readonly PlannedInode[]): Uint8Array<ArrayBuffer> {
    for (const inode of inodes) this.#writeInode(inode);
    this.#writeSuperblocks(this.#describeGroups(inodes));
    return this.#image;
  }

  #writeInode(inode: PlannedInode): void {
    const { inodesPerGroup, groups } = this.geometry;
    const group = groups[Math.floor((inode.number - 1) / inodesPerGroup)];
    const index = (inode.number - 1) % inodesPerGroup;
    const at = this.#byteOf(group.inodeTable) + index * EXT2_GOOD_OLD_INODE_SIZE;
    // Signed times, as Linux reads them.
    const time = inode.mtime >>> 0;
    setFields(this.#view, at, INODE, {
      i_mode: inode.mode,
      i_size: inode.size,
      i_atime: time,
      i_ctime: time,
      i_mtime: time,
      i_links_count: inode.links,
      i_blocks: (inode.blocks * this.geometry.blockSize) / SECTOR_BYTES,
    });
    if (inode.inline !== undefined) this.#image.set(inode.inline, at + I_BLOCK.offset);
    for (const dataIndex of inode.dataIndexes) this.#writeData(inode, dataIndex, at);
  }

  /** Puts one block of a file into the image, and the indirect blocks on the way to it. */
  #writeData(inode: PlannedInode, dataIndex: number, inodeAt: number): void {
    const { blockSize } = this.geometry;
    const path = blockPath(dataIndex, blockSize);
    let pointers = inodeAt + I_BLOCK.offset;
    let block = 0;
    for (const index of path) {
      const pointer = pointers + index * BLOCK_POINTER_BYTES;
      block = this.#view.getUint32(pointer, true);
      if (block === 0) {
        block = this.#blocks.allocate();
        this.#view.setUint32(pointer, block, true);
      }
      pointers = this.#byteOf(block);
    }
    const start = dataIndex * blockSize;
    this.#image.set(inode.contents.subarray(start, start + blockSize), this.#byteOf(block));
  }

  /** Writes the inode bitmaps. @returns the group descriptors, filled in. */
  #describeGroups(inodes: readonly PlannedInode[]): GroupDescriptor[] {
    const { groups, inodesPerGroup, blockSize } = this.geometry;
    const descriptors = groups.map((group, index) => {
      const bitmap = this.#byteOf(group.inodeBitmap);
      // What the bitmap's block has beyond the group's inodes counts as taken.
      setBits(this.#image, bitmap, inodesPerGroup, mostPerGroup(blockSize));
      return {
        bg_block_bitmap: group.blockBitmap,
        bg_inode_bitmap: group.inodeBitmap,
        bg_inode_table: group.inodeTable,
        bg_free_blocks_count: this.#blocks.freeIn(index),
        bg_free_inodes_count: inodesPerGroup,
        bg_used_dirs_count: 0,
      };
    });
    const take = (inode: number): GroupDescriptor => {
      const descriptor = descriptors[Math.floor((inode - 1) / inodesPerGroup)];
      const bitmap = this.#byteOf(descriptor.bg_inode_bitmap);
      setBit(this.#image, bitmap, (inode - 1) % inodesPerGroup);
      descriptor.bg_free_inodes_count -= 1;
      return descriptor;
    };
    for (let inode = 1; inode < EXT2_FIRST_INO; inode += 1) {
      if (inode !== EXT2_ROOT_INO) take(inode);
    }
    for (const { number, mode } of inodes) {
      const descriptor = take(number);
      if ((mode & S_IFMT) === S_IFDIR) descriptor.bg_used_dirs_count += 1;
    }
    return descriptors;
  }

  /** Writes the superblock and the descriptors into every group that has copies of them. */
  #writeSuperblocks(descriptors: readonly GroupDescriptor[]): void {
    const { groups, blockSize } = this.geometry;
    const table = new Uint8Array(descriptors.length * GROUP_DESCRIPTOR_BYTES);
    const tableView = new DataView(table.buffer);
    descriptors.forEach((descriptor, index) => {
      setFields(tableView, index * GROUP_DESCRIPTOR_BYTES, GROUP_DESCRIPTOR, descriptor);
    });
    const superblock = this.#superblock(descriptors);
    const places = groups.filter((group) => group.hasSuperblock);
    const writeCopies = (): void => {
      for (const { index, firstBlock } of places) {
        const view = new DataView(superblock.buffer);
        setFields(view, 0, SUPERBLOCK, { s_block_group_nr: index });
        const at = index === 0 ? SUPERBLOCK_OFFSET : firstBlock * blockSize;
        this.#image.set(superblock, at);
        this.#image.set(table, (firstBlock + 1) * blockSize);
      }
    };
    writeCopies();
    superblock.set(this.settings.uuid ?? this.#uuidOfContents(), S_UUID.offset);
    writeCopies();
  }

  #superblock(descriptors: readonly GroupDescriptor[]): Uint8Array<ArrayBuffer> {
    const { geometry, settings } = this;
    const superblock = new Uint8Array(SUPERBLOCK_BYTES);
    const logBlockSize = Math.log2(geometry.blockSize / EXT2_MIN_BLOCK_SIZE);
    setFields(new DataView(superblock.buffer), 0, SUPERBLOCK, {
      s_inodes_count: geometry.groups.length * geometry.inodesPerGroup,
      s_blocks_count: geometry.blocksCount,
      s_free_blocks_count: sum(descriptors, 'bg_free_blocks_count'),
      s_free_inodes_count: sum(descriptors, 'bg_free_inodes_count'),
      s_first_data_block: geometry.firstBlock,
      s_log_block_size: logBlockSize,
      s_log_frag_size: logBlockSize,
      s_blocks_per_group: geometry.blocksPerGroup,
      s_frags_per_group: geometry.blocksPerGroup,
      s_inodes_per_group: geometry.inodesPerGroup,
      s_wtime: settings.time,
      s_max_mnt_count: MAX_MNT_COUNT_NEVER,
      s_magic: EXT2_SUPER_MAGIC,
      s_state: EXT2_VALID_FS,
      s_errors: EXT2_ERRORS_CONTINUE,
      s_lastcheck: settings.time,
      s_creator_os: EXT2_OS_LINUX,
      s_rev_level: EXT2_DYNAMIC_REV,
      s_first_ino: EXT2_FIRST_INO,
      s_inode_size: EXT2_GOOD_OLD_INODE_SIZE,
      s_feature_incompat: EXT2_FEATURE_INCOMPAT_FILETYPE,
      s_feature_ro_compat: EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER,
    });
    superblock.set(settings.label, S_VOLUME_NAME.offset);
    return superblock;
  }

  /**
   * A UUID of version 8 (RFC 9562: "custom") from the structures and files, so that other contents
   * have another UUID. What follows the data is free.
   */
  #uuidOfContents(): Uint8Array {
    const contents = this.#image.subarray(0, this.#byteOf(this.#blocks.endOfData));
    const uuid = createHash('sha256').update(contents).digest().subarray(0, S_UUID.length);
    uuid[6] = 0x80 | (uuid[6] & 0x0f);
    uuid[8] = 0x80 | (uuid[8] & 0x3f);
    return uuid;
  }

  #byteOf(block: number): number {
    return block * this.geometry.blockSize;
  }
}

type GroupDescriptor = Record<keyof typeof GROUP_DESCRIPTOR, number>;

function sum(descriptors: readonly GroupDescriptor[], field: keyof GroupDescriptor): number {
  return descriptors.reduce((total, descriptor) => total + descriptor[field], 0);
}
