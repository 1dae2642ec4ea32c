/** Faults and exits of a process as messages to its handler. */
import { ebreak, lw, sw } from '../../../userland/abi/rv';
import { Errno } from '../../../userland/abi/errno.enums';
import { Message } from '../../../userland/abi/message.structs';
import { ProcessState } from '../../../userland/abi/process.enums';
import { ExceptionCause } from '../../../userland/abi/riscv.enums';
import {
  FaultMethod,
  MapAccess,
  ObjectKind,
  ProcessOperation,
  ReceiveKind,
  Syscall,
} from '../../../userland/abi/syscall.enums';
import { check, expect } from './check';
import {
  createEndpoint,
  createMemory,
  createProcess,
  invoke,
  map,
  NEVER,
  newMessage,
  PAGE,
  send,
  sleep,
  startProcess,
} from './system';

const BADGE: u32 = 5;
const HOLE: u32 = 0x4400_0000;
const INFORMATION: u32 = 0x4000_0000;
const RUN_ON: u32 = 1;
const STATUS: u32 = 33;

/** Writes where nothing is; after the handler has mapped a page, goes on and ends with its word. */
function writeIntoHole(value: u32): void {
  sw(HOLE, value);
  invoke(Syscall.Exit, 0, load<u32>(HOLE));
}

function writeIntoKernel(_argument: u32): void {
  sw(0x8040_0000, 0);
}

function readFromFirmware(_argument: u32): void {
  lw(0x8000_0000);
}

function stopHere(_argument: u32): void {
  ebreak();
}

let endpoint: u32 = 0;
let message: Message = changetype<Message>(0);

function receive(): void {
  message.word0 = NEVER;
  message.word1 = NEVER;
  expect(send(message, Syscall.Receive, endpoint), ReceiveKind.Message, 'a message arrives');
}

function newChild(): u32 {
  const process = createProcess();
  const operation = ProcessOperation.SetHandler as u32;
  expect(invoke(Syscall.ControlProcess, process, operation, endpoint, BADGE), 0, 'a handler');
  return process;
}

function state(process: u32): u32 {
  invoke(Syscall.ControlProcess, process, ProcessOperation.Inspect, INFORMATION);
  return load<u32>(INFORMATION + 8);
}

function receiveFault(process: u32, cause: u32, address: u32): void {
  receive();
  check(message.method == FaultMethod.Fault, 'it is a fault');
  check(message.lentAddress == BADGE && message.word0 == BADGE, 'of the process with the badge');
  check(message.word1 == cause, 'with its cause');
  check(message.word2 == address, 'and address');
  check(message.word3 >= 0x10000 && message.word3 < 0x100000, 'and place in the code');
  check(state(process) == ProcessState.Faulted, 'the process waits');
}

function answer(word: u32): i32 {
  message.word0 = word;
  message.method = 0;
  return send(message, Syscall.Reply, message.handle);
}

function testFatal(code: (argument: u32) => void, cause: u32, address: u32): void {
  const process = newChild();
  startProcess(process, code, 0, 10);
  receiveFault(process, cause, address);
  expect(answer(0), 0, 'the handler lets it end');
  check(state(process) == ProcessState.Exited, 'it has ended');
}

export function testFaults(): void {
  map(createMemory(PAGE), 0, INFORMATION, MapAccess.Read | MapAccess.Write);
  endpoint = createEndpoint();
  message = newMessage();

  const process = newChild();
  check(state(process) == ProcessState.Created, 'nothing runs yet');
  startProcess(process, writeIntoHole, STATUS, 10);
  receiveFault(process, ExceptionCause.StorePageFault, HOLE);
  map(createMemory(PAGE), process, HOLE, MapAccess.Read | MapAccess.Write);
  expect(answer(RUN_ON), 0, 'the handler lets it run on');
  receive();
  check(message.method == FaultMethod.Exit, 'it ends by itself');
  check(message.word0 == BADGE && message.word1 == STATUS, 'with what it wrote and read');
  check(message.handle == 0, 'and wants no answer');
  check(state(process) == ProcessState.Exited, 'it has ended');

  testFatal(writeIntoKernel, ExceptionCause.StorePageFault, 0x8040_0000);
  testFatal(readFromFirmware, ExceptionCause.LoadPageFault, 0x8000_0000);
  testFatal(stopHere, ExceptionCause.Breakpoint, 0);

  // A fault is not lost while nobody receives, and a process may end before it is received.
  const early = newChild();
  startProcess(early, stopHere, 0, 10);
  sleep(50_000);
  check(state(early) == ProcessState.Faulted, 'it waits for a handler');
  invoke(Syscall.ControlProcess, early, ProcessOperation.Reset);
  check(state(early) == ProcessState.Created, 'it was emptied');
  expect(invoke(Syscall.Receive, endpoint, 0, 0), -Errno.ETIMEDOUT, 'its fault has gone with it');
  startProcess(early, stopHere, 0, 10);
  receiveFault(early, ExceptionCause.Breakpoint, 0);
  invoke(Syscall.ControlProcess, early, ProcessOperation.Reset);
  expect(answer(0), -Errno.ESRCH, 'there is nobody left to answer');
  expect(answer(0), -Errno.EBADF, 'nor a handle');

  // Without a handler a process ends at once; the kernel says so.
  const alone = createProcess();
  startProcess(alone, stopHere, 0, 30);
  check(state(alone) == ProcessState.Exited, 'it ended');

  // A handler that dies with the question unanswered: the process ends.
  const second = createEndpoint();
  const orphan = createProcess();
  invoke(Syscall.ControlProcess, orphan, ProcessOperation.SetHandler, second, BADGE);
  startProcess(orphan, stopHere, 0, 10);
  sleep(50_000);
  expect(invoke(Syscall.Destroy, second), 0, 'the handler endpoint ends');
  check(state(orphan) == ProcessState.Exited, 'so does who waits there');
  expect(invoke(Syscall.Create, alone, ObjectKind.Thread) > 0 ? 0 : 1, 0, 'it can be used again');
}
