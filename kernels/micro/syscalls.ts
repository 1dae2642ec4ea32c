/** The system calls: which function answers which number, and the few that have no file of their own. */
import { Errno } from '../../userland/abi/errno.enums';
import { ObjectKind, Rights, Syscall } from '../../userland/abi/syscall.enums';
import { Hart } from '../core/hart';
import { logBytes } from '../core/log';
import { failure, isError } from '../core/result';
import { SlabObject } from '../core/slab';
import { copyFromUser } from '../core/user-memory';
import { call, receive, reply, replyReceive } from './calls';
import { ECALL_SIZE } from './fast-path';
import { exit } from './faults';
import { HandleEntry } from './handle-entry';
import { findAny, findHandle, insertHandle } from './handles';
import { acknowledgeIrq, createIrq } from './interrupts';
import { copyFromCaller, copyToCaller } from './lent-memory';
import { closeEntry, doom } from './lifetime';
import { createMemory, map, physicalAddress, unmap } from './memory-objects';
import { signal, wait } from './notifications';
import { allocateObject, rightsOf } from './object-slabs';
import { Endpoint, MicroThread, Notification } from './objects';
import { createPort } from './ports';
import { controlProcess, createProcess, createThread, grant, startThread } from './processes';

/** Answers the system call of the current thread; Null is answered in fast-path.ts. */
export function answerSyscall(hart: Hart, thread: MicroThread): void {
  thread.pc += ECALL_SIZE;
  const number = thread.t0;
  switch (number) {
    case Syscall.Call:
      call(hart, thread);
      break;
    case Syscall.Receive:
      receive(hart, thread);
      break;
    case Syscall.Reply:
      reply(hart, thread);
      break;
    case Syscall.ReplyReceive:
      replyReceive(hart, thread);
      break;
    case Syscall.CopyFromCaller:
      thread.t0 = copyFromCaller(thread) as u32;
      break;
    case Syscall.CopyToCaller:
      thread.t0 = copyToCaller(thread) as u32;
      break;
    case Syscall.Signal:
      thread.t0 = signal(hart, thread) as u32;
      break;
    case Syscall.Wait:
      wait(hart, thread);
      break;
    case Syscall.Create:
      thread.t0 = create(hart, thread);
      break;
    case Syscall.Destroy:
      thread.t0 = destroy(thread) as u32;
      break;
    case Syscall.Grant:
      thread.t0 = grant(thread);
      break;
    case Syscall.Map:
      thread.t0 = map(hart, thread) as u32;
      break;
    case Syscall.Unmap:
      thread.t0 = unmap(hart, thread) as u32;
      break;
    case Syscall.StartThread:
      thread.t0 = startThread(hart, thread) as u32;
      break;
    case Syscall.Exit:
      exit(hart, thread);
      break;
    case Syscall.ControlProcess:
      thread.t0 = controlProcess(hart, thread) as u32;
      break;
    case Syscall.AcknowledgeIrq:
      thread.t0 = acknowledgeIrq(thread) as u32;
      break;
    case Syscall.PhysicalAddress:
      thread.t0 = physicalAddress(thread) as u32;
      break;
    case Syscall.Log:
      thread.t0 = writeLog(thread) as u32;
      break;
    default:
      thread.t0 = failure(Errno.ENOSYS);
  }
}

/** Syscall.Create: a handle, or what the kinds' own functions return; EINVAL for an unknown kind. */
function create(hart: Hart, thread: MicroThread): u32 {
  const kind = thread.a0;
  let made: u32;
  switch (kind) {
    case ObjectKind.Memory:
      return createMemory(thread);
    case ObjectKind.Port:
      return createPort(thread);
    case ObjectKind.Process:
      made = createProcess(thread);
      break;
    case ObjectKind.Thread:
      made = createThread(hart, thread);
      break;
    case ObjectKind.Endpoint:
      made = createEndpoint(thread);
      break;
    case ObjectKind.Notification:
      made = createNotification(thread);
      break;
    case ObjectKind.Irq:
      made = createIrq(thread);
      break;
    default:
      return failure(Errno.EINVAL);
  }
  if (isError(made)) return made;
  const object = changetype<SlabObject>(made);
  const handle = insertHandle(thread.process, object, rightsOf(kind), 0);
  if (handle != 0) return handle;
  doom(object);
  return failure(Errno.ENFILE);
}

function createEndpoint(thread: MicroThread): u32 {
  const object = allocateObject(ObjectKind.Endpoint);
  if (object == null) return failure(Errno.ENOMEM);
  changetype<Endpoint>(object).protocol = thread.a1;
  return changetype<u32>(object);
}

/** EBUSY if another notification is bound to the endpoint. */
function createNotification(thread: MicroThread): u32 {
  let endpoint: Endpoint | null = null;
  if (thread.a1 != 0) {
    const process = thread.process;
    const found = findHandle(process, thread.a1, ObjectKind.Endpoint, Rights.Receive);
    if (isError(found)) return found;
    endpoint = changetype<Endpoint>(changetype<HandleEntry>(found).object);
    if (endpoint.notification != null) return failure(Errno.EBUSY);
  }
  const object = allocateObject(ObjectKind.Notification);
  if (object == null) return failure(Errno.ENOMEM);
  const notification = changetype<Notification>(object);
  notification.endpoint = endpoint;
  if (endpoint != null) endpoint.notification = notification;
  return changetype<u32>(notification);
}

/** Syscall.Destroy: 0 or EBADF. The handle of an object that has ended already is given up too. */
function destroy(thread: MicroThread): i32 {
  const process = thread.process;
  const found = findAny(process, thread.t1);
  if (isError(found)) return found as i32;
  const entry = changetype<HandleEntry>(found);
  closeEntry(process, entry, (entry.rights & Rights.Destroy) != 0);
  return 0;
}

const MAXIMUM_LOG: u32 = 256;
const logBuffer = memory.data(256) as u32;

/** Syscall.Log: 0, or EINVAL, EFAULT. */
function writeLog(thread: MicroThread): i32 {
  const length = thread.a1;
  if (length > MAXIMUM_LOG) return -Errno.EINVAL;
  const error = copyFromUser(thread.process, thread.a0, logBuffer, length);
  if (error == 0) logBytes(logBuffer, length);
  return error;
}
