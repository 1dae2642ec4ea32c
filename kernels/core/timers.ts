/**
 * Deadlines. The firmware's timer is set only when the next thing to do comes before what it is set
 * to; a timer that fires for a deadline that has gone in the meantime costs one trap.
 */
import { Hart } from './hart';
import { setTimer } from './sbi';
import { Thread } from './thread';
import { NEVER } from './time';

/** Puts a thread into the queue of deadlines. */
export function addTimer(hart: Hart, thread: Thread, deadline: u64): void {
  thread.deadline = deadline;
  thread.isTimed = true;
  let previous: Thread | null = null;
  let next = hart.timers;
  while (next != null && next.deadline <= deadline) {
    previous = next;
    next = next.timerNext;
  }
  thread.timerPrevious = previous;
  thread.timerNext = next;
  if (next != null) next.timerPrevious = thread;
  if (previous != null) previous.timerNext = thread;
  else hart.timers = thread;
  setTimerIfSooner(hart, deadline);
}

/** Takes a thread out of the queue of deadlines, if it is in it. */
export function removeTimer(hart: Hart, thread: Thread): void {
  if (!thread.isTimed) return;
  const next = thread.timerNext;
  const previous = thread.timerPrevious;
  if (next != null) next.timerPrevious = previous;
  if (previous != null) previous.timerNext = next;
  else hart.timers = next;
  thread.isTimed = false;
  thread.timerNext = null;
  thread.timerPrevious = null;
}

/** Takes out the first thread whose deadline has come by `time`, or null. */
export function takeExpired(hart: Hart, time: u64): Thread | null {
  const first = hart.timers;
  if (first == null || first.deadline > time) return null;
  removeTimer(hart, first);
  return first;
}

/** Sets the firmware's timer to `deadline` unless it fires before that anyway. */
export function setTimerIfSooner(hart: Hart, deadline: u64): void {
  if (deadline >= hart.timerDeadline) return;
  hart.timerDeadline = deadline;
  setTimer(deadline);
}

/** After the timer has fired: sets it to what comes next, or to never, which clears the interrupt. */
export function restartTimer(hart: Hart): void {
  const first = hart.timers;
  let deadline = first != null ? first.deadline : NEVER;
  if (hart.isQuantumRunning && hart.quantumEnd < deadline) deadline = hart.quantumEnd;
  hart.timerDeadline = deadline;
  setTimer(deadline);
}
