/**
 * What was read from the disk. It is kept in chunks, each a run of sectors that begins at a multiple of its
 * length: whoever reads one block of a file is likely to want the next. While one thread waits for the
 * disk to fill a chunk, others go on with the rest.
 */
import { Errno } from '../../abi/errno.enums';
import { Condition, Lock, SleepLock } from 'environment/lock';
import { allocatePages, PAGE_BYTES } from 'environment/memory';

/** Reads `bytes`, whole sectors, from sector `sector` on to `address`; 0 or a negative Errno. May sleep. */
export type ReadSectors = (sector: u32, address: usize, bytes: u32) => i32;

const SECTOR_BYTES: u32 = 512;
/** A power of two, no less than the largest block. */
export const CHUNK_BYTES: u32 = 16384;
const CHUNK_SECTORS: u32 = CHUNK_BYTES / SECTOR_BYTES;
/** Chunks at most; with less memory there are fewer. */
const CHUNKS: u32 = 32;
/** Number of no chunk. */
const EMPTY: u32 = u32.MAX_VALUE;

@unmanaged
class Chunk {
  /** EMPTY, or which chunk of the disk it is, or is going to be. */
  number: u32;
  /** When it was used last, by the cache's own count. */
  used: u32;
  /** Its bytes; 0: it has no memory yet. */
  contents: usize;

  /** Held while it is read from the disk: nobody looks at its bytes. */
  get filling(): SleepLock {
    return changetype<SleepLock>(changetype<usize>(this) + offsetof<Chunk>());
  }
}

/** A chunk and its lock. */
const CHUNK_RECORD: u32 = offsetof<Chunk>() + offsetof<SleepLock>();

/** All of it belongs to whoever has the lock that it was prepared with. */
@unmanaged
export class BlockCache {
  private readSectors: ReadSectors;
  private lock: Lock;
  /** A chunk was filled, or could not be. */
  private filled: Condition;
  /** Sectors of the disk. */
  private sectors: u32;
  private chunks: usize;
  private uses: u32;
  /** Why the last chunk could not be read: a negative Errno. */
  error: i32;

  prepare(readSectors: ReadSectors, sectors: u32, lock: Lock): void {
    this.readSectors = readSectors;
    this.sectors = sectors;
    this.lock = lock;
    this.filled = changetype<Condition>(memory.data(offsetof<Condition>(), 4));
    this.chunks = memory.data(<i32>(CHUNKS * CHUNK_RECORD), 4);
    for (let i: u32 = 0; i < CHUNKS; i++) {
      const chunk = this.chunk(i);
      chunk.number = EMPTY;
      if (chunk.contents == 0) chunk.contents = allocatePages(CHUNK_BYTES / PAGE_BYTES);
    }
  }

  /**
   * Where the bytes from `sector` on lie in memory, up to the end of their chunk, until the next call or
   * until the lock is given up, as it is here if the disk has to be waited for. 0: they cannot be read,
   * `error` says why: EIO, ENOMEM.
   */
  at(sector: u32): usize {
    const number = sector / CHUNK_SECTORS;
    const place = (sector % CHUNK_SECTORS) * SECTOR_BYTES;
    while (true) {
      this.uses += 1;
      let found = this.find(number);
      if (found === null) {
        found = this.takeOldest();
        if (found === null) return 0;
        // In the meantime another thread may have come for the same.
        if (found.filling.isHeld) this.filled.wait(this.lock);
        else return this.fill(found, number) ? found.contents + place : 0;
      } else if (found.filling.isHeld) {
        this.filled.wait(this.lock);
      } else {
        found.used = this.uses;
        return found.contents + place;
      }
    }
  }

  private find(number: u32): Chunk | null {
    for (let i: u32 = 0; i < CHUNKS; i++) {
      const chunk = this.chunk(i);
      if (chunk.number == number) return chunk;
    }
    return null;
  }

  /**
   * A chunk to read something else into: the one that has not been used for longest. One that is being
   * filled: all are. Null: no chunk has memory.
   */
  private takeOldest(): Chunk | null {
    let oldest: Chunk | null = null;
    let oldestAge: u32 = 0;
    let busy: Chunk | null = null;
    for (let i: u32 = 0; i < CHUNKS; i++) {
      const chunk = this.chunk(i);
      if (chunk.contents == 0) break;
      if (chunk.filling.isHeld) {
        busy = chunk;
        continue;
      }
      if (chunk.number == EMPTY) return chunk;
      const age = this.uses - chunk.used;
      if (age >= oldestAge) {
        oldestAge = age;
        oldest = chunk;
      }
    }
    if (oldest === null) oldest = busy;
    if (oldest === null) this.error = -Errno.ENOMEM;
    return oldest;
  }

  /** Reads a chunk from the disk; whoever wants it meanwhile waits. */
  private fill(chunk: Chunk, number: u32): bool {
    const first = number * CHUNK_SECTORS;
    if (first >= this.sectors) {
      this.error = -Errno.EIO;
      return false;
    }
    const sectors = min(CHUNK_SECTORS, this.sectors - first);
    const address = chunk.contents;
    chunk.number = number;
    chunk.filling.take(this.lock);
    this.lock.release();
    // The disk may end within the chunk; what is behind its end reads as zeros.
    memory.fill(address + sectors * SECTOR_BYTES, 0, (CHUNK_SECTORS - sectors) * SECTOR_BYTES);
    const error = this.readSectors(first, address, sectors * SECTOR_BYTES);
    this.lock.acquire();
    chunk.filling.give(this.lock);
    this.filled.wakeAll(this.lock);
    chunk.used = this.uses;
    if (error >= 0) return true;
    chunk.number = EMPTY;
    this.error = error;
    return false;
  }

  private chunk(index: u32): Chunk {
    return changetype<Chunk>(this.chunks + <usize>index * <usize>CHUNK_RECORD);
  }
}
