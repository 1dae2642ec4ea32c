/** Tables of handles: finding what a handle stands for, handing handles out, taking them back. */
import { Errno } from '../../userland/abi/errno.enums';
import { ObjectKind, Rights } from '../../userland/abi/syscall.enums';
import { allocateFrames, releaseFrames } from '../core/frames';
import { PAGE_SHIFT } from '../core/paging';
import { failure, isError } from '../core/result';
import { SlabObject } from '../core/slab';
import { ENTRY_SHIFT, FIRST_GENERATION, HANDLE_INDEX_BITS, HandleEntry } from './handle-entry';
import { ENDED, Endpoint, Process } from './objects';

/** Most handles a process can have. */
const MAXIMUM_HANDLES: u32 = 1 << HANDLE_INDEX_BITS;
const ENTRIES_PER_PAGE: u32 = 1 << (PAGE_SHIFT - ENTRY_SHIFT);

function entryAt(process: Process, index: u32): HandleEntry {
  return changetype<HandleEntry>(process.handles + (index << ENTRY_SHIFT));
}

/** The entry of `handle`, even if its object has ended: an address, or EBADF. */
export function findAny(process: Process, handle: u32): u32 {
  const entry = process.entryOf(handle);
  if (entry == null || entry.object == null) return failure(Errno.EBADF);
  return changetype<u32>(entry);
}

/**
 * The entry of `handle`, which must be of `kind` and have all of `rights`: an address, or EBADF, or
 * EACCES if a right is missing.
 */
export function findHandle(process: Process, handle: u32, kind: u32, rights: u32): u32 {
  const entry = process.entryOf(handle);
  if (entry == null) return failure(Errno.EBADF);
  const object = entry.object;
  if (object == null || object.generation != entry.objectGeneration || object.kind != kind) {
    return failure(Errno.EBADF);
  }
  if ((entry.stamp & rights) != rights) return failure(Errno.EACCES);
  return changetype<u32>(entry);
}

/** The entry of `handle` of whatever kind, with all of `rights`: an address, EBADF or EACCES. */
export function findObject(process: Process, handle: u32, rights: u32): u32 {
  const found = findAny(process, handle);
  if (isError(found)) return found;
  const entry = changetype<HandleEntry>(found);
  if (entry.isStale) return failure(Errno.EBADF);
  if ((entry.stamp & rights) != rights) return failure(Errno.EACCES);
  return found;
}

/**
 * Gives `process` a handle to `object`; 0 if the table is full and cannot grow. A handle to an object
 * that ends with the current trap is stale by its end.
 */
export function insertHandle(process: Process, object: SlabObject, rights: u32, badge: u32): u32 {
  if (process.freeHandle == 0 && !growTable(process)) return 0;
  const index = process.freeHandle - 1;
  const entry = entryAt(process, index);
  process.freeHandle = entry.badge;
  const generation = entry.stamp;
  entry.object = object;
  entry.objectGeneration = object.generation;
  entry.badge = badge;
  entry.stamp = generation | rights;
  if (object.references < ENDED) object.references++;
  if (object.kind == ObjectKind.Endpoint && (rights & Rights.Receive) != 0) {
    changetype<Endpoint>(object).receiveHandles++;
  }
  return generation | index;
}

/** Frees an entry. What becomes of the object is the caller's matter (lifetime.ts). */
export function freeEntry(process: Process, entry: HandleEntry): void {
  const index = (changetype<u32>(entry) - process.handles) >> ENTRY_SHIFT;
  entry.object = null;
  entry.stamp = entry.nextStamp;
  entry.badge = process.freeHandle;
  process.freeHandle = index + 1;
}

/** Entries that a table has room for now: indices of entryIn are below. */
export function tableSize(process: Process): u32 {
  return process.handleCapacity;
}

/** The entry with an index below tableSize, free or not. */
export function entryIn(process: Process, index: u32): HandleEntry {
  return entryAt(process, index);
}

/** Gives up the memory of a table, none of whose entries is in use. */
export function freeTable(process: Process): void {
  releaseFrames(process.handles, process.handleCapacity / ENTRIES_PER_PAGE);
  process.handles = 0;
  process.handleCapacity = 0;
  process.freeHandle = 0;
}

/** Doubles a table that is full. */
function growTable(process: Process): bool {
  const capacity = process.handleCapacity;
  if (capacity >= MAXIMUM_HANDLES) return false;
  const grown = capacity == 0 ? ENTRIES_PER_PAGE : capacity * 2;
  const table = allocateFrames(grown / ENTRIES_PER_PAGE);
  if (table == 0) return false;
  memory.copy(table, process.handles, capacity << ENTRY_SHIFT);
  releaseFrames(process.handles, capacity / ENTRIES_PER_PAGE);
  process.handles = table;
  process.handleCapacity = grown;
  let index = grown;
  while (index > capacity) {
    index--;
    const entry = entryAt(process, index);
    entry.stamp = FIRST_GENERATION;
    entry.badge = process.freeHandle;
    process.freeHandle = index + 1;
  }
  return true;
}
