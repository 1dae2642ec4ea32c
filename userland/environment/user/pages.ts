/** Pages of the process's memory, which the image description bounds (`memory`). */
import { StartHandle } from '../../abi/syscall.enums';
import { PAGE_BYTES } from '../../runtime/objects';
import { startHandle } from '../../runtime/start-information';
import { Lock } from './lock';

export { PAGE_BYTES } from '../../runtime/objects';

/** What a page is: a byte for each, in the first of them. tools/images/manifest.ts sees that they fit. */
const enum PageState {
  /** As the kernel gave it: zeroed. */
  Fresh = 0,
  Used = 1,
  /** Given back, with what was left in it. */
  Stale = 2,
}

const lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));
/** Where the memory lies; 0: nobody has asked for any yet. */
let start: usize = 0;
let pages: u32 = 0;

/** The address of `count` adjacent zeroed pages, or 0: there is no memory left. */
export function allocatePages(count: u32): usize {
  lock.acquire();
  const first = findFree(count);
  if (first != 0) take(first, count);
  lock.release();
  return first == 0 ? 0 : start + <usize>first * PAGE_BYTES;
}

/** Gives back what `allocatePages` gave. */
export function freePages(address: usize, count: u32): void {
  const first = <u32>(address - start) / PAGE_BYTES;
  lock.acquire();
  memory.fill(start + first, <u8>PageState.Stale, count);
  lock.release();
}

/** The first of `count` pages that nobody has; 0, which is the table's: there are none. */
function findFree(count: u32): u32 {
  if (start == 0) {
    start = startHandle(StartHandle.Memory);
    pages = startHandle(StartHandle.MemoryBytes) / PAGE_BYTES;
  }
  let run: u32 = 0;
  for (let page: u32 = 1; page < pages; page++) {
    run = load<u8>(start + page) == PageState.Used ? 0 : run + 1;
    if (run == count) return page + 1 - count;
  }
  return 0;
}

function take(first: u32, count: u32): void {
  for (let page = first; page < first + count; page++) {
    if (load<u8>(start + page) == PageState.Stale) {
      memory.fill(start + <usize>page * PAGE_BYTES, 0, PAGE_BYTES);
    }
    store<u8>(start + page, PageState.Used);
  }
}
