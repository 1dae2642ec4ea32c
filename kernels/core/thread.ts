/** What runs: saved registers, scheduling state, and the queues that threads wait in. */
import { SlabObject } from './slab';

/** What a thread is doing. */
export const enum ThreadState {
  /** Not started. */
  Created = 0,
  /** In a run queue. */
  Ready = 1,
  Running = 2,
  /** Waits for something; kernels number their own reasons from here. */
  Blocked = 16,
}

/** Priorities run from 0 to 31; the greater runs first. */
export const PRIORITY_LEVELS: u32 = 32;

/** A thread as every kernel knows it. The registers are where entry.s puts them. */
@unmanaged
export class Thread extends SlabObject {
  pc: u32;
  ra: u32;
  sp: u32;
  gp: u32;
  tp: u32;
  t0: u32;
  t1: u32;
  t2: u32;
  s0: u32;
  s1: u32;
  a0: u32;
  a1: u32;
  a2: u32;
  a3: u32;
  a4: u32;
  a5: u32;
  a6: u32;
  a7: u32;
  s2: u32;
  s3: u32;
  s4: u32;
  s5: u32;
  s6: u32;
  s7: u32;
  s8: u32;
  s9: u32;
  s10: u32;
  s11: u32;
  t3: u32;
  t4: u32;
  t5: u32;
  t6: u32;
  /** Top of the stack on which the kernel runs for this thread. */
  kernelStack: u32;
  /** The Hart it runs on. */
  hart: u32;

  /** ThreadState, or a kernel's own reason to wait. */
  state: u32;
  /** What the scheduler goes by. */
  priority: u32;
  /** The queue it waits in, if any. */
  queue: ThreadQueue | null;
  queueNext: Thread | null;
  queuePrevious: Thread | null;

  /** Whether it is in the timer queue (timers.ts). */
  isTimed: bool;
  timerNext: Thread | null;
  timerPrevious: Thread | null;
  /** mtime ticks. */
  deadline: u64;

  /** Floating-point registers while another thread's are in the hart; at first zeros. */
  f0: u64;
  f1: u64;
  f2: u64;
  f3: u64;
  f4: u64;
  f5: u64;
  f6: u64;
  f7: u64;
  f8: u64;
  f9: u64;
  f10: u64;
  f11: u64;
  f12: u64;
  f13: u64;
  f14: u64;
  f15: u64;
  f16: u64;
  f17: u64;
  f18: u64;
  f19: u64;
  f20: u64;
  f21: u64;
  f22: u64;
  f23: u64;
  f24: u64;
  f25: u64;
  f26: u64;
  f27: u64;
  f28: u64;
  f29: u64;
  f30: u64;
  f31: u64;
  fcsr: u32;
}

// entry.s knows these places as numbers.
if (offsetof<Thread>('pc') != 16) ERROR('Thread.pc is not where entry.s stores it');
if (offsetof<Thread>('a0') != 56) ERROR('Thread.a0 is not where entry.s stores it');
if (offsetof<Thread>('t6') != 140) ERROR('Thread.t6 is not where entry.s stores it');
if (offsetof<Thread>('kernelStack') != 144)
  ERROR('Thread.kernelStack is not where entry.s reads it');
if (offsetof<Thread>('fcsr') - offsetof<Thread>('f0') != 256)
  ERROR('Thread.fcsr is not where floating-point.s stores it');
if (offsetof<Thread>('hart') != 148) ERROR('Thread.hart is not where entry.s reads it');

/** Threads that wait for the same thing. A thread is in at most one queue. */
@unmanaged
export class ThreadQueue {
  head: Thread | null;
  tail: Thread | null;

  /** Adds a thread at the end. */
  append(thread: Thread): void {
    this.insertAfter(this.tail, thread);
  }

  /** Adds a thread at the front. */
  prepend(thread: Thread): void {
    this.insertAfter(null, thread);
  }

  /** Adds a thread behind all of its priority and above. */
  insertByPriority(thread: Thread): void {
    let place = this.tail;
    while (place != null && place.priority < thread.priority) place = place.queuePrevious;
    this.insertAfter(place, thread);
  }

  /** Takes a thread out of this queue. */
  remove(thread: Thread): void {
    const next = thread.queueNext;
    const previous = thread.queuePrevious;
    if (previous != null) previous.queueNext = next;
    else this.head = next;
    if (next != null) next.queuePrevious = previous;
    else this.tail = previous;
    thread.queue = null;
    thread.queueNext = null;
    thread.queuePrevious = null;
  }

  private insertAfter(place: Thread | null, thread: Thread): void {
    const next = place != null ? place.queueNext : this.head;
    thread.queue = this;
    thread.queuePrevious = place;
    thread.queueNext = next;
    if (place != null) place.queueNext = thread;
    else this.head = thread;
    if (next != null) next.queuePrevious = thread;
    else this.tail = thread;
  }
}
