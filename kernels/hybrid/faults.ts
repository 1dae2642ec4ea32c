/** What becomes of those for whom the kernel does what it must not. */
import { csrc_sstatus } from '../../userland/abi/rv';
import { Status } from '../../userland/abi/riscv.enums';
import { log, logBytes, logDecimal } from '../core/log';
import { KernelFrame } from '../core/kernel-frame';
import { logKernelTrap, report_kernel_trap as panicAt } from '../core/panic';
import { locksHeld } from '../inside/lock';
import { hasThread } from '../inside/run';
import { isInterrupting } from '../inside/service-context';
import { isFirstProcess } from '../micro/lifetime';
import { MicroThread } from '../micro/objects';
import { nameAddress } from '../micro/processes';
import { currentLoan, isOnLoan } from './loans';

declare function abandon_stack(top: u32): void;

let panicsOnOops: bool = false;

/** `oops=panic` on the command line: a fault in the kernel ends the system, whoever it is for. */
export function setOopsPanics(value: bool): void {
  panicsOnOops = value;
}

/**
 * Called by entry.s when the kernel itself trapped, on a stack of its own. Where that is possible the
 * caller for whom a service inside worked ends and everything else goes on: no lock is held, no
 * interrupt was being served, and the command line does not say otherwise. Does not return.
 */
export function report_kernel_trap(frame: KernelFrame): void {
  if (!canGoOn()) {
    panicAt(frame);
    return;
  }
  const loan = currentLoan();
  const process = changetype<MicroThread>(loan.caller).process;
  loan.thread.hasFaulted = true;
  log('oops: ');
  logKernelTrap(frame);
  log('; ');
  logBytes(nameAddress(process), process.nameLength);
  log(' (process ');
  logDecimal(process.id);
  log(') is killed\n');
  // The next sret is one to user mode.
  csrc_sstatus(Status.SPP);
  abandon_stack(loan.thread.kernelStack);
}

function canGoOn(): bool {
  if (panicsOnOops || isInterrupting() || !hasThread() || !isOnLoan()) return false;
  const loan = currentLoan();
  const caller = loan.caller;
  if (caller == null || isFirstProcess(caller.process)) return false;
  return locksHeld() == 0 && loan.thread.locks == 0 && !loan.thread.hasFaulted;
}
