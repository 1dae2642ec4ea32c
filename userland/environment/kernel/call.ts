/**
 * Calls to services inside the kernel: from programs, through a system call, and from services,
 * through client stubs, which know nothing of it. The service's dispatcher runs on the caller's own
 * thread; if the service keeps the request, the thread sleeps until it is answered.
 */
import { Errno } from '../../abi/errno.enums';
import { Message } from '../../abi/message.structs';
import { CallFlags } from '../../abi/syscall.enums';
import { allocateFrames } from '../../../kernels/core/frames';
import { OUTSIDE, Port, destroyPort } from '../../../kernels/inside/port-table';
import { currentThread, sleep } from '../../../kernels/inside/run';
import { Service } from '../../../kernels/inside/service';
import { runningService, setRunningService } from '../../../kernels/inside/service-context';
import { serviceAt } from '../../../kernels/inside/services';
import {
  KernelThread,
  MOST_CALLS,
  SleepState,
  TRANSFER_PAGES,
  transferAreaOf,
} from '../../../kernels/inside/thread';
import { dispatchBase } from './base-service';
import { Request, RequestState } from './request';

/**
 * Has service `number` answer a request; false if it does not know it (the kernel's binding). With
 * OUTSIDE a message goes out of the kernel, and the thread sleeps until its answer has come.
 */
declare function dispatch_request(number: u32, request: Request): bool;
/** Tells service `number`, or OUTSIDE, that nobody has its port with `badge` any more. */
declare function close_port(number: u32, badge: u32): void;

/** Methods below are the base protocol's, which never waits for the service. */
export const BASE_METHODS: u32 = 16;

/**
 * How often a stub makes an idempotent call that the service did not survive, which then was outside:
 * one inside the kernel does not die without its callers.
 */
export const CALL_ATTEMPTS: i32 = 3;

/** Runs a request that has begun at the service behind `port`, and sleeps until it is answered. */
export function callService(port: Port, request: Request): void {
  request.badge = port.badge;
  // The caller may lose its handle meanwhile.
  port.references++;
  request.port = port;
  if (port.leadsOutside) dispatch_request(OUTSIDE, request);
  else askService(serviceAt(port.service), request);
  request.port = null;
  releasePort(port);
}

function askService(service: Service, request: Request): void {
  if (request.number < BASE_METHODS) {
    if (!dispatchBase(request)) request.refuse();
  } else if (!service.isRunning) {
    request.answer(-Errno.ENODEV);
  } else {
    const before = enter(service);
    if (!dispatch_request(service.number, request)) request.refuse();
    leave(service, before);
  }
  const thread = currentThread();
  while (request.state == RequestState.Kept) {
    // A program that is to end waits for nobody; what services ask each other takes its course.
    if (thread.isEnding && request.isFromProgram) request.cancel(-Errno.EINTR);
    else sleep(SleepState.AwaitingReply);
  }
  // A request that was forgotten must not look answered.
  if (request.state != RequestState.Answered) request.refuse();
}

/** Gives up what the calls of a thread hold that was stopped in the middle of them. */
export function abandonCalls(thread: KernelThread): void {
  while (thread.depth != 0) {
    const request = Request.at(thread, thread.depth - 1);
    const port = request.port;
    request.port = null;
    finish(request);
    if (port != null) releasePort(port);
  }
}

/** One reference less to a port; with the last one its service is told. */
export function releasePort(port: Port): void {
  port.references--;
  if (port.references != 0) return;
  if (port.leadsOutside) {
    close_port(OUTSIDE, port.badge);
    destroyPort(port);
    return;
  }
  const service = serviceAt(port.service);
  if (runningService() == changetype<u32>(service)) {
    // The service itself has given it up: it hears of it when it is done with what it does now.
    port.link = service.closing;
    service.closing = port;
    return;
  }
  const before = enter(service);
  close(service, port);
  leave(service, before);
}

/** Tells a service, which the current thread has entered, that nobody has one of its ports any more. */
function close(service: Service, port: Port): void {
  const badge = port.badge;
  destroyPort(port);
  close_port(service.number, badge);
}

/** Lets the current thread into a service; returns the service whose code ran before. */
function enter(service: Service): u32 {
  const before = runningService();
  setRunningService(changetype<u32>(service));
  return before;
}

function leave(service: Service, before: u32): void {
  let port = service.closing;
  while (port != null) {
    service.closing = port.link;
    close(service, changetype<Port>(port));
    port = service.closing;
  }
  setRunningService(before);
}

/** The message of the next call that a service makes. */
export function outgoing(): Message {
  return Request.after(currentThread()).message;
}

/** Where a stub gathers what it lends when it lies in several places; 0 without memory. */
export function transferArea(): usize {
  const thread = currentThread();
  const place = transferAreaOf(thread, thread.depth);
  if (load<u32>(place) == 0) store<u32>(place, allocateFrames(TRANSFER_PAGES));
  return load<u32>(place);
}

/**
 * Makes a call for a service.
 *
 * @returns word 0 of the reply, or a negative Errno.
 */
export function call(message: Message, port: u32): i32 {
  const outcome = callForHandle(message, port);
  // A port that nobody expects would keep its reference for ever.
  if (message.transfer != 0) releasePort(changetype<Port>(message.transfer));
  return outcome;
}

/** As `call`, for a reply that brings a handle: `message.transfer`, 0 if it brought none. */
export function callForHandle(message: Message, port: u32): i32 {
  const thread = currentThread();
  if (port == 0) return -Errno.EBADF;
  if (thread.depth == MOST_CALLS) return -Errno.EAGAIN;
  const request = Request.after(thread);
  const brought = (message.method & CallFlags.Handle) != 0 ? message.transfer : 0;
  if (brought != 0) changetype<Port>(brought).references++;
  request.begin(thread, null, null, changetype<Port | null>(brought));
  callService(changetype<Port>(port), request);
  finish(request);
  return <i32>message.word0;
}

/** Ends a request and gives up what it brought and nobody took. */
export function finish(request: Request): void {
  const left = request.end();
  if (left != null) releasePort(left);
}

/** The value of a reply whose word 0 is not the result but only says that there is one. */
export function wideResult(message: Message): i64 {
  return <i64>(((<u64>message.word2) << 32) | (<u64>message.word1));
}
