/**
 * The hybrid kernel: the microkernel, and inside it some of the services. It starts here and takes every
 * trap from user mode here. Interrupts are off while it runs.
 */
import {
  csrr_scause,
  csrs_sie,
  csrw_scounteren,
  csrw_sstatus,
  write_tp,
} from '../../userland/abi/rv';
import {
  CAUSE_INTERRUPT,
  ExceptionCause,
  InterruptCause,
  Status,
} from '../../userland/abi/riscv.enums';
import { Syscall } from '../../userland/abi/syscall.enums';
import { enterKernelSpace, probeAsids } from '../core/address-space';
import { checkPlatform, printBanner } from '../core/boot';
import { initialiseMemory } from '../core/boot-memory';
import { hasArgument } from '../core/bootargs';
import { allocateFrame } from '../core/frames';
import { Hart, currentHart, initialiseBootHart } from '../core/hart';
import { ImageLayout, setImageLayout } from '../core/image-layout';
import { enterNewKernelSpace } from '../core/kernel-space';
import { DEVICE_WINDOW } from '../core/paging';
import { panic } from '../core/panic';
import { Platform, readPlatform } from '../core/platform';
import { initialisePlic } from '../core/plic';
import { initialiseScheduler } from '../core/scheduler';
import { initialiseDevices } from '../inside/devices';
import { setInitrd } from '../inside/initrd';
import { initialisePorts } from '../inside/port-table';
import { initialiseThreads } from '../inside/run';
import { enterProcess, takeInterrupts } from '../micro/dispatch';
import { answerAtOnce, callAtOnce, returnAtOnce } from '../micro/fast-path';
import { reportFault } from '../micro/faults';
import { initialiseInterrupts } from '../micro/interrupts';
import { keepDevices } from '../micro/memory-objects';
import { initialiseSlabs } from '../micro/object-slabs';
import { MicroThread } from '../micro/objects';
import { answerSyscall } from '../micro/syscalls';
import { enter, resume, threadToResume } from './dispatch';
import { setOopsPanics } from './faults';
import { LoanTask, initialiseLoans, takeLoan } from './loans';
import { initialiseOutside } from './outside';
import { prepareSystem } from './start';
import { initialiseWall } from './wall';

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

/** cycle, time and instret can be read in user mode. */
const USER_COUNTERS: u32 = 0b111;
const ENABLED_INTERRUPTS: u32 =
  (1 << InterruptCause.SupervisorTimer) | (1 << InterruptCause.SupervisorExternal);

/** Called by entry.s on the first hart: the thread to start with. */
export function kernel_main(hartId: u32, tree: u32, layout: ImageLayout): MicroThread {
  setImageLayout(layout);
  const hart = initialiseBootHart(hartId);
  write_tp(changetype<u32>(hart));
  const found = readPlatform(tree, hartId);
  if (found == null) panic('no valid device tree');
  const platform = changetype<Platform>(found);
  checkPlatform(platform);
  const ramEnd = initialiseMemory(platform, tree);
  enterNewKernelSpace(ramEnd, platform.plicBase);
  probeAsids(hart);
  enterKernelSpace(hart);
  initialisePlic(DEVICE_WINDOW, platform.plicContext, platform.plicSources);
  keepDevices(platform.plicBase, platform.plicSize);
  initialiseScheduler(platform.timebaseFrequency);
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

  csrw_scounteren(USER_COUNTERS);
  // sret enters user mode with interrupts enabled.
  csrw_sstatus(Status.SPIE);
  csrs_sie(ENABLED_INTERRUPTS);
  const first = takeLoan(hart);
  if (first == null) panic('no memory for the services');
  else {
    first.task = LoanTask.Start;
    resume(hart, first.thread);
  }
  const thread = threadToResume(hart);
  enterProcess(hart, thread.process);
  return thread;
}

/** Called by entry.s for every trap from user mode: the thread to go on with. */
export function handle_trap(thread: MicroThread): MicroThread {
  const hart = currentHart();
  let next: MicroThread | null = null;
  if (csrr_scause() == ExceptionCause.EnvironmentCallFromU) {
    const number = thread.t0;
    if (number == Syscall.Call) next = callAtOnce(hart, thread);
    else if (number == Syscall.ReplyReceive) next = answerAtOnce(hart, thread);
    else if (number == Syscall.Null) return returnAtOnce(thread);
  }
  if (next == null) next = handle_at_length(hart, thread);
  return hart.root == next.process.root ? next : enter(hart, next);
}

/**
 * Handles any trap. An export, so that it is not merged into its caller: handle_trap has few
 * registers to save without it.
 */
export function handle_at_length(hart: Hart, thread: MicroThread): MicroThread {
  const cause = csrr_scause();
  if (cause == ExceptionCause.EnvironmentCallFromU) answerSyscall(hart, thread);
  else if ((cause & CAUSE_INTERRUPT) != 0) takeInterrupts(hart);
  else reportFault(hart, thread);
  return threadToResume(hart);
}
