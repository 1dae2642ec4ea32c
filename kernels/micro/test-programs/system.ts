/** System calls as the test program makes them, and what it needs to start threads and processes. */
import { csrr_time, function_address } from '../../../userland/abi/rv';
import { Message, StartInformation } from '../../../userland/abi/message.structs';
import {
  MapAccess,
  ObjectKind,
  ProcessOperation,
  Rights,
  StartHandle,
  Syscall,
} from '../../../userland/abi/syscall.enums';

/** start.s */
declare function system_call(message: usize): i32;
declare function bounds(): usize;

/** What start.s tells about the image. */
@unmanaged
class ImageBounds {
  textStart: u32;
  textEnd: u32;
  rodataStart: u32;
  rodataEnd: u32;
  dataStart: u32;
  imageEnd: u32;
  threadStart: u32;
}

/** What a thread begins with; start.s reads it. */
@unmanaged
class ThreadStart {
  code: u32;
  argument: u32;
}

export const NEVER: u32 = 0xffff_ffff;
export const PAGE: u32 = 4096;
/** Where threads' stacks go, one after the other. */
const STACKS: u32 = 0x5000_0000;
const STACK_SIZE: u32 = 0x2000;
/** Where a process's pages are filled before it gets them. */
const WORKSHOP: u32 = 0x6000_0000;

let handles: usize = 0;
let stacks: u32 = 0;

/** Learns the handles the program was started with. */
export function setStart(information: StartInformation): void {
  handles = information.handles;
}

/** A handle from the table of StartHandle. */
export function startHandle(place: u32): u32 {
  return load<u32>(handles + place * sizeof<u32>());
}

/** Messages that are never freed: each test makes a few. */
const messages = memory.data(8192, 8);
let messageCount: u32 = 0;

/** A message of its own for each user; two threads never share one. */
export function newMessage(): Message {
  assert(messageCount < 128);
  const place = messages + messageCount * 64;
  messageCount++;
  return changetype<Message>(place);
}

/** start.s: a system call with a handle in t1 and arguments in a0–a4; returns t0. */
declare function operate(
  number: u32,
  handle: u32,
  a0: u32,
  a1: u32,
  a2: u32,
  a3: u32,
  a4: u32,
): i32;

/** A system call with a handle in t1 and arguments in a0–a4; returns t0. */
export function invoke(
  number: u32,
  handle: u32,
  a0: u32 = 0,
  a1: u32 = 0,
  a2: u32 = 0,
  a3: u32 = 0,
  a4: u32 = 0,
): i32 {
  return operate(number, handle, a0, a1, a2, a3, a4);
}

/** A system call with all registers of `message`. */
export function send(message: Message, number: u32, handle: u32): i32 {
  message.status = number;
  message.handle = handle;
  return system_call(changetype<usize>(message));
}

export function createEndpoint(): u32 {
  return invoke(Syscall.Create, 0, ObjectKind.Endpoint, 1) as u32;
}

export function createNotification(endpoint: u32): u32 {
  return invoke(Syscall.Create, 0, ObjectKind.Notification, endpoint) as u32;
}

export function createMemory(bytes: u32): u32 {
  return invoke(Syscall.Create, 0, ObjectKind.Memory, bytes) as u32;
}

/** "child", as bytes. */
const CHILD_NAME: u64 = 0x64_6c69_6863;
const CHILD_NAME_LENGTH: u32 = 5;
const name = memory.data(8, 8);

export function createProcess(): u32 {
  store<u64>(name, CHILD_NAME);
  const kind = ObjectKind.Process as u32;
  return invoke(Syscall.Create, 0, kind, name as u32, CHILD_NAME_LENGTH) as u32;
}

export function destroy(handle: u32): i32 {
  return invoke(Syscall.Destroy, handle);
}

export function map(memoryObject: u32, process: u32, address: u32, access: u32): i32 {
  return invoke(Syscall.Map, memoryObject, process, address, 0, 0, access);
}

/** mtime ticks since the machine started; the tests do not last until the low word wraps. */
export function time(): u32 {
  return csrr_time();
}

/** Sleeps for `ticks` of mtime (100 ns each). */
export function sleep(ticks: u32): void {
  invoke(Syscall.Wait, 0, time() + ticks, 0);
}

