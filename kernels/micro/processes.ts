/** Processes and threads: how they are made, started, inspected and emptied. */
import { fence_i } from '../../userland/abi/rv';
import { Errno } from '../../userland/abi/errno.enums';
import { ProcessInformation } from '../../userland/abi/message.structs';
import { ProcessState } from '../../userland/abi/process.enums';
import { ObjectKind, ProcessOperation, Rights } from '../../userland/abi/syscall.enums';
import { BUILD_ID_SIZE, createAddressSpace } from '../core/address-space';
import { Hart } from '../core/hart';
import { imageLayout } from '../core/image-layout';
import { failure, isError } from '../core/result';
import { makeReady } from '../core/scheduler';
import { PRIORITY_LEVELS, ThreadState } from '../core/thread';
import { copyFromUser, copyToUser } from '../core/user-memory';
import { HandleEntry } from './handle-entry';
import { findHandle, findObject, insertHandle } from './handles';
import { doom, endProcess } from './lifetime';
import { allocateObject, releaseObject } from './object-slabs';
import { Endpoint, MicroThread, Process, Reply } from './objects';

/** Longest name, in bytes; it fills Process.name0 … name3 but for the last. */
const MAXIMUM_NAME: u32 = 15;

let lastProcessId: u32 = 0;
let lastThreadId: u32 = 0;

/** An empty process without handles to it, or null when memory has run out. */
export function allocateProcess(): Process | null {
  const object = allocateObject(ObjectKind.Process);
  if (object == null) return null;
  const process = changetype<Process>(object);
  if (!createAddressSpace(process)) {
    releaseObject(process);
    return null;
  }
  process.id = ++lastProcessId;
  process.state = ProcessState.Created;
  return process;
}

/** Address of the bytes of a process's name, process.nameLength of them. */
export function nameAddress(process: Process): u32 {
  return changetype<u32>(process) + offsetof<Process>('name0');
}

/** A process named by a2 bytes at a1: its address, or ENAMETOOLONG, EFAULT, ENOMEM. */
export function createProcess(thread: MicroThread): u32 {
  const length = thread.a2;
  if (length > MAXIMUM_NAME) return failure(Errno.ENAMETOOLONG);
  const process = allocateProcess();
  if (process == null) return failure(Errno.ENOMEM);
  process.nameLength = length;
  const error = copyFromUser(thread.process, thread.a1, nameAddress(process), length);
  if (error == 0) return changetype<u32>(process);
  doom(process);
  return error as u32;
}

/** A thread of `process` that was not started, or null when memory has run out. */
export function allocateThread(hart: Hart, process: Process): MicroThread | null {
  const object = allocateObject(ObjectKind.Thread);
  if (object == null) return null;
  const replyObject = allocateObject(ObjectKind.Reply);
  if (replyObject == null) {
    releaseObject(object);
    return null;
  }
  const thread = changetype<MicroThread>(object);
  thread.reply = changetype<Reply>(replyObject);
  thread.reply.caller = thread;
  thread.hart = changetype<u32>(hart);
  thread.kernelStack = imageLayout().stackTop;
  thread.state = ThreadState.Created;
  thread.id = ++lastThreadId;
  thread.process = process;
  const first = process.threads;
  thread.siblingNext = first;
  if (first != null) first.siblingPrevious = thread;
  process.threads = thread;
  process.threadCount++;
  return thread;
}

/** A thread of process t1 (right Manage): its address, or EBADF, EACCES, ENOMEM. */
export function createThread(hart: Hart, thread: MicroThread): u32 {
  const found = findHandle(thread.process, thread.t1, ObjectKind.Process, Rights.Manage);
  if (isError(found)) return found;
  const process = changetype<Process>(changetype<HandleEntry>(found).object);
  const made = allocateThread(hart, process);
  return made == null ? failure(Errno.ENOMEM) : changetype<u32>(made);
}

/** Lets a thread run: pc, stack pointer, argument in a0. */
export function launch(
  hart: Hart,
  thread: MicroThread,
  pc: u32,
  sp: u32,
  argument: u32,
  priority: u32,
): void {
  const process = thread.process;
  if (process.state != ProcessState.Running && process.state != ProcessState.Faulted) {
    process.state = ProcessState.Running;
    process.incarnation++;
  }
  thread.pc = pc;
  thread.sp = sp;
  thread.a0 = argument;
  thread.basePriority = priority;
  thread.priority = priority;
  fence_i();
  makeReady(hart, thread);
}

