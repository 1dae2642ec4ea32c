/**
 * The short way for what happens most: a call that does nothing (which is measured), a call to an endpoint at which a thread waits, and the answer
 * to it by a server that then waits again. Each does what calls.ts does in that case, in one go, and
 * nothing at all if anything is out of the ordinary. They call no other function, so that no
 * register has to be saved for them.
 */
import {
  CallFlags,
  FaultMethod,
  ObjectKind,
  ReceiveKind,
  Rights,
} from '../../userland/abi/syscall.enums';
import { counters } from '../core/counters';
import { Hart } from '../core/hart';
import { USER_END, USER_START } from '../core/paging';
import { ThreadState } from '../core/thread';
import { ENTRY_SHIFT, HandleEntry } from './handle-entry';
import { Endpoint, MessageKind, MicroThread, MicroThreadState, Port, Reply } from './objects';

/** Bytes of an `ecall`. */
export const ECALL_SIZE: u32 = 4;
const LENDS: u32 = CallFlags.LendRead | CallFlags.LendWrite;
/** Methods with all of these bits are the kernel's own. */
const RESERVED_METHODS: u32 = FaultMethod.Fault;

/** Syscall.Call: the receiver, which is to run next, or null if the call has to go the long way. */
export function callAtOnce(hart: Hart, caller: MicroThread): MicroThread | null {
  const callerEntry = caller.process.entryOf(caller.t1);
  // Only endpoints and ports have this right, and no free entry has any.
  if (callerEntry == null) return null;
  if ((callerEntry.stamp & Rights.Call) == 0) return null;
  let endpoint = changetype<Endpoint>(callerEntry.object);
  if (endpoint.generation != callerEntry.objectGeneration) return null;
  let badge = callerEntry.badge;
  if (endpoint.kind != ObjectKind.Endpoint) {
    const port = changetype<Port>(endpoint);
    if (port.isDead) return null;
    badge = port.badge;
    endpoint = port.endpoint;
  }
  const method = caller.t2;
  if ((method & CallFlags.Handle) != 0) return null;
  if ((method & RESERVED_METHODS) == RESERVED_METHODS) return null;
  let lentLength: u32 = 0;
  if ((method & LENDS) != 0) {
    const lent = caller.t3;
    lentLength = caller.t4;
    if (lent - USER_START > USER_END - USER_START) return null;
    if (lentLength > USER_END - lent) return null;
  }
  const receiver = changetype<MicroThread>(endpoint.receiversHead);
  if (changetype<u32>(receiver) == 0) return null;
  if (receiver.isTimed) return null;

  // A reply handle for the receiver.
  const process = receiver.process;
  const place = process.freeHandle;
  if (place == 0) return null;
  const index = place - 1;
  const entry = changetype<HandleEntry>(process.handles + (index << ENTRY_SHIFT));
  process.freeHandle = entry.badge;
  const reply = caller.reply;
  entry.object = reply;
  entry.objectGeneration = reply.generation;
  reply.references = 1;

  receiver.t0 = ReceiveKind.Message;
  receiver.t1 = entry.stamp | index;
  receiver.t2 = method;
  receiver.t3 = badge;
  receiver.t4 = lentLength;
  receiver.t5 = 0;
  receiver.a0 = caller.a0;
  receiver.a1 = caller.a1;
  receiver.a2 = caller.a2;
  receiver.a3 = caller.a3;
  receiver.a4 = caller.a4;
  receiver.a5 = caller.a5;
  receiver.a6 = caller.a6;
  receiver.a7 = caller.a7;

  const next = receiver.queueNext;
  endpoint.receiversHead = next;
  if (next == null) endpoint.receiversTail = null;
  else next.queuePrevious = null;
  receiver.queue = null;
  receiver.queueNext = null;

  counters().messages++;
  caller.pc += ECALL_SIZE;
  caller.messageKind = MessageKind.Call;
  caller.state = MicroThreadState.AwaitingReply;
  caller.servedBy = receiver;
  receiver.serving = caller;
  receiver.priority = max(receiver.basePriority, caller.priority);
  receiver.state = ThreadState.Running;
  hart.current = receiver;
  return receiver;
}

/** Syscall.ReplyReceive: the caller, which is to run next, or null if it has to go the long way. */
export function answerAtOnce(hart: Hart, server: MicroThread): MicroThread | null {
  const process = server.process;
  const endpointEntry = process.entryOf(server.t1);
  if (endpointEntry == null) return null;
  if ((endpointEntry.stamp & Rights.Receive) == 0) return null;
  const endpoint = changetype<Endpoint>(endpointEntry.object);
  if (endpoint.generation != endpointEntry.objectGeneration) return null;
  if (endpoint.callersHead != null) return null;
  if (endpoint.closedHead != null) return null;
  if (server.endpoint != endpoint) return null;
  const notification = endpoint.notification;
  if (notification != null) {
    if (notification.bits != 0) return null;
  }

  const replyHandle = server.t3;
  const entry = process.entryOf(replyHandle);
  if (entry == null) return null;
  const reply = changetype<Reply>(entry.object);
  if (changetype<u32>(reply) == 0) return null;
  if (reply.kind != ObjectKind.Reply) return null;
  if (reply.generation != entry.objectGeneration) return null;
  const caller = reply.caller;
  if (server.serving != caller) return null;
  if (caller.messageKind != MessageKind.Call) return null;
  if (hart.readyPriorities >> caller.priority > 1) return null;
  const method = server.t2;
  if ((method & CallFlags.Handle) != 0) return null;

  entry.object = null;
  entry.stamp = entry.nextStamp;
  entry.badge = process.freeHandle;
  process.freeHandle = ((changetype<u32>(entry) - process.handles) >> ENTRY_SHIFT) + 1;
  reply.generation++;
  reply.references = 0;
  caller.servedBy = null;
  server.serving = null;

  caller.t0 = 0;
  caller.t2 = method & CallFlags.MethodMask;
  caller.t5 = 0;
  caller.a0 = server.a0;
  caller.a1 = server.a1;
  caller.a2 = server.a2;
  caller.a3 = server.a3;
  caller.a4 = server.a4;
  caller.a5 = server.a5;
  caller.a6 = server.a6;
  caller.a7 = server.a7;

  const last = endpoint.receiversTail;
  server.queuePrevious = last;
  server.queueNext = null;
  server.queue = endpoint.receivers;
  endpoint.receiversTail = server;
  if (last == null) endpoint.receiversHead = server;
  else last.queueNext = server;

  server.pc += ECALL_SIZE;
  server.priority = server.basePriority;
  server.state = MicroThreadState.Receiving;
  caller.state = ThreadState.Running;
  hart.current = caller;
  return caller;
}

/** Syscall.Null: the price of entering the kernel and leaving it. */
export function returnAtOnce(thread: MicroThread): MicroThread {
  thread.pc += ECALL_SIZE;
  thread.t0 = 0;
  return thread;
}
