/**
 * How objects end. An object ends when it is destroyed or when the last handle to it goes; then
 * everything that waits for it is told. Ends can set off others (a process holds handles), so objects
 * that are to end are put on a list that is worked off as a trap ends: no chain of owners, however
 * long, makes the kernel recurse.
 */
import { Errno } from '../../userland/abi/errno.enums';
import { ProcessState } from '../../userland/abi/process.enums';
import { ObjectKind, Rights } from '../../userland/abi/syscall.enums';
import { clearAddressSpace, destroyAddressSpace } from '../core/address-space';
import { releaseFrames } from '../core/frames';
import { Hart } from '../core/hart';
import { log } from '../core/log';
import { powerOffFailed } from '../core/sbi';
import { removeReady } from '../core/scheduler';
import { SlabObject } from '../core/slab';
import { ThreadState } from '../core/thread';
import { HandleEntry } from './handle-entry';
import { entryIn, freeEntry, freeTable, tableSize } from './handles';
import { endIrq } from './interrupts';
import { releaseObject } from './object-slabs';
import {
  DOOMED,
  ENDED,
  Endpoint,
  Irq,
  MemoryObject,
  MessageKind,
  MicroThread,
  MicroThreadState,
  Notification,
  Port,
  Process,
  Reply,
} from './objects';
import { closePort, dropClosed } from './ports';
import { leaveServers, refreshPriority, stopServing } from './priority';
import { stopWaiting, wake } from './waiting';

/** Objects that are to end. */
let doomed: SlabObject | null = null;
/** The first process, with which the system ends. */
let first: Process | null = null;

/** Has the system end when `process` does. */
export function setFirstProcess(process: Process): void {
  first = process;
}

export function isFirstProcess(process: Process): bool {
  return process == first;
}

/** Has `object` end with the current trap. */
export function doom(object: SlabObject): void {
  if (object.references >= ENDED) return;
  object.references = DOOMED;
  object.link = doomed;
  doomed = object;
}

/** Whether endDoomed has anything to do. */
export function hasDoomed(): bool {
  return doomed != null;
}

/** Ends what has been doomed, and what that dooms in turn. */
export function endDoomed(hart: Hart): void {
  let object = doomed;
  while (object != null) {
    doomed = object.link;
    if (object.references == DOOMED) end(hart, object);
    else releaseObject(object);
    object = doomed;
  }
}

function end(hart: Hart, object: SlabObject): void {
  switch (object.kind) {
    case ObjectKind.Process:
      endProcess(hart, changetype<Process>(object), ProcessState.Exited);
      destroyAddressSpace(changetype<Process>(object));
      break;
    case ObjectKind.Thread:
      endThread(hart, changetype<MicroThread>(object));
      break;
    case ObjectKind.Endpoint:
      endEndpoint(hart, changetype<Endpoint>(object));
      break;
    case ObjectKind.Notification:
      endNotification(hart, changetype<Notification>(object));
      break;
    case ObjectKind.Irq:
      endIrq(changetype<Irq>(object));
      break;
    case ObjectKind.Port:
      // It is gone for good when its server knows.
      closePort(hart, changetype<Port>(object));
      return;
    case ObjectKind.Memory: {
      const memoryObject = changetype<MemoryObject>(object);
      releaseFrames(memoryObject.base, memoryObject.pages);
      break;
    }
    default:
      // A Reply goes on with its caller's thread.
      endReply(hart, changetype<Reply>(object));
      return;
  }
  releaseObject(object);
}

/** Gives a handle up. The object ends if that was the last, or if `destroy` is set. */
export function closeEntry(process: Process, entry: HandleEntry, destroy: bool): void {
  const object = entry.object;
  const isStale = entry.isStale;
  const rights = entry.rights;
  freeEntry(process, entry);
  if (object == null || isStale || object.references >= ENDED) return;
  object.references--;
  if (destroy || isUnreachable(object, rights)) doom(object);
}

/** Whether nobody can do anything with an object, now that a handle with `rights` to it has gone. */
function isUnreachable(object: SlabObject, rights: u32): bool {
  switch (object.kind) {
    case ObjectKind.Endpoint: {
      const endpoint = changetype<Endpoint>(object);
      if ((rights & Rights.Receive) != 0) endpoint.receiveHandles--;
      // No handle can be copied with more rights than it has: nobody will ever receive again.
      return endpoint.receiveHandles == 0;
    }
    case ObjectKind.Thread:
      return object.references == 0 && changetype<MicroThread>(object).state == ThreadState.Created;
    default:
      return object.references == 0;
  }
}

