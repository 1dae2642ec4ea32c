/**
 * Every trap from user mode, in the microkernel and in the hybrid one, which only goes on in its own way.
 */
import { csrr_scause } from '../../userland/abi/rv';
import { CAUSE_INTERRUPT, ExceptionCause } from '../../userland/abi/riscv.enums';
import { Syscall } from '../../userland/abi/syscall.enums';
import { showFloatingPoint, takeFloatingPoint } from '../core/floating-point';
import { Hart, currentHart } from '../core/hart';
import { enterProcess, takeInterrupts } from './dispatch';
import { answerAtOnce, callAtOnce, returnAtOnce } from './fast-path';
import { reportFault } from './faults';
import { MicroThread } from './objects';
import { answerSyscall } from './syscalls';

/** The thread that is to go on in user mode, after something out of the ordinary. */
declare function thread_to_resume(hart: Hart): MicroThread;

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
  const process = next.process;
  if (hart.root != process.root) enterProcess(hart, process);
  if (hart.floatOwner != null) showFloatingPoint(hart, next);
  return next;
}

/**
 * Handles any trap. An export, so that it is not merged into its caller: handle_trap has few
 * registers to save without it.
 */
export function handle_at_length(hart: Hart, thread: MicroThread): MicroThread {
  const cause = csrr_scause();
  if (cause == ExceptionCause.EnvironmentCallFromU) answerSyscall(hart, thread);
  else if ((cause & CAUSE_INTERRUPT) != 0) takeInterrupts(hart);
  else if (!takeFloatingPoint(hart, thread, cause)) reportFault(hart, thread);
  return thread_to_resume(hart);
}
