/** What the kernel keeps for each hart. In the kernel, register tp points to it. */
import { read_tp } from '../../userland/abi/rv';
import { PRIORITY_LEVELS, Thread, ThreadQueue } from './thread';

@unmanaged
export class Hart {
  /** The number the firmware gave, `mhartid`. */
  id: u32;
  /** The thread whose floating-point registers the hart holds; null: no living thread's. */
  floatOwner: Thread | null;
  /** The thread whose registers the hart holds or will load next; null: the hart has nothing to run. */
  current: Thread | null;
  /** Bit p: a thread of priority p is ready. */
  readyPriorities: u32;
  /** A ThreadQueue for each priority. */
  readyQueues: u32;

  /** Threads with a deadline, the next one first. */
  timers: Thread | null;
  /** Whether threads share the hart by time: some other is ready. */
  isQuantumRunning: bool;
  /** When the current thread's turn ends, in mtime ticks. */
  quantumEnd: u64;
  /** The deadline that the firmware's timer is set to. */
  timerDeadline: u64;

  /** Root table in satp. */
  root: u32;
  /** Highest ASID; 0 if the hart has none. */
  lastAsid: u32;
  nextAsid: u32;
  asidGeneration: u32;

  /** Time at which the current process was entered: the low word of mtime. */
  enteredAt: u32;
}

/** The hart that executes this. */
export function currentHart(): Hart {
  return changetype<Hart>(read_tp());
}

/** The run queue for one priority. */
export function readyQueue(hart: Hart, priority: u32): ThreadQueue {
  return changetype<ThreadQueue>(hart.readyQueues + priority * offsetof<ThreadQueue>());
}

const BOOT_HART_SIZE: u32 = 512;
/** The first hart's, with its run queues behind it. */
const bootHart = memory.data(512, 16) as u32;

/** Prepares the first hart's structure. */
export function initialiseBootHart(id: u32): Hart {
  assert(offsetof<Hart>() + PRIORITY_LEVELS * offsetof<ThreadQueue>() <= BOOT_HART_SIZE);
  const hart = changetype<Hart>(bootHart);
  hart.id = id;
  hart.readyQueues = bootHart + (offsetof<Hart>() as u32);
  hart.timerDeadline = u64.MAX_VALUE;
  return hart;
}
