/** Sections whose strings or constants may be shared (SHF_MERGE), cut into single ones. */

export interface Piece {
  /** In its section. */
  readonly offset: number;
  readonly size: number;
}

/**
 * Cuts `bytes` into entries of `entrySize` bytes, or into strings of such characters with the zero
 * that ends each.
 */
export function cutMergeable(bytes: Uint8Array, entrySize: number, isStrings: boolean): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (let end = entrySize; end <= bytes.length; end += entrySize) {
    const isEnd = !isStrings || bytes.subarray(end - entrySize, end).every((byte) => byte === 0);
    if (!isEnd) continue;
    pieces.push({ offset: start, size: end - start });
    start = end;
  }
  if (start < bytes.length) pieces.push({ offset: start, size: bytes.length - start });
  return pieces;
}
