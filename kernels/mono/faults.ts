/** What becomes of those who do what they must not: programs, and the kernel itself. */
import { csrc_sstatus, csrr_scause, csrr_stval } from '../../userland/abi/rv';
import { SIGNALLED, Signal } from '../../userland/abi/process.enums';
import { ExceptionCause, Status } from '../../userland/abi/riscv.enums';
import { log, logBytes, logDecimal, logHex } from '../core/log';
import { KernelFrame } from '../core/kernel-frame';
import { causeText, logKernelTrap, report_kernel_trap as panicAt } from '../core/panic';
import { isInterrupting } from '../inside/service-context';
import { currentThread, hasThread } from '../inside/run';
import { KernelThread } from '../inside/thread';
import { Process } from './process';
import { endCurrent } from './processes';

declare function abandon_stack(top: u32): void;

let panicsOnOops: bool = false;

/** `oops=panic` on the command line: a fault in the kernel ends the system, whoever it is for. */
export function setOopsPanics(value: bool): void {
  panicsOnOops = value;
}

/** The current thread's program has faulted: one line says how, and the program ends. */
export function endFaulted(thread: KernelThread): void {
  const cause = csrr_scause();
  const address = csrr_stval();
  const process = changetype<Process>(thread.owner);
  logBytes(process.name, process.nameLength);
  log(' (process ');
  logDecimal(process.id);
  log('): ');
  log(causeText(cause));
  log(' at ');
  logHex(address);
  log(', pc ');
  logHex(thread.pc);
  log('\n');
  endCurrent(SIGNALLED + signalOf(cause));
}

function signalOf(cause: u32): i32 {
  switch (cause) {
    case ExceptionCause.IllegalInstruction:
      return Signal.SIGILL;
    case ExceptionCause.Breakpoint:
      return Signal.SIGTRAP;
    case ExceptionCause.InstructionAddressMisaligned:
    case ExceptionCause.LoadAddressMisaligned:
    case ExceptionCause.StoreAddressMisaligned:
      return Signal.SIGBUS;
    default:
      return Signal.SIGSEGV;
  }
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
  return thread.owner != null && thread.locks == 0 && !thread.hasFaulted;
}

/** Ends the task whose fault in the kernel was reported, on its stack, which is empty again. */
export function end_killed_thread(): void {
  const thread = currentThread();
  // What services keep of its calls is answered into the void.
  thread.depth = 0;
  endCurrent(SIGNALLED + Signal.SIGSEGV);
}
