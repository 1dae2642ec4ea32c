/**
 * Who runs. A thread keeps the hart while it is in the kernel until it sleeps, ends, or is about to
 * return to user mode when its turn is over. Interrupts are off in the kernel; they are taken on the
 * way in from user mode, and while nobody has anything to do.
 */
import { csrr_time } from '../../userland/abi/rv';
import { allocateFrame, releaseFrame, releaseFrames } from '../core/frames';
import { forgetFloatingPoint } from '../core/floating-point';
import { Hart, currentHart } from '../core/hart';
import { isPreempted, makeReady, makeReadyFirst } from '../core/scheduler';
import { Slab } from '../core/slab';
import { ThreadState } from '../core/thread';
import { locksHeld } from './lock';
import { isInterrupting, runningService, setRunningService } from './service-context';
import { releaseStack, takeStack } from './stacks';
import { KernelThread, MOST_CALLS, TRANSFER_PAGES, transferAreaOf } from './thread';

declare function switch_stack(saved: u32, sp: u32): void;
declare function prepare_stack(top: u32, thread: KernelThread): u32;
/** The thread that is to go on now that the current one cannot (the kernel's own way of choosing). */
declare function next_thread(hart: Hart): KernelThread;

const slab = changetype<Slab>(memory.data(24, 8));
/** On whose stack the kernel runs. */
let current: KernelThread | null = null;
/** A thread that has ended on the stack that it had. */
let ended: KernelThread | null = null;

export function initialiseThreads(): void {
  slab.initialise(0, offsetof<KernelThread>());
}

/** The thread on whose stack this runs. */
export function currentThread(): KernelThread {
  return changetype<KernelThread>(current);
}

/** Whether threads run already. */
export function hasThread(): bool {
  return current != null;
}

/** A thread that was not started, with its stack, or null: too many threads, or no memory. */
export function createThread(hart: Hart): KernelThread | null {
  const object = slab.allocate();
  if (object == null) return null;
  const thread = changetype<KernelThread>(object);
  thread.hart = changetype<u32>(hart);
  thread.requests = allocateFrame();
  if (thread.requests == 0 || !takeStack(thread)) {
    if (thread.requests != 0) releaseFrame(thread.requests);
    slab.release(thread);
    return null;
  }
  thread.savedSp = prepare_stack(thread.kernelStack, thread);
  return thread;
}

/** Gives up a thread that never ran, or runs no more. */
export function destroyThread(thread: KernelThread): void {
  forgetFloatingPoint(currentHart(), thread);
  releaseStack(thread);
  for (let depth: u32 = 0; depth < MOST_CALLS; depth++) {
    const area = load<u32>(transferAreaOf(thread, depth));
    if (area != 0) releaseFrames(area, TRANSFER_PAGES);
  }
  releaseFrame(thread.requests);
  slab.release(thread);
}

/** What runs now, on the stack that the kernel began on, is `thread` from here on. */
export function runAs(thread: KernelThread): void {
  thread.state = ThreadState.Running;
  current = thread;
}

/** Lets the first thread run. Does not return. */
export function runFirst(hart: Hart, thread: KernelThread): void {
  thread.state = ThreadState.Running;
  hart.current = thread;
  current = thread;
  // The stack that the kernel began on is not needed any more.
  switch_stack(savedAt(thread), thread.savedSp);
}

/** The current thread sleeps until somebody makes it ready. */
export function sleep(state: u32): void {
  assert(!isInterrupting() && locksHeld() == 0, 'an interrupt may not sleep, nor who has a lock');
  const hart = currentHart();
  const thread = currentThread();
  thread.state = state;
  hart.current = null;
  giveUpHart(hart, thread);
}

/** Ends the current thread. Does not return. */
export function endThread(): void {
  const hart = currentHart();
  const thread = currentThread();
  thread.state = ThreadState.Created;
  hart.current = null;
  ended = thread;
  giveUpHart(hart, thread);
}

/** Before a return to user mode: lets others run if it is their turn. */
export function passTurn(hart: Hart, thread: KernelThread): void {
  if (hart.current == thread) {
    if (!isPreempted(hart, thread)) return;
    makeReadyFirst(hart, thread);
    hart.current = null;
  }
  giveUpHart(hart, thread);
}

/** A thread that sleeps can go on. */
export function wake(thread: KernelThread): void {
  makeReady(currentHart(), thread);
}

/** Frees what a thread that has ended left behind; whoever comes next calls it. */
export function reap(): void {
  const thread = ended;
  if (thread == null) return;
  ended = null;
  destroyThread(thread);
}

/** Somebody else runs until `thread`, the current one, has been made ready and its turn has come. */
function giveUpHart(hart: Hart, thread: KernelThread): void {
  const service = runningService();
  setRunningService(0);
  thread.time += (csrr_time() - hart.enteredAt) as u64;
  const next = next_thread(hart);
  hart.enteredAt = csrr_time();
  next.state = ThreadState.Running;
  hart.current = next;
  if (next != thread) {
    current = next;
    switch_stack(savedAt(thread), next.savedSp);
    reap();
  }
  setRunningService(service);
}

function savedAt(thread: KernelThread): u32 {
  return changetype<u32>(thread) + offsetof<KernelThread>('savedSp');
}
