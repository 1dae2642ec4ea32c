/**
 * The way out of the kernel: which thread goes on in user mode. Without one the hart waits for an
 * interrupt; interrupts are enabled in `sie` but not in `sstatus`, so that none slips in between the
 * last look at the run queues and `wfi`, which one that is pending ends at once.
 */
import { csrr_sip, csrr_time, wfi } from '../../userland/abi/rv';
import { InterruptCause } from '../../userland/abi/riscv.enums';
import { Errno } from '../../userland/abi/errno.enums';
import { enterAddressSpace } from '../core/address-space';
import { Hart } from '../core/hart';
import { endTurn, isPreempted, makeReadyFirst, takeNext } from '../core/scheduler';
import { Thread, ThreadState } from '../core/thread';
import { now } from '../core/time';
import { restartTimer, takeExpired } from '../core/timers';
import { takeExternalInterrupts } from './interrupts';
import { endDoomed, hasDoomed } from './lifetime';
import { MicroThread, MicroThreadState, Process } from './objects';
import { wake } from './waiting';

const TIMER_PENDING: u32 = 1 << InterruptCause.SupervisorTimer;
const EXTERNAL_PENDING: u32 = 1 << InterruptCause.SupervisorExternal;

/** The thread that is to go on in user mode. */
export function thread_to_resume(hart: Hart): MicroThread {
  let next = readyThread(hart);
  if (next != null) return changetype<MicroThread>(next);
  while (next == null) {
    awaitInterrupt(hart);
    next = readyThread(hart);
  }
  const thread = changetype<MicroThread>(next);
  chargeTime(hart, thread.process);
  return thread;
}

/** The thread that is to go on, which is current; null: none can. What is to end has ended. */
export function readyThread(hart: Hart): Thread | null {
  if (hasDoomed()) endDoomed(hart);
  const current = hart.current;
  if (current != null) {
    if (!isPreempted(hart, current)) return current;
    makeReadyFirst(hart, current);
    hart.current = null;
  }
  const next = takeNext(hart);
  if (next == null) return null;
  next.state = ThreadState.Running;
  hart.current = next;
  return next;
}

/** Takes interrupts as soon as there are any. The time until then is nobody's. */
export function awaitInterrupt(hart: Hart): void {
  chargeTime(hart, null);
  wfi();
  takeInterrupts(hart);
}

/** Enters the address space of `process`, which pays for the hart's time from here on. */
export function enterProcess(hart: Hart, process: Process): void {
  chargeTime(hart, process);
  enterAddressSpace(hart, process);
}

/** Process to which time on the hart goes. */
let charged: Process | null = null;

/** From here on time on the hart goes to `process`. */
export function chargeTime(hart: Hart, process: Process | null): void {
  const time = csrr_time();
  const last = charged;
  if (last != null) last.time += (time - hart.enteredAt) as u64;
  hart.enteredAt = time;
  charged = process;
}

/** Takes the interrupts that are pending. */
export function takeInterrupts(hart: Hart): void {
  const pending = csrr_sip();
  if ((pending & TIMER_PENDING) != 0) takeTimerInterrupt(hart);
  if ((pending & EXTERNAL_PENDING) != 0) takeExternalInterrupts(hart);
}

function takeTimerInterrupt(hart: Hart): void {
  const time = now();
  let thread = takeExpired(hart, time);
  while (thread != null) {
    const status = thread.state == MicroThreadState.Sleeping ? 0 : -Errno.ETIMEDOUT;
    wake(hart, changetype<MicroThread>(thread), status);
    thread = takeExpired(hart, time);
  }
  endTurn(hart, time);
  restartTimer(hart);
}
