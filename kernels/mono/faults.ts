/** What becomes of those who do what they must not: programs, and the kernel itself. */
import { csrc_sstatus, csrr_scause, csrr_stval } from '../../userland/abi/rv';
import { SIGNALLED, Signal } from '../../userland/abi/process.enums';
import { Status } from '../../userland/abi/riscv.enums';
import { ProgramFault } from '../../userland/runtime/program-faults';
import { TextBuilder } from '../../userland/runtime/text-builder';
import { findTrapSite } from '../../userland/runtime/trap-sites';
import { ConsoleClient } from 'stubs/console';
import { abandonCalls } from 'environment/call';
import { findService } from 'environment/services';
import { log, logBytes, logDecimal } from '../core/log';
import { KernelFrame } from '../core/kernel-frame';
import { logKernelTrap, report_kernel_trap as panicAt } from '../core/panic';
import { locksHeld } from '../inside/lock';
import { currentThread, hasThread } from '../inside/run';
import { SleepLock } from '../inside/sleep-lock';
import { isInterrupting } from '../inside/service-context';
import { KernelThread } from '../inside/thread';
import { CONSOLE_PATH } from './own-services';
import { Process } from './process';
import { endCurrent } from './processes';

declare function abandon_stack(top: u32): void;

const LINE_BYTES: u32 = 512;
let panicsOnOops: bool = false;

/** `oops=panic` on the command line: a fault in the kernel ends the system, whoever it is for. */
export function setOopsPanics(value: bool): void {
  panicsOnOops = value;
}

const fault = changetype<ProgramFault>(memory.data(offsetof<ProgramFault>(), 4));
const line = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(<i32>LINE_BYTES),
  LINE_BYTES,
);
/** Held from the making of a line to its end: the console takes its time. */
const lineLock = changetype<SleepLock>(memory.data(offsetof<SleepLock>(), 4));

/** The current thread's program has faulted: the console shows how, and the program ends. */
export function endFaulted(thread: KernelThread): void {
  const cause = csrr_scause();
  const address = csrr_stval();
  const process = changetype<Process>(thread.owner);
  lineLock.acquire();
  fault.path = process.path;
  fault.pathLength = process.pathLength;
  fault.process = process.id;
  fault.cause = cause;
  fault.address = address;
  fault.pc = thread.pc;
  const site = findTrapSite(process.trapSitesAt, process.trapSiteBytes, thread.pc);
  line.clear();
  const signal = fault.describe(line, site);
  say();
  lineLock.release();
  endCurrent(SIGNALLED + <i32>signal);
}

/** Writes the line to the console, or if there is none to the kernel's log. */
function say(): void {
  const console = findService(CONSOLE_PATH);
  const written =
    console < 0 ? <i32>console : ConsoleClient.at(<u32>console).write(line.address, line.length);
  if (written < 0) logBytes(<u32>line.address, line.length);
}

/**
 * Called by entry.s when the kernel itself trapped, on a stack of its own. Where that is possible the
 * task for which the kernel worked ends and everything else goes on: it holds no lock, it was not
 * interrupted, it is a program's, and the command line does not say otherwise. Does not return.
 */
export function report_kernel_trap(frame: KernelFrame): void {
  if (!canGoOn()) {
    panicAt(frame);
    return;
  }
  const thread = currentThread();
  const process = changetype<Process>(thread.owner);
  thread.hasFaulted = true;
  log('oops: ');
  logKernelTrap(frame);
  log('; ');
  logBytes(process.name, process.nameLength);
  log(' (process ');
  logDecimal(process.id);
  log(') is killed\n');
  // The next sret is one to user mode.
  csrc_sstatus(Status.SPP);
  abandon_stack(thread.kernelStack);
}

function canGoOn(): bool {
  if (panicsOnOops || isInterrupting() || !hasThread()) return false;
  const thread = currentThread();
  return thread.owner != null && locksHeld() == 0 && thread.locks == 0 && !thread.hasFaulted;
}

/** Ends the task whose fault in the kernel was reported, on its stack, which is empty again. */
export function end_killed_thread(): void {
  abandonCalls(currentThread());
  endCurrent(SIGNALLED + Signal.SIGSEGV);
}
