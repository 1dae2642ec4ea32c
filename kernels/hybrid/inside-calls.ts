/** What a thread on loan does: calls to services inside, and what becomes of their ports. */
import { Errno } from '../../userland/abi/errno.enums';
import { Message } from '../../userland/abi/message.structs';
import { SIGNALLED, Signal } from '../../userland/abi/process.enums';
import { CallFlags } from '../../userland/abi/syscall.enums';
import { BASE_METHODS, abandonCalls, callService, finish, releasePort } from 'environment/call';
import { Request } from 'environment/request';
import { currentHart } from '../core/hart';
import { failure, isError } from '../core/result';
import { makeReady } from '../core/scheduler';
import { Port } from '../inside/port-table';
import { reap, sleep } from '../inside/run';
import { setRunningService } from '../inside/service-context';
import { KernelThread, MOST_CALLS } from '../inside/thread';
import { exit } from '../micro/faults';
import { MicroThread } from '../micro/objects';
import { IDLE, Loan, LoanTask, currentLoan, endLoan } from './loans';
import { endStart, mustStart, start } from './late-services';
import { bringIn, showPort } from './outside';
import { startSystem } from './start';

const LENDS: u32 = CallFlags.LendRead | CallFlags.LendWrite;

/** Where a thread begins (switch.s). Does not return. */
export function begin_thread(thread: KernelThread): KernelThread {
  reap();
  work(currentLoan());
  return thread;
}

/** Ends the caller whose call has made the kernel fault, on its stack, which is empty again. */
export function end_killed_thread(): void {
  const loan = currentLoan();
  setRunningService(0);
  abandonCalls(loan.thread);
  endStart(loan, -Errno.EIO);
  const caller = loan.caller;
  loan.thread.hasFaulted = false;
  loan.caller = null;
  if (caller != null) {
    const hart = currentHart();
    caller.a0 = SIGNALLED + Signal.SIGSEGV;
    exit(hart, caller);
    // Whoever was told is not to run on before this thread sleeps.
    const told = hart.current;
    if (told != null && told != loan.thread) makeReady(hart, told);
  }
  endLoan(loan);
  sleep(IDLE);
  work(loan);
}

function work(loan: Loan): void {
  while (true) {
    if (loan.task == LoanTask.Call) runCall(loan);
    else if (loan.task == LoanTask.Close) releasePort(changetype<Port>(loan.port));
    else startSystem();
    endLoan(loan);
    sleep(IDLE);
  }
}

/**
 * Runs the call that is in the caller's registers, and puts the answer there, if it still waits. EAGAIN:
 * services inside and outside have called each other as often as they can.
 */
function runCall(loan: Loan): void {
  const caller = changetype<MicroThread>(loan.caller);
  if (loan.chain > MOST_CALLS) {
    caller.t0 = failure(Errno.EAGAIN);
    return;
  }
  const port = changetype<Port>(caller.badge);
  // What is not asked of the service itself does not wait for it.
  if ((caller.t2 & CallFlags.MethodMask) >= BASE_METHODS && mustStart(port.service)) {
    // The caller may end meanwhile, or another thread of its process give the port up.
    port.references++;
    start(loan, port.service);
    releasePort(port);
    if (loan.caller == null) return;
  }
  const request = Request.after(loan.thread);
  const message = request.message;
  takeRegisters(caller, message);
  let brought: Port | null = null;
  if ((message.method & CallFlags.Handle) != 0) {
    const address = bringIn(caller.process, caller.t5);
    if (isError(address)) {
      caller.t0 = address;
      return;
    }
    brought = changetype<Port>(address);
  }
  request.begin(loan.thread, caller.process, null, brought);
  callService(port, request);
  finish(request);
  answerCaller(loan, message);
}

function takeRegisters(caller: MicroThread, message: Message): void {
  const flags = caller.t2;
  message.method = flags;
  message.lentAddress = caller.t3;
  message.lentLength = (flags & LENDS) != 0 ? caller.t4 : 0;
  message.word0 = caller.a0;
  message.word1 = caller.a1;
  message.word2 = caller.a2;
  message.word3 = caller.a3;
  message.word4 = caller.a4;
  message.word5 = caller.a5;
  message.word6 = caller.a6;
  message.word7 = caller.a7;
}

/** The answer's port becomes a handle; if the caller has no room for it, its call returns ENFILE. */
function answerCaller(loan: Loan, message: Message): void {
  const given = message.transfer;
  let caller = loan.caller;
  let handle: u32 = 0;
  if (given != 0) {
    const port = changetype<Port>(given);
    if (caller != null) handle = showPort(caller.process, port);
    else releasePort(port);
    // That may have taken a while.
    caller = loan.caller;
  }
  if (caller == null) return;
  if (isError(handle)) {
    caller.t0 = handle;
    return;
  }
  caller.t0 = 0;
  caller.t2 = message.method;
  caller.t5 = handle;
  caller.a0 = message.word0;
  caller.a1 = message.word1;
  caller.a2 = message.word2;
}
