/* The same as ipc.ts. */
typedef unsigned u32;
typedef unsigned long long u64;

enum { PRIORITIES = 32, THREADS = 16, EDIED = -1, EAGAIN = -2 };
enum { IS_READY, IS_RECEIVING, IS_CALLING };

struct thread {
  u32 state;
  u32 priority;
  struct thread *next;
  struct thread *partner;
  u32 w0, w1, w2, w3, w4, w5, w6, w7;
};

struct endpoint {
  u32 generation;
  struct thread *waiting;
  u64 calls;
};

struct queue {
  struct thread *first;
  struct thread *last;
};

struct slot {
  struct endpoint *endpoint;
  u32 generation;
};

struct arena {
  struct thread threads[THREADS];
  u32 unused;
  u32 ready;
  struct queue queues[PRIORITIES];
};

static void enqueue(struct arena *b, struct thread *thread) {
  struct queue *queue = &b->queues[thread->priority];
  thread->next = 0;
  struct thread *last = queue->last;
  if (!queue->first || !last) queue->first = thread;
  else last->next = thread;
  queue->last = thread;
  b->ready |= 1u << thread->priority;
}

static struct thread *take_highest(struct arena *b) {
  u32 ready = b->ready;
  if (!ready) return 0;
  u32 priority = PRIORITIES - 1;
  while (!(ready & (1u << priority))) priority--;
  struct queue *queue = &b->queues[priority];
  struct thread *thread = queue->first;
  if (!thread) return 0;
  queue->first = thread->next;
  if (!queue->first) b->ready = ready & ~(1u << priority);
  return thread;
}

static void copy_words(struct thread *from, struct thread *to) {
  to->w0 = from->w0;
  to->w1 = from->w1;
  to->w2 = from->w2;
  to->w3 = from->w3;
  to->w4 = from->w4;
  to->w5 = from->w5;
  to->w6 = from->w6;
  to->w7 = from->w7;
}

static int call(struct arena *b, struct slot *slots, struct thread *caller, u32 handle) {
  struct slot *slot = &slots[handle & 0xff];
  struct endpoint *endpoint = slot->endpoint;
  if (!endpoint || slot->generation != handle >> 8) return EDIED;
  if (endpoint->generation != slot->generation) return EDIED;
  struct thread *receiver = endpoint->waiting;
  if (!receiver) return EAGAIN;
  endpoint->waiting = receiver->next;
  endpoint->calls++;
  copy_words(caller, receiver);
  receiver->partner = caller;
  receiver->state = IS_READY;
  caller->state = IS_CALLING;
  if (receiver->priority < caller->priority) receiver->priority = caller->priority;
  enqueue(b, receiver);
  return 0;
}

static int reply(struct arena *b, struct endpoint *endpoint, struct thread *server) {
  struct thread *caller = server->partner;
  if (!caller || caller->state != IS_CALLING) return EDIED;
  copy_words(server, caller);
  server->partner = 0;
  server->state = IS_RECEIVING;
  server->next = endpoint->waiting;
  endpoint->waiting = server;
  caller->state = IS_READY;
  enqueue(b, caller);
  return 0;
}

u32 ipc_raw(u32 *a, struct arena *b, struct slot *slots, u32 n) {
  struct endpoint *endpoint = (struct endpoint *)((char *)slots + 0x400);
  endpoint->generation = 3;
  slots[5].endpoint = endpoint;
  slots[5].generation = 3;
  for (u32 i = 0; i < THREADS; i++) {
    struct thread *thread = &b->threads[i];
    thread->priority = a[i] & (PRIORITIES - 1);
    if (i >= THREADS / 2) {
      thread->state = IS_RECEIVING;
      thread->next = endpoint->waiting;
      endpoint->waiting = thread;
    } else enqueue(b, thread);
  }
  u32 sum = 0;
  for (u32 i = 0; i < n; i++) {
    struct thread *thread = take_highest(b);
    if (!thread) break;
    thread->w0 += a[i & 0xff];
    thread->w7 ^= i;
    int result =
        !thread->partner ? call(b, slots, thread, 3 << 8 | 5) : reply(b, endpoint, thread);
    if (result) enqueue(b, thread);
    sum = sum * 31 + thread->w0 + (u32)result;
  }
  return sum;
}

