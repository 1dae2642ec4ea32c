/** How processes come and go. */
import { fence_i } from '../../userland/abi/rv';
import { Errno } from '../../userland/abi/errno.enums';
import { ProcessState } from '../../userland/abi/process.enums';
import { PROGRAM_DATA } from '../../userland/abi/program.structs';
import { releasePort } from 'environment/call';
import { reply, Request } from 'environment/request';
import { clearAddressSpace, createAddressSpace, destroyAddressSpace } from '../core/address-space';
import { currentHart } from '../core/hart';
import { Slab } from '../core/slab';
import { removeTimer } from '../core/timers';
import { PortTable } from '../inside/port-table';
import { createThread, currentThread, endThread, wake } from '../inside/run';
import { KernelThread, SleepState } from '../inside/thread';
import { MAXIMUM_NAME, MAXIMUM_PATH, PROCESS_BYTES, Process } from './process';

/** Stacks grow down from here. */
export const STACK_TOP: u32 = 0x7ff0_0000;
const PRIORITY: u32 = 5;
/** Processes at once, those that have ended and whose makers still hold them included. */
const MOST_PROCESSES: u32 = 64;

const slab = changetype<Slab>(memory.data(24, 8));
let first: Process | null = null;
let lastId: u32 = 0;

export function initialiseProcesses(): void {
  slab.initialise(0, PROCESS_BYTES);
}

/** The process made last; the others follow by `next`. */
export function firstProcess(): Process | null {
  return first;
}

/** The process with a number, or null. */
export function findProcess(id: u32): Process | null {
  let process = first;
  while (process != null && process.id != id) process = process.next;
  return process;
}

/**
 * An empty process named by the last component of a path, or null: there are too many, or memory has
 * run out.
 */
export function createProcess(path: usize, length: u32): Process | null {
  if (slab.used == MOST_PROCESSES) return null;
  const object = slab.allocate();
  if (object == null) return null;
  const process = changetype<Process>(object);
  const ports = PortTable.create();
  if (ports == null || !createAddressSpace(process)) {
    if (ports != null) ports.destroy();
    slab.release(process);
    return null;
  }
  process.ports = ports;
  process.id = ++lastId;
  process.state = ProcessState.Created;
  setName(process, path, length);
  process.next = first;
  first = process;
  return process;
}

function setName(process: Process, path: usize, length: u32): void {
  process.pathLength = min(length, MAXIMUM_PATH);
  memory.copy(process.path, path, process.pathLength);
  let start = length;
  while (start > 0 && load<u8>(path + start - 1) != 0x2f) start--;
  process.nameLength = min(length - start, MAXIMUM_NAME);
  memory.copy(process.name, path + start, process.nameLength);
}

/** Lets a process run. EBUSY if it does, or did; ENOMEM, EAGAIN: too many threads. */
export function startProcess(process: Process): i32 {
  if (process.state != ProcessState.Created) return -Errno.EBUSY;
  const thread = createThread(currentHart());
  if (thread == null) return -Errno.EAGAIN;
  thread.owner = process;
  thread.space = process;
  thread.ports = process.ports;
  thread.pc = process.entry;
  thread.sp = STACK_TOP;
  thread.a0 = <u32>PROGRAM_DATA;
  thread.priority = PRIORITY;
  process.thread = thread;
  process.dataPage = 0;
  process.state = ProcessState.Running;
  fence_i();
  wake(thread);
  return 0;
}

/** Ends the process of the current thread. Does not return. */
export function endCurrent(status: i32): void {
  const thread = currentThread();
  const process = changetype<Process>(thread.owner);
  thread.isEnding = true;
  process.status = status;
  empty(process);
  process.thread = null;
  ended(process);
  endThread();
}

/** Ends a process with `status`: at once, or when its thread is about to return to user mode. */
export function endProcess(process: Process, status: i32): void {
  const thread = process.thread;
  if (thread == null) {
    process.status = status;
    empty(process);
    ended(process);
    return;
  }
  if (thread.isEnding) return;
  thread.isEnding = true;
  thread.status = status;
  interruptSleep(thread);
}

/** Nobody will ask how the process ends: its maker has given it up. */
export function letGo(process: Process): void {
  process.isHeld = false;
  process.waiter = 0;
  if (process.state == ProcessState.Created) endProcess(process, 0);
  else if (process.state == ProcessState.Exited) forget(process);
}

/** A thread that waits for what may never come goes on; what it asked services for comes by itself. */
function interruptSleep(thread: KernelThread): void {
  if (thread.state == SleepState.AwaitingTime) {
    removeTimer(currentHart(), thread);
    wake(thread);
  } else if (thread.state == SleepState.AwaitingReply && thread.depth == 1) {
    // The only call under way is the program's own.
    Request.at(thread, 0).cancel(-Errno.EINTR);
    wake(thread);
  }
}

/** Gives up all that a process has. Services are told, which may take a while. */
function empty(process: Process): void {
  let port = process.ports.takeAny();
  while (port != null) {
    releasePort(port);
    port = process.ports.takeAny();
  }
  process.ports.destroy();
  clearAddressSpace(currentHart(), process);
  destroyAddressSpace(process);
}

function ended(process: Process): void {
  process.state = ProcessState.Exited;
  const waiter = process.waiter;
  process.waiter = 0;
  if (waiter != 0) reply(waiter, process.status);
  if (!process.isHeld) forget(process);
}

function forget(process: Process): void {
  let before: Process | null = null;
  let at = first;
  while (at != null && at != process) {
    before = at;
    at = at.next;
  }
  if (before == null) first = process.next;
  else before.next = process.next;
  slab.release(process);
}
