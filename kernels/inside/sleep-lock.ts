/** Locks that are held by threads that sleep meanwhile, in the order in which they come. */
import { ThreadQueue } from '../core/thread';
import { Lock } from './lock';
import { currentThread, sleep, wake } from './run';
import { KernelThread, SleepState } from './thread';

/** In zeroed memory it is free. */
@unmanaged
export class SleepLock {
  private holder: KernelThread | null;
  /** Threads that wait: a ThreadQueue. */
  head: KernelThread | null;
  tail: KernelThread | null;

  get isHeld(): bool {
    return this.holder != null;
  }

  /** Waits until nobody has it, and takes it. A thread that takes it twice is an error. */
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

  /** Gives it to the thread that has waited longest, if any. */
  release(): void {
    currentThread().locks--;
    const next = this.head;
    this.holder = next;
    if (next == null) return;
    this.waiting.remove(next);
    next.locks++;
    wake(next);
  }

  /** As `acquire`, for who has `lock`, which is given up while it waits. */
  take(lock: Lock): void {
    if (this.holder == null) {
      this.acquire();
      return;
    }
    lock.release();
    this.acquire();
    lock.acquire();
  }

  /** As `release`, for who has `lock`. */
  give(lock: Lock): void {
    this.release();
  }

  private get waiting(): ThreadQueue {
    return changetype<ThreadQueue>(changetype<u32>(this) + offsetof<SleepLock>('head'));
  }
}
