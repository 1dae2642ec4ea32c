/** What can be asked of an image besides its contents. */
import { Ext2InputError } from './errors.ts';
import { MAX_IMAGE_BYTES } from './limits.ts';
import { S_UUID, S_VOLUME_NAME } from './structures.ts';

export type BlockSize = 1024 | 4096;

export interface Ext2Options {
  /** Bytes; 4096 unless given. */
  readonly blockSize?: BlockSize;
  /** Bytes of the image, a multiple of the block size; unless given, what the tree needs. */
  readonly size?: number;
  /** Bytes to leave free where the size is not given; 1 MiB unless given. */
  readonly freeBytes?: number;
  /**
   * Number of inodes, the 10 reserved ones and `lost+found` included; the image has a few more where
   * the last block of an inode table is not full. Unless given, some more than the tree needs.
   */
  readonly inodes?: number;
  /** At most 16 bytes of UTF-8. */
  readonly label?: string;
  /** 16 bytes; unless given, made from the contents of the image. */
  readonly uuid?: Uint8Array;
  /** When the image was written, in seconds since 1970; 0 unless given. */
  readonly time?: number;
}

/** The options with what was not given filled in, and the label as bytes. */
export interface Ext2Settings {
  readonly blockSize: BlockSize;
  readonly size: number | undefined;
  readonly freeBytes: number;
  readonly inodes: number | undefined;
  readonly label: Uint8Array;
  readonly uuid: Uint8Array | undefined;
  readonly time: number;
}

export const BLOCK_SIZES: readonly BlockSize[] = [1024, 4096];
export const DEFAULT_BLOCK_SIZE: BlockSize = 4096;
export const DEFAULT_FREE_BYTES = 1024 * 1024;

/** @throws Ext2InputError naming the option that cannot be. */
export function settingsOf(options: Ext2Options): Ext2Settings {
  const settings = {
    blockSize: options.blockSize ?? DEFAULT_BLOCK_SIZE,
    size: options.size,
    freeBytes: options.freeBytes ?? DEFAULT_FREE_BYTES,
    inodes: options.inodes,
    label: new TextEncoder().encode(options.label ?? ''),
    uuid: options.uuid,
    time: options.time ?? 0,
  };
  const { blockSize, size, freeBytes, inodes, label, uuid, time } = settings;
  check(
    BLOCK_SIZES.includes(blockSize),
    `a block size of ${blockSize}: choose ${BLOCK_SIZES.join(' or ')}`,
  );
  check(
    size === undefined || (size > 0 && size % blockSize === 0),
    `a size of ${String(size)} bytes: choose a multiple of the block size, ${blockSize}`,
  );
  if (size !== undefined && size > MAX_IMAGE_BYTES) {
    throw new Ext2InputError(
      'image-too-large',
      '',
      `an image of ${size} bytes: at most ${MAX_IMAGE_BYTES} can be built here`,
    );
  }
  check(isCount(freeBytes), `${freeBytes} free bytes: choose a whole number`);
  check(inodes === undefined || isCount(inodes), `${String(inodes)} inodes: choose a whole number`);
  check(
    label.length <= S_VOLUME_NAME.length && !label.includes(0),
    `the label "${String(options.label)}" has ${label.length} bytes: ext2 allows ` +
      `${S_VOLUME_NAME.length}, and no NUL`,
  );
  check(
    uuid === undefined || uuid.length === S_UUID.length,
    `a UUID of ${String(uuid?.length)} bytes: it must have ${S_UUID.length}`,
  );
  check(
    isCount(time) && time < 2 ** 32,
    `a time of ${time}: choose seconds since 1970, below 2 to the 32nd`,
  );
  return settings;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function check(condition: boolean, reason: string): void {
  if (!condition) throw new Ext2InputError('bad-option', '', reason);
}
