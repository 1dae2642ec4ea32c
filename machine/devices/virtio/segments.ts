/**
 * Buffers that lie in pieces: what a descriptor chain describes. Drivers may cut headers, data and
 * status anywhere, so devices look at byte positions and never at single descriptors.
 */

import type { PhysicalMemory } from '../../bus/physical-memory.ts';

/** One piece, which its maker has found to be wholly inside RAM. */
export interface Segment {
  /** Physical address. */
  readonly address: number;
  /** Bytes. */
  readonly length: number;
}

export type Segments = readonly Segment[];

export function byteLength(segments: Segments): number {
  return segments.reduce((sum, { length }) => sum + length, 0);
}

/** The first `bytes` bytes, or all if there are not that many, and the rest. */
export function splitAt(segments: Segments, bytes: number): readonly [Segments, Segments] {
  const front: Segment[] = [];
  const back: Segment[] = [];
  let left = bytes;
  for (const { address, length } of segments) {
    const taken = Math.min(left, length);
    if (taken > 0) front.push({ address, length: taken });
    if (taken < length) back.push({ address: address + taken, length: length - taken });
    left -= taken;
  }
  return [front, back];
}

/** Cuts segments so that none is longer than `bytes`. */
export function* piecesOf(segments: Segments, bytes: number): Generator<Segment> {
  for (const { address, length } of segments) {
    for (let at = 0; at < length; at += bytes) {
      yield { address: address + at, length: Math.min(bytes, length - at) };
    }
  }
}

/** The bytes of all segments; meant for the few bytes of a header. */
export function gather(memory: PhysicalMemory, segments: Segments): Uint8Array {
  const bytes = new Uint8Array(byteLength(segments));
  let at = 0;
  for (const { address, length } of segments) {
    memory.readBytes(address, bytes.subarray(at, at + length));
    at += length;
  }
  return bytes;
}

/** Stores as much of `bytes` as the segments hold. */
export function scatter(memory: PhysicalMemory, segments: Segments, bytes: Uint8Array): void {
  let at = 0;
  for (const { address, length } of segments) {
    const piece = bytes.subarray(at, at + length);
    memory.writeBytes(address, piece);
    at += piece.length;
  }
}
