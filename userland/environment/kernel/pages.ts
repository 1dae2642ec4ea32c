/** Pages of memory: the kernel's frames, of which a service may have as many as there are. */
import { allocateFrames, releaseFrames } from '../../../kernels/core/frames';
import { PAGE_SIZE } from '../../../kernels/core/paging';

export const PAGE_BYTES: u32 = PAGE_SIZE;

/** The address of `count` adjacent zeroed pages, or 0: there is no memory left. */
export function allocatePages(count: u32): usize {
  return allocateFrames(count);
}

/** Gives back what `allocatePages` gave. */
export function freePages(address: usize, count: u32): void {
  releaseFrames(<u32>address, count);
}
