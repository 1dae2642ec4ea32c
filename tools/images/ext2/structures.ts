/**
 * The structures of ext2 revision 1 on the disk, each as a table of named fields (byte offset,
 * width), with the constants that belong to them. All numbers are little-endian.
 *
 * Names and layout: "The Second Extended File System: Internal Layout" by Dave Poirier
 * (nongnu.org/ext2-doc), and `fs/ext2/ext2.h` in the Linux sources.
 */

/** A number of 1, 2 or 4 bytes, unsigned. */
export interface NumberField {
  readonly offset: number;
  readonly width: 1 | 2 | 4;
}

/** A run of bytes: text, a UUID, an array. */
export interface BytesField {
  readonly offset: number;
  readonly length: number;
}

type Fields = Readonly<Record<string, NumberField>>;

const u8 = (offset: number): NumberField => ({ offset, width: 1 });
const u16 = (offset: number): NumberField => ({ offset, width: 2 });
const u32 = (offset: number): NumberField => ({ offset, width: 4 });
const bytes = (offset: number, length: number): BytesField => ({ offset, length });

/** Where the superblock starts in the image, whatever the block size. */
export const SUPERBLOCK_OFFSET = 1024;
export const SUPERBLOCK_BYTES = 1024;

/** Section 3.1, "Superblock". Times are seconds since 1970. */
export const SUPERBLOCK = {
  s_inodes_count: u32(0),
  s_blocks_count: u32(4),
  s_r_blocks_count: u32(8),
  s_free_blocks_count: u32(12),
  s_free_inodes_count: u32(16),
  s_first_data_block: u32(20),
  s_log_block_size: u32(24),
  s_log_frag_size: u32(28),
  s_blocks_per_group: u32(32),
  s_frags_per_group: u32(36),
  s_inodes_per_group: u32(40),
  s_mtime: u32(44),
  s_wtime: u32(48),
  s_mnt_count: u16(52),
  s_max_mnt_count: u16(54),
  s_magic: u16(56),
  s_state: u16(58),
  s_errors: u16(60),
  s_minor_rev_level: u16(62),
  s_lastcheck: u32(64),
  s_checkinterval: u32(68),
  s_creator_os: u32(72),
  s_rev_level: u32(76),
  s_def_resuid: u16(80),
  s_def_resgid: u16(82),
  s_first_ino: u32(84),
  s_inode_size: u16(88),
  /** The group that this copy of the superblock stands in. */
  s_block_group_nr: u16(90),
  s_feature_compat: u32(92),
  s_feature_incompat: u32(96),
  s_feature_ro_compat: u32(100),
} as const satisfies Fields;

export const S_UUID = bytes(104, 16);
/** UTF-8, padded with NUL. */
export const S_VOLUME_NAME = bytes(120, 16);

/** The block size is this, shifted left by `s_log_block_size`. */
export const EXT2_MIN_BLOCK_SIZE = 1024;
/** The largest that Linux and the reader here take. */
export const EXT2_MAX_BLOCK_SIZE = 4096;
export const EXT2_SUPER_MAGIC = 0xef53;
/** `s_state`: cleanly unmounted. */
export const EXT2_VALID_FS = 1;
/** `s_errors`: go on after an error. */
export const EXT2_ERRORS_CONTINUE = 1;
export const EXT2_OS_LINUX = 0;
export const EXT2_GOOD_OLD_REV = 0;
export const EXT2_DYNAMIC_REV = 1;
/** `s_max_mnt_count`: no check is due after any number of mounts. */
export const MAX_MNT_COUNT_NEVER = 0xffff;

/** Directory entries have a file type in what was the high byte of the name's length. */
export const EXT2_FEATURE_INCOMPAT_FILETYPE = 0x0002;
/** Only groups 0, 1 and the powers of 3, 5 and 7 hold copies of superblock and descriptors. */
export const EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER = 0x0001;
/** Regular files may have 2 GiB and more, with the high half of the size in `i_dir_acl`. */
export const EXT2_FEATURE_RO_COMPAT_LARGE_FILE = 0x0002;

export const GROUP_DESCRIPTOR_BYTES = 32;

/** Section 3.2, "Block Group Descriptor Table". The first three are block numbers. */
export const GROUP_DESCRIPTOR = {
  bg_block_bitmap: u32(0),
  bg_inode_bitmap: u32(4),
  bg_inode_table: u32(8),
  bg_free_blocks_count: u16(12),
  bg_free_inodes_count: u16(14),
  bg_used_dirs_count: u16(16),
} as const satisfies Fields;

/** The size of an inode in revision 0, and the least in revision 1. */
export const EXT2_GOOD_OLD_INODE_SIZE = 128;

