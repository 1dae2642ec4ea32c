/** Reads and validates the superblock. */
import { Ext2ImageError } from './errors.ts';
import {
  EXT2_DYNAMIC_REV,
  EXT2_FEATURE_INCOMPAT_FILETYPE,
  EXT2_FEATURE_RO_COMPAT_LARGE_FILE,
  EXT2_GOOD_OLD_INODE_SIZE,
  EXT2_GOOD_OLD_REV,
  EXT2_MAX_BLOCK_SIZE,
  EXT2_MIN_BLOCK_SIZE,
  EXT2_ROOT_INO,
  EXT2_SUPER_MAGIC,
  SUPERBLOCK,
  SUPERBLOCK_BYTES,
  SUPERBLOCK_OFFSET,
  S_UUID,
  S_VOLUME_NAME,
  getField,
} from './structures.ts';

/** What the superblock says, validated: counts agree with each other and with the image's size. */
export interface Superblock {
  /** Bytes. */
  readonly blockSize: number;
  readonly blocksCount: number;
  readonly freeBlocks: number;
  /** The block with the superblock. */
  readonly firstDataBlock: number;
  readonly groupCount: number;
  readonly blocksPerGroup: number;
  readonly inodesCount: number;
  readonly freeInodes: number;
  readonly inodesPerGroup: number;
  /** Bytes. */
  readonly inodeSize: number;
  /** Directory entries tell the type of what they name. */
  readonly hasFileTypes: boolean;
  /** Files may have 2 GiB and more. */
  readonly hasLargeFiles: boolean;
  readonly label: string;
  readonly uuid: Uint8Array;
}

/** @throws Ext2ImageError if this is not an ext2 image, one with unknown features, or damaged. */
export function readSuperblock(image: Uint8Array): Superblock {
  if (image.length < SUPERBLOCK_OFFSET + SUPERBLOCK_BYTES) {
    throw new Ext2ImageError('superblock', SUPERBLOCK_OFFSET, 'not an ext2 image: too short');
  }
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const field = (name: keyof typeof SUPERBLOCK): number =>
    getField(view, SUPERBLOCK_OFFSET, SUPERBLOCK[name]);
  const check = (condition: boolean, name: keyof typeof SUPERBLOCK, reason: string): void => {
    if (condition) return;
    const offset = SUPERBLOCK_OFFSET + SUPERBLOCK[name].offset;
    throw new Ext2ImageError('superblock', offset, `${name} is ${field(name)}: ${reason}`);
  };

  check(field('s_magic') === EXT2_SUPER_MAGIC, 's_magic', 'not an ext2 image');
  check(field('s_rev_level') <= EXT2_DYNAMIC_REV, 's_rev_level', 'an unknown revision');
  const dynamic = field('s_rev_level') > EXT2_GOOD_OLD_REV;
  const incompatible = dynamic ? field('s_feature_incompat') : 0;
  check(
    (incompatible & ~EXT2_FEATURE_INCOMPAT_FILETYPE) === 0,
    's_feature_incompat',
    'it needs features that ext2 does not have',
  );

  check(
    field('s_log_block_size') <= Math.log2(EXT2_MAX_BLOCK_SIZE / EXT2_MIN_BLOCK_SIZE),
    's_log_block_size',
    `blocks of more than ${EXT2_MAX_BLOCK_SIZE} bytes`,
  );
  const blockSize = EXT2_MIN_BLOCK_SIZE << field('s_log_block_size');
  const firstDataBlock = field('s_first_data_block');
  check(
    firstDataBlock === Math.floor(SUPERBLOCK_OFFSET / blockSize),
    's_first_data_block',
    `not the block of the superblock, with blocks of ${blockSize} bytes`,
  );
  const blocksCount = field('s_blocks_count');
  check(blocksCount > firstDataBlock, 's_blocks_count', 'there is no room for anything');
  check(
    blocksCount * blockSize <= image.length,
    's_blocks_count',
    `with blocks of ${blockSize} bytes, more than the ${image.length} bytes of the image`,
  );

  // A bitmap is one block.
  const most = blockSize * 8;
  const blocksPerGroup = field('s_blocks_per_group');
  check(blocksPerGroup > 0 && blocksPerGroup <= most, 's_blocks_per_group', `not 1 to ${most}`);
  const inodesPerGroup = field('s_inodes_per_group');
  check(
    inodesPerGroup >= EXT2_ROOT_INO && inodesPerGroup <= most,
    's_inodes_per_group',
    `not ${EXT2_ROOT_INO} to ${most}`,
  );
  const groupCount = Math.ceil((blocksCount - firstDataBlock) / blocksPerGroup);
  const inodesCount = field('s_inodes_count');
  check(
    inodesCount === groupCount * inodesPerGroup,
    's_inodes_count',
    `not that of ${groupCount} groups with ${inodesPerGroup} inodes each`,
  );
  const inodeSize = dynamic ? field('s_inode_size') : EXT2_GOOD_OLD_INODE_SIZE;
  check(
    inodeSize >= EXT2_GOOD_OLD_INODE_SIZE &&
      inodeSize <= blockSize &&
      Number.isInteger(Math.log2(inodeSize)),
    's_inode_size',
    `not a power of 2 from ${EXT2_GOOD_OLD_INODE_SIZE} to ${blockSize}`,
  );

  const bytesAt = ({ offset, length }: typeof S_UUID): Uint8Array =>
    image.slice(SUPERBLOCK_OFFSET + offset, SUPERBLOCK_OFFSET + offset + length);
  return {
    blockSize,
    blocksCount,
    freeBlocks: field('s_free_blocks_count'),
    firstDataBlock,
    groupCount,
    blocksPerGroup,
    inodesCount,
    freeInodes: field('s_free_inodes_count'),
    inodesPerGroup,
    inodeSize,
    hasFileTypes: (incompatible & EXT2_FEATURE_INCOMPAT_FILETYPE) !== 0,
    hasLargeFiles:
      dynamic && (field('s_feature_ro_compat') & EXT2_FEATURE_RO_COMPAT_LARGE_FILE) !== 0,
    label: new TextDecoder().decode(bytesAt(S_VOLUME_NAME)).replace(/\0.*$/s, ''),
    uuid: bytesAt(S_UUID),
  };
}
