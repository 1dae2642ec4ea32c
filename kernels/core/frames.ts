/**
 * Frames: the 4 KiB pages of RAM. Each has a count of what refers to it (its owner, and every page
 * table entry that maps it); a count of zero means that it is free. A memory object is one run of
 * frames, so that a driver can hand its address to a device.
 */
import { PAGE_SHIFT, PAGE_SIZE, pageDown, pageUp } from './paging';

/** First byte of RAM. */
let ramBase: u32 = 0;
let frameCount: u32 = 0;
/** A word for every frame. */
let counts: u32 = 0;
/** No frame below this index is free. */
let lowestFree: u32 = 0;
let freeCount: u32 = 0;

/** Bytes that the counts of `size` bytes of RAM take, in whole pages. */
export function frameTableSize(size: u32): u32 {
  return pageUp((size >> PAGE_SHIFT) * sizeof<u32>());
}

/** All frames of the `size` bytes of RAM at `base` are free; the table is kept at `table`. */
export function initialiseFrames(base: u32, size: u32, table: u32): void {
  ramBase = base;
  frameCount = size >> PAGE_SHIFT;
  counts = table;
  freeCount = frameCount;
  memory.fill(table, 0, frameTableSize(size));
}

/** Takes every frame that the range touches out of use for good; parts outside RAM are none. */
export function reserveFrames(start: u32, end: u32): void {
  let address = max(pageDown(start), ramBase);
  const last = min(end, ramBase + (frameCount << PAGE_SHIFT));
  while (address < last) {
    const count = countOf(address);
    if (load<u32>(count) == 0) freeCount--;
    store<u32>(count, load<u32>(count) + 1);
    address += PAGE_SIZE;
  }
}

/** Whether `address` lies in RAM that the kernel manages and has mapped. */
export function isRam(address: u32): bool {
  return address - ramBase < frameCount << PAGE_SHIFT;
}

function countOf(address: u32): u32 {
  return counts + ((address - ramBase) >> PAGE_SHIFT) * sizeof<u32>();
}

/** A zeroed frame with one reference, or 0. */
export function allocateFrame(): u32 {
  return allocateFrames(1);
}

/** The address of `pages` adjacent zeroed frames with one reference each, or 0. */
export function allocateFrames(pages: u32): u32 {
  if (pages == 0 || pages > freeCount) return 0;
  let index = lowestFree;
  let run: u32 = 0;
  let seenFree = false;
  while (index < frameCount) {
    if (load<u32>(counts + index * sizeof<u32>()) != 0) {
      run = 0;
    } else {
      if (!seenFree) {
        seenFree = true;
        lowestFree = index;
      }
      run++;
      if (run == pages) return takeRun(index + 1 - pages, pages);
    }
    index++;
  }
  return 0;
}

function takeRun(first: u32, pages: u32): u32 {
  for (let i: u32 = 0; i < pages; i++) store<u32>(counts + (first + i) * sizeof<u32>(), 1);
  if (first == lowestFree) lowestFree = first + pages;
  freeCount -= pages;
  const address = ramBase + (first << PAGE_SHIFT);
  memory.fill(address, 0, pages << PAGE_SHIFT);
  return address;
}

/** One reference more to the frame at `address`; device memory is not counted. */
export function retainFrame(address: u32): void {
  if (!isRam(address)) return;
  const count = countOf(address);
  store<u32>(count, load<u32>(count) + 1);
}

/** One reference less; the last frees the frame. */
export function releaseFrame(address: u32): void {
  if (!isRam(address)) return;
  const count = countOf(address);
  const left = load<u32>(count) - 1;
  store<u32>(count, left);
  if (left != 0) return;
  freeCount++;
  const index = (address - ramBase) >> PAGE_SHIFT;
  if (index < lowestFree) lowestFree = index;
}

/** One reference less to each frame of a run. */
export function releaseFrames(address: u32, pages: u32): void {
  for (let i: u32 = 0; i < pages; i++) releaseFrame(address + (i << PAGE_SHIFT));
}

/** One reference more to each frame of a run. */
export function retainFrames(address: u32, pages: u32): void {
  for (let i: u32 = 0; i < pages; i++) retainFrame(address + (i << PAGE_SHIFT));
}
