/** Messages: from a caller to the thread that receives its call, and back with the answer. */
import { Errno } from '../../userland/abi/errno.enums';
import { CallFlags, FaultMethod, ReceiveKind, Rights } from '../../userland/abi/syscall.enums';
import { counters } from '../core/counters';
import { failure, isError } from '../core/result';
import { HandleEntry } from './handle-entry';
import { findAny, findObject, freeEntry, insertHandle } from './handles';
import { MessageKind, MicroThread, Process } from './objects';

/** Either direction may be lent. */
const LENDS: u32 = CallFlags.LendRead | CallFlags.LendWrite;

/**
 * Copies a handle that travels with a message, with its rights and badge: the new handle, or EBADF,
 * EACCES without the right Copy, ENFILE.
 */
export function copyHandle(from: Process, handle: u32, to: Process): u32 {
  const found = findObject(from, handle, Rights.Copy);
  if (isError(found)) return found;
  const entry = changetype<HandleEntry>(found);
  const object = entry.object;
  if (object == null) return failure(Errno.EBADF);
  const copy = insertHandle(to, object, entry.rights, entry.badge);
  return copy == 0 ? failure(Errno.ENFILE) : copy;
}

/**
 * Puts the call of `caller` into the registers of `receiver`, with a reply handle. ENFILE if the
 * receiver has no room for the handles; then nothing has changed.
 */
export function deliver(caller: MicroThread, receiver: MicroThread): i32 {
  if (!caller.isOwnCall) return deliverReport(caller, receiver);
  const process = receiver.process;
  const replyHandle = insertHandle(process, caller.reply, 0, 0);
  if (replyHandle == 0) return -Errno.ENFILE;
  let method = caller.t2;
  let travelling: u32 = 0;
  if ((method & CallFlags.Handle) != 0) {
    travelling = copyHandle(caller.process, caller.t5, process);
    if (travelling == failure(Errno.ENFILE)) {
      takeBack(process, replyHandle);
      return -Errno.ENFILE;
    }
    // Another thread of the caller has closed it while the call was queued.
    if (isError(travelling)) {
      travelling = 0;
      method &= ~CallFlags.Handle;
    }
  }
  receiver.t0 = ReceiveKind.Message;
  receiver.t1 = replyHandle;
  receiver.t2 = method;
  receiver.t3 = caller.badge;
  receiver.t4 = (method & LENDS) != 0 ? caller.t4 : 0;
  receiver.t5 = travelling;
  receiver.a0 = caller.a0;
  receiver.a1 = caller.a1;
  receiver.a2 = caller.a2;
  receiver.a3 = caller.a3;
  receiver.a4 = caller.a4;
  receiver.a5 = caller.a5;
  receiver.a6 = caller.a6;
  receiver.a7 = caller.a7;
  assumeService(caller, receiver);
  counters().messages++;
  return 0;
}

/** The same for what the kernel reports on behalf of `caller`. An Exit has no reply handle. */
function deliverReport(caller: MicroThread, receiver: MicroThread): i32 {
  let replyHandle: u32 = 0;
  if (caller.messageKind == MessageKind.Fault) {
    replyHandle = insertHandle(receiver.process, caller.reply, 0, 0);
    if (replyHandle == 0) return -Errno.ENFILE;
    receiver.t2 = FaultMethod.Fault;
    assumeService(caller, receiver);
  } else {
    receiver.t2 = FaultMethod.Exit;
  }
  receiver.t0 = ReceiveKind.Message;
  receiver.t1 = replyHandle;
  receiver.t3 = caller.report0;
  receiver.t4 = 0;
  receiver.t5 = 0;
  receiver.a0 = caller.report0;
  receiver.a1 = caller.report1;
  receiver.a2 = caller.report2;
  receiver.a3 = caller.report3;
  receiver.a4 = caller.report4;
  receiver.a5 = caller.report5;
  receiver.a6 = caller.report6;
  receiver.a7 = 0;
  counters().messages++;
  return 0;
}

/** `server`, which is in no queue, works on the call of `caller` with the greater priority of both. */
function assumeService(caller: MicroThread, server: MicroThread): void {
  caller.servedBy = server;
  server.serving = caller;
  server.priority = max(server.basePriority, caller.priority);
}

function takeBack(process: Process, handle: u32): void {
  freeEntry(process, changetype<HandleEntry>(findAny(process, handle)));
}

/**
 * Puts the answer of `server` into the registers of `caller`. The answer's own handle has been
 * checked; if the caller has no room for it, its call returns ENFILE.
 */
export function answer(server: MicroThread, caller: MicroThread): void {
  let method = server.t2 & ~LENDS;
  let travelling: u32 = 0;
  if ((method & CallFlags.Handle) != 0) {
    travelling = copyHandle(server.process, server.t5, caller.process);
    if (isError(travelling)) {
      caller.t0 = travelling;
      return;
    }
  } else {
    method &= CallFlags.MethodMask;
  }
  caller.t0 = 0;
  caller.t2 = method & ~CallFlags.Move;
  caller.t5 = travelling;
  caller.a0 = server.a0;
  caller.a1 = server.a1;
  caller.a2 = server.a2;
  caller.a3 = server.a3;
  caller.a4 = server.a4;
  caller.a5 = server.a5;
  caller.a6 = server.a6;
  caller.a7 = server.a7;
}