enum { THREAD_WORDS = 12, STATE = 0, PRIORITY, NEXT, PARTNER, MESSAGE };
enum { READY = (THREADS + 1) * THREAD_WORDS, FIRST = READY + 1, ENDPOINT = 0x100 };

static void enqueue_at(u32 *t, u32 thread) {
  u32 at = thread * THREAD_WORDS;
  u32 priority = t[at + PRIORITY];
  u32 queue = FIRST + 2 * priority;
  t[at + NEXT] = 0;
  if (t[queue] == 0) t[queue] = thread;
  else t[t[queue + 1] * THREAD_WORDS + NEXT] = thread;
  t[queue + 1] = thread;
  t[READY] |= 1u << priority;
}

static u32 take_highest_at(u32 *t) {
  u32 ready = t[READY];
  if (!ready) return 0;
  u32 priority = PRIORITIES - 1;
  while (!(ready & (1u << priority))) priority--;
  u32 queue = FIRST + 2 * priority;
  u32 thread = t[queue];
  t[queue] = t[thread * THREAD_WORDS + NEXT];
  if (t[queue] == 0) t[READY] = ready & ~(1u << priority);
  return thread;
}

static void copy_words_at(u32 *t, u32 from, u32 to) {
  u32 source = from * THREAD_WORDS + MESSAGE;
  u32 target = to * THREAD_WORDS + MESSAGE;
  for (u32 i = 0; i < 8; i++) t[target + i] = t[source + i];
}

static int call_at(u32 *t, u32 *handles, u32 caller, u32 handle) {
  u32 slot = 2 * (handle & 0xff);
  u32 endpoint = handles[slot];
  if (endpoint == 0 || handles[slot + 1] != handle >> 8) return EDIED;
  if (handles[endpoint] != handles[slot + 1]) return EDIED;
  u32 receiver = handles[endpoint + 1];
  if (receiver == 0) return EAGAIN;
  u32 at = receiver * THREAD_WORDS;
  handles[endpoint + 1] = t[at + NEXT];
  handles[endpoint + 2]++;
  copy_words_at(t, caller, receiver);
  t[at + PARTNER] = caller;
  t[at + STATE] = IS_READY;
  u32 from = caller * THREAD_WORDS;
  t[from + STATE] = IS_CALLING;
  if (t[at + PRIORITY] < t[from + PRIORITY]) t[at + PRIORITY] = t[from + PRIORITY];
  enqueue_at(t, receiver);
  return 0;
}

static int reply_at(u32 *t, u32 *handles, u32 server) {
  u32 at = server * THREAD_WORDS;
  u32 caller = t[at + PARTNER];
  if (caller == 0 || t[caller * THREAD_WORDS + STATE] != IS_CALLING) return EDIED;
  copy_words_at(t, server, caller);
  t[at + PARTNER] = 0;
  t[at + STATE] = IS_RECEIVING;
  t[at + NEXT] = handles[ENDPOINT + 1];
  handles[ENDPOINT + 1] = server;
  t[caller * THREAD_WORDS + STATE] = IS_READY;
  enqueue_at(t, caller);
  return 0;
}

u32 ipc_checked(u32 *words, u32 *t, u32 *handles, u32 n) {
  handles[ENDPOINT] = 3;
  handles[10] = ENDPOINT;
  handles[11] = 3;
  for (u32 i = 1; i <= THREADS; i++) {
    t[i * THREAD_WORDS + PRIORITY] = words[i] & (PRIORITIES - 1);
    if (i > THREADS / 2) {
      t[i * THREAD_WORDS + STATE] = IS_RECEIVING;
      t[i * THREAD_WORDS + NEXT] = handles[ENDPOINT + 1];
      handles[ENDPOINT + 1] = i;
    } else enqueue_at(t, i);
  }
  u32 sum = 0;
  for (u32 i = 0; i < n; i++) {
    u32 thread = take_highest_at(t);
    if (thread == 0) break;
    u32 at = thread * THREAD_WORDS;
    t[at + MESSAGE] += words[i & 0xff];
    t[at + MESSAGE + 7] ^= i;
    int result = t[at + PARTNER] == 0 ? call_at(t, handles, thread, 3 << 8 | 5)
                                      : reply_at(t, handles, thread);
    if (result) enqueue_at(t, thread);
    sum = sum * 31 + t[at + MESSAGE] + (u32)result;
  }
  return sum;
}
