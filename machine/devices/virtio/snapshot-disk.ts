/** A disk on top of another that keeps what is written in memory: `snapshot=on`. */
import { HostEndError, type HostEnd, type HostPicture } from '../host-end.ts';
import type { Disk } from './disk.ts';

/** What is written is kept in chunks of this size, in bytes. */
const CHUNK_BYTES = 0x1_0000;

/** A chunk of zeroes takes no memory. */
const ZEROES = new Uint8Array(0);

/** A part of a range that lies in one chunk. */
interface Part {
  readonly chunk: number;
  /** First byte within the chunk. */
  readonly start: number;
  /** First byte within the range. */
  readonly at: number;
  readonly length: number;
}

function* partsOf(offset: number, length: number): Generator<Part> {
  for (let at = 0; at < length;) {
    const chunk = Math.floor((offset + at) / CHUNK_BYTES);
    const start = offset + at - chunk * CHUNK_BYTES;
    const part = Math.min(length - at, CHUNK_BYTES - start);
    yield { chunk, start, at, length: part };
    at += part;
  }
}

export class SnapshotDisk implements Disk {
  /** Whatever is below, this can be written. */
  readonly isReadOnly = false;
  readonly written: HostEnd = {
    name: 'written',
    save: () => this.save(),
    restore: (picture) => {
      this.restore(picture);
    },
  };
  private readonly base: Disk;
  private chunks = new Map<number, Uint8Array>();
  /** Chunks that no picture shares, so that they may be written. */
  private readonly own = new Set<number>();

  constructor(base: Disk) {
    this.base = base;
  }

  get bytes(): number {
    return this.base.bytes;
  }

  read(offset: number, target: Uint8Array): boolean {
    for (const { chunk, start, at, length } of partsOf(offset, target.length)) {
      const part = target.subarray(at, at + length);
      const contents = this.chunks.get(chunk);
      if (contents === undefined) {
        if (!this.base.read(offset + at, part)) return false;
      } else if (contents.length === ZEROES.length) part.fill(0);
      else part.set(contents.subarray(start, start + length));
    }
    return true;
  }

  write(offset: number, source: Uint8Array): boolean {
    for (const { chunk, start, at, length } of partsOf(offset, source.length)) {
      const contents = this.writable(chunk);
      if (contents === undefined) return false;
      contents.set(source.subarray(at, at + length), start);
    }
    return true;
  }

  writeZeroes(offset: number, length: number): boolean {
    for (const part of partsOf(offset, length)) {
      if (part.length === this.sizeOf(part.chunk)) {
        this.chunks.set(part.chunk, ZEROES);
        this.own.delete(part.chunk);
        continue;
      }
      const contents = this.writable(part.chunk);
      if (contents === undefined) return false;
      contents.fill(0, part.start, part.start + part.length);
    }
    return true;
  }

  /** Nothing that is kept in memory survives. */
  flush(): boolean {
    return true;
  }

  /** The last chunk may be shorter. */
  private sizeOf(chunk: number): number {
    return Math.min(CHUNK_BYTES, this.bytes - chunk * CHUNK_BYTES);
  }

  /** A chunk's contents, from now on in memory; undefined if the disk below cannot be read. */
  private writable(chunk: number): Uint8Array | undefined {
    const kept = this.chunks.get(chunk);
    if (kept !== undefined && this.own.has(chunk)) return kept;
    const contents = new Uint8Array(this.sizeOf(chunk));
    if (kept !== undefined) contents.set(kept);
    else if (!this.base.read(chunk * CHUNK_BYTES, contents)) return undefined;
    this.chunks.set(chunk, contents);
    this.own.add(chunk);
    return contents;
  }

  /** A piece for each chunk that has been written, by its number; an empty one for zeroes. */
  private save(): HostPicture {
    this.own.clear();
    return new Map(this.chunks);
  }

  private restore(picture: HostPicture): void {
    for (const [chunk, { length }] of picture) {
      const isInside = chunk >= 0 && chunk * CHUNK_BYTES < this.bytes;
      if (!isInside || (length !== ZEROES.length && length !== this.sizeOf(chunk))) {
        throw new HostEndError(`chunk ${chunk} of ${length} bytes on a disk of ${this.bytes}`);
      }
    }
    this.own.clear();
    this.chunks = new Map(picture);
  }
}
