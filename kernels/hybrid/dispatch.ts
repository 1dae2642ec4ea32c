/**
 * The way out of the kernel. Beside threads of processes there are those on loan, which run on stacks of
 * their own: one at a time, each until it sleeps, before a thread of a process goes on in user mode.
 */
import { ObjectKind } from '../../userland/abi/syscall.enums';
import { Hart } from '../core/hart';
import { isPreempted, makeReady } from '../core/scheduler';
import { ThreadState } from '../core/thread';
import { now } from '../core/time';
import { serveSource, wakeServices } from '../inside/interrupts';
import { serviceAt } from '../inside/services';
import { KernelThread } from '../inside/thread';
import { awaitInterrupt, chargeTime, readyThread } from '../micro/dispatch';
import { endDoomed, hasDoomed } from '../micro/lifetime';
import { releaseObject } from '../micro/object-slabs';
import { MicroThread, MicroThreadState, Port } from '../micro/objects';
import { Loan, LoanTask, forgetEnded, runLoan, takeLoan } from './loans';
import { isEnvoy, loanBehind } from './outside';
import { interrupts, wall } from './wall';

/** Of what the kernel does for nobody. */
const PRIORITY: u32 = 20;

/** The thread that is to go on in user mode. */
export function thread_to_resume(hart: Hart): MicroThread {
  while (true) {
    if (hasDoomed()) endDoomed(hart);
    forgetEnded();
    serveDevices(hart);
    if (serveWall(hart)) continue;
    const next = readyThread(hart);
    if (next == null) {
      awaitInterrupt(hart);
    } else if (next.kind != ObjectKind.Thread) {
      resume(hart, changetype<KernelThread>(next));
    } else {
      const thread = changetype<MicroThread>(next);
      if (isEnvoy(thread)) {
        thread.state = ThreadState.Created;
        hart.current = null;
        resume(hart, loanBehind(thread).thread);
        continue;
      }
      chargeTime(hart, thread.process);
      return thread;
    }
  }
}

/** Has services inside hear of their devices, and of the time. */
function serveDevices(hart: Hart): void {
  const notification = interrupts();
  let bits = notification.bits;
  notification.bits = 0;
  while (bits != 0) {
    const number = ctz(bits);
    bits &= bits - 1;
    serveSource(serviceAt(number).source);
  }
  wakeServices(hart, now());
}

/**
 * Takes one thing that has arrived at the wall and runs it until it sleeps; false if there is none, or
 * no stack to lend. Calls come before the ends of ports, through which they may have come.
 */
function serveWall(hart: Hart): bool {
  const endpoint = wall();
  const first = endpoint.callers.head;
  if (first == null && endpoint.closedHead == null) return false;
  const loan = takeLoan(hart);
  if (loan == null) return false;
  if (first != null) takeCall(loan, changetype<MicroThread>(first));
  else takeClosed(loan);
  resume(hart, loan.thread);
  return true;
}

function takeCall(loan: Loan, caller: MicroThread): void {
  wall().callers.remove(caller);
  caller.callee = null;
  caller.state = MicroThreadState.AwaitingReply;
  loan.task = LoanTask.Call;
  loan.caller = caller;
  loan.callerGeneration = caller.generation;
  loan.chain = chainOf(caller);
  loan.thread.priority = caller.priority;
}

/** A thread that calls for somebody inside is one more in the chain of those who wait for it. */
function chainOf(caller: MicroThread): u32 {
  const asker = caller.serving;
  return asker != null && isEnvoy(asker) ? loanBehind(asker).chain + 1 : 1;
}

function takeClosed(loan: Loan): void {
  const endpoint = wall();
  const port = changetype<Port>(endpoint.closedHead);
  const next = changetype<Port | null>(port.link);
  endpoint.closedHead = next;
  if (next == null) endpoint.closedTail = null;
  loan.task = LoanTask.Close;
  loan.port = port.badge;
  loan.thread.priority = PRIORITY;
  releaseObject(port);
}

/** Runs a thread on loan until it sleeps. Then goes on whoever ran before, or the caller if it can. */
export function resume(hart: Hart, thread: KernelThread): void {
  const before = hart.current;
  const answered = runLoan(hart, thread);
  if (before != thread) hart.current = before;
  if (answered == null) return;
  if (hart.current == null && !isPreempted(hart, answered)) {
    answered.state = ThreadState.Running;
    hart.current = answered;
  } else {
    makeReady(hart, answered);
  }
}
