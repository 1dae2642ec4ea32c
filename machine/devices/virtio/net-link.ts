/**
 * The wire between a network card and the host. Frames on their way in that the card has not taken
 * yet are the host's, not the machine's state: they enter the card only when the driver has given it
 * buffers, so what the guest sees depends on when frames were offered and on the guest alone.
 */

import { HostEndError, type HostEnd, type HostPicture } from '../host-end.ts';

/** Destination, source and type: nothing shorter is a frame. */
export const SHORTEST_FRAME = 14;
/** More than any driver makes of 64 KiB of payload. */
export const LONGEST_FRAME = 0x1_0000;

/** Where the frames go that the guest sends. */
export interface NetPort {
  /**
   * Called in the middle of the guest's time, with a copy of the frame, which has `SHORTEST_FRAME` to
   * `LONGEST_FRAME` bytes. It must not touch the machine.
   */
  send(frame: Uint8Array): void;
  /** The card has taken a frame in, or has dropped it since nobody there drives it. */
  received(frame: Uint8Array): void;
}

export const isFrameLength = (bytes: number): boolean =>
  bytes >= SHORTEST_FRAME && bytes <= LONGEST_FRAME;

/** Frames that wait at the card's door; when it is full, the newest are lost, as on any wire. */
export class FrameQueue implements HostEnd {
  readonly name = 'arrived frames';
  static readonly CAPACITY = 1024;

  private frames: Uint8Array[] = [];

  get length(): number {
    return this.frames.length;
  }

  /** False if the frame is lost: it has an impossible length, or there is no room. */
  add(frame: Uint8Array): boolean {
    if (!isFrameLength(frame.length) || this.frames.length >= FrameQueue.CAPACITY) return false;
    this.frames.push(frame);
    return true;
  }

  first(): Uint8Array | undefined {
    return this.frames.at(0);
  }

  drop(): void {
    this.frames.shift();
  }

  clear(): void {
    this.frames = [];
  }

  /** A piece for each frame, in order. */
  save(): HostPicture {
    return new Map(this.frames.entries());
  }

  restore(picture: HostPicture): void {
    const frames = [...picture].sort(([a], [b]) => a - b).map(([, frame]) => frame);
    if (
      frames.length > FrameQueue.CAPACITY ||
      !frames.every(({ length }) => isFrameLength(length))
    ) {
      throw new HostEndError('more frames than can wait, or one of an impossible length');
    }
    this.frames = frames;
  }
}
