/**
 * The hybrid kernel: the microkernel, and inside it some of the services. It starts here and takes every
 * trap from user mode as the microkernel does. Interrupts are off while it runs.
 */
import { openUserMode, printBanner, takeMachine } from '../core/boot';
import { hasArgument } from '../core/bootargs';
import { allocateFrame } from '../core/frames';
import { currentHart } from '../core/hart';
import { ImageLayout } from '../core/image-layout';
import { panic } from '../core/panic';
import { initialiseDevices } from '../inside/devices';
import { setInitrd } from '../inside/initrd';
import { initialisePorts } from '../inside/port-table';
import { initialiseThreads } from '../inside/run';
import { enterProcess } from '../micro/dispatch';
import { initialiseInterrupts } from '../micro/interrupts';
import { keepDevices } from '../micro/memory-objects';
import { initialiseSlabs } from '../micro/object-slabs';
import { MicroThread } from '../micro/objects';
import { resume, thread_to_resume } from './dispatch';
import { setOopsPanics } from './faults';
import { LoanTask, initialiseLoans, takeLoan } from './loans';
import { initialiseOutside } from './outside';
import { prepareSystem } from './start';
import { initialiseWall } from './wall';

export { handle_at_length, handle_trap } from '../micro/traps';
export { thread_to_resume } from './dispatch';
export { abort } from '../inside/abort';
export { report_kernel_trap } from './faults';
export { begin_thread, end_killed_thread } from './inside-calls';
export { next_thread } from './loans';
export {
  alarm_service,
  close_port,
  describe_service,
  dispatch_request,
  interrupt_service,
  provided_path,
  provided_port,
  start_service,
} from './binding';

/** Called by entry.s on the first hart: the thread to start with. */
export function kernel_main(hartId: u32, tree: u32, layout: ImageLayout): MicroThread {
  const platform = takeMachine(hartId, tree, layout);
  const hart = currentHart();
  keepDevices(platform.plicBase, platform.plicSize);
  initialiseSlabs();
  initialiseInterrupts(allocateFrame());
  initialiseThreads();
  initialisePorts();
  initialiseDevices(tree);
  setInitrd(platform.initrdStart, platform.initrdEnd - platform.initrdStart);
  setOopsPanics(hasArgument(platform, 'oops=panic'));
  printBanner('hybrid', platform);
  initialiseWall();
  initialiseOutside();
  initialiseLoans(hart);
  prepareSystem(platform, tree);
  openUserMode();
  const first = takeLoan(hart);
  if (first == null) panic('no memory for the services');
  else {
    first.task = LoanTask.Start;
    resume(hart, first.thread);
  }
  const thread = thread_to_resume(hart);
  enterProcess(hart, thread.process);
  return thread;
}
