/**
 * Frames on a stream, each behind its length in four bytes, the highest first: how QEMU's network
 * backends `stream` and `socket` do it, so that a QEMU can be on the wire too.
 */
import { isFrameLength, LONGEST_FRAME } from '../../../machine/devices/virtio/net-link.ts';

const LENGTH_BYTES = 4;

/** A frame as it goes onto the stream. */
export function encodeFrame(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + frame.length);
  new DataView(bytes.buffer).setUint32(0, frame.length);
  bytes.set(frame, LENGTH_BYTES);
  return bytes;
}

/** Cuts what a peer sends into frames. It keeps no more than one frame, whatever the peer sends. */
export class FrameReader {
  private kept = new Uint8Array(0);

  /** @param onFrame told of each frame of a possible length; others are dropped */
  constructor(private readonly onFrame: (frame: Uint8Array) => void) {}

  /** False if the stream is none of frames: where the next begins can no longer be told. */
  push(chunk: Uint8Array): boolean {
    let bytes = chunk;
    if (this.kept.length > 0) {
      bytes = new Uint8Array(this.kept.length + chunk.length);
      bytes.set(this.kept);
      bytes.set(chunk, this.kept.length);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const length = view.getUint32(at);
      if (length > LONGEST_FRAME) return false;
      const end = at + LENGTH_BYTES + length;
      if (end > bytes.length) break;
      if (isFrameLength(length)) this.onFrame(bytes.slice(at + LENGTH_BYTES, end));
      at = end;
    }
    this.kept = bytes.slice(at);
    return true;
  }
}
