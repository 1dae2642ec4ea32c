/** Bitmaps of blocks and inodes: bit 0 is the lowest bit of the first byte; 1 means taken. */

/** Sets bit `index` of the bitmap that starts at byte `at` of `image`. */
export function setBit(image: Uint8Array, at: number, index: number): void {
  image[at + Math.floor(index / 8)] |= 1 << (index % 8);
}

/** Sets the bits from `start` up to `end`, which is not included. */
export function setBits(image: Uint8Array, at: number, start: number, end: number): void {
  for (let index = start; index < end; index += 1) setBit(image, at, index);
}
