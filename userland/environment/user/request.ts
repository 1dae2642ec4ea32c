/** A server's side of a conversation: what was asked, and how to answer. */
import { Errno } from '../../abi/errno.enums';
import { Message } from '../../abi/message.structs';
import {
  CallFlags,
  KernelMethod,
  ObjectKind,
  ReceiveKind,
  StartHandle,
  Syscall,
} from '../../abi/syscall.enums';
import { outgoing } from '../../runtime/call';
import { release } from '../../runtime/objects';
import { startHandle } from '../../runtime/start-information';
import { system_call, system_operation } from '../../runtime/system-calls';

/** What a method returns after `request.keep()`: the answer comes later, through `reply`. */
export const DEFERRED: i32 = i32.MIN_VALUE;

/** Deadline that never comes, in mtime ticks. */
export const FOREVER: u64 = u64.MAX_VALUE;

/** tools/protocols/marshalling.ts checks that a call's texts fit. */
const TEXT_BYTES: i32 = 1024;

/**
 * The message that a server works on. A server makes one, and then
 *
 *     while (request.next() >= 0) {
 *       if (request.isNotification) …
 *       else dispatchBase(request) || dispatchConsole<ConsoleServer>(server, request) || request.refuse();
 *     }
 */
@unmanaged
export class Request {
  private endpoint: u32;
  /** Reply handle of the call in hand; 0: answered for, or none. */
  private due: u32;
  /** Badge of the handle through which the caller called: who it is, as far as init says. */
  badge: u32;
  private kind: i32;
  /** The answer is in the message, only the sending remains. */
  private answered: bool;

  /** Prepares to serve an endpoint, in REQUEST_BYTES of memory of the server's own. */
  static on(memoryOfRequest: usize, endpoint: u32): Request {
    const request = changetype<Request>(memoryOfRequest);
    memory.fill(memoryOfRequest, 0, REQUEST_BYTES);
    request.endpoint = endpoint;
    return request;
  }

  /** The request of a service that is alone in its process. */
  static ofService(): Request {
    return Request.on(memory.data(REQUEST_BYTES, 4), startHandle(StartHandle.Endpoint));
  }

  /** The registers of the message, which lie behind the request. */
  get message(): Message {
    return changetype<Message>(changetype<usize>(this) + offsetof<Request>());
  }

  /**
   * Sends the answer to the last request and waits for the next message or notification.
   *
   * @returns 0, or a negative Errno: EBADF when the endpoint is gone.
   */
  next(): i32 {
    this.prepareAnswer();
    this.message.status = Syscall.ReplyReceive;
    this.message.handle = this.endpoint;
    this.message.lentAddress = this.due;
    return this.arrived(system_call(changetype<usize>(this.message)));
  }

  /** As `next`, until `deadline` in mtime ticks: then ETIMEDOUT. */
  nextUntil(deadline: u64): i32 {
    this.prepareAnswer();
    if (this.due != 0) {
      this.message.status = Syscall.Reply;
      this.message.handle = this.due;
      system_call(changetype<usize>(this.message));
    }
    this.message.status = Syscall.Receive;
    this.message.handle = this.endpoint;
    this.message.word0 = <u32>deadline;
    this.message.word1 = <u32>(deadline >> 32);
    return this.arrived(system_call(changetype<usize>(this.message)));
  }

  /** Bits of a notification arrived and no message. */
  get isNotification(): bool {
    return this.kind == ReceiveKind.Notification;
  }

  /** Nobody has the port with `badge` any more; there is nobody to answer. */
  get isClosed(): bool {
    return this.kind == ReceiveKind.Message && this.number == KernelMethod.Closed;
  }

  /** The method asked for, without flags. */
  get number(): u32 {
    return this.message.method & CallFlags.MethodMask;
  }

  get bringsHandle(): bool {
    return this.message.transfer != 0;
  }

  /** Whether the caller lent exactly `length` bytes, with the access that `flags` name. */
  lends(flags: u32, length: u32): bool {
    return (this.message.method & flags) == flags && this.message.lentLength == length;
  }

  /** The handle that came with the request, which is now the server's to keep. */
  takeHandle(): u32 {
    const handle = this.message.transfer;
    this.message.transfer = 0;
    return handle;
  }

  /**
   * Copies a text from the lent range into the area for texts, at `place` of it.
   *
   * @returns its address; 0 if the caller's memory could not be read.
   */
  takeText(offset: u32, length: u32, place: u32): usize {
    const address = changetype<usize>(this.message) + offsetof<Message>() + place;
    return this.copyIn(offset, address, length) < 0 ? 0 : address;
  }

  /** Copies bytes that the caller lent; EFAULT if its memory is not there. */
  copyIn(offset: u32, address: usize, length: u32): i32 {
    return copyFromCaller(this.due, offset, address, length);
  }

  /** Copies bytes into what the caller lent; EFAULT if its memory is not there. */
  copyOut(offset: u32, address: usize, length: u32): i32 {
    return copyToCaller(this.due, offset, address, length);
  }

