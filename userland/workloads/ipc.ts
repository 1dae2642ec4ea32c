/**
 * The fast path of a call between processes: a handle is looked up and checked, a thread that waits
 * at the endpoint is taken from its queue, eight words are copied, both threads change their state,
 * and the receiver enters the run queue of its priority; then it answers, the same way back.
 */

const WORDS: u32 = 8;
const PRIORITIES: u32 = 32;
const THREADS: u32 = 16;

const enum ThreadState {
  Ready,
  Receiving,
  Calling,
}

@unmanaged
class Thread {
  state: u32;
  priority: u32;
  next!: Thread | null;
  partner!: Thread | null;
  w0: u32;
  w1: u32;
  w2: u32;
  w3: u32;
  w4: u32;
  w5: u32;
  w6: u32;
  w7: u32;
}

@unmanaged
class Endpoint {
  generation: u32;
  waiting!: Thread | null;
  calls: u64;
}

@unmanaged
class Queue {
  first!: Thread | null;
  last!: Thread | null;
}

@unmanaged
class Slot {
  endpoint!: Endpoint | null;
  generation: u32;
}

const THREAD_BYTES: u32 = 48;
const SLOT_BYTES: u32 = 8;
const QUEUE_BYTES: u32 = 8;
/** In the second array: threads, then queues with the word of non-empty ones before them. */
const QUEUES: u32 = THREADS * THREAD_BYTES + 8;
const EDIED: i32 = -1;
const EAGAIN: i32 = -2;

function enqueue(b: u32, thread: Thread): void {
  const queue = changetype<Queue>(b + QUEUES + thread.priority * QUEUE_BYTES);
  thread.next = null;
  const last = queue.last;
  if (queue.first === null || last === null) queue.first = thread;
  else last.next = thread;
  queue.last = thread;
  store<u32>(b + QUEUES - 4, load<u32>(b + QUEUES - 4) | (1 << thread.priority));
}

function takeHighest(b: u32): Thread | null {
  const ready = load<u32>(b + QUEUES - 4);
  if (ready == 0) return null;
  let priority: u32 = PRIORITIES - 1;
  while ((ready & (1 << priority)) == 0) priority--;
  const queue = changetype<Queue>(b + QUEUES + priority * QUEUE_BYTES);
  const thread = queue.first;
  if (thread === null) return null;
  queue.first = thread.next;
  if (queue.first === null) store<u32>(b + QUEUES - 4, ready & ~(1 << priority));
  return thread;
}

function copyWords(from: Thread, to: Thread): void {
  to.w0 = from.w0;
  to.w1 = from.w1;
  to.w2 = from.w2;
  to.w3 = from.w3;
  to.w4 = from.w4;
  to.w5 = from.w5;
  to.w6 = from.w6;
  to.w7 = from.w7;
}

function call(b: u32, slots: u32, caller: Thread, handle: u32): i32 {
  const slot = changetype<Slot>(slots + (handle & 0xff) * SLOT_BYTES);
  const endpoint = slot.endpoint;
  if (endpoint === null || slot.generation != handle >> 8) return EDIED;
  if (endpoint.generation != slot.generation) return EDIED;
  const receiver = endpoint.waiting;
  if (receiver === null) return EAGAIN;
  endpoint.waiting = receiver.next;
  endpoint.calls++;
  copyWords(caller, receiver);
  receiver.partner = caller;
  receiver.state = ThreadState.Ready;
  caller.state = ThreadState.Calling;
  if (receiver.priority < caller.priority) receiver.priority = caller.priority;
  enqueue(b, receiver);
  return 0;
}

function reply(b: u32, endpoint: Endpoint, server: Thread): i32 {
  const caller = server.partner;
  if (caller === null || caller.state != ThreadState.Calling) return EDIED;
  copyWords(server, caller);
  server.partner = null;
  server.state = ThreadState.Receiving;
  server.next = endpoint.waiting;
  endpoint.waiting = server;
  caller.state = ThreadState.Ready;
  enqueue(b, caller);
  return 0;
}

export function ipc_raw(a: u32, b: u32, c: u32, n: u32): u32 {
  const endpoint = changetype<Endpoint>(c + 0x400);
  endpoint.generation = 3;
  const slot = changetype<Slot>(c + 5 * SLOT_BYTES);
  slot.endpoint = endpoint;
  slot.generation = 3;
  for (let i: u32 = 0; i < THREADS; i++) {
    const thread = changetype<Thread>(b + i * THREAD_BYTES);
    thread.priority = load<u32>(a + (i << 2)) & (PRIORITIES - 1);
    if (i >= THREADS / 2) {
      thread.state = ThreadState.Receiving;
      thread.next = endpoint.waiting;
      endpoint.waiting = thread;
    } else enqueue(b, thread);
  }
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const thread = takeHighest(b);
    if (thread === null) break;
    thread.w0 += load<u32>(a + ((i & 0xff) << 2));
    thread.w7 ^= i;
    const result =
      thread.partner === null ? call(b, c, thread, (3 << 8) | 5) : reply(b, endpoint, thread);
    if (result != 0) enqueue(b, thread);
    sum = sum * 31 + thread.w0 + <u32>result;
  }
  return sum;
}

