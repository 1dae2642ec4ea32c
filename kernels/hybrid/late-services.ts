/**
 * When services inside start. Those that need others outside can do so only once init has made these:
 * each starts with the first call that it gets, on the thread of that, and other calls wait for it.
 */
import { SERVICES, lateNeeds, requiredOutside, startsLate } from 'placement/inside';
import { Errno } from '../../userland/abi/errno.enums';
import { ThreadQueue, ThreadState } from '../core/thread';
import { currentThread, sleep, wake } from '../inside/run';
import { serviceAt } from '../inside/services';
import { hasDevices, requiredService, startService } from '../inside/start-services';
import { KernelThread } from '../inside/thread';
import { Loan } from './loans';
import { portOutside } from './outside-paths';

/** A thread sleeps until a service has started. */
const AWAITING_START: u32 = ThreadState.Blocked + 10;

/** Services that have not started yet, and those that are about to: the bits with their numbers. */
let late: u32 = 0;
let starting: u32 = 0;
/** Threads that wait for one of those. */
const waiting = changetype<ThreadQueue>(memory.data(offsetof<ThreadQueue>(), 4));

/** Starts all that need nobody outside, each of which may use those before it. */
export function startEarlyServices(): void {
  for (let number: u32 = 0; number < SERVICES; number++) {
    if (startsLate(number)) late |= 1 << number;
    else startService(number);
  }
}

/** Whether a service has to be started before it is called. */
export function mustStart(number: u32): bool {
  return number < SERVICES && (late & (1 << number)) != 0;
}

/** Whether a service runs, or will when it is called: its devices and what it requires are there. */
export function willRun(number: u32): bool {
  if (serviceAt(number).isRunning) return true;
  if (!mustStart(number) || !hasDevices(number)) return false;
  const outside = requiredOutside(number);
  if (outside >= 0) return portOutside(outside) != 0;
  const inside = requiredService(number);
  return inside == number || willRun(inside);
}

/** Starts a service, and before it those inside that it needs, on the loan's thread; or waits for it. */
export function start(loan: Loan, number: u32): void {
  let needs = lateNeeds(number) & late;
  while (needs != 0) {
    start(loan, ctz(needs));
    needs &= needs - 1;
  }
  const bit: u32 = 1 << number;
  while ((starting & bit) != 0) {
    waiting.append(currentThread());
    sleep(AWAITING_START);
  }
  if ((late & bit) == 0) return;
  starting |= bit;
  loan.starts = bit;
  endStart(loan, startService(number));
}

/**
 * A service that the loan starts, if any, has started or failed. If it failed because one outside died,
 * the next call tries it again.
 */
export function endStart(loan: Loan, outcome: i32): void {
  const bit = loan.starts;
  if (bit == 0) return;
  loan.starts = 0;
  starting &= ~bit;
  if (outcome != -Errno.EDIED) late &= ~bit;
  let thread = waiting.head;
  while (thread != null) {
    waiting.remove(thread);
    wake(changetype<KernelThread>(thread));
    thread = waiting.head;
  }
}
