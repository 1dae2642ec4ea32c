/** Threads of a service beside the one that it is started with. They run as long as it does. */
import { Errno } from '../../abi/errno.enums';
import { function_address, write_tp } from '../../abi/rv';
import { StartHandle } from '../../abi/syscall.enums';
import { TRANSFER_BYTES } from '../../runtime/call';
import {
  createNotification,
  createThread,
  exit,
  startThread as run,
  unmap,
} from '../../runtime/objects';
import { startHandle } from '../../runtime/start-information';
import { ownBlock, THREAD_BLOCK_BYTES, ThreadBlock } from '../../runtime/thread-block';
import { allocatePages, PAGE_BYTES } from './pages';

/** A stack, above a page that is not mapped. tools/images/manifest.ts counts with as much for each. */
const STACK_PAGES: u32 = 4;
const STACK_ALIGNMENT: usize = 16;

/** What a thread begins with: it lies at the top of its stack, and its block behind it. */
@unmanaged
class Beginning {
  entry: (argument: u32) => void;
  argument: u32;

  get block(): ThreadBlock {
    return changetype<ThreadBlock>(changetype<usize>(this) + offsetof<Beginning>());
  }
}

/**
 * Runs `entry` with `argument` on a thread of its own, whose priority is by `above` greater than that of
 * the threads that serve. ENOMEM, ENFILE.
 */
export function startThread(entry: (argument: u32) => void, argument: u32, above: u32 = 0): i32 {
  // With a second thread, the first one may have to wait for it.
  const own = prepareToSleep(ownBlock());
  if (own < 0) return own;
  const stack = allocatePages(STACK_PAGES);
  if (stack == 0) return -Errno.ENOMEM;
  unmap(stack, PAGE_BYTES);
  const bytes = <usize>(offsetof<Beginning>() + THREAD_BLOCK_BYTES);
  const top = (stack + STACK_PAGES * PAGE_BYTES - bytes) & ~(STACK_ALIGNMENT - 1);
  const beginning = changetype<Beginning>(top);
  beginning.entry = entry;
  beginning.argument = argument;
  const block = beginning.block;
  block.isFurther = true;
  // Only who knows others calls them.
  if (startHandle(StartHandle.Names) != 0) {
    block.transferArea = allocatePages(<u32>TRANSFER_BYTES / PAGE_BYTES);
    if (block.transferArea == 0) return -Errno.ENOMEM;
  }
  const error = prepareToSleep(block);
  if (error < 0) return error;
  const thread = createThread(startHandle(StartHandle.Self));
  if (thread < 0) return thread;
  const priority = startHandle(StartHandle.Priority) + above;
  return run(thread, function_address(begin.index), top, top, priority);
}

function prepareToSleep(block: ThreadBlock): i32 {
  if (block.wakeup != 0) return 0;
  const made = createNotification(0);
  if (made > 0) block.wakeup = made;
  return min(made, 0);
}

function begin(address: u32): void {
  const beginning = changetype<Beginning>(<usize>address);
  write_tp(changetype<u32>(beginning.block));
  beginning.entry(beginning.argument);
  exit(0);
}
