/**
 * What lies on an ext2 disk, in the order of bytes that this machine has, too. Names and layouts: "The
 * Second Extended File System: Internal Layout" by Dave Poirier, chapter 3 and 4.
 */

/** Where the superblock begins, whatever the block size. */
export const SUPERBLOCK_OFFSET: u32 = 1024;
export const EXT2_SUPER_MAGIC: u16 = 0xef53;
export const EXT2_GOOD_OLD_REV: u32 = 0;
export const EXT2_DYNAMIC_REV: u32 = 1;
export const EXT2_MIN_BLOCK_SIZE: u32 = 1024;
/** s_log_block_size of the largest blocks that are read here, 4 KiB. */
export const LARGEST_LOG_BLOCK_SIZE: u32 = 2;
export const EXT2_GOOD_OLD_INODE_SIZE: u32 = 128;
/** Directory entries say of what type the file is. */
export const EXT2_FEATURE_INCOMPAT_FILETYPE: u32 = 0x0002;

export const EXT2_ROOT_INO: u32 = 2;
export const EXT2_NAME_LEN: u32 = 255;

@unmanaged
export class Superblock {
  s_inodes_count: u32;
  s_blocks_count: u32;
  s_r_blocks_count: u32;
  s_free_blocks_count: u32;
  s_free_inodes_count: u32;
  s_first_data_block: u32;
  s_log_block_size: u32;
  s_log_frag_size: u32;
  s_blocks_per_group: u32;
  s_frags_per_group: u32;
  s_inodes_per_group: u32;
  s_mtime: u32;
  s_wtime: u32;
  s_mnt_count: u16;
  s_max_mnt_count: u16;
  s_magic: u16;
  s_state: u16;
  s_errors: u16;
  s_minor_rev_level: u16;
  s_lastcheck: u32;
  s_checkinterval: u32;
  s_creator_os: u32;
  s_rev_level: u32;
  s_def_resuid: u16;
  s_def_resgid: u16;
  // From here on in revision 1 only.
  s_first_ino: u32;
  s_inode_size: u16;
  s_block_group_nr: u16;
  s_feature_compat: u32;
  s_feature_incompat: u32;
  s_feature_ro_compat: u32;
}

@unmanaged
export class GroupDescriptor {
  bg_block_bitmap: u32;
  bg_inode_bitmap: u32;
  bg_inode_table: u32;
}

/** Bytes from one descriptor to the next. */
export const GROUP_DESCRIPTOR_BYTES: u32 = 32;

/** i_mode: the type's bits, and the types that are known here. */
const S_IFMT: u32 = 0xf000;
const S_IFDIR: u32 = 0x4000;
const S_IFREG: u32 = 0x8000;
const S_IFLNK: u32 = 0xa000;

/** i_block: the direct blocks, then the roots of the three trees of indirect ones. */
export const EXT2_NDIR_BLOCKS: u32 = 12;
/** Bytes of i_block, in which a short symbolic link lies. */
export const I_BLOCK_BYTES: u32 = 60;
/** The unit of i_blocks. */
const SECTOR_SHIFT: u32 = 9;

@unmanaged
export class Inode {
  i_mode: u16;
  i_uid: u16;
  i_size: u32;
  i_atime: u32;
  i_ctime: u32;
  i_mtime: u32;
  i_dtime: u32;
  i_gid: u16;
  i_links_count: u16;
  i_blocks: u32;
  i_flags: u32;
  i_osd1: u32;
  i_block_0: u32;
  i_block_1: u32;
  i_block_2: u32;
  i_block_3: u32;
  i_block_4: u32;
  i_block_5: u32;
  i_block_6: u32;
  i_block_7: u32;
  i_block_8: u32;
  i_block_9: u32;
  i_block_10: u32;
  i_block_11: u32;
  i_block_12: u32;
  i_block_13: u32;
  i_block_14: u32;
  i_generation: u32;
  i_file_acl: u32;
  /** Of a regular file: the high half of its size. */
  i_dir_acl: u32;
  i_faddr: u32;
  i_osd2: u32;
  i_osd2_1: u32;
  i_osd2_2: u32;

  get isRegular(): bool {
    return (this.i_mode & S_IFMT) == S_IFREG;
  }

  get isDirectory(): bool {
    return (this.i_mode & S_IFMT) == S_IFDIR;
  }

  get isSymlink(): bool {
    return (this.i_mode & S_IFMT) == S_IFLNK;
  }

  get size(): u64 {
    const high: u64 = this.isRegular ? this.i_dir_acl : 0;
    return (high << 32) | (<u64>this.i_size);
  }

  /** Where i_block begins. */
  get blocks(): usize {
    return changetype<usize>(this) + offsetof<Inode>('i_block_0');
  }

  /** Whether a symbolic link's target lies in i_block: it has no block but that of its attributes. */
  isFastSymlink(blockSize: u32): bool {
    return this.i_blocks == (this.i_file_acl == 0 ? 0 : blockSize >> SECTOR_SHIFT);
  }
}

@unmanaged
export class DirectoryEntry {
  /** 0: the entry is not in use. */
  inode: u32;
  rec_len: u16;
  name_len: u8;
  /** With EXT2_FEATURE_INCOMPAT_FILETYPE; otherwise the high half of name_len. */
  file_type: u8;

  get name(): usize {
    return changetype<usize>(this) + offsetof<DirectoryEntry>();
  }
}

export const EXT2_FT_UNKNOWN: u8 = 0;
export const EXT2_FT_DIR: u8 = 2;