/** Syscall.StartThread: 0, or EBADF, EACCES, EINVAL, EBUSY if it was started already. */
export function startThread(hart: Hart, caller: MicroThread): i32 {
  const found = findHandle(caller.process, caller.t1, ObjectKind.Thread, Rights.Manage);
  if (isError(found)) return found as i32;
  const thread = changetype<MicroThread>(changetype<HandleEntry>(found).object);
  if (thread.state != ThreadState.Created) return -Errno.EBUSY;
  const priority = caller.a3;
  if (priority == 0 || priority >= PRIORITY_LEVELS) return -Errno.EINVAL;
  launch(hart, thread, caller.a0, caller.a1, caller.a2, priority);
  return 0;
}

/** Syscall.Grant: the new handle, or EBADF, EACCES, ENFILE. */
export function grant(caller: MicroThread): u32 {
  const target = findHandle(caller.process, caller.t1, ObjectKind.Process, Rights.Manage);
  if (isError(target)) return target;
  const found = findObject(caller.process, caller.a0, Rights.Copy);
  if (isError(found)) return found;
  const entry = changetype<HandleEntry>(found);
  const object = entry.object;
  if (object == null) return failure(Errno.EBADF);
  // A badge says who calls: whoever holds a badged handle cannot change it.
  const badge = entry.badge != 0 ? entry.badge : caller.a2;
  const process = changetype<Process>(changetype<HandleEntry>(target).object);
  const handle = insertHandle(process, object, entry.rights & caller.a1, badge);
  return handle == 0 ? failure(Errno.ENFILE) : handle;
}

/** Syscall.ControlProcess: 0, or EBADF, EACCES, EINVAL, EFAULT. */
export function controlProcess(hart: Hart, caller: MicroThread): i32 {
  const operation = caller.a0;
  const right = operation == ProcessOperation.Inspect ? Rights.Inspect : Rights.Manage;
  const found = findHandle(caller.process, caller.t1, ObjectKind.Process, right);
  if (isError(found)) return found as i32;
  const process = changetype<Process>(changetype<HandleEntry>(found).object);
  switch (operation) {
    case ProcessOperation.SetHandler:
      return setHandler(caller, process);
    case ProcessOperation.Reset:
      endProcess(hart, process, ProcessState.Created);
      return 0;
    case ProcessOperation.Inspect:
      return inspect(caller, process);
    case ProcessOperation.SetBuildId: {
      const target = changetype<u32>(process) + offsetof<Process>('buildId0');
      return copyFromUser(caller.process, caller.a1, target, BUILD_ID_SIZE);
    }
    default:
      return -Errno.EINVAL;
  }
}

/** Faults and exits go to endpoint a1 with badge a2. Whoever may call an endpoint may have it called. */
function setHandler(caller: MicroThread, process: Process): i32 {
  const found = findHandle(caller.process, caller.a1, ObjectKind.Endpoint, Rights.Call);
  if (isError(found)) return found as i32;
  const entry = changetype<HandleEntry>(found);
  process.handler = changetype<Endpoint>(entry.object);
  process.handlerGeneration = entry.objectGeneration;
  process.handlerBadge = caller.a2;
  return 0;
}

const information = changetype<ProcessInformation>(memory.data(64, 8));

function inspect(caller: MicroThread, process: Process): i32 {
  let priority: u32 = 0;
  let thread = process.threads;
  while (thread != null) {
    priority = max(priority, thread.priority);
    thread = thread.siblingNext;
  }
  information.id = process.id;
  information.incarnation = process.incarnation;
  information.state = process.state;
  information.priority = priority;
  information.threads = process.threadCount;
  information.pages = process.pages;
  information.timeLow = process.time as u32;
  information.timeHigh = (process.time >> 32) as u32;
  information.nameLength = process.nameLength;
  information.name0 = process.name0;
  information.name1 = process.name1;
  information.name2 = process.name2;
  information.name3 = process.name3;
  const source = changetype<u32>(information);
  return copyToUser(caller.process, caller.a1, source, offsetof<ProcessInformation>());
}
