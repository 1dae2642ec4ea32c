/**
 * A test of calls out of the kernel, in the place of init: the file system is inside, and this program is
 * the disk's driver outside, which answers as no driver should. Ends as micro/test-programs do.
 */
import { sw } from '../../../userland/abi/rv';
import { Errno } from '../../../userland/abi/errno.enums';
import { Message, StartInformation } from '../../../userland/abi/message.structs';
import {
  CallFlags,
  MapAccess,
  ObjectKind,
  ReceiveKind,
  Rights,
  StartHandle,
  Syscall,
} from '../../../userland/abi/syscall.enums';
import { BlockMethod } from 'stubs/block';
import { FilesMethod } from 'stubs/files';
import { KernelMethod } from 'stubs/kernel';
import { ServerMethod } from 'stubs/server';
import { check, expect, say } from '../../micro/test-programs/check';
import {
  createEndpoint,
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
  setStart,
  sleep,
  startHandle,
  startProcess,
  startThread,
} from '../../micro/test-programs/system';

export { abort } from '../../micro/test-programs/check';

const FINISHER: u32 = 0x0010_0000;
const FINISHER_PASS: u32 = 0x5555;
const DEVICE: u32 = 0x7000_0000;
const MILLISECOND: u32 = 10_000;
const PENDING: i32 = 0x7fff_ffff;
/** Of a disk with nothing on it. */
const SECTORS: u32 = 2048;
/** How often a stub asks again (environment/kernel/call.ts). */
const ATTEMPTS: u32 = 3;
/** So that the kernel's table of handles, which has 4,096 places, would be full if it kept any. */
const ROUNDS: u32 = 1400;
const BLOCK = '/svc/block';
const NOBODY = '/svc/nobody';
const ROOT = '/';

/** The endpoint at which this program is the driver, and the way to the file system inside. */
let driver: u32 = 0;
let files: u32 = 0;
const received = newMessage();
const path = memory.data(16);
const contents = memory.data(4096, 8);
let firstStatus: i32 = PENDING;
let secondStatus: i32 = PENDING;

export function main(information: StartInformation): u32 {
  setStart(information);
  testIntroduction();
  testDeaths();
  testKeptHandles();
  testKilledCaller();
  testStart();
  say('passed');
  powerOff();
  return 1;
}

/** The kernel learns where the driver is; only then is there a file system. */
function testIntroduction(): void {
  driver = createEndpoint();
  check(askForFiles() == -Errno.ENODEV, 'no file system without a driver');
  expect(provide(NOBODY), -Errno.ENOENT, 'nobody can be what the placement does not have');
  expect(provide(BLOCK), 0, 'the driver is made known');
  expect(provide(BLOCK), -Errno.EEXIST, 'once');
  check(askForFiles() == 0, 'and there is a file system');
}

/** Calls that nobody answers are made again, and then given up; the next caller tries it all again. */
function testDeaths(): void {
  for (let round: u32 = 0; round < 2; round++) {
    firstStatus = PENDING;
    startThread(askFirst, 0, 10);
    for (let attempt: u32 = 0; attempt < ATTEMPTS; attempt++) {
      receiveSize('it asks how large the disk is');
      check(firstStatus == PENDING, 'the caller waits');
      expect(destroy(received.handle), 0, 'and is not answered');
    }
    sleep(MILLISECOND);
    check(firstStatus == -Errno.ENODEV, 'a file system that cannot start is none');
  }
}

/** Handles that come with answers and that nobody expects are given up. */
function testKeptHandles(): void {
  startThread(askOften, ROUNDS, 10);
  for (let asked: u32 = 0; asked < ROUNDS * ATTEMPTS; asked++) {
    receiveSize('it asks again');
    answerWithHandle(-Errno.EDIED, asked % 2 == 0 ? driver : files);
  }
  sleep(MILLISECOND);
  check(refusals == ROUNDS, 'the file system still cannot start');
}

/** The service goes on with its call although nobody waits for its own answer. */
function testKilledCaller(): void {
  const process = createProcess();
  startProcess(process, askFiles, grant(process, files, Rights.Call, 0), 10);
  receiveSize('a process asks');
  expect(reset(process), 0, 'and is killed');
  answer(-Errno.EDIED);
  for (let attempt: u32 = 1; attempt < ATTEMPTS; attempt++) {
    receiveSize('the call is made again for nobody');
    answer(-Errno.EDIED);
  }
  sleep(MILLISECOND);
}

