/**
 * What the host keeps for a device and the machine's future depends on: input that the device has no
 * room for yet, what has been written to a disk. It is no state of the device, since a reset leaves
 * it alone; but whoever takes the machine back in time, or to another host, takes it along.
 */

/**
 * A picture of it: pieces of bytes by number. Neither the map nor the bytes change once it is taken,
 * so that pictures may share what is the same in them.
 */
export type HostPicture = ReadonlyMap<number, Uint8Array>;

export interface HostEnd {
  /** What it is, in a word, for files and messages; unique within its device. */
  readonly name: string;
  /** What it is like now. */
  save(): HostPicture;
  /**
   * The inverse of `save`.
   * @throws HostEndError, with nothing changed, about a picture that cannot be one of it
   */
  restore(picture: HostPicture): void;
}

/** Where a device keeps what a reset leaves alone: the contents of a disk. */
export interface Storage {
  /** What has been written, where that can go back to what it was. */
  readonly written?: HostEnd;
  readonly bytes: number;
  readonly isReadOnly: boolean;
  /** Fills `target` from byte `offset` on; false if the host could not. */
  read(offset: number, target: Uint8Array): boolean;
}

/** A picture that does not fit what it is restored to. */
export class HostEndError extends Error {
  override readonly name = 'HostEndError';
}
