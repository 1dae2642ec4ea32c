/**
 * A client from hell, for a test: sends every service that names knows requests that no stub would
 * make, and says on the console whether all were answered. None of them may bring a server down.
 */
import { Errno } from '../../abi/errno.enums';
import { CallFlags, StartHandle } from '../../abi/syscall.enums';
import { ClockMethod } from 'stubs/clock';
import { ConsoleClient, ConsoleMethod } from 'stubs/console';
import { FileMethod } from 'stubs/file';
import { LIST_PATH_MAX, NamesClient } from 'stubs/names';
import { PowerMethod } from 'stubs/power';
import { ServerClient, ServerMethod } from 'stubs/server';
import { SupervisorMethod } from 'stubs/supervisor';
import { call, outgoing } from '../../runtime/call';
import { release } from '../../runtime/objects';
import { startHandle } from '../../runtime/start-information';
import { TextBuilder } from '../../runtime/text-builder';

/** Requests to each service. */
const ROUNDS: i32 = 500;
const LENT_BYTES: i32 = 8192;
const TEXT_BYTES: i32 = 256;
/** Protocol numbers below this are the ones in use. */
const PROTOCOLS: u32 = 13;

const lent = memory.data(LENT_BYTES, 4096);
const path = memory.data(<i32>LIST_PATH_MAX);
const text = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(TEXT_BYTES),
  <u32>TEXT_BYTES,
);

export function main(start: usize): i32 {
  const names = NamesClient.at(startHandle(StartHandle.Names));
  let index: u32 = 0;
  while (true) {
    const length = names.list(index, path, LIST_PATH_MAX);
    if (length < 0) return length == -Errno.ENOENT ? 0 : length;
    const endpoint = names.find(path, length);
    if (endpoint < 0) return <i32>endpoint;
    attack(<u32>endpoint, length);
    release(<u32>endpoint);
    index += 1;
  }
}

/** Sends one service its share, and reports. */
function attack(endpoint: u32, pathLength: u32): void {
  let answered: u32 = 0;
  let refused: u32 = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const outcome = sendNonsense(endpoint);
    if (outcome == -Errno.EDIED) break;
    // Servers say so of what is no open file; of an endpoint that has ended, the kernel.
    if (outcome == -Errno.EBADF && ServerClient.at(endpoint).ping(41) != 42) break;
    answered += 1;
    if (outcome < 0) refused += 1;
  }
  const isAlive = ServerClient.at(endpoint).ping(41) == 42;
  text.clear();
  text.text('hostile: ').bytes(path, pathLength).text(': ').decimal(answered).text(' of ');
  text
    .decimal(ROUNDS)
    .text(' answered')
    .text(isAlive ? ', alive' : ', dead');
  text.text(refused == 0 ? ', none refused' : '').line();
  say();
}

/** One request: a method that may exist or not, words and a lent range that fit nothing. */
function sendNonsense(endpoint: u32): i32 {
  const message = outgoing();
  let method = ((random() % PROTOCOLS) << 8) | (random() % 10);
  while (isExcluded(method)) method = ((random() % PROTOCOLS) << 8) | (random() % 10);
  if (random() % 8 == 0) method = (random() % CallFlags.MethodMask) & 0x7fff;
  if (isExcluded(method)) method = 0x7fff;
  const flags = random() & (CallFlags.LendRead | CallFlags.LendWrite);
  const length = random() % (<u32>LENT_BYTES + 1);
  message.method = method | flags;
  message.lentAddress = <u32>lent;
  message.lentLength = length;
  message.word0 = word(length);
  message.word1 = word(length);
  message.word2 = word(length);
  message.word3 = word(length);
  message.word4 = random();
  message.word5 = random();
  message.word6 = random();
  message.word7 = random();
  if (random() % 4 == 0) {
    // A handle that nobody asked for.
    message.method |= CallFlags.Handle;
    message.transfer = startHandle(StartHandle.Names);
  }
  return call(message, endpoint);
}

/** Lengths that nearly fit are the interesting ones. */
function word(length: u32): u32 {
  switch (random() % 6) {
    case 0:
      return length;
    case 1:
      return length + 1;
    case 2:
      return length / 2;
    case 3:
      return u32.MAX_VALUE - (random() & 15);
    case 4:
      return random() & 15;
    default:
      return random();
  }
}

/** What is no nonsense: it would end a server, or the machine, or wait for a person. */
function isExcluded(method: u32): bool {
  return (
    method == ServerMethod.crash ||
    method == ConsoleMethod.readLine ||
    method == ConsoleMethod.nextInterrupt ||
    method == ConsoleMethod.write ||
    method == ClockMethod.sleepUntil ||
    method == FileMethod.read ||
    method == FileMethod.write ||
    method == SupervisorMethod.nextReport ||
    method == PowerMethod.off ||
    method == PowerMethod.reset
  );
}

let seed: u32 = 0x2545_f491;

/** xorshift32: the same nonsense in every run. */
function random(): u32 {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}

let consoleEndpoint: u32 = 0;

function say(): void {
  if (consoleEndpoint == 0) {
    const literal = '/svc/console';
    const place = lent;
    for (let i = 0; i < literal.length; i++) store<u8>(place + i, <u8>literal.charCodeAt(i));
    const names = NamesClient.at(startHandle(StartHandle.Names));
    consoleEndpoint = <u32>max<i64>(0, names.find(place, literal.length));
  }
  ConsoleClient.at(consoleEndpoint).write(text.address, text.length);
}