/** Of a thread in an array: state, priority, next, partner, eight words; places count from 1, 0 is none. */
const THREAD_WORDS: u32 = 12;
const STATE: u32 = 0;
const PRIORITY: u32 = 1;
const NEXT: u32 = 2;
const PARTNER: u32 = 3;
const MESSAGE: u32 = 4;
/** After the threads: the word of queues that are not empty, then first and last of each. */
const READY: u32 = (THREADS + 1) * THREAD_WORDS;
const FIRST: u32 = READY + 1;
/** In the third array: two words a handle, then the endpoint: generation, waiting, calls. */
const ENDPOINT: u32 = 0x100;

function enqueueAt(t: StaticArray<u32>, thread: u32): void {
  const at = thread * THREAD_WORDS;
  const priority = t[at + PRIORITY];
  const queue = FIRST + 2 * priority;
  t[at + NEXT] = 0;
  if (t[queue] == 0) t[queue] = thread;
  else t[t[queue + 1] * THREAD_WORDS + NEXT] = thread;
  t[queue + 1] = thread;
  t[READY] |= 1 << priority;
}

function takeHighestAt(t: StaticArray<u32>): u32 {
  const ready = t[READY];
  if (ready == 0) return 0;
  let priority: u32 = PRIORITIES - 1;
  while ((ready & (1 << priority)) == 0) priority--;
  const queue = FIRST + 2 * priority;
  const thread = t[queue];
  t[queue] = t[thread * THREAD_WORDS + NEXT];
  if (t[queue] == 0) t[READY] = ready & ~(1 << priority);
  return thread;
}

function copyWordsAt(t: StaticArray<u32>, from: u32, to: u32): void {
  const source = from * THREAD_WORDS + MESSAGE;
  const target = to * THREAD_WORDS + MESSAGE;
  for (let i: u32 = 0; i < WORDS; i++) t[target + i] = t[source + i];
}

function callAt(t: StaticArray<u32>, handles: StaticArray<u32>, caller: u32, handle: u32): i32 {
  const slot = 2 * (handle & 0xff);
  const endpoint = handles[slot];
  if (endpoint == 0 || handles[slot + 1] != handle >> 8) return EDIED;
  if (handles[endpoint] != handles[slot + 1]) return EDIED;
  const receiver = handles[endpoint + 1];
  if (receiver == 0) return EAGAIN;
  const at = receiver * THREAD_WORDS;
  handles[endpoint + 1] = t[at + NEXT];
  handles[endpoint + 2]++;
  copyWordsAt(t, caller, receiver);
  t[at + PARTNER] = caller;
  t[at + STATE] = ThreadState.Ready;
  const from = caller * THREAD_WORDS;
  t[from + STATE] = ThreadState.Calling;
  if (t[at + PRIORITY] < t[from + PRIORITY]) t[at + PRIORITY] = t[from + PRIORITY];
  enqueueAt(t, receiver);
  return 0;
}

function replyAt(t: StaticArray<u32>, handles: StaticArray<u32>, server: u32): i32 {
  const at = server * THREAD_WORDS;
  const caller = t[at + PARTNER];
  if (caller == 0 || t[caller * THREAD_WORDS + STATE] != ThreadState.Calling) return EDIED;
  copyWordsAt(t, server, caller);
  t[at + PARTNER] = 0;
  t[at + STATE] = ThreadState.Receiving;
  t[at + NEXT] = handles[ENDPOINT + 1];
  handles[ENDPOINT + 1] = server;
  t[caller * THREAD_WORDS + STATE] = ThreadState.Ready;
  enqueueAt(t, caller);
  return 0;
}

export function ipc_checked(a: u32, b: u32, c: u32, n: u32): u32 {
  const words = changetype<StaticArray<u32>>(a);
  const t = changetype<StaticArray<u32>>(b);
  const handles = changetype<StaticArray<u32>>(c);
  handles[ENDPOINT] = 3;
  handles[10] = ENDPOINT;
  handles[11] = 3;
  for (let i: u32 = 1; i <= THREADS; i++) {
    t[i * THREAD_WORDS + PRIORITY] = words[i] & (PRIORITIES - 1);
    if (i > THREADS / 2) {
      t[i * THREAD_WORDS + STATE] = ThreadState.Receiving;
      t[i * THREAD_WORDS + NEXT] = handles[ENDPOINT + 1];
      handles[ENDPOINT + 1] = i;
    } else enqueueAt(t, i);
  }
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const thread = takeHighestAt(t);
    if (thread == 0) break;
    const at = thread * THREAD_WORDS;
    t[at + MESSAGE] += words[i & 0xff];
    t[at + MESSAGE + 7] ^= i;
    const result =
      t[at + PARTNER] == 0 ? callAt(t, handles, thread, (3 << 8) | 5) : replyAt(t, handles, thread);
    if (result != 0) enqueueAt(t, thread);
    sum = sum * 31 + t[at + MESSAGE] + <u32>result;
  }
  return sum;
}
