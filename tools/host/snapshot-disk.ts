/** A disk on top of another that keeps what is written in memory: `snapshot=on`. */
import type { Disk } from '../../machine/devices/virtio/disk.ts';

/** What is written is kept in chunks of this size, in bytes. */
const CHUNK_BYTES = 0x1_0000;

/** A chunk of zeroes takes no memory. */
const ZEROES = 'zeroes';
type Chunk = Uint8Array | typeof ZEROES;

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
  private readonly base: Disk;
  private readonly chunks = new Map<number, Chunk>();

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
      } else if (contents === ZEROES) part.fill(0);
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
    if (kept instanceof Uint8Array) return kept;
    const contents = new Uint8Array(this.sizeOf(chunk));
    if (kept === undefined && !this.base.read(chunk * CHUNK_BYTES, contents)) return undefined;
    this.chunks.set(chunk, contents);
    return contents;
  }
}
