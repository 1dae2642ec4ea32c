/** Time since the machine started, and being woken at one. */
import { Errno } from '../../abi/errno.enums';
import { awaitBits, createNotification, setBits } from '../../runtime/objects';
import { ticks } from '../../runtime/clock';
import { Lock } from './lock';
import { startThread } from './threads';

export { ticks, TICKS_PER_MILLISECOND, TICKS_PER_SECOND } from '../../runtime/clock';

const FOREVER: u64 = u64.MAX_VALUE;
const CHANGED: u32 = 1;

/** When the service is to be woken; a thread of its own waits for it. */
@unmanaged
class Alarm {
  deadline: u64;
  /** Has the thread look at the deadline again; 0: there is no thread yet. */
  changed: u32;
  ring: () => void;
}

const alarm = changetype<Alarm>(memory.data(offsetof<Alarm>(), 8));
const lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));

/** Starts the thread that calls `ring` when the time has come. ENOMEM, ENFILE. */
export function startAlarms(ring: () => void): i32 {
  if (alarm.deadline == 0) alarm.deadline = FOREVER;
  alarm.ring = ring;
  const changed = createNotification(0);
  if (changed < 0) return changed;
  alarm.changed = changed;
  return startThread(ringAlarms, 0);
}

/**
 * Has the service's `alarm()` called once `deadline` has come, in ticks, and no more at the one that was
 * set before. FOREVER (environment/request): not at all.
 */
export function setAlarm(deadline: u64): void {
  lock.acquire();
  const isSooner = deadline < alarm.deadline;
  alarm.deadline = deadline;
  lock.release();
  // If it is later, the thread looks again at the time that it waits for.
  if (isSooner) setBits(alarm.changed, CHANGED);
}

function ringAlarms(_argument: u32): void {
  while (true) {
    lock.acquire();
    let deadline = alarm.deadline;
    const isDue = deadline <= ticks();
    if (isDue) alarm.deadline = deadline = FOREVER;
    lock.release();
    if (isDue) alarm.ring();
    else if (awaitBits(alarm.changed, deadline) == -Errno.EBADF) return;
  }
}
