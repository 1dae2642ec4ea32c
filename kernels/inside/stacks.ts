/**
 * Kernel stacks: places in a window of the kernel's half, each above a page that is never mapped. A
 * place keeps its pages once it has been used. The window is one table, which has to be there before
 * the first process copies the kernel's half.
 */
import { allocateFrame } from '../core/frames';
import { kernelRoot } from '../core/kernel-space';
import { findEntry, mapPage } from '../core/page-table';
import { PAGE_SIZE, Pte } from '../core/paging';
import { KernelThread } from './thread';

const WINDOW: u32 = 0xe000_0000;
/** The guard page and three of stack. */
const PLACE_SIZE: u32 = 4 * PAGE_SIZE;
/** As many as the window's table has room for. */
export const STACKS: u32 = 256;
const STACK_PAGE: u32 = Pte.G | Pte.A | Pte.D | Pte.R | Pte.W;

/** The thread on each stack; 0: nobody. */
const threads = memory.data(1024, 4) as u32;
/** Whether a place has its pages. */
const mapped = memory.data(256) as u32;

/** The thread on stack `slot`, or null. */
export function threadOn(slot: u32): KernelThread | null {
  return changetype<KernelThread | null>(load<u32>(threads + (slot << 2)));
}

/** Gives a thread a stack; false if there are too many threads or no memory. */
export function takeStack(thread: KernelThread): bool {
  for (let slot: u32 = 0; slot < STACKS; slot++) {
    if (load<u32>(threads + (slot << 2)) != 0) continue;
    const guard = WINDOW + slot * PLACE_SIZE;
    if (load<u8>(mapped + slot) == 0 && !mapStack(slot, guard)) return false;
    store<u32>(threads + (slot << 2), changetype<u32>(thread));
    thread.slot = slot;
    thread.kernelStack = guard + PLACE_SIZE;
    return true;
  }
  return false;
}

/** Takes a stack back from a thread that runs no more. */
export function releaseStack(thread: KernelThread): void {
  store<u32>(threads + (thread.slot << 2), 0);
}

/** Pages that are mapped already when memory runs out stay for the next attempt. */
function mapStack(slot: u32, guard: u32): bool {
  for (let address = guard + PAGE_SIZE; address < guard + PLACE_SIZE; address += PAGE_SIZE) {
    if (findEntry(kernelRoot(), address) != 0) continue;
    const frame = allocateFrame();
    if (frame == 0 || mapPage(kernelRoot(), address, frame, STACK_PAGE) < 0) return false;
  }
  store<u8>(mapped + slot, 1);
  return true;
}
