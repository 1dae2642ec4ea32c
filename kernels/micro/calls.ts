/**
 * Call, receive and reply. A call to an endpoint at which a thread waits goes straight to that thread,
 * and the answer straight back: the hart changes over without a run queue, since the server runs
 * with its caller's priority at least.
 */
import { Errno } from '../../userland/abi/errno.enums';
import {
  CallFlags,
  FaultMethod,
  ObjectKind,
  ReceiveKind,
  Rights,
} from '../../userland/abi/syscall.enums';
import { ProcessState } from '../../userland/abi/process.enums';
import { Hart } from '../core/hart';
import { failure, isError } from '../core/result';
import { isPreempted, makeReady } from '../core/scheduler';
import { ThreadState } from '../core/thread';
import { NEVER } from '../core/time';
import { addTimer, removeTimer } from '../core/timers';
import { isUserRange } from '../core/user-memory';
import { HandleEntry } from './handle-entry';
import { findAny, findHandle, findObject, freeEntry } from './handles';
import { closeEntry, endCall, endProcess, endThread } from './lifetime';
import { answer, deliver } from './messages';
import { Endpoint, MessageKind, MicroThread, MicroThreadState, Reply } from './objects';
import { findCallee, takeClosed } from './ports';
import { joinServers, lendToServers, stopServing } from './priority';
import { deadlineOf, isPast, wake } from './waiting';

/** What a fault's handler answers in word 0 to let the thread run on. */
const RUN_ON: u32 = 1;
/** Flags of an answer whose handle moves. */
const MOVES: u32 = CallFlags.Handle | CallFlags.Move;

/** Syscall.Call. */
export function call(hart: Hart, caller: MicroThread): void {
  const found = findCallee(caller, caller.process, caller.t1);
  if (isError(found)) {
    caller.t0 = found;
    return;
  }
  const flags = caller.t2;
  if ((flags & CallFlags.MethodMask) >= (FaultMethod.Fault as u32)) {
    caller.t0 = failure(Errno.EINVAL);
    return;
  }
  if ((flags & (CallFlags.LendRead | CallFlags.LendWrite)) != 0) {
    if (!isUserRange(caller.t3, caller.t4)) {
      caller.t0 = failure(Errno.EFAULT);
      return;
    }
  }
  if ((flags & CallFlags.Handle) != 0) {
    const travelling = findObject(caller.process, caller.t5, Rights.Copy);
    if (isError(travelling)) {
      caller.t0 = travelling;
      return;
    }
  }
  caller.messageKind = MessageKind.Call;
  startCall(hart, caller, changetype<Endpoint>(found));
}

/**
 * The current thread `caller` calls `endpoint` with a message whose parts have been checked, and
 * waits for the answer.
 */
export function startCall(hart: Hart, caller: MicroThread, endpoint: Endpoint): void {
  const waiting = endpoint.receivers.head;
  if (waiting != null) {
    const receiver = changetype<MicroThread>(waiting);
    const error = deliver(caller, receiver);
    if (error == 0) {
      endpoint.receivers.remove(receiver);
      removeTimer(hart, receiver);
      received(hart, caller);
      receiver.state = ThreadState.Running;
      hart.current = receiver;
      return;
    }
    wake(hart, receiver, error);
  }
  caller.state = MicroThreadState.Calling;
  caller.callee = endpoint;
  endpoint.callers.insertByPriority(caller);
  hart.current = null;
  lendToServers(hart, endpoint, caller.priority);
}

/** What a caller does once its message is with a server. */
function received(hart: Hart, caller: MicroThread): void {
  caller.callee = null;
  if (caller.messageKind == MessageKind.Exit) endThread(hart, caller);
  else caller.state = MicroThreadState.AwaitingReply;
}

/** Syscall.Receive. */
export function receive(hart: Hart, receiver: MicroThread): void {
  const found = findHandle(receiver.process, receiver.t1, ObjectKind.Endpoint, Rights.Receive);
  if (isError(found)) {
    receiver.t0 = found;
    return;
  }
  const endpoint = changetype<Endpoint>(changetype<HandleEntry>(found).object);
  receiveOn(hart, receiver, endpoint, deadlineOf(receiver));
}

