/**
 * The microkernel's objects. Each starts with a SlabObject, whose kind is an ObjectKind; processes hold
 * them by handles (handles.ts). Fields only: what the objects do is in the file named after the
 * subject. Pointers from one object to another are cleared when either ends (lifetime.ts); where
 * that is not so, the generation stands beside the pointer.
 */
import { AddressSpace } from '../core/address-space';
import { SlabObject } from '../core/slab';
import { Thread, ThreadQueue, ThreadState } from '../core/thread';
import { ENTRY_SHIFT, HANDLE_INDEX_MASK, HandleEntry } from './handle-entry';

/** SlabObject.references of an object that is to end with the current trap (lifetime.ts). */
export const DOOMED: u32 = 0xffff_ffff;
/** The same, when the object has ended in the meantime by another way (a thread with its process). */
export const ENDED: u32 = 0xffff_fffe;

/** Why a thread waits, beside the states that every kernel has. */
export const enum MicroThreadState {
  /** In an endpoint's queue of callers. */
  Calling = ThreadState.Blocked,
  /** A server has received its call. */
  AwaitingReply = ThreadState.Blocked + 1,
  Receiving = ThreadState.Blocked + 2,
  /** For a notification. */
  Waiting = ThreadState.Blocked + 3,
  Sleeping = ThreadState.Blocked + 4,
}

/** What a calling thread has to say. */
export const enum MessageKind {
  /** The message is in its registers. */
  Call = 0,
  /** The same of a service in the kernel (kernels/hybrid/outside.ts): what it lends is kernel memory. */
  KernelCall = 1,
  // What is below is told of a thread, which has not asked for it.
  /** The kernel calls the handler on its behalf: the message is in its report. */
  Fault = 2,
  /** The same; nobody waits for the answer, and the thread ends when it is received. */
  Exit = 3,
}

/** An address space, a table of handles, and threads. */
@unmanaged
export class Process extends AddressSpace {
  id: u32;
  /** Times it was started. */
  incarnation: u32;
  /** ProcessState. */
  state: u32;
  /** Address of its HandleEntry table; 0: none yet. */
  handles: u32;
  handleCapacity: u32;
  /** 1 + index of the first free entry; 0: none. */
  freeHandle: u32;
  threads: MicroThread | null;
  threadCount: u32;
  /** Where its faults and exits go, while the generation matches. */
  handler: Endpoint | null;
  handlerGeneration: u32;
  handlerBadge: u32;
  nameLength: u32;
  name0: u32;
  name1: u32;
  name2: u32;
  name3: u32;
  /** mtime ticks on the hart. */
  time: u64;

  /** The entry whose index and generation `handle` has, free or not, or null. */
  @inline
  entryOf(handle: u32): HandleEntry | null {
    const index = handle & HANDLE_INDEX_MASK;
    if (index >= this.handleCapacity) return null;
    const entry = changetype<HandleEntry>(this.handles + (index << ENTRY_SHIFT));
    return (entry.stamp ^ handle) > HANDLE_INDEX_MASK ? null : entry;
  }
}

/** A thread, as a caller, as a server, and as the subject of a fault message. */
@unmanaged
export class MicroThread extends Thread {
  process: Process;
  id: u32;
  siblingNext: MicroThread | null;
  siblingPrevious: MicroThread | null;
  /** The priority it was started with; Thread.priority is this or what its callers lend. */
  basePriority: u32;

  /** Stands for its call in the server's table of handles. Lives as long as the thread. */
  reply: Reply;
  /** MessageKind of its call. */
  messageKind: u32;
  /** The endpoint it calls, while Calling. */
  callee: Endpoint | null;
  /** Badge of the handle it called with. */
  badge: u32;
  /** The thread that works on its call, and to which it lends its priority. */
  servedBy: MicroThread | null;

  /** The caller whose call it received last and has not answered. */
  serving: MicroThread | null;
  /** The endpoint it received on last. */
  endpoint: Endpoint | null;
  serverNext: MicroThread | null;
  serverPrevious: MicroThread | null;

  /** Words of a Fault or Exit message (FaultMethod). */
  report0: u32;
  report1: u32;
  report2: u32;
  report3: u32;
  report4: u32;
  report5: u32;
  report6: u32;

  /** Its message is a call, and not what the kernel tells of it. */
  get isOwnCall(): bool {
    return this.messageKind <= (MessageKind.KernelCall as u32);
  }
}

/** A call that waits for its answer. Its generation grows with every call that ends. */
@unmanaged
export class Reply extends SlabObject {
  caller: MicroThread;
}

/** Where calls meet those who receive them. */
@unmanaged
export class Endpoint extends SlabObject {
  /** Set by its creator, for tools. */
  protocol: u32;
  callersHead: Thread | null;
  callersTail: Thread | null;
  receiversHead: Thread | null;
  receiversTail: Thread | null;
  /** The notification that wakes its receivers too. */
  notification: Notification | null;
  /** Threads that received on it last. */
  servers: MicroThread | null;
  /** Handles to it with the right Receive. */
  receiveHandles: u32;
  /** Ports that nobody has a handle to and whose server was not told yet, by their links. */
  closedHead: Port | null;
  closedTail: Port | null;

  /** Threads whose calls nobody has received, by priority. */
  get callers(): ThreadQueue {
    return changetype<ThreadQueue>(changetype<u32>(this) + offsetof<Endpoint>('callersHead'));
  }

  /** Threads that wait for a call. */
  get receivers(): ThreadQueue {
    return changetype<ThreadQueue>(changetype<u32>(this) + offsetof<Endpoint>('receiversHead'));
  }
}

/** A way into an endpoint, with the badge by which its server knows it. */
@unmanaged
export class Port extends SlabObject {
  /** Where calls through it arrive, while the generation matches. */
  endpoint: Endpoint;
  endpointGeneration: u32;
  badge: u32;

  /** The endpoint has ended: nobody answers here any more. */
  get isDead(): bool {
    return this.endpoint.generation != this.endpointGeneration;
  }
}

/** Bits that are set without waiting and waited for. */
@unmanaged
export class Notification extends SlabObject {
  bits: u32;
  waitersHead: Thread | null;
  waitersTail: Thread | null;
  /** The endpoint whose receivers it wakes, if it is bound. */
  endpoint: Endpoint | null;

  get waiters(): ThreadQueue {
    return changetype<ThreadQueue>(changetype<u32>(this) + offsetof<Notification>('waitersHead'));
  }
}

/** A device interrupt; with source 0 the root object, from which the others derive. */
@unmanaged
export class Irq extends SlabObject {
  source: u32;
  /** What it signals, while the generation matches. */
  notification: Notification | null;
  notificationGeneration: u32;
  bits: u32;
  /** The interrupt was taken and not yet acknowledged. */
  isClaimed: bool;
}

/** A run of physical pages: RAM or device registers. */
@unmanaged
export class MemoryObject extends SlabObject {
  base: u32;
  pages: u32;
  /** Made for a device: its physical address may be asked for. */
  isContiguous: bool;
}
