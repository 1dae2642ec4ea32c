/** Sleep and wakeup: threads that wait for what another one does. */
import { ThreadQueue } from '../core/thread';
import { Lock } from './lock';
import { currentThread, sleep, wake } from './run';
import { KernelThread, SleepState } from './thread';

/** In zeroed memory nobody waits. */
@unmanaged
export class Condition {
  /** Threads that wait: a ThreadQueue. */
  head: KernelThread | null;
  tail: KernelThread | null;

  /** Gives `lock` up, sleeps until somebody wakes this condition's threads, and has the lock again. */
  wait(lock: Lock): void {
    this.waiting.append(currentThread());
    lock.release();
    sleep(SleepState.AwaitingCondition);
    lock.acquire();
  }

  /** All that wait go on, one after the other, once `lock`, which the caller has, is free. */
  wakeAll(lock: Lock): void {
    while (this.head != null) this.wakeFirst(lock);
  }

  /** The same for the one that has waited longest. */
  wakeFirst(lock: Lock): void {
    const thread = this.head;
    if (thread == null) return;
    this.waiting.remove(thread);
    wake(thread);
  }

  private get waiting(): ThreadQueue {
    return changetype<ThreadQueue>(this);
  }
}