/** The current thread takes what has arrived at `endpoint`, or waits for it until `deadline`. */
function receiveOn(hart: Hart, receiver: MicroThread, endpoint: Endpoint, deadline: u64): void {
  stopServing(hart, receiver);
  joinServers(receiver, endpoint);
  const notification = endpoint.notification;
  if (notification != null && notification.bits != 0) {
    receiver.t0 = ReceiveKind.Notification;
    receiver.a0 = notification.bits;
    notification.bits = 0;
    return;
  }
  if (takeClosed(endpoint, receiver)) return;
  const first = endpoint.callers.head;
  if (first != null) {
    const caller = changetype<MicroThread>(first);
    const error = deliver(caller, receiver);
    if (error != 0) {
      receiver.t0 = error as u32;
      return;
    }
    endpoint.callers.remove(caller);
    received(hart, caller);
    return;
  }
  if (deadline != NEVER) {
    if (isPast(deadline)) {
      receiver.t0 = failure(Errno.ETIMEDOUT);
      return;
    }
    addTimer(hart, receiver, deadline);
  }
  receiver.priority = receiver.basePriority;
  receiver.state = MicroThreadState.Receiving;
  endpoint.receivers.append(receiver);
  hart.current = null;
}

/** Syscall.Reply. */
export function reply(hart: Hart, server: MicroThread): void {
  const caller = answerCall(hart, server, server.t1);
  if (isError(caller)) {
    server.t0 = caller;
    return;
  }
  server.t0 = 0;
  if (caller != 0) makeReady(hart, changetype<MicroThread>(caller));
}

/**
 * Syscall.ReplyReceive. What goes wrong with the reply (the caller may have ended) is of no concern
 * to the next message, unless the server's own arguments are at fault.
 */
export function replyReceive(hart: Hart, server: MicroThread): void {
  const found = findHandle(server.process, server.t1, ObjectKind.Endpoint, Rights.Receive);
  if (isError(found)) {
    server.t0 = found;
    return;
  }
  const endpoint = changetype<Endpoint>(changetype<HandleEntry>(found).object);
  let caller: u32 = 0;
  if (server.t3 != 0) {
    caller = answerCall(hart, server, server.t3);
    if (isError(caller)) {
      if (caller != failure(Errno.ESRCH)) {
        server.t0 = caller;
        return;
      }
      caller = 0;
    }
    // The answer to a fault can end the server's own process.
    if (hart.current != server) return;
  }
  receiveOn(hart, server, endpoint, NEVER);
  if (caller == 0) return;
  const answered = changetype<MicroThread>(caller);
  if (hart.current == null && !isPreempted(hart, answered)) {
    answered.state = ThreadState.Running;
    hart.current = answered;
  } else {
    makeReady(hart, answered);
  }
}

/**
 * Answers the call that `handle` stands for with the registers of `server`. Returns the caller, which
 * can run now, or 0 if the answer ended it; EBADF or EACCES, and nothing has changed, if a handle is
 * wrong; ESRCH, and the reply handle is gone, if the caller has ended.
 */
function answerCall(hart: Hart, server: MicroThread, handle: u32): u32 {
  const process = server.process;
  const found = findHandle(process, handle, ObjectKind.Reply, 0);
  if (isError(found)) {
    const error = forgetStaleReply(server, handle);
    if (error == failure(Errno.ESRCH)) giveAway(server);
    return error;
  }
  if ((server.t2 & CallFlags.Handle) != 0) {
    const travelling = findObject(process, server.t5, Rights.Copy);
    if (isError(travelling)) return travelling;
  }
  const entry = changetype<HandleEntry>(found);
  const caller = changetype<Reply>(entry.object).caller;
  freeEntry(process, entry);
  endCall(hart, caller);
  if (caller.isOwnCall) {
    answer(server, caller);
    giveAway(server);
    return changetype<u32>(caller);
  }
  if (server.a0 == RUN_ON) {
    caller.process.state = ProcessState.Running;
    return changetype<u32>(caller);
  }
  endProcess(hart, caller.process, ProcessState.Exited);
  return 0;
}

/** The handle that the answer of `server` moves is not its own any more, whether it arrived or not. */
function giveAway(server: MicroThread): void {
  if ((server.t2 & MOVES) != MOVES) return;
  const found = findObject(server.process, server.t5, Rights.Copy);
  if (!isError(found)) closeEntry(server.process, changetype<HandleEntry>(found), false);
}

/** Frees the entry of a reply handle whose caller has ended: ESRCH, or EBADF if it is no such thing. */
function forgetStaleReply(server: MicroThread, handle: u32): u32 {
  const found = findAny(server.process, handle);
  if (isError(found)) return found;
  const entry = changetype<HandleEntry>(found);
  const object = entry.object;
  if (object == null || object.kind != ObjectKind.Reply) return failure(Errno.EBADF);
  freeEntry(server.process, entry);
  return failure(Errno.ESRCH);
}
