/** What can be wrong with the input of the ext2 writer, and with an image that is read. */

export type Ext2InputProblem =
  | 'bad-name'
  | 'name-too-long'
  | 'duplicate-name'
  | 'bad-symlink'
  | 'bad-time'
  | 'file-too-large'
  | 'too-many-links'
  | 'too-many-inodes'
  | 'image-too-small'
  | 'image-too-large'
  | 'unsupported-type'
  | 'unreadable'
  | 'bad-option';

/** A tree, host folder or option that no image can be made of; one line that opens with the path. */
export class Ext2InputError extends Error {
  override readonly name = 'Ext2InputError';

  constructor(
    readonly problem: Ext2InputProblem,
    /** Path in the image, or on the host if the host's file is the trouble; empty for options. */
    readonly path: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(path === '' ? reason : `${quotePath(path)}: ${reason}`, options);
  }
}

/** An image that is not ext2, needs what the reader does not know, or is damaged. */
export class Ext2ImageError extends Error {
  override readonly name = 'Ext2ImageError';

  constructor(
    /** Such as `superblock` or `inode 12`. */
    readonly place: string,
    /** Byte in the image. */
    readonly offset: number,
    readonly reason: string,
  ) {
    super(`${place} at byte ${offset}: ${reason}`);
  }
}

/** A path that the image does not have, or that is of another kind than was asked for. */
export class Ext2LookupError extends Error {
  override readonly name = 'Ext2LookupError';

  constructor(
    readonly code: 'ENOENT' | 'ENOTDIR' | 'EISDIR' | 'EINVAL',
    readonly path: string,
    reason: string,
  ) {
    super(`${quotePath(path)}: ${reason}`);
  }
}

/** The path on one line, whatever bytes its names have. */
function quotePath(path: string): string {
  return JSON.stringify(path);
}
