/**
 * What was read from the disk, in memory of fixed size. It is kept in chunks, each a run of sectors that
 * begins at a multiple of its length: whoever reads one block of a file is likely to want the next.
 */
import { Errno } from '../../abi/errno.enums';

/** Reads `bytes`, whole sectors, from sector `sector` on to `address`; 0 or a negative Errno. */
export type ReadSectors = (sector: u32, address: usize, bytes: u32) => i32;

const SECTOR_BYTES: u32 = 512;
/** A power of two, no less than the largest block. */
export const CHUNK_BYTES: u32 = 16384;
const CHUNK_SECTORS: u32 = CHUNK_BYTES / SECTOR_BYTES;
const CHUNKS: u32 = 32;
/** Number of no chunk. */
const EMPTY: u32 = u32.MAX_VALUE;

@unmanaged
class Chunk {
  /** EMPTY, or which chunk of the disk it is. */
  number: u32;
  /** When it was used last, by the cache's own count. */
  used: u32;
}

@unmanaged
export class BlockCache {
  private readSectors: ReadSectors;
  /** Sectors of the disk. */
  private sectors: u32;
  private chunks: usize;
  private contents: usize;
  private uses: u32;
  /** Why the last chunk could not be read: a negative Errno. */
  error: i32;

  prepare(readSectors: ReadSectors, sectors: u32): void {
    this.readSectors = readSectors;
    this.sectors = sectors;
    this.chunks = memory.data(<i32>CHUNKS * offsetof<Chunk>(), 4);
    this.contents = memory.data(<i32>(CHUNKS * CHUNK_BYTES), 16);
    for (let i: u32 = 0; i < CHUNKS; i++) this.chunk(i).number = EMPTY;
  }

  /**
   * Where the bytes from `sector` on lie in memory, up to the end of their chunk, until the next call.
   * 0: they cannot be read, `error` says why.
   */
  at(sector: u32): usize {
    const number = sector / CHUNK_SECTORS;
    const place = (sector % CHUNK_SECTORS) * SECTOR_BYTES;
    this.uses += 1;
    let oldest: u32 = 0;
    let oldestAge: u32 = 0;
    for (let i: u32 = 0; i < CHUNKS; i++) {
      const chunk = this.chunk(i);
      if (chunk.number == number) {
        chunk.used = this.uses;
        return this.contentsOf(i) + place;
      }
      const age = chunk.number == EMPTY ? u32.MAX_VALUE : this.uses - chunk.used;
      if (age >= oldestAge) {
        oldestAge = age;
        oldest = i;
      }
    }
    return this.fill(oldest, number) ? this.contentsOf(oldest) + place : 0;
  }

  private fill(index: u32, number: u32): bool {
    const chunk = this.chunk(index);
    const first = number * CHUNK_SECTORS;
    chunk.number = EMPTY;
    if (first >= this.sectors) {
      this.error = -Errno.EIO;
      return false;
    }
    const sectors = min(CHUNK_SECTORS, this.sectors - first);
    const address = this.contentsOf(index);
    // The disk may end within the chunk; what is behind its end reads as zeros.
    memory.fill(address + sectors * SECTOR_BYTES, 0, (CHUNK_SECTORS - sectors) * SECTOR_BYTES);
    this.error = this.readSectors(first, address, sectors * SECTOR_BYTES);
    if (this.error < 0) return false;
    chunk.number = number;
    chunk.used = this.uses;
    return true;
  }

  private chunk(index: u32): Chunk {
    return changetype<Chunk>(this.chunks + <usize>index * <usize>offsetof<Chunk>());
  }

  private contentsOf(index: u32): usize {
    return this.contents + index * CHUNK_BYTES;
  }
}
