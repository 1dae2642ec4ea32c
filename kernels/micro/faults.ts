/** Faults and exits: what a process's handler is told, and what happens where there is none. */
import { csrr_scause, csrr_stval } from '../../userland/abi/rv';
import { ProcessState } from '../../userland/abi/process.enums';
import { Hart } from '../core/hart';
import { log, logBytes, logDecimal, logHex } from '../core/log';
import { causeText } from '../core/panic';
import { powerOff, powerOffFailed } from '../core/sbi';
import { startCall } from './calls';
import { endProcess, endThread, isFirstProcess, strip } from './lifetime';
import { Endpoint, MessageKind, MicroThread, Process } from './objects';
import { nameAddress } from './processes';

function liveHandler(process: Process): Endpoint | null {
  const handler = process.handler;
  if (handler == null || handler.generation != process.handlerGeneration) return null;
  return handler;
}

/** The current thread has faulted: it waits for what its process's handler answers. */
export function reportFault(hart: Hart, thread: MicroThread): void {
  const process = thread.process;
  const cause = csrr_scause();
  const address = csrr_stval();
  const handler = liveHandler(process);
  if (handler == null) {
    logFault(thread, cause, address);
    if (isFirstProcess(process)) powerOffFailed();
    endProcess(hart, process, ProcessState.Exited);
    return;
  }
  process.state = ProcessState.Faulted;
  thread.messageKind = MessageKind.Fault;
  thread.report0 = process.handlerBadge;
  thread.report1 = cause;
  thread.report2 = address;
  thread.report3 = thread.pc;
  thread.report4 = thread.ra;
  thread.report5 = thread.sp;
  thread.report6 = thread.id;
  startCall(hart, thread, handler);
}

function logFault(thread: MicroThread, cause: u32, address: u32): void {
  log('micro: ');
  logBytes(nameAddress(thread.process), thread.process.nameLength);
  log(': ');
  log(causeText(cause));
  log(' at pc ');
  logHex(thread.pc);
  log(', stval ');
  logHex(address);
  log(', ra ');
  logHex(thread.ra);
  log('; it has no handler and ends\n');
}

/** Syscall.Exit: ends the current thread, and with the last its process, with status a0. */
export function exit(hart: Hart, thread: MicroThread): void {
  const process = thread.process;
  if (process.threadCount > 1) {
    endThread(hart, thread);
    return;
  }
  const status = thread.a0;
  if (isFirstProcess(process)) endSystem(status);
  strip(hart, process, ProcessState.Exited);
  const handler = liveHandler(process);
  if (handler == null) {
    endThread(hart, thread);
    return;
  }
  thread.messageKind = MessageKind.Exit;
  thread.report0 = process.handlerBadge;
  thread.report1 = status;
  startCall(hart, thread, handler);
}

function endSystem(status: u32): void {
  if (status == 0) powerOff();
  log('micro: init ended with status ');
  logDecimal(status);
  log('\n');
  powerOffFailed();
}
