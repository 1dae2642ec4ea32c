/**
 * Which thread runs: the first in the queue of the greatest priority, in turns of 10 ms among equals.
 * Turns are timed only while some other thread is ready.
 */
import { Hart, readyQueue } from './hart';
import { Thread, ThreadState } from './thread';
import { now } from './time';
import { setTimerIfSooner } from './timers';

/** Milliseconds of a turn. */
const QUANTUM_MILLISECONDS: u32 = 10;
let quantum: u64 = 0;

/** Learns how many mtime ticks a second has. */
export function initialiseScheduler(timebaseFrequency: u32): void {
  quantum = (timebaseFrequency / 1000) * QUANTUM_MILLISECONDS;
}

/** Makes a thread ready, behind those of its priority. */
export function makeReady(hart: Hart, thread: Thread): void {
  thread.state = ThreadState.Ready;
  readyQueue(hart, thread.priority).append(thread);
  noteReady(hart, thread);
}

/** Makes the thread that was running ready, before those of its priority: its turn is not over. */
export function makeReadyFirst(hart: Hart, thread: Thread): void {
  thread.state = ThreadState.Ready;
  readyQueue(hart, thread.priority).prepend(thread);
  noteReady(hart, thread);
}

function noteReady(hart: Hart, thread: Thread): void {
  hart.readyPriorities |= 1 << thread.priority;
  if (!hart.isQuantumRunning) {
    hart.isQuantumRunning = true;
    hart.quantumEnd = now() + quantum;
    setTimerIfSooner(hart, hart.quantumEnd);
  }
}

/** Takes a ready thread out of its run queue. */
export function removeReady(hart: Hart, thread: Thread): void {
  const queue = readyQueue(hart, thread.priority);
  queue.remove(thread);
  if (queue.head == null) hart.readyPriorities &= ~(1 << thread.priority);
}

/** Takes the thread that should run next out of its run queue, or null. */
export function takeNext(hart: Hart): Thread | null {
  const ready = hart.readyPriorities;
  if (ready == 0) {
    hart.isQuantumRunning = false;
    return null;
  }
  const thread = readyQueue(hart, 31 - clz(ready)).head;
  if (thread != null) removeReady(hart, thread);
  return thread;
}

/** Whether a thread of greater priority than `thread` is ready. */
export function isPreempted(hart: Hart, thread: Thread): bool {
  return hart.readyPriorities >> thread.priority > 1;
}

/** Changes a thread's priority, wherever it waits. */
export function setPriority(hart: Hart, thread: Thread, priority: u32): void {
  if (thread.priority == priority) return;
  if (thread.state == ThreadState.Ready) {
    removeReady(hart, thread);
    thread.priority = priority;
    readyQueue(hart, priority).append(thread);
    hart.readyPriorities |= 1 << priority;
    return;
  }
  thread.priority = priority;
  const queue = thread.queue;
  if (queue != null) {
    queue.remove(thread);
    queue.insertByPriority(thread);
  }
}

/** After the timer has fired: ends the current thread's turn if it is over and an equal is ready. */
export function endTurn(hart: Hart, time: u64): void {
  if (!hart.isQuantumRunning || time < hart.quantumEnd) return;
  if (hart.readyPriorities == 0) {
    hart.isQuantumRunning = false;
    return;
  }
  hart.quantumEnd = time + quantum;
  const current = hart.current;
  if (current == null || readyQueue(hart, current.priority).head == null) return;
  hart.current = null;
  makeReady(hart, current);
}
