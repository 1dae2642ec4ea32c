/** Objects that end while threads wait for them, and chains of processes that own each other. */
import { Errno } from '../../../userland/abi/errno.enums';
import { ObjectKind, Rights, StartHandle, Syscall } from '../../../userland/abi/syscall.enums';
import { check, expect } from './check';
import {
  createEndpoint,
  createNotification,
  countFreePages,
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
const PENDING: u32 = 0x7fff_ffff;
const CHAIN: u32 = 300;

let status: u32 = PENDING;

function receiveOn(endpoint: u32): void {
  status = invoke(Syscall.Receive, endpoint, NEVER, NEVER) as u32;
}

function waitFor(notification: u32): void {
  status = invoke(Syscall.Wait, notification, NEVER, NEVER) as u32;
}

function callTo(endpoint: u32): void {
  const message = newMessage();
  message.method = 1;
  status = send(message, Syscall.Call, endpoint) as u32;
}

function expectStatus(errno: i32, what: string): void {
  sleep(MILLISECOND);
  expect(status as i32, -errno, what);
  status = PENDING;
}

export function testDestruction(): void {
  let endpoint = createEndpoint();
  startThread(receiveOn, endpoint, 10);
  sleep(MILLISECOND);
  destroy(endpoint);
  expectStatus(Errno.EBADF, 'a receiver is told');

  const notification = createNotification(0);
  startThread(waitFor, notification, 10);
  sleep(MILLISECOND);
  destroy(notification);
  expectStatus(Errno.EBADF, 'a waiter is told');

  // A caller that ends while it is queued, and one that ends while it is served.
  endpoint = createEndpoint();
  const queued = startThread(callTo, endpoint, 10);
  sleep(MILLISECOND);
  expect(destroy(queued), 0, 'a queued caller ends');
  expect(invoke(Syscall.Receive, endpoint, 0, 0), -Errno.ETIMEDOUT, 'its call with it');
  const served = startThread(callTo, endpoint, 10);
  const message = newMessage();
  message.word0 = NEVER;
  message.word1 = NEVER;
  expect(send(message, Syscall.Receive, endpoint), 0, 'a call is received');
  const reply = message.handle;
  expect(destroy(served), 0, 'its caller ends');
  expect(invoke(Syscall.CopyFromCaller, reply, 0, 0, 0), -Errno.EBADF, 'nothing to copy from');
  expect(invoke(Syscall.Reply, reply), -Errno.ESRCH, 'nobody to answer');
  expect(invoke(Syscall.Reply, reply), -Errno.EBADF, 'the reply handle is gone');

  // A bound notification that outlives its endpoint, and the other way round.
  const bound = createNotification(endpoint);
  destroy(endpoint);
  expect(invoke(Syscall.Signal, bound, 1), 0, 'it is a notification still');
  expect(invoke(Syscall.Wait, bound, 0, 0), 0, 'that can be waited for');
  endpoint = createEndpoint();
  destroy(createNotification(endpoint));
  check(createNotification(endpoint) != 0, 'the place is free again');

  testChain();
  testChain();

  const self = startHandle(StartHandle.Self);
  const thread = invoke(Syscall.Create, self, ObjectKind.Thread) as u32;
  expect(destroy(thread), 0, 'a thread that never ran');
  expect(invoke(Syscall.StartThread, thread), -Errno.EBADF, 'never will');
}

/** Makes processes each of which holds the only other handle to the next. */
function buildChain(_argument: u32): void {
  let last = createProcess();
  for (let i: u32 = 0; i < CHAIN; i++) {
    const next = createProcess();
    grant(last, next, Rights.All, 0);
    last = next;
  }
  invoke(Syscall.Wait, 0, NEVER, NEVER);
}

/** When their maker ends, the end of the first ends them all, one after the other. */
function testChain(): void {
  const maker = createProcess();
  const before = countFreePages();
  startProcess(maker, buildChain, 0, 10);
  sleep(20 * MILLISECOND);
  check(countFreePages() < before - CHAIN, 'the chain takes memory');
  expect(reset(maker), 0, 'its maker ends');
  // Slabs keep the pages they have taken: a process is less than half a page.
  check(countFreePages() > before - CHAIN, 'and so does the chain');
  destroy(maker);
}