/** Ends a process's threads, handles and mappings. The object stays, in `state`. */
export function endProcess(hart: Hart, process: Process, state: u32): void {
  let thread = process.threads;
  while (thread != null) {
    endThread(hart, thread);
    thread = process.threads;
  }
  strip(hart, process, state);
}

/** Ends a process's handles and mappings, while its last thread still has something to say. */
export function strip(hart: Hart, process: Process, state: u32): void {
  if (process == first) {
    log('micro: init was ended\n');
    powerOffFailed();
  }
  const size = tableSize(process);
  for (let index: u32 = 0; index < size; index++) {
    const entry = entryIn(process, index);
    if (entry.object != null) closeEntry(process, entry, false);
  }
  if (size != 0) freeTable(process);
  clearAddressSpace(hart, process);
  process.state = state;
}

/** Ends a thread wherever it is. With the last one, a process that nobody has a handle to ends too. */
export function endThread(hart: Hart, thread: MicroThread): void {
  if (thread.state == ThreadState.Ready) removeReady(hart, thread);
  else stopWaiting(hart, thread);
  if (hart.current == thread) hart.current = null;
  endCall(hart, thread);
  stopServing(hart, thread);
  leaveServers(thread);
  const process = thread.process;
  const next = thread.siblingNext;
  const previous = thread.siblingPrevious;
  if (next != null) next.siblingPrevious = previous;
  if (previous != null) previous.siblingNext = next;
  else process.threads = next;
  process.threadCount--;
  if (process.threadCount == 0 && process.references == 0) doom(process);
  release(thread.reply);
  release(thread);
}

/** Releases an object, or leaves that to endDoomed if it is on the list. */
function release(object: SlabObject): void {
  if (object.references == DOOMED) {
    object.generation++;
    object.references = ENDED;
  } else {
    releaseObject(object);
  }
}

/** The last handle to a Reply has gone unused. */
function endReply(hart: Hart, reply: Reply): void {
  reply.references = 0;
  const caller = reply.caller;
  if (caller.state == MicroThreadState.AwaitingReply) failCall(hart, caller, Errno.EDIED);
}

/** The call of `caller` is over: reply handles to it are stale, and its priority is its own again. */
export function endCall(hart: Hart, caller: MicroThread): void {
  const reply = caller.reply;
  reply.generation++;
  if (reply.references != DOOMED) reply.references = 0;
  caller.callee = null;
  const server = caller.servedBy;
  if (server == null) return;
  caller.servedBy = null;
  server.serving = null;
  refreshPriority(hart, server);
}

/** Nobody will answer the call of `caller`. */
function failCall(hart: Hart, caller: MicroThread, errno: i32): void {
  endCall(hart, caller);
  switch (caller.messageKind) {
    case MessageKind.Call:
    case MessageKind.KernelCall:
      wake(hart, caller, -errno);
      break;
    case MessageKind.Fault:
      endProcess(hart, caller.process, ProcessState.Exited);
      break;
    default:
      endThread(hart, caller);
  }
}

function endEndpoint(hart: Hart, endpoint: Endpoint): void {
  let caller = endpoint.callers.head;
  while (caller != null) {
    failCall(hart, changetype<MicroThread>(caller), Errno.EBADF);
    caller = endpoint.callers.head;
  }
  let receiver = endpoint.receivers.head;
  while (receiver != null) {
    wake(hart, changetype<MicroThread>(receiver), -Errno.EBADF);
    receiver = endpoint.receivers.head;
  }
  let server = endpoint.servers;
  while (server != null) {
    leaveServers(server);
    server = endpoint.servers;
  }
  dropClosed(endpoint);
  const notification = endpoint.notification;
  if (notification != null) notification.endpoint = null;
}

function endNotification(hart: Hart, notification: Notification): void {
  let waiter = notification.waiters.head;
  while (waiter != null) {
    wake(hart, changetype<MicroThread>(waiter), -Errno.EBADF);
    waiter = notification.waiters.head;
  }
  const endpoint = notification.endpoint;
  if (endpoint != null) endpoint.notification = null;
}
