/** How threads come to wait and go on. */
import { Hart } from '../core/hart';
import { makeReady } from '../core/scheduler';
import { ThreadQueue } from '../core/thread';
import { NEVER, now } from '../core/time';
import { addTimer, removeTimer } from '../core/timers';
import { MicroThread } from './objects';

/** The current thread waits in `queue` (if any) for the reason `state`, until `deadline`. */
export function waitIn(
  hart: Hart,
  thread: MicroThread,
  state: u32,
  queue: ThreadQueue | null,
  deadline: u64,
): void {
  thread.state = state;
  if (queue != null) queue.append(thread);
  if (deadline != NEVER) addTimer(hart, thread, deadline);
  hart.current = null;
}

/** Takes a thread out of the queue and the timer queue that it waits in. */
export function stopWaiting(hart: Hart, thread: MicroThread): void {
  const queue = thread.queue;
  if (queue != null) queue.remove(thread);
  removeTimer(hart, thread);
}

/** Ends a thread's wait: its system call returns `status`. */
export function wake(hart: Hart, thread: MicroThread, status: i32): void {
  stopWaiting(hart, thread);
  thread.t0 = status as u32;
  makeReady(hart, thread);
}

/** The deadline in a0/a1 of a system call. */
export function deadlineOf(thread: MicroThread): u64 {
  return ((thread.a1 as u64) << 32) | (thread.a0 as u64);
}

/** Whether a deadline has come, so that there is nothing to wait for. */
export function isPast(deadline: u64): bool {
  return deadline != NEVER && deadline <= now();
}
