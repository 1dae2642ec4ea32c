/**
 * The monolithic kernel. It starts here and takes every trap from user mode here. A trap is handled on
 * the kernel stack of the thread that it stopped, which may sleep in the middle; interrupts are off.
 */
import { csrr_scause } from '../../userland/abi/rv';
import { CAUSE_INTERRUPT, ExceptionCause } from '../../userland/abi/riscv.enums';
import { enterAddressSpace } from '../core/address-space';
import { openUserMode, printBanner, takeMachine } from '../core/boot';
import { hasArgument } from '../core/bootargs';
import { showFloatingPoint, takeFloatingPoint } from '../core/floating-point';
import { Hart, currentHart } from '../core/hart';
import { ImageLayout } from '../core/image-layout';
import { initialiseDevices } from '../inside/devices';
import { setInitrd } from '../inside/initrd';
import { take_interrupts } from '../inside/interrupts';
import { initialisePorts } from '../inside/port-table';
import { initialiseThreads, passTurn, reap, runFirst } from '../inside/run';
import { KernelThread } from '../inside/thread';
import { endFaulted, setOopsPanics } from './faults';
import { endCurrent, initialiseProcesses } from './processes';
import { KernelThreadKind, createKernelThread, runKernelThread } from './kernel-threads';
import { addAllServices } from './start';
import { answerSyscall } from './syscalls';

export { abort } from '../inside/abort';
export { take_interrupts } from '../inside/interrupts';
export { next_thread } from '../inside/next-thread';
export { end_killed_thread, report_kernel_trap } from './faults';
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

/** Called by entry.s on the first hart. Does not return: the kernel's own thread goes on. */
export function kernel_main(hartId: u32, tree: u32, layout: ImageLayout): KernelThread {
  const platform = takeMachine(hartId, tree, layout);
  const hart = currentHart();
  initialiseThreads();
  initialisePorts();
  initialiseProcesses();
  initialiseDevices(tree);
  setInitrd(platform.initrdStart, platform.initrdEnd - platform.initrdStart);
  setOopsPanics(hasArgument(platform, 'oops=panic'));
  printBanner('mono', platform);
  addAllServices();
  openUserMode();
  const first = createKernelThread(hart, KernelThreadKind.System);
  runFirst(hart, first);
  return first;
}

/** Where a thread begins (switch.s): the thread that is to go on in user mode. */
export function begin_thread(thread: KernelThread): KernelThread {
  reap();
  if (thread.space == null) runKernelThread(thread.a0);
  return toUser(currentHart(), thread);
}

/** Called by entry.s for every trap from user mode: the thread to go on with. */
export function handle_trap(thread: KernelThread): KernelThread {
  const hart = currentHart();
  const cause = csrr_scause();
  if (cause == ExceptionCause.EnvironmentCallFromU) answerSyscall(thread);
  else if ((cause & CAUSE_INTERRUPT) != 0) take_interrupts(hart);
  else if (!takeFloatingPoint(hart, thread, cause)) endFaulted(thread);
  return toUser(hart, thread);
}

/** The way out: others may have their turn first, and the thread may have to end. */
function toUser(hart: Hart, thread: KernelThread): KernelThread {
  if (!thread.isEnding) passTurn(hart, thread);
  if (thread.isEnding) endCurrent(thread.status);
  const space = thread.space;
  if (space != null) enterAddressSpace(hart, space);
  if (hart.floatOwner != null) showFloatingPoint(hart, thread);
  return thread;
}
