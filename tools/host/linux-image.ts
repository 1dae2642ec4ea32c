/**
 * The header of a boot image as Linux has it, which says how much memory the kernel needs.
 *
 * Source: Linux, Documentation/arch/riscv/boot-image-header.rst.
 */
import { InputError } from './command-error.ts';

const HEADER_BYTES = 64;
const IMAGE_SIZE = 0x10;
const FLAGS = 0x18;
const MAGIC2 = 0x38;
/** "RSC\x05" */
const MAGIC2_BYTES = [0x52, 0x53, 0x43, 0x05];
const FLAG_BIG_ENDIAN = 1;
/** Nothing larger fits into any machine's RAM. */
const LARGEST_IMAGE = 2032 * 2 ** 20;

/** Whether a file has such a header, sound or not. */
export function hasImageHeader(bytes: Uint8Array): boolean {
  return MAGIC2_BYTES.every((byte, index) => bytes[MAGIC2 + index] === byte);
}

/**
 * The memory that an image needs from its first byte on, at least as much as the file has bytes.
 * @throws InputError naming the file, and where in it is what cannot be
 */
export function imageMemorySize(path: string, bytes: Uint8Array): number {
  if (bytes.length < HEADER_BYTES) {
    throw new InputError(
      `${path}: truncated: ${bytes.length} bytes, the Image header alone has ${HEADER_BYTES}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if ((view.getUint32(FLAGS, true) & FLAG_BIG_ENDIAN) !== 0) {
    throw new InputError(`${path}: a big-endian Image (flags at offset 24)`);
  }
  const size = Number(view.getBigUint64(IMAGE_SIZE, true));
  if (size > LARGEST_IMAGE) {
    throw new InputError(
      `${path}: an Image of ${size} bytes (image_size at offset 16), more than any machine's RAM`,
    );
  }
  return Math.max(size, bytes.length);
}
