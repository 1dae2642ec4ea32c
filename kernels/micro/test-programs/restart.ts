/** A server that dies: calls it had received, calls that were queued, and its successor. */
import { Errno } from '../../../userland/abi/errno.enums';
import { MapAccess, ReceiveKind, Rights, Syscall } from '../../../userland/abi/syscall.enums';
import { check, expect } from './check';
import {
  createEndpoint,
  createMemory,
  createNotification,
  createProcess,
  destroy,
  grant,
  invoke,
  map,
  NEVER,
  newMessage,
  PAGE,
  reset,
  send,
  sleep,
  startProcess,
  startThread,
} from './system';

const MILLISECOND: u32 = 10_000;
const PENDING: u32 = 0x7fff_ffff;

let endpoint: u32 = 0;
let firstStatus: u32 = PENDING;
let secondStatus: u32 = PENDING;

function callFirst(_argument: u32): void {
  const message = newMessage();
  message.method = 1;
  firstStatus = send(message, Syscall.Call, endpoint) as u32;
}

function callSecond(_argument: u32): void {
  const message = newMessage();
  message.method = 2;
  secondStatus = send(message, Syscall.Call, endpoint) as u32;
}

/** Receives one call and does nothing about it. */
function deadServer(handle: u32): void {
  const message = newMessage();
  message.word0 = NEVER;
  message.word1 = NEVER;
  send(message, Syscall.Receive, handle);
  invoke(Syscall.Wait, 0, NEVER, NEVER);
}

function liveServer(handle: u32): void {
  const message = newMessage();
  message.lentAddress = 0;
  while (true) {
    if (send(message, Syscall.ReplyReceive, handle) != ReceiveKind.Message) return;
    message.lentAddress = message.handle;
    message.method = 0;
  }
}

/** More address spaces than there are identifiers for them (nine bits in Sv32). */
const LIVES: u32 = 600;
const MARK: u32 = 0x3000_0000;

/** Finds its page as it was made, leaves its mark in it, and says so. */
function liveOnce(notification: u32): void {
  if (load<u32>(MARK) != 0) return;
  store<u32>(MARK, notification);
  invoke(Syscall.Signal, notification, 1);
}

/** Each life of the process has pages of its own, whatever the hart remembers of the one before. */
function testManyLives(process: u32): void {
  const notification = createNotification(0);
  for (let i: u32 = 0; i < LIVES; i++) {
    reset(process);
    const page = createMemory(PAGE);
    map(page, process, MARK, MapAccess.Read | MapAccess.Write);
    destroy(page);
    startProcess(process, liveOnce, grant(process, notification, Rights.Signal, 0), 30);
    expect(invoke(Syscall.Wait, notification, 0, 0), 0, 'each finds a fresh page');
  }
}

export function testRestart(): void {
  endpoint = createEndpoint();
  const server = createProcess();
  const handle = grant(server, endpoint, Rights.Receive, 0);
  startProcess(server, deadServer, handle, 10);
  startThread(callFirst, 0, 10);
  sleep(MILLISECOND);
  startThread(callSecond, 0, 10);
  sleep(MILLISECOND);
  check(firstStatus == PENDING && secondStatus == PENDING, 'both calls wait');

  expect(reset(server), 0, 'the server is emptied');
  sleep(MILLISECOND);
  check(firstStatus == (-Errno.EDIED as u32), 'the call it had received has died with it');
  check(secondStatus == PENDING, 'the other goes on waiting');

  const again = grant(server, endpoint, Rights.Receive, 0);
  check(again > 0, 'the emptied process takes handles');
  startProcess(server, liveServer, again, 10);
  sleep(MILLISECOND);
  check(secondStatus == 0, 'and is answered by the successor');

  testManyLives(server);

  // A call whose reply handle is given up has died too.
  firstStatus = PENDING;
  reset(server);
  startThread(callFirst, 0, 10);
  const message = newMessage();
  message.word0 = NEVER;
  message.word1 = NEVER;
  expect(send(message, Syscall.Receive, endpoint), 0, 'we receive it ourselves');
  expect(destroy(message.handle), 0, 'and give the reply handle up');
  sleep(MILLISECOND);
  check(firstStatus == (-Errno.EDIED as u32), 'the caller learns of it');

  // A call that is queued while its endpoint loses its last receiver.
  firstStatus = PENDING;
  startThread(callFirst, 0, 10);
  sleep(MILLISECOND);
  expect(destroy(endpoint), 0, 'the endpoint ends');
  sleep(MILLISECOND);
  check(firstStatus == (-Errno.EBADF as u32), 'nobody will ever answer');
}
