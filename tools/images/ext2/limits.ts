/** Limits of the images that are written, beyond those of single structures. */
import { constants } from 'node:buffer';

/** Without the large_file feature a regular file ends below 2 GiB. */
export const MAX_FILE_BYTES = 2 ** 31 - 1;
/** An image is built in one array: what the host allows, and 32-bit block numbers of 1 KiB. */
export const MAX_IMAGE_BYTES = Math.min(constants.MAX_LENGTH, 2 ** 42);
