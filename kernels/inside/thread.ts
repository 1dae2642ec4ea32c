/** Threads that sleep in the kernel: each has a kernel stack and a place for the calls it makes there. */
import { AddressSpace } from '../core/address-space';
import { PAGE_SIZE } from '../core/paging';
import { SlabObject } from '../core/slab';
import { Thread, ThreadState } from '../core/thread';
import { PortTable } from './port-table';

/** Why a thread sleeps. */
export const enum SleepState {
  /** A service keeps its call. */
  AwaitingReply = ThreadState.Blocked,
  /** Another thread has a lock. */
  AwaitingLock = ThreadState.Blocked + 1,
  /** For a time to come. */
  AwaitingTime = ThreadState.Blocked + 2,
  /** For what another thread of a service does. */
  AwaitingCondition = ThreadState.Blocked + 3,
}

/** Calls within calls that a thread can have under way: a program's, and what services ask of others. */
export const MOST_CALLS: u32 = 3;
/** Pages in which a call gathers what it lends (tools/protocols/marshalling.ts: TRANSFER_BYTES). */
export const TRANSFER_PAGES: u32 = 2;

@unmanaged
export class KernelThread extends Thread {
  /** Where its stack pointer was when it last gave the hart up. */
  savedSp: u32;
  /** Number of its kernel stack (stacks.ts). */
  slot: u32;
  /**
   * Page with a Request for each call within a call (environment/kernel/request.ts), and at its end
   * where the transfer area of each lies.
   */
  requests: u32;
  /** Calls within calls that are under way. */
  depth: u32;
  /** Calls that services have kept so far: tells a stale answer from the one that is due. */
  keptCalls: u32;
  /** Locks that it holds even while it sleeps: with any, it cannot be killed in the middle. */
  locks: u32;
  /** It is to end as soon as it is about to return to user mode, with `status`. */
  isEnding: bool;
  status: i32;
  /** A fault in the kernel has ended it; a second one ends the system. */
  hasFaulted: bool;
  /** mtime ticks on the hart. */
  time: u64;
  /** Its memory, and what it has handles to; null for the kernel's own thread. */
  space: AddressSpace | null;
  ports: PortTable | null;
  /** The process that it is a thread of. */
  owner: SlabObject | null;
}

/** Where a thread keeps the address of the transfer area of its call number `depth`; 0: none yet. */
export function transferAreaOf(thread: KernelThread, depth: u32): u32 {
  return thread.requests + PAGE_SIZE - (depth + 1) * sizeof<u32>();
}
