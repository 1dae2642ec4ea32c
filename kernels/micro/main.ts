/**
 * The microkernel. It starts here, takes every trap from user mode in traps.ts, and leaves through
 * dispatch.ts. Interrupts are off while it runs.
 */
import { openUserMode, printBanner, takeMachine } from '../core/boot';
import { allocateFrame } from '../core/frames';
import { currentHart } from '../core/hart';
import { ImageLayout } from '../core/image-layout';
import { enterProcess, thread_to_resume } from './dispatch';
import { startFirstProcess } from './first-process';
import { initialiseInterrupts } from './interrupts';
import { keepDevices } from './memory-objects';
import { initialiseSlabs } from './object-slabs';
import { MicroThread } from './objects';

export { abort, report_kernel_trap } from '../core/panic';
export { thread_to_resume } from './dispatch';
export { handle_at_length, handle_trap } from './traps';

/** Called by entry.s on the first hart: the thread to start with. */
export function kernel_main(hartId: u32, tree: u32, layout: ImageLayout): MicroThread {
  const platform = takeMachine(hartId, tree, layout);
  const hart = currentHart();
  keepDevices(platform.plicBase, platform.plicSize);
  initialiseSlabs();
  initialiseInterrupts(allocateFrame());
  printBanner('micro', platform);
  startFirstProcess(hart, platform, tree, null);
  openUserMode();
  const thread = thread_to_resume(hart);
  enterProcess(hart, thread.process);
  return thread;
}
