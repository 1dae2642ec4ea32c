/**
 * One place in a table of handles. A handle is the index of an entry in its low 12 bits and the
 * entry's own generation above, which makes a handle stale once its entry has been reused; the entry
 * remembers the generation of the object, which makes it stale once the object has ended. Bit 31
 * stays clear, so that a handle is never taken for an error.
 */
import { SlabObject } from '../core/slab';

export const HANDLE_INDEX_BITS: u32 = 12;
export const HANDLE_INDEX_MASK: u32 = 0xfff;
/** Generations of an entry, at their place in handles and stamps. */
export const FIRST_GENERATION: u32 = 0x1000;
/** Generations above have been used up; they start again. */
const LAST_GENERATION: u32 = 0x7fff_f000;
/** log2 of an entry's size. */
export const ENTRY_SHIFT: u32 = 4;

@unmanaged
export class HandleEntry {
  /** Null: the entry is free. */
  object: SlabObject | null;
  /** The object's generation when the handle was made. */
  objectGeneration: u32;
  /** For endpoints: tells the server which client calls. Free entry: as Process.freeHandle. */
  badge: u32;
  /** The entry's generation, where a handle has it, and below it the Rights; none if it is free. */
  stamp: u32;

  get rights(): u32 {
    return this.stamp & HANDLE_INDEX_MASK;
  }

  /** Whether the object has ended since. */
  get isStale(): bool {
    const object = this.object;
    return object == null || object.generation != this.objectGeneration;
  }

  /** The generation that the entry has once it has been freed, with no rights. */
  get nextStamp(): u32 {
    const generation = this.stamp & ~HANDLE_INDEX_MASK;
    return generation == LAST_GENERATION ? FIRST_GENERATION : generation + FIRST_GENERATION;
  }
}

if (offsetof<HandleEntry>() != 1 << 4) ERROR('ENTRY_SHIFT does not match HandleEntry');
