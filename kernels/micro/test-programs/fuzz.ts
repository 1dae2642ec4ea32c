/**
 * Random system calls with random registers, from a process that holds handles of every kind, again
 * and again. Whatever they do to that process, the kernel goes on, and so does this one.
 */
import { Errno } from '../../../userland/abi/errno.enums';
import { Message } from '../../../userland/abi/message.structs';
import {
  CallFlags,
  MapAccess,
  ObjectKind,
  ProcessOperation,
  ReceiveKind,
  Rights,
  StartHandle,
  Syscall,
  SYSCALL_COUNT,
} from '../../../userland/abi/syscall.enums';
import { check, expect, sayNumber } from './check';
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
  KEEP,
  newMessage,
  reset,
  reuseStacks,
  send,
  sleep,
  stacksInUse,
  startHandle,
  startIn,
  startProcess,
  startThread,
} from './system';

const ROUNDS: u32 = 60;
const CALLS: u32 = 2000;
const MILLISECOND: u32 = 10_000;
const PAGE: u32 = 4096;
/** Threads of a round: they call, answer and end each other. */
const THREADS: u32 = 4;
/** A page that the process shares with this one, for the number of calls. */
const COUNTS: u32 = 0x3000_0000;
/** Fewer would mean that the rounds end too soon to be of use. */
const FEWEST_CALLS: u32 = 20_000;

/** Handles of a round's threads. */
const threads = memory.data(16);

let state: u32 = 0;

/** xorshift32: numbers that are the same in every run. */
function random(): u32 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

/** A word that is more often of some use than a number from all 2^32. */
function word(): u32 {
  switch (random() % 12) {
    case 0:
      return 0;
    case 1:
      return 0xffff_ffff;
    case 2:
      return random();
    case 3:
      return 0x8040_0000 + (random() % 0x10_0000);
    case 4:
      return 0x10_0000 + (random() % 0x4000);
    case 5:
      return (random() % 0x8_0000) * PAGE;
    case 6:
      return (random() % 64) * PAGE;
    case 7:
      return random() % 64;
    // Handles of the first generation, of which there are many.
    default:
      return 0x1000 + (random() % 24);
  }
}

function fill(message: Message): void {
  message.method = random() % 4 == 0 ? word() : random() % 8;
  message.lentAddress = word();
  message.lentLength = random() % 2 == 0 ? word() : random() % 256;
  message.transfer = word();
  message.word0 = word();
  message.word1 = word();
  message.word2 = word();
  message.word3 = word();
  message.word4 = word();
  message.word5 = word();
  message.word6 = word();
  message.word7 = word();
}

function fuzz(seed: u32): void {
  state = seed;
  const message = newMessage();
  for (let i: u32 = 0; i < CALLS; i++) {
    fill(message);
    const number = random() % (SYSCALL_COUNT + 1);
    // The log is the test's own; exits and endless waits would end the round too soon.
    if (number == Syscall.Log) continue;
    if (number == Syscall.Exit && random() % 64 != 0) continue;
    if (number == Syscall.Receive || number == Syscall.Wait) message.word1 = 0;
    if (number == Syscall.Create && message.word0 == ObjectKind.Memory) message.word1 &= 0xf_ffff;
    store<u32>(COUNTS, load<u32>(COUNTS) + 1);
    send(message, number, word());
  }
}

/** Answers what the fuzz calls, so that its threads do not all wait for each other. */
function answerAll(endpoint: u32): void {
  const message = newMessage();
  message.lentAddress = 0;
  while (true) {
    const result = send(message, Syscall.ReplyReceive, endpoint);
    check(result == ReceiveKind.Message || result == -Errno.ENFILE, 'a call arrives');
    message.lentAddress = result == ReceiveKind.Message ? message.handle : 0;
    if ((message.method & CallFlags.Handle) != 0) destroy(message.transfer);
    message.method = 0;
  }
}

export function testFuzz(): void {
  const endpoint = createEndpoint();
  const process = createProcess();
  invoke(Syscall.ControlProcess, process, ProcessOperation.SetHandler, endpoint, 1);
  const message = newMessage();
  const counts = createMemory(PAGE);
  map(counts, 0, COUNTS, MapAccess.Read | MapAccess.Write);
  let ends: u32 = 0;
  let before: u32 = 0;
  const own = createEndpoint();
  startThread(answerAll, own, 15);
  const stackCount = stacksInUse();
  for (let round: u32 = 1; round <= ROUNDS; round++) {
    const other = createProcess();
    const memoryObject = createMemory(4 * PAGE);
    const notification = createNotification(0);
    grant(process, process, Rights.Inspect | Rights.Manage, 0);
    grant(process, own, KEEP, round);
    grant(process, own, Rights.Call | Rights.Copy, 0);
    grant(process, notification, KEEP, 0);
    grant(process, memoryObject, Rights.All, 0);
    grant(process, other, Rights.All, 0);
    grant(process, startHandle(StartHandle.DeviceMemory), Rights.Derive | Rights.Read, 0);
    grant(process, startHandle(StartHandle.Initrd), Rights.All, 0);
    map(counts, process, COUNTS, MapAccess.Read | MapAccess.Write);
    const seed = round * 0x9e37_79b9;
    store<u32>(threads, startProcess(process, fuzz, seed, 10));
    for (let i: u32 = 1; i < THREADS; i++) {
      store<u32>(threads + i * 4, startIn(process, process, fuzz, seed + i, 8 + i));
    }
    sleep(20 * MILLISECOND);
    // What it said, if anything: faults and exits.
    message.word0 = 0;
    message.word1 = 0;
    while (send(message, Syscall.Receive, endpoint) == ReceiveKind.Message) {
      ends++;
      if (message.handle != 0) {
        message.word0 = 0;
        message.method = 0;
        send(message, Syscall.Reply, message.handle);
      }
      message.word0 = 0;
      message.word1 = 0;
    }
    expect(reset(process), 0, 'the process can be emptied');
    for (let i: u32 = 0; i < THREADS; i++) destroy(load<u32>(threads + i * 4));
    reuseStacks(stackCount);
    destroy(other);
    destroy(memoryObject);
    destroy(notification);
    if (round == ROUNDS / 2) before = countFreePages();
  }
  sayNumber('random system calls:', load<u32>(COUNTS));
  sayNumber('faults and exits:', ends);
  check(load<u32>(COUNTS) >= FEWEST_CALLS, 'enough calls were made');
  sayNumber('pages that slabs took in the second half:', before - countFreePages());
  check(countFreePages() + 8 > before, 'no memory is lost');
}
