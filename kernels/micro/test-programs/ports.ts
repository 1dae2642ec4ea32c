/** Ports: badges, copies, moves, and every way in which the last handle to one can go. */
import { Errno } from '../../../userland/abi/errno.enums';
import { Message } from '../../../userland/abi/message.structs';
import {
  CallFlags,
  KernelMethod,
  ObjectKind,
  ReceiveKind,
  Rights,
  StartHandle,
  Syscall,
} from '../../../userland/abi/syscall.enums';
import { check, expect } from './check';
import {
  countFreePages,
  createEndpoint,
  createProcess,
  destroy,
  grant,
  invoke,
  NEVER,
  newMessage,
  reset,
  send,
  sleep,
  startHandle,
  startProcess,
  startThread,
} from './system';

const MILLISECOND: u32 = 10_000;
const TELL_BADGE: u32 = 1;
const OPEN: u32 = 2;
const COUNT_CLOSED: u32 = 3;
const IGNORE: u32 = 4;
const OPEN_COPY: u32 = 5;

/** What the server is told of closed ports. */
let closedCount: u32 = 0;
let lastClosed: u32 = 0;
/** The server's own handle, after it has moved a port to a client. */
let movedAway: u32 = 0;

function createPort(endpoint: u32, badge: u32): i32 {
  return invoke(Syscall.Create, endpoint, ObjectKind.Port, badge);
}

/** Opens ports for its clients and counts what is closed. */
function serve(endpoint: u32): void {
  const message = newMessage();
  message.lentAddress = 0;
  while (true) {
    const kind = send(message, Syscall.ReplyReceive, endpoint);
    check(kind == ReceiveKind.Message, 'a message arrives');
    const badge = message.lentAddress;
    const method = message.method & CallFlags.MethodMask;
    message.lentAddress = message.handle;
    message.method = 0;
    if (method == KernelMethod.Closed) {
      check(message.handle == 0, 'nobody waits for the answer');
      closedCount++;
      lastClosed = badge;
    } else if (method == TELL_BADGE) {
      message.word0 = badge;
    } else if (method == OPEN || method == OPEN_COPY) {
      const port = createPort(endpoint, message.word0);
      check(port > 0, 'the server makes a port');
      message.transfer = port;
      message.method = CallFlags.Handle | (method == OPEN ? CallFlags.Move : 0);
      movedAway = port;
    } else if (method == COUNT_CLOSED) {
      message.word0 = closedCount;
    } else {
      message.lentAddress = 0;
    }
  }
}

let endpoint: u32 = 0;

function ask(message: Message, handle: u32, method: u32, word: u32): i32 {
  message.method = method;
  message.word0 = word;
  return send(message, Syscall.Call, handle);
}

function open(message: Message, badge: u32): u32 {
  expect(ask(message, endpoint, OPEN, badge), 0, 'a port is opened');
  check((message.method & CallFlags.Handle) != 0, 'and comes with the answer');
  check((message.method & CallFlags.Move) == 0, 'as any handle does');
  return message.transfer;
}

function expectClosed(message: Message, count: u32, badge: u32): void {
  expect(ask(message, endpoint, COUNT_CLOSED, 0), 0, 'the server answers');
  expect(message.word0 as i32, count, 'and knows how many ports were closed');
  check(lastClosed == badge, 'and which was the last');
}

function testHandles(message: Message): void {
  const port = open(message, 501);
  check(invoke(Syscall.Destroy, movedAway) == -Errno.EBADF, 'the server has it no more');
  expect(ask(message, port, TELL_BADGE, 0), 0, 'a port is called as an endpoint is');
  check(message.word0 == 501, 'with its own badge');
  const self = startHandle(StartHandle.Self);
  const copy = grant(self, port, Rights.All, 99);
  expect(ask(message, copy, TELL_BADGE, 0), 0, 'so is a copy');
  check(message.word0 == 501, 'with the same badge, whatever was asked for');
  const useless = grant(self, port, Rights.Copy, 0);
  expect(ask(message, useless, TELL_BADGE, 0), -Errno.EACCES, 'calling needs its right');
  expect(invoke(Syscall.Receive, port, 0, 0), -Errno.EBADF, 'nobody receives on a port');
  expect(invoke(Syscall.Create, port, ObjectKind.Port, 1), -Errno.EBADF, 'or makes ports of it');
  destroy(useless);
  destroy(port);
  expectClosed(message, 0, 0);
  expect(ask(message, copy, TELL_BADGE, 0), 0, 'the copy keeps it');
  destroy(copy);
  expectClosed(message, 1, 501);
  expect(ask(message, copy, TELL_BADGE, 0), -Errno.EBADF, 'and then it is gone');

  expect(ask(message, endpoint, OPEN_COPY, 502), 0, 'without Move');
  destroy(message.transfer);
  expectClosed(message, 1, 501);
  destroy(movedAway);
  expectClosed(message, 2, 502);

  message.method = KernelMethod.Closed;
  expect(send(message, Syscall.Call, endpoint), -Errno.EINVAL, 'nobody forges an end');
  const sendOnly = grant(self, endpoint, Rights.Call, 0);
  expect(createPort(sendOnly, 1), -Errno.EACCES, 'only who receives makes ports');
  destroy(sendOnly);
}

