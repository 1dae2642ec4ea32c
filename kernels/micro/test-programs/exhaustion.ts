/** What happens when something runs out: an error, and everything as before once it is given back. */
import { Errno } from '../../../userland/abi/errno.enums';
import {
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
  createMemory,
  createNotification,
  createProcess,
  destroy,
  grant,
  invoke,
  map,
  newMessage,
  PAGE,
  reset,
  send,
  startHandle,
  startProcess,
} from './system';

const MOST_HANDLES: u32 = 4096;
const READ_WRITE: u32 = 3;

/** Makes objects of `kind` until that fails; keeps their handles in `list`. Returns their number. */
function makeAll(kind: u32, list: u32, expected: i32): u32 {
  const self = startHandle(StartHandle.Self);
  let count: u32 = 0;
  while (true) {
    const argument = kind == ObjectKind.Memory ? PAGE : 0;
    const handle = invoke(Syscall.Create, kind == ObjectKind.Thread ? self : 0, kind, argument);
    if (handle < 0) {
      expect(handle, expected, 'what runs out is said');
      return count;
    }
    store<u32>(list + count * sizeof<u32>(), handle);
    count++;
  }
}

function giveBack(list: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    expect(destroy(load<u32>(list + i * sizeof<u32>())), 0, 'each is given back');
  }
}

function testHandleTable(kind: u32): void {
  const list: u32 = 0x4000_0000;
  const first = makeAll(kind, list, -Errno.ENFILE);
  check(first > MOST_HANDLES - 32 && first < MOST_HANDLES, 'the table has 4096 places');
  giveBack(list, first);
  check(makeAll(kind, list, -Errno.ENFILE) == first, 'as many as before');
  giveBack(list, first);
}

/** A server whose table is full. Its argument is the endpoint. */
function serveWithFullTable(endpoint: u32): void {
  const message = newMessage();
  while (invoke(Syscall.Create, 0, ObjectKind.Notification) > 0) {}
  message.word0 = 0xffff_ffff;
  message.word1 = 0xffff_ffff;
  const full = send(message, Syscall.Receive, endpoint);
  if (full != -Errno.ENFILE) return;
  // Room for one: the reply handle, but not for a handle that travels.
  const notification = 0x0000_1005;
  destroy(notification);
  message.word0 = 0xffff_ffff;
  message.word1 = 0xffff_ffff;
  if (send(message, Syscall.Receive, endpoint) != ReceiveKind.Message) return;
  message.method = 0;
  message.word0 = 99;
  send(message, Syscall.Reply, message.handle);
}

function testFullReceiver(): void {
  const endpoint = createEndpoint();
  const server = createProcess();
  const handle = grant(server, endpoint, Rights.Receive, 0);
  startProcess(server, serveWithFullTable, handle, 25);
  const message = newMessage();
  message.method = 1;
  expect(send(message, Syscall.Call, endpoint), 0, 'the server makes room and answers');
  check(message.word0 == 99, 'the call it could not receive before');
  reset(server);
  destroy(server);
}

function testMemory(): void {
  const before = countFreePages();
  const all = createMemory(PAGE);
  destroy(all);
  // Processes, until there is no memory for their page tables.
  const list: u32 = 0x4000_0000;
  const hog = hogMemory();
  const made = makeAll(ObjectKind.Process, list, -Errno.ENOMEM);
  check(made > 0, 'a few processes fit');
  const victim = load<u32>(list);
  // Page tables run out in the middle of a mapping: nothing of it stays.
  let base: u32 = 0x1000_0000;
  let result: i32 = 1;
  while (result > 0 && base < 0x3f00_0000) {
    result = map(hog, victim, base, READ_WRITE);
    base += 0x40_0000;
  }
  expect(result, -Errno.ENOMEM, 'no memory for a table');
  giveBack(list, made);
  destroy(hog);
  releaseHog();
  check(countFreePages() + 64 > before, 'all of it comes back, but for what slabs keep');
}

const hogs = memory.data(2048);
let hogCount: u32 = 0;

/** Takes all memory but a few pages; returns a memory object of one page. */
function hogMemory(): u32 {
  const one = createMemory(PAGE);
  let pages: u32 = 1 << 18;
  while (pages > 4) {
    const handle = invoke(Syscall.Create, 0, ObjectKind.Memory, pages * PAGE);
    if (handle > 0) {
      store<u32>(hogs + hogCount * sizeof<u32>(), handle);
      hogCount++;
    } else {
      pages >>= 1;
    }
  }
  return one;
}

function releaseHog(): void {
  while (hogCount != 0) {
    hogCount--;
    destroy(load<u32>(hogs + hogCount * sizeof<u32>()));
  }
}

export function testExhaustion(): void {
  map(createMemory(8 * PAGE), 0, 0x4000_0000, READ_WRITE);
  testHandleTable(ObjectKind.Notification);
  testHandleTable(ObjectKind.Endpoint);
  testHandleTable(ObjectKind.Thread);
  testHandleTable(ObjectKind.Memory);
  testFullReceiver();
  testMemory();

  // After all that, things work as ever.
  const notification = createNotification(0);
  expect(invoke(Syscall.Signal, notification, 1), 0, 'signal');
  expect(invoke(Syscall.Wait, notification, 0, 0), 0, 'wait');
}