/** Starts `code` as a thread of this process. Returns its handle. */
export function startThread(code: (argument: u32) => void, argument: u32, priority: u32): u32 {
  return startIn(startHandle(StartHandle.Self), 0, code, argument, priority);
}

/** How many stacks have been given out. */
export function stacksInUse(): u32 {
  return stacks;
}

/** Gives out again what has been given out since there were `count`: their owners have ended. */
export function reuseStacks(count: u32): void {
  stacks = count;
}

/** Starts `code` in `process` (`space`: the handle to map with, 0 for this one). */
export function startIn(
  process: u32,
  space: u32,
  code: (argument: u32) => void,
  argument: u32,
  priority: u32,
): u32 {
  const image = changetype<ImageBounds>(bounds());
  const memoryObject = createMemory(STACK_SIZE);
  const stack = STACKS + stacks * 2 * STACK_SIZE;
  stacks++;
  // The stack is prepared here and may then belong to another process.
  map(memoryObject, 0, stack, MapAccess.Read | MapAccess.Write);
  const start = changetype<ThreadStart>(stack + STACK_SIZE - 16);
  start.code = function_address(code.index);
  start.argument = argument;
  if (space != 0) {
    invoke(Syscall.Unmap, 0, 0, stack, STACK_SIZE);
    map(memoryObject, space, stack, MapAccess.Read | MapAccess.Write);
  }
  destroy(memoryObject);
  const thread = invoke(Syscall.Create, process, ObjectKind.Thread) as u32;
  const top = stack + STACK_SIZE - 16;
  invoke(Syscall.StartThread, thread, image.threadStart, top, top, priority);
  return thread;
}

/** Maps a copy of the pages from `start` to `end` of this process into `process`. */
function copyPages(process: u32, start: u32, end: u32, access: u32): void {
  const first = start & ~(PAGE - 1);
  const bytes = (end - first + PAGE - 1) & ~(PAGE - 1);
  const memoryObject = createMemory(bytes);
  map(memoryObject, 0, WORKSHOP, MapAccess.Read | MapAccess.Write);
  memory.copy(WORKSHOP, first, bytes);
  invoke(Syscall.Unmap, 0, 0, WORKSHOP, bytes);
  map(memoryObject, process, first, access);
  destroy(memoryObject);
}

/** Fills an empty process with a copy of this program and starts `code` in it. Returns the thread. */
export function startProcess(
  process: u32,
  code: (argument: u32) => void,
  argument: u32,
  priority: u32,
): u32 {
  const image = changetype<ImageBounds>(bounds());
  copyPages(process, image.textStart, image.textEnd, MapAccess.Read | MapAccess.Execute);
  copyPages(process, image.rodataStart, image.rodataEnd, MapAccess.Read);
  copyPages(process, image.dataStart, image.imageEnd, MapAccess.Read | MapAccess.Write);
  return startIn(process, process, code, argument, priority);
}

/** Gives `process` a copy of a handle. */
export function grant(process: u32, handle: u32, rights: u32, badge: u32): u32 {
  return invoke(Syscall.Grant, process, handle, rights, badge) as u32;
}

/** Empties a process. */
export function reset(process: u32): i32 {
  return invoke(Syscall.ControlProcess, process, ProcessOperation.Reset);
}

/** A handle with all but the right to destroy. */
export const KEEP: u32 = Rights.All & ~Rights.Destroy;

/** Handles of the memory that countFreePages holds for a moment. */
const held = memory.data(2048);

/** Pages of RAM that could be had now. */
export function countFreePages(): u32 {
  let count: u32 = 0;
  let taken: u32 = 0;
  let pages: u32 = 1 << 18;
  while (pages != 0 && taken < 512) {
    const handle = invoke(Syscall.Create, 0, ObjectKind.Memory, pages * PAGE);
    if (handle > 0) {
      store<u32>(held + taken * sizeof<u32>(), handle);
      taken++;
      count += pages;
    } else {
      pages >>= 1;
    }
  }
  while (taken != 0) {
    taken--;
    destroy(load<u32>(held + taken * sizeof<u32>()));
  }
  return count;
}