function idle(_argument: u32): void {
  invoke(Syscall.Wait, 0, NEVER, NEVER);
}

/** A process that ends by exit, with its handles. */
function leave(_argument: u32): void {
  invoke(Syscall.Exit, 0);
}

function testProcesses(message: Message): void {
  const process = createProcess();
  let port = open(message, 601);
  grant(process, port, Rights.Call, 0);
  destroy(port);
  startProcess(process, idle, 0, 10);
  expectClosed(message, 2, 502);
  reset(process);
  expectClosed(message, 3, 601);

  port = open(message, 602);
  grant(process, port, Rights.Call, 0);
  destroy(port);
  startProcess(process, leave, 0, 10);
  sleep(MILLISECOND);
  expectClosed(message, 4, 602);

  port = open(message, 603);
  grant(process, port, Rights.Call, 0);
  destroy(port);
  destroy(process);
  expectClosed(message, 5, 603);

  // In a message that nobody unpacks: the server's own process has the only handle at its end.
  const other = createEndpoint();
  const receiver = createProcess();
  startProcess(receiver, receiveOnce, grant(receiver, other, Rights.Receive, 0), 10);
  sleep(MILLISECOND);
  port = open(message, 604);
  message.method = IGNORE | CallFlags.Handle;
  message.transfer = port;
  startThread(sendPort, other, 10);
  sendMessage = message;
  sleep(MILLISECOND);
  destroy(port);
  const second = newMessage();
  expectClosed(second, 5, 603);
  reset(receiver);
  expectClosed(second, 6, 604);
  destroy(receiver);
  destroy(other);
}

let sendMessage: Message = changetype<Message>(0);

function sendPort(handle: u32): void {
  send(sendMessage, Syscall.Call, handle);
}

function receiveOnce(handle: u32): void {
  const message = newMessage();
  message.word0 = NEVER;
  message.word1 = NEVER;
  send(message, Syscall.Receive, handle);
  invoke(Syscall.Wait, 0, NEVER, NEVER);
}

/** Closed ports of which the server has not heard are told one by one, before any call. */
function testQueue(message: Message): void {
  const quiet = createEndpoint();
  for (let badge: u32 = 1; badge <= 3; badge++) destroy(createPort(quiet, badge) as u32);
  startThread(callQuiet, quiet, 10);
  sleep(MILLISECOND);
  for (let badge: u32 = 1; badge <= 3; badge++) {
    message.word0 = NEVER;
    message.word1 = NEVER;
    expect(send(message, Syscall.Receive, quiet), ReceiveKind.Message, 'an end is told');
    check(message.method == KernelMethod.Closed && message.lentAddress == badge, 'in order');
  }
  message.word0 = NEVER;
  message.word1 = NEVER;
  expect(send(message, Syscall.Receive, quiet), ReceiveKind.Message, 'then calls');
  check(message.method == TELL_BADGE, 'come as ever');

  // The caller has its answer, or has ended: a moved handle is gone in both cases.
  message.method = CallFlags.Handle | CallFlags.Move;
  message.transfer = createPort(quiet, 4) as u32;
  const replyHandle = message.handle;
  const moved = message.transfer;
  reset(caller);
  expect(send(message, Syscall.Reply, replyHandle), -Errno.ESRCH, 'the caller is gone');
  expect(destroy(moved), -Errno.EBADF, 'and so is what was meant for it');
  message.word0 = NEVER;
  message.word1 = NEVER;
  expect(send(message, Syscall.Receive, quiet), ReceiveKind.Message, 'which is told');
  check(message.lentAddress == 4, 'too');

  // The end of the endpoint ends its ports, and what was queued.
  const port = createPort(quiet, 5) as u32;
  destroy(createPort(quiet, 6) as u32);
  destroy(quiet);
  expect(ask(message, port, TELL_BADGE, 0), -Errno.EBADF, 'nobody answers at a dead port');
  expect(destroy(port), 0, 'whose handle can be given up');
}

let caller: u32 = 0;

/** Starts a process that calls `handle` and waits. */
function callQuiet(handle: u32): void {
  caller = createProcess();
  startProcess(caller, callOnce, grant(caller, handle, Rights.Call, 0), 10);
}

function callOnce(handle: u32): void {
  const message = newMessage();
  message.method = TELL_BADGE;
  send(message, Syscall.Call, handle);
}

/** Opening and closing costs nothing in the end. */
function testLeaks(message: Message): void {
  for (let i: u32 = 0; i < 50; i++) destroy(open(message, i));
  const pages = countFreePages();
  let last: u32 = 0;
  for (let i: u32 = 0; i < 2000; i++) {
    last = open(message, 1000 + i);
    destroy(last);
  }
  check(countFreePages() == pages, 'no page is lost');
  check((last & 0xfff) < 64, 'nor a handle');
}

export function testPorts(): void {
  endpoint = createEndpoint();
  startThread(serve, endpoint, 20);
  const message = newMessage();
  testHandles(message);
  testProcesses(message);
  testQueue(newMessage());
  testLeaks(newMessage());
}
