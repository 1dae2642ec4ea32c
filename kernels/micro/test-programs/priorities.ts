/** Who runs: priorities, turns among equals, and the priority that callers lend. */
import { Syscall } from '../../../userland/abi/syscall.enums';
import { check } from './check';
import {
  createEndpoint,
  createNotification,
  invoke,
  NEVER,
  newMessage,
  send,
  sleep,
  startThread,
  time,
} from './system';

const MILLISECOND: u32 = 10_000;

let trace: u32 = 0;

function note(mark: u32): void {
  trace = trace * 10 + mark;
}

let counts: u32 = 0;
const counters = memory.data(64);

/** Counts until `stop`. */
let stop: bool = false;
function count(index: u32): void {
  while (!stop) {
    const place = counters + index * sizeof<u32>();
    store<u32>(place, load<u32>(place) + 1);
    counts++;
    invoke(Syscall.Null, 0);
  }
}

function testTurns(): void {
  startThread(count, 0, 5);
  startThread(count, 1, 5);
  startThread(count, 2, 4);
  sleep(60 * MILLISECOND);
  stop = true;
  const first = load<u32>(counters);
  const second = load<u32>(counters + 4);
  check(first > 0 && second > 0, 'equals take turns');
  check(first < second * 2 && second < first * 2, 'of about the same length');
  check(load<u32>(counters + 8) == 0, 'and the lesser waits');
  sleep(30 * MILLISECOND);
}

let endpoint: u32 = 0;
let go: u32 = 0;

/** Works for 3 ms on every call, at whatever priority it has. */
function slowServer(_argument: u32): void {
  const message = newMessage();
  message.lentAddress = 0;
  while (true) {
    send(message, Syscall.ReplyReceive, endpoint);
    note(message.word0);
    const end = time() + 3 * MILLISECOND;
    while (time() < end) {}
    note(message.word0 + 1);
    message.lentAddress = message.handle;
    message.method = 0;
  }
}

function client(word: u32): void {
  const message = newMessage();
  message.method = 1;
  message.word0 = word;
  send(message, Syscall.Call, endpoint);
  note(word + 2);
}

/** Of middling priority, wakes while the server works for the low client. */
function busy(_argument: u32): void {
  invoke(Syscall.Wait, go, NEVER, NEVER);
  const end = time() + 20 * MILLISECOND;
  while (time() < end) {}
  note(9);
}

/**
 * The server (2) works for the low client (3) when the middling thread (10) starts to compute and the
 * high client (15) calls. Without lending, the middling thread would run before the server gets on.
 */
function testInversion(): void {
  endpoint = createEndpoint();
  go = createNotification(0);
  trace = 0;
  startThread(slowServer, 0, 2);
  startThread(busy, 0, 10);
  sleep(MILLISECOND);
  startThread(client, 1, 3);
  sleep(MILLISECOND);
  check(trace == 1, 'the server works for the low client');
  invoke(Syscall.Signal, go, 1);
  startThread(client, 4, 15);
  sleep(60 * MILLISECOND);
  // 1 2: low call served; 4 5: high call; 6: high client; 9: the middling; 3: the low client.
  check(trace == 1245693, 'the high client does not wait for the middling thread');
}

export function testPriorities(): void {
  trace = 0;
  startThread(noteThread, 1, 30);
  check(trace == 1, 'the greater runs at once');
  startThread(noteThread, 2, 1);
  check(trace == 1, 'the lesser does not');
  sleep(MILLISECOND);
  check(trace == 12, 'but when there is time');
  testTurns();
  testInversion();
}

function noteThread(mark: u32): void {
  note(mark);
}
