/**
 * How the threads of a service share what it has. Taking a free lock and giving one up that nobody waits
 * for are a few instructions; who has to wait sleeps in the kernel, each thread on a notification of its
 * own, until it is handed the lock.
 */
import { lr_w, lw, sc_w } from '../../abi/rv';
import { awaitBits, setBits } from '../../runtime/objects';
import { ownBlock, ThreadBlock } from '../../runtime/thread-block';

const FREE: u32 = 0;
/** Somebody has the lock, and nobody waits for it. */
const HELD: u32 = 1;
const FOREVER: u64 = u64.MAX_VALUE;
const WAKEUP: u32 = 1;

/**
 * For short: who has it does not sleep, so calls no other service. In zeroed memory it is free. A thread
 * that takes it twice waits for ever.
 */
@unmanaged
export class Lock {
  /**
   * FREE, HELD, or the ThreadBlock of the thread that came last of those that wait; each leads to the one
   * that came before it, the first to HELD. Any thread may put itself in; only who has the lock takes out.
   */
  state: u32;

  acquire(): void {
    if (replace(this.place, FREE, HELD)) return;
    const block = ownBlock();
    if (this.enqueue(block)) sleep(block);
  }

  release(): void {
    if (!replace(this.place, HELD, FREE)) this.handOver();
  }

  /** Puts a thread at the end of the line; false: the lock was free, and is the thread's already. */
  enqueue(block: ThreadBlock): bool {
    while (true) {
      const last = lw(this.place);
      block.nextWaiting = last;
      const isFree = last == FREE;
      const next = isFree ? HELD : changetype<u32>(block);
      if (replace(this.place, last, next)) return !isFree;
    }
  }

  /** The lock is the thread's that has waited longest. */
  private handOver(): void {
    let first: ThreadBlock;
    do {
      first = changetype<ThreadBlock>(lw(this.place));
      let later: ThreadBlock | null = null;
      while (first.nextWaiting != HELD) {
        later = first;
        first = changetype<ThreadBlock>(first.nextWaiting);
      }
      if (later !== null) {
        later.nextWaiting = HELD;
        break;
      }
      // It waits alone, unless somebody has come by now.
    } while (!replace(this.place, changetype<u32>(first), HELD));
    setBits(first.wakeup, WAKEUP);
  }

  private get place(): usize {
    return changetype<usize>(this);
  }
}

/** Sleep and wakeup: threads that wait for what another one does. In zeroed memory nobody waits. */
@unmanaged
export class Condition {
  /** By `nextWaiting`, in the order in which they came. */
  private first: ThreadBlock | null;
  private last: ThreadBlock | null;

  /** Gives `lock` up, sleeps until somebody wakes this condition's threads, and has the lock again. */
  wait(lock: Lock): void {
    const block = ownBlock();
    const last = this.last;
    block.nextWaiting = 0;
    if (last === null) this.first = block;
    else last.nextWaiting = changetype<u32>(block);
    this.last = block;
    lock.release();
    sleep(block);
  }

  /** All that wait go on, one after the other, once `lock`, which the caller has, is free. */
  wakeAll(lock: Lock): void {
    let block = this.first;
    this.first = null;
    this.last = null;
    while (block !== null) {
      const next = changetype<ThreadBlock | null>(block.nextWaiting);
      lock.enqueue(block);
      block = next;
    }
  }

  /** The same for the one that has waited longest. */
  wakeFirst(lock: Lock): void {
    const block = this.first;
    if (block === null) return;
    const next = changetype<ThreadBlock | null>(block.nextWaiting);
    this.first = next;
    if (next === null) this.last = null;
    lock.enqueue(block);
  }
}

/**
 * For long: who has it may sleep and call others. It is taken and given up by who has a Lock, always the
 * same one, which is free while a thread waits. In zeroed memory it is free.
 */
@unmanaged
export class SleepLock {
  isHeld: bool;
  // Where the Condition lies: a field of that type would be a reference.
  first: u32;
  last: u32;

  take(lock: Lock): void {
    while (this.isHeld) this.freed.wait(lock);
    this.isHeld = true;
  }

  give(lock: Lock): void {
    this.isHeld = false;
    this.freed.wakeFirst(lock);
  }

  private get freed(): Condition {
    return changetype<Condition>(changetype<usize>(this) + offsetof<SleepLock>('first'));
  }
}

/** Puts `value` in the place of `expected`; false: something else was there. A trap ends a reservation. */
function replace(place: usize, expected: u32, value: u32): bool {
  while (lr_w(place) == expected) {
    if (sc_w(place, value) == 0) return true;
  }
  return false;
}

/** Until somebody wakes it: once for each time that it was put in a line. */
function sleep(block: ThreadBlock): void {
  assert(awaitBits(block.wakeup, FOREVER) >= 0, 'a thread cannot sleep');
}