  /** Copies a result of variable length: as much as fits; returns the result's whole length or an error. */
  copyResult(offset: u32, room: u32, address: usize, length: u32): i32 {
    const error = this.copyOut(offset, address, min(room, length));
    return error < 0 ? error : <i32>length;
  }

  /** Leaves the caller waiting; the answer goes to the handle returned, through `reply`. */
  keep(): u32 {
    const handle = this.due;
    this.due = 0;
    return handle;
  }

  /** Answers with one word: a result or a negative Errno. DEFERRED answers nothing. */
  answer(result: i32): void {
    if (result == DEFERRED) return;
    this.dropHandle();
    this.message.word0 = <u32>result;
    this.message.method = 0;
    this.answered = true;
  }

  /** Answers with a value of up to 63 bits, or a negative Errno. */
  answerWide(result: i64): void {
    if (result == <i64>DEFERRED) return;
    this.answer(result < 0 ? <i32>result : 0);
    this.message.word1 = <u32>result;
    this.message.word2 = <u32>(result >> 32);
  }

  /**
   * Answers with a copy of a handle, or a negative Errno. The answer goes at once: if the handle has
   * gone stale the caller learns it (EBADF) instead of waiting for an answer that cannot be sent.
   */
  answerHandle(result: i64): void {
    if (result == <i64>DEFERRED) return;
    this.answer(result < 0 ? <i32>result : 0);
    if (result < 0) return;
    this.message.status = Syscall.Reply;
    this.message.handle = this.due;
    this.message.method = CallFlags.Handle;
    this.message.transfer = <u32>result;
    const sent = system_call(changetype<usize>(this.message)) >= 0;
    this.message.transfer = 0;
    if (sent) this.due = 0;
    else this.answer(-Errno.EBADF);
  }

  /**
   * Answers with a new port, by which the caller reaches the same service with `badge`; the port is the
   * caller's, and `closed(badge)` comes when nobody has it any more, be it that the caller is gone.
   *
   * @returns DEFERRED, or a negative Errno (ENOMEM, ENFILE) that is still to be answered
   */
  answerPort(badge: u32): i64 {
    const port = system_operation(Syscall.Create, this.endpoint, ObjectKind.Port, badge, 0, 0, 0);
    if (port < 0) return port;
    this.dropHandle();
    this.message.status = Syscall.Reply;
    this.message.handle = this.due;
    this.message.method = CallFlags.Handle | CallFlags.Move;
    this.message.transfer = port;
    this.message.word0 = 0;
    system_call(changetype<usize>(this.message));
    this.message.transfer = 0;
    this.due = 0;
    return DEFERRED;
  }

  /** Answers a request that the server does not know. */
  refuse(): bool {
    this.answer(-Errno.ENOSYS);
    return true;
  }

  private prepareAnswer(): void {
    // A server that forgot a request must not leave its caller waiting for ever.
    if (this.due != 0 && !this.answered) this.refuse();
    if (!this.answered) this.dropHandle();
  }

  /** A handle that nobody took would stay in the server's table for ever. */
  private dropHandle(): void {
    if (this.message.transfer != 0 && !this.answered) release(this.message.transfer);
    this.message.transfer = 0;
  }

  private arrived(status: i32): i32 {
    this.answered = false;
    this.kind = status;
    const isMessage = status == ReceiveKind.Message;
    this.due = isMessage ? this.message.handle : 0;
    this.badge = isMessage ? this.message.lentAddress : 0;
    if (!isMessage || (this.message.method & CallFlags.Handle) == 0) this.message.transfer = 0;
    return status < 0 ? status : 0;
  }
}

/** A request, its message and the texts it brought. */
export const REQUEST_BYTES: i32 = offsetof<Request>() + offsetof<Message>() + TEXT_BYTES;

/** Answers a kept request. A caller that is gone meanwhile is no error of the server. */
export function reply(handle: u32, result: i32): void {
  const message = outgoing();
  message.status = Syscall.Reply;
  message.handle = handle;
  message.method = 0;
  message.word0 = <u32>result;
  system_call(changetype<usize>(message));
}

/** Whether the caller of a kept request still waits, and was not ended meanwhile. */
export function isAwaited(handle: u32): bool {
  return system_operation(Syscall.CopyToCaller, handle, 0, 0, 0, 0, 0) != -Errno.EBADF;
}

/** Copies from what the caller of a kept request lent. */
export function copyFromCaller(handle: u32, offset: u32, address: usize, length: u32): i32 {
  if (length == 0) return 0;
  return system_operation(Syscall.CopyFromCaller, handle, offset, <u32>address, length, 0, 0);
}

/** Copies into what the caller of a kept request lent. */
export function copyToCaller(handle: u32, offset: u32, address: usize, length: u32): i32 {
  if (length == 0) return 0;
  return system_operation(Syscall.CopyToCaller, handle, offset, <u32>address, length, 0, 0);
}
