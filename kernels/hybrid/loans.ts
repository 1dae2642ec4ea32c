/**
 * Kernel stacks on loan. Threads of processes have none: one is lent to a thread for the length of a
 * call to a service inside, which may sleep there. The stack comes with a thread of the kernel's own,
 * so that what it has begun inside (a lock that it holds) is brought to its end even if the caller's
 * process ends meanwhile.
 */
import { Errno } from '../../userland/abi/errno.enums';
import { Request } from 'environment/request';
import { AddressSpace, createAddressSpace } from '../core/address-space';
import { Hart } from '../core/hart';
import { panic } from '../core/panic';
import { ThreadState } from '../core/thread';
import { createThread, currentThread, passTurn, runAs, wake } from '../inside/run';
import { KernelThread, SleepState } from '../inside/thread';
import { chargeTime } from '../micro/dispatch';
import { MicroThread } from '../micro/objects';

export const enum LoanTask {
  /** Starts the services, and then the first process. */
  Start = 0,
  /** Runs the caller's call. */
  Call = 1,
  /** Tells a service that nobody has a port of its any more. */
  Close = 2,
}

/** A thread on loan sleeps between its tasks; the other reasons are in SleepState. */
export const IDLE: u32 = ThreadState.Blocked + 8;

@unmanaged
export class Loan {
  thread: KernelThread;
  /** In the list of those that are free. */
  next: Loan | null;
  task: LoanTask;
  /** Who has called; null: nobody waits for the outcome any more. */
  caller: MicroThread | null;
  callerGeneration: u32;
  /** Address of the port inside that was closed. */
  port: u32;
  /** The thread by which it calls services outside (outside.ts); null: it has not done so yet. */
  envoy: MicroThread | null;
  /** Calls from outside that this one is part of, itself included: loans that wait for each other. */
  chain: u32;
  /** Services that it starts: the bits with their numbers. */
  starts: u32;
}

/** kernels/inside/stacks.ts has room for a few more. */
const MOST_LOANS: u32 = 240;
const LOAN_BYTES: u32 = 48;

const loans = memory.data(11520, 4) as u32;
let count: u32 = 0;
let free: Loan | null = null;

/** What runs on the stack on which traps arrive. */
let trapThread: u32 = 0;
/** Who goes on when that gives the hart up. */
let chosen: u32 = 0;
/** The caller whose call has just ended. */
let answered: MicroThread | null = null;
/** Memory that those who are gone have lent. */
const nothing = changetype<AddressSpace>(memory.data(offsetof<AddressSpace>(), 8));

export function initialiseLoans(hart: Hart): void {
  assert(offsetof<Loan>() <= LOAN_BYTES);
  const thread = createThread(hart);
  if (thread == null || !createAddressSpace(nothing)) panic('no memory for the services');
  trapThread = changetype<u32>(thread);
  runAs(changetype<KernelThread>(trapThread));
}

function loanAt(index: u32): Loan {
  return changetype<Loan>(loans + index * LOAN_BYTES);
}

/** A stack with its thread that nobody has; null: all are lent and there is no memory for one more. */
export function takeLoan(hart: Hart): Loan | null {
  const first = free;
  if (first != null) {
    free = first.next;
    return first;
  }
  if (count == MOST_LOANS) return null;
  const thread = createThread(hart);
  if (thread == null) return null;
  const loan = loanAt(count++);
  loan.thread = thread;
  return loan;
}

/** The task is done: the caller, if it still waits, goes on. */
export function endLoan(loan: Loan): void {
  answered = loan.caller;
  loan.caller = null;
  loan.next = free;
  free = loan;
}

/** The loan of the current thread. */
export function currentLoan(): Loan {
  const thread = currentThread();
  let index: u32 = 0;
  while (loanAt(index).thread != thread) index++;
  return loanAt(index);
}

/** Whether a loan runs, and not what handles traps. */
export function isOnLoan(): bool {
  return changetype<u32>(currentThread()) != trapThread;
}

/** Where the current thread gives the hart up to: one on loan to whoever resumed it. */
export function next_thread(hart: Hart): KernelThread {
  return changetype<KernelThread>(isOnLoan() ? trapThread : chosen);
}

/**
 * Lets a thread on loan run until it sleeps. Returns the caller to which the stack was lent if its call
 * has ended with that. The caller's process pays for the time.
 */
export function runLoan(hart: Hart, thread: KernelThread): MicroThread | null {
  const caller = callerOf(thread);
  const generation = caller == null ? 0 : caller.generation;
  if (caller != null) chargeTime(hart, caller.process);
  answered = null;
  chosen = changetype<u32>(thread);
  hart.current = null;
  passTurn(hart, changetype<KernelThread>(trapThread));
  hart.current = null;
  if (caller != null && caller.generation == generation) caller.process.time += thread.time;
  thread.time = 0;
  return answered;
}

function callerOf(thread: KernelThread): MicroThread | null {
  for (let index: u32 = 0; index < count; index++) {
    if (loanAt(index).thread == thread) return loanAt(index).caller;
  }
  return null;
}

/** Those who have ended since wait no more: what services do with their calls has no effect on anybody. */
export function forgetEnded(): void {
  for (let index: u32 = 0; index < count; index++) {
    const loan = loanAt(index);
    const caller = loan.caller;
    if (caller == null || caller.generation == loan.callerGeneration) continue;
    loan.caller = null;
    const thread = loan.thread;
    if (thread.depth == 0) continue;
    const request = Request.at(thread, 0);
    request.withdraw(nothing);
    if (thread.state != SleepState.AwaitingReply || thread.depth != 1) continue;
    request.cancel(-Errno.EINTR);
    wake(thread);
  }
}