/** Section 3.5, "Inode Table". */
export const INODE = {
  i_mode: u16(0),
  i_uid: u16(2),
  i_size: u32(4),
  i_atime: u32(8),
  i_ctime: u32(12),
  i_mtime: u32(16),
  i_dtime: u32(20),
  i_gid: u16(24),
  i_links_count: u16(26),
  /** In units of 512 bytes, indirect blocks included. */
  i_blocks: u32(28),
  i_flags: u32(32),
  i_generation: u32(100),
  /** The block with the extended attributes, counted in `i_blocks` too. */
  i_file_acl: u32(104),
  /** For regular files with the large_file feature: the high half of the size. */
  i_dir_acl: u32(108),
} as const satisfies Fields;

/** 15 block numbers; in a fast symbolic link, the target. */
export const I_BLOCK = bytes(40, 60);

/** The unit of `i_blocks`. */
export const SECTOR_BYTES = 512;
export const BLOCK_POINTER_BYTES = 4;
/** Block pointers in an inode that lead to data directly. */
export const EXT2_NDIR_BLOCKS = 12;
/** The inode's pointers to one, two and three levels of indirect blocks. */
export const EXT2_IND_BLOCK = 12;
export const EXT2_DIND_BLOCK = 13;
export const EXT2_TIND_BLOCK = 14;

export const EXT2_ROOT_INO = 2;
/** The first inode that is not reserved. By custom it is `lost+found`. */
export const EXT2_FIRST_INO = 11;
/** Links to one inode, hence subdirectories of one directory, with two off for `.` and its name. */
export const EXT2_LINK_MAX = 32_000;

/** `i_mode`: the type's bits, and the types. */
export const S_IFMT = 0xf000;
export const S_IFIFO = 0x1000;
export const S_IFCHR = 0x2000;
export const S_IFDIR = 0x4000;
export const S_IFBLK = 0x6000;
export const S_IFREG = 0x8000;
export const S_IFLNK = 0xa000;
export const S_IFSOCK = 0xc000;
/** `i_mode`: permissions, set-user-id, set-group-id and sticky. */
export const PERMISSIONS = 0o7777;

/** Section 4.1, "Linked List Directories": what comes before the name. */
export const DIRECTORY_ENTRY = {
  /** 0 for an unused entry. */
  inode: u32(0),
  /** From this entry to the next; a multiple of 4 that does not cross the end of a block. */
  rec_len: u16(4),
  name_len: u8(6),
  file_type: u8(7),
} as const satisfies Fields;

export const DIRECTORY_ENTRY_HEADER_BYTES = 8;
export const DIRECTORY_ENTRY_ALIGNMENT = 4;
/** The longest name, in bytes. */
export const EXT2_NAME_LEN = 255;

/** `file_type` */
export const EXT2_FT_UNKNOWN = 0;
export const EXT2_FT_REG_FILE = 1;
export const EXT2_FT_DIR = 2;
export const EXT2_FT_SYMLINK = 7;

/** The number in `field` of the structure at `at`. */
export function getField(view: DataView, at: number, field: NumberField): number {
  const place = at + field.offset;
  switch (field.width) {
    case 1:
      return view.getUint8(place);
    case 2:
      return view.getUint16(place, true);
    case 4:
      return view.getUint32(place, true);
  }
}

/**
 * Puts `value` into `field` of the structure at `at`.
 * @throws RangeError if it does not fit: the caller has not checked its input.
 */
export function setField(view: DataView, at: number, field: NumberField, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * field.width)) {
    throw new RangeError(`${value} does not fit in ${field.width} bytes`);
  }
  const place = at + field.offset;
  switch (field.width) {
    case 1:
      view.setUint8(place, value);
      break;
    case 2:
      view.setUint16(place, value, true);
      break;
    case 4:
      view.setUint32(place, value, true);
      break;
  }
}

/** Puts several fields of one structure; those that are not named stay as they are. */
export function setFields<F extends Fields>(
  view: DataView,
  at: number,
  fields: F,
  values: Readonly<Partial<Record<keyof F & string, number>>>,
): void {
  for (const [name, value] of Object.entries<number | undefined>(values)) {
    if (value !== undefined) setField(view, at, fields[name], value);
  }
}

/** Bytes that a directory entry with a name of `nameLength` bytes takes at least. */
export function directoryEntryBytes(nameLength: number): number {
  const length = DIRECTORY_ENTRY_HEADER_BYTES + nameLength;
  return Math.ceil(length / DIRECTORY_ENTRY_ALIGNMENT) * DIRECTORY_ENTRY_ALIGNMENT;
}
