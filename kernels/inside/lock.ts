/** Locks on which threads sleep, in the order in which they come. */
import { ThreadQueue } from '../core/thread';
import { currentThread, sleep, wake } from './run';
import { KernelThread, SleepState } from './thread';

/** In zeroed memory it is free. */
@unmanaged
export class Lock {
  private holder: KernelThread | null;
  /** Threads that wait: a ThreadQueue. */
  head: KernelThread | null;
  tail: KernelThread | null;

  get isHeld(): bool {
    return this.holder != null;
  }

  /** Whether the current thread has the lock. */
  get isOwn(): bool {
    return this.holder == currentThread();
  }

  /** Waits until nobody has the lock, and takes it. A thread that takes it twice is an error. */
  acquire(): void {
    const thread = currentThread();
    assert(this.holder != thread, 'a lock is taken twice');
    if (this.holder == null) {
      this.holder = thread;
      thread.locks++;
      return;
    }
    this.waiting.append(thread);
    sleep(SleepState.AwaitingLock);
  }

  /** Gives the lock to the thread that has waited longest, if any. */
  release(): void {
    currentThread().locks--;
    const next = this.head;
    this.holder = next;
    if (next == null) return;
    this.waiting.remove(next);
    next.locks++;
    wake(next);
  }

  private get waiting(): ThreadQueue {
    return changetype<ThreadQueue>(changetype<u32>(this) + offsetof<Lock>('head'));
  }
}
