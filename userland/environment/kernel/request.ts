/** A call as a service inside the kernel sees it: what was asked, and how to answer. */
import { Errno } from '../../abi/errno.enums';
import { Message } from '../../abi/message.structs';
import { CallFlags } from '../../abi/syscall.enums';
import { AddressSpace } from '../../../kernels/core/address-space';
import { copyFromUser, copyToUser } from '../../../kernels/core/user-memory';
import { Port, PortTable, createPort, destroyPort } from '../../../kernels/inside/port-table';
import { wake } from '../../../kernels/inside/run';
import { Service } from '../../../kernels/inside/service';
import { runningService } from '../../../kernels/inside/service-context';
import { threadOn } from '../../../kernels/inside/stacks';
import { KernelThread, MOST_CALLS, SleepState } from '../../../kernels/inside/thread';

/** What a method returns after `request.keep()`: the answer comes later, through `reply`. */
export const DEFERRED: i32 = i32.MIN_VALUE;

/** Deadline that never comes, in mtime ticks. */
export const FOREVER: u64 = u64.MAX_VALUE;

/** tools/protocols/marshalling.ts checks that a call's texts fit. */
const TEXT_BYTES: u32 = 1024;

/** A kept call is known by its thread's stack in the low bits and a number that grows above. */
const SLOT_BITS: u32 = 8;
const SLOT_MASK: u32 = 0xff;
const LAST_KEPT: u32 = 0x7f_ffff;

/** How far a call has come. */
export const enum RequestState {
  Asked = 0,
  /** The service has kept it. */
  Kept = 1,
  Answered = 2,
}

/** Its thread has a place for each call within a call; behind it lie its message and its texts. */
@unmanaged
export class Request {
  private thread: KernelThread;
  /** The service works on it. */
  state: RequestState;
  /** By which the service answers a call that it has kept; 0: it has not. */
  private token: u32;
  /** What the service knows the caller's port by. */
  badge: u32;
  /** Whose memory is lent; null: the kernel's own, another service calls. */
  private space: AddressSpace | null;
  /** What the caller has handles to; null: a service, whose handles are ports. */
  private ports: PortTable | null;
  /** The port that came along, with a reference. */
  private brought: Port | null;
  /** Through which it was asked, with a reference, while that goes on. */
  port: Port | null;

  /** Where the thread's next call lies. */
  static after(thread: KernelThread): Request {
    return Request.at(thread, thread.depth);
  }

  /** Call number `depth` of a thread. */
  static at(thread: KernelThread, depth: u32): Request {
    return changetype<Request>(thread.requests + depth * REQUEST_BYTES);
  }

  /** The registers of the message, which lie behind the request. */
  get message(): Message {
    return changetype<Message>(changetype<usize>(this) + offsetof<Request>());
  }

  /** Begins a call whose message is in place; `brought` is a port that comes along, with a reference. */
  begin(
    thread: KernelThread,
    space: AddressSpace | null,
    ports: PortTable | null,
    brought: Port | null,
  ): void {
    this.thread = thread;
    this.space = space;
    this.ports = ports;
    this.brought = brought;
    this.state = RequestState.Asked;
    this.token = 0;
    this.message.transfer = 0;
    thread.depth++;
  }

  /** Ends a call: the answer is in the message. Returns the port that nobody has taken, if any. */
  end(): Port | null {
    this.thread.depth--;
    this.token = 0;
    const brought = this.brought;
    this.brought = null;
    return brought;
  }

  /** The method asked for, without flags. */
  get number(): u32 {
    return this.message.method & CallFlags.MethodMask;
  }

  get bringsHandle(): bool {
    return this.brought != null;
  }

  /** Whether the caller lent exactly `length` bytes, with the access that `flags` name. */
  lends(flags: u32, length: u32): bool {
    return (this.message.method & flags) == flags && this.message.lentLength == length;
  }

  /** The handle that came with the request, which is now the service's to keep. */
  takeHandle(): u32 {
    const port = this.brought;
    this.brought = null;
    return changetype<u32>(port);
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
    const error = this.check(CallFlags.LendRead, offset, length);
    if (error < 0 || length == 0) return error;
    const lent = this.message.lentAddress + offset;
    const space = this.space;
    if (space != null) return copyFromUser(space, lent, <u32>address, length);
    memory.copy(address, lent, length);
    return 0;
  }

  /** Copies bytes into what the caller lent; EFAULT if its memory is not there. */
  copyOut(offset: u32, address: usize, length: u32): i32 {
    const error = this.check(CallFlags.LendWrite, offset, length);
    if (error < 0 || length == 0) return error;
    const lent = this.message.lentAddress + offset;
    const space = this.space;
    if (space != null) return copyToUser(space, lent, <u32>address, length);
    memory.copy(lent, address, length);
    return 0;
  }

  /** Copies a result of variable length: as much as fits; returns the result's whole length or an error. */
  copyResult(offset: u32, room: u32, address: usize, length: u32): i32 {
    const error = this.copyOut(offset, address, min(room, length));
    return error < 0 ? error : <i32>length;
  }