/** Two callers wait for the start; what the kernel lends is as large as it says, and no larger. */
function testStart(): void {
  firstStatus = PENDING;
  secondStatus = PENDING;
  startThread(askFirst, 0, 10);
  receiveSize('it asks for the last time');
  startThread(askSecond, 0, 10);
  sleep(MILLISECOND);
  check(secondStatus == PENDING, 'another caller waits for the start');
  testPing();
  received.word1 = SECTORS;
  received.word2 = 0;
  answer(0);
  receive();
  const flags = received.method & (CallFlags.LendRead | CallFlags.LendWrite);
  check((received.method & CallFlags.MethodMask) == BlockMethod.read, 'it reads');
  check(flags == CallFlags.LendWrite, 'into memory that can only be written');
  const length = received.lentLength;
  check(length == received.word1 && length >= PAGE, 'as much of it as it wants to have');
  const caller = received.handle;
  expect(copy(Syscall.CopyFromCaller, caller, 0, 8), -Errno.EACCES, 'it cannot be read');
  expect(copy(Syscall.CopyToCaller, caller, length, 1), -Errno.EINVAL, 'nothing fits behind');
  expect(copy(Syscall.CopyToCaller, caller, length - 4, 8), -Errno.EINVAL, 'nor across the end');
  expect(copy(Syscall.CopyToCaller, caller, NEVER, 8), -Errno.EINVAL, 'nor before the start');
  const unmapped: u32 = 0x3000_0000;
  const moved = invoke(Syscall.CopyToCaller, caller, 0, unmapped, 8);
  expect(moved, -Errno.EFAULT, 'what is not there cannot be copied');
  expect(copy(Syscall.CopyToCaller, caller, 0, PAGE), 0, 'what is there can');
  answer(<i32>length);
  sleep(MILLISECOND);
  check(firstStatus == -Errno.ENXIO, 'there is no file system on this disk');
  check(secondStatus == -Errno.ENXIO, 'for nobody');
}

/** Who is called from inside may call inside: what needs no lock of the service is answered. */
function testPing(): void {
  const message = newMessage();
  message.method = ServerMethod.ping;
  message.word0 = 6;
  expect(send(message, Syscall.Call, files), 0, 'the service is called by whom it waits for');
  check(message.word1 == 7, 'and answers');
}

/** 0 and `files` is set, or what the kernel says against it. */
function askForFiles(): i32 {
  const message = newMessage();
  message.method = KernelMethod.providedEndpoint;
  message.word0 = 0;
  expect(send(message, Syscall.Call, startHandle(StartHandle.Inside)), 0, 'the kernel answers');
  if (<i32>message.word0 >= 0) files = message.transfer;
  return <i32>message.word0;
}

function provide(name: string): i32 {
  const message = newMessage();
  setPath(name, message);
  message.method = KernelMethod.provide | CallFlags.LendRead | CallFlags.Handle;
  message.transfer = driver;
  expect(send(message, Syscall.Call, startHandle(StartHandle.Inside)), 0, 'the kernel answers');
  return <i32>message.word0;
}

function setPath(name: string, message: Message): void {
  for (let i = 0; i < name.length; i++) store<u8>(path + i, name.charCodeAt(i) as u8);
  message.lentAddress = <u32>path;
  message.lentLength = name.length;
  message.word0 = name.length;
}

const first = newMessage();
const second = newMessage();

function askFirst(_argument: u32): void {
  firstStatus = openRoot(first, files);
}

function askSecond(_argument: u32): void {
  secondStatus = openRoot(second, files);
}

let refusals: u32 = 0;

function askOften(rounds: u32): void {
  for (let round: u32 = 0; round < rounds; round++) {
    if (openRoot(first, files) == -Errno.ENODEV) refusals++;
  }
}

/** In a process of its own, which has a copy of all this. */
function askFiles(handle: u32): void {
  openRoot(first, handle);
}

/** Opens the root: what the file system answers. */
function openRoot(message: Message, handle: u32): i32 {
  setPath(ROOT, message);
  message.method = FilesMethod.open | CallFlags.LendRead;
  message.word1 = 0;
  const status = send(message, Syscall.Call, handle);
  return status < 0 ? status : <i32>message.word0;
}

function receive(): void {
  received.word0 = NEVER;
  received.word1 = NEVER;
  expect(send(received, Syscall.Receive, driver), ReceiveKind.Message, 'a call comes');
}

function receiveSize(what: string): void {
  receive();
  check((received.method & CallFlags.MethodMask) == BlockMethod.size, what);
}

function answer(result: i32): void {
  const caller = received.handle;
  received.method = 0;
  received.word0 = <u32>result;
  expect(send(received, Syscall.Reply, caller), 0, 'it takes an answer');
}

function answerWithHandle(result: i32, handle: u32): void {
  const caller = received.handle;
  received.method = CallFlags.Handle;
  received.transfer = handle;
  received.word0 = <u32>result;
  expect(send(received, Syscall.Reply, caller), 0, 'it takes an answer with a handle');
}

function copy(number: u32, caller: u32, offset: u32, length: u32): i32 {
  return invoke(number, caller, offset, <u32>contents, length);
}

function powerOff(): void {
  const devices = startHandle(StartHandle.DeviceMemory);
  const page = invoke(Syscall.Create, devices, ObjectKind.Memory, FINISHER, PAGE);
  check(map(<u32>page, 0, DEVICE, MapAccess.Read | MapAccess.Write) > 0, 'the finisher is mapped');
  sw(DEVICE, FINISHER_PASS);
}