  /** Leaves the caller waiting; the answer goes to the handle returned, through `reply`. */
  keep(): u32 {
    const thread = this.thread;
    thread.keptCalls = thread.keptCalls == LAST_KEPT ? 1 : thread.keptCalls + 1;
    this.token = (thread.keptCalls << SLOT_BITS) | thread.slot;
    this.state = RequestState.Kept;
    return this.token;
  }

  /** Answers with one word: a result or a negative Errno. DEFERRED answers nothing. */
  answer(result: i32): void {
    if (result == DEFERRED) return;
    this.message.word0 = <u32>result;
    this.message.method = 0;
    this.token = 0;
    this.state = RequestState.Answered;
  }

  /** Answers with a value of up to 63 bits, or a negative Errno. */
  answerWide(result: i64): void {
    if (result == <i64>DEFERRED) return;
    this.answer(result < 0 ? <i32>result : 0);
    this.message.word1 = <u32>result;
    this.message.word2 = <u32>(result >> 32);
  }

  /** Answers with a copy of a handle of the service's, or a negative Errno. */
  answerHandle(result: i64): void {
    if (result == <i64>DEFERRED) return;
    if (result < 0) {
      this.answer(<i32>result);
      return;
    }
    const port = changetype<Port>(<u32>result);
    port.references++;
    const error = this.deliver(port);
    if (error == 0) return;
    port.references--;
    this.answer(error);
  }

  /**
   * Answers with a port of this service's by which the caller, and whom it gives the port to, reach it
   * with `badge`: DEFERRED, or ENFILE, ENOMEM and there is no port.
   */
  answerPort(badge: u32): i64 {
    const service = changetype<Service>(runningService());
    const port = createPort(service.number, badge);
    if (port == null) return -Errno.ENOMEM;
    const error = this.deliver(port);
    if (error == 0) return DEFERRED;
    destroyPort(port);
    return error;
  }

  /** Answers a request that the service does not know. */
  refuse(): bool {
    this.answer(-Errno.ENOSYS);
    return true;
  }

  /** Answers a call that was kept; the thread that made it may sleep or be in the call still. */
  complete(result: i32): void {
    this.answer(result);
    if (this.thread.state == SleepState.AwaitingReply && this.isInnermost) wake(this.thread);
  }

  /** Whether a program asks, and not a service or the kernel itself. */
  get isFromProgram(): bool {
    return this.space != null;
  }

  /** The caller waits no more: what the service does with the call has no effect. */
  cancel(error: i32): void {
    this.answer(error);
  }

  /** The caller is gone, and with it what it lent: from here on that is in `empty`, which has no pages. */
  withdraw(empty: AddressSpace): void {
    this.space = empty;
  }

  /** Whether this is the kept call that `token` stands for. */
  isKeptAs(token: u32): bool {
    return this.token == token;
  }

  private get isInnermost(): bool {
    return Request.at(this.thread, this.thread.depth - 1) == this;
  }

  /** Puts a port into the answer, whose reference goes to the caller. ENFILE. */
  private deliver(port: Port): i32 {
    const ports = this.ports;
    const handle = ports == null ? changetype<u32>(port) : ports.insert(port);
    if (handle == 0) return -Errno.ENFILE;
    this.answer(0);
    this.message.method = CallFlags.Handle;
    this.message.transfer = handle;
    return 0;
  }

  private check(flag: u32, offset: u32, length: u32): i32 {
    if (length == 0) return 0;
    if ((this.message.method & flag) == 0) return -Errno.EACCES;
    const lent = this.message.lentLength;
    return offset > lent || length > lent - offset ? -Errno.EINVAL : 0;
  }
}

/** A request, its message and the texts it brought. */
export const REQUEST_BYTES: u32 = <u32>offsetof<Request>() + <u32>offsetof<Message>() + TEXT_BYTES;

/** The kept call that a handle stands for, or null if its caller waits no more. */
function findKept(handle: u32): Request | null {
  const thread = threadOn(handle & SLOT_MASK);
  if (thread == null || handle == 0) return null;
  for (let depth: u32 = 0; depth < min(thread.depth, MOST_CALLS); depth++) {
    const request = Request.at(thread, depth);
    if (request.isKeptAs(handle)) return request;
  }
  return null;
}

/** Answers a kept request. A caller that is gone meanwhile is no error of the service. */
export function reply(handle: u32, result: i32): void {
  const request = findKept(handle);
  if (request != null) request.complete(result);
}

/** Whether the caller of a kept request still waits, and was not ended meanwhile. */
export function isAwaited(handle: u32): bool {
  return findKept(handle) != null;
}

/** Copies from what the caller of a kept request lent. ESRCH: it waits no more. */
export function copyFromCaller(handle: u32, offset: u32, address: usize, length: u32): i32 {
  const request = findKept(handle);
  return request == null ? -Errno.ESRCH : request.copyIn(offset, address, length);
}

/** Copies into what the caller of a kept request lent. ESRCH: it waits no more. */
export function copyToCaller(handle: u32, offset: u32, address: usize, length: u32): i32 {
  const request = findKept(handle);
  return request == null ? -Errno.ESRCH : request.copyOut(offset, address, length);
}
