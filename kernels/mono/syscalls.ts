/** System calls: abi/syscall.enums.ts, as far as this kernel has them. Others get ENOSYS. */
import { Errno } from '../../userland/abi/errno.enums';
import { CallFlags, FaultMethod, Syscall } from '../../userland/abi/syscall.enums';
import { callService, finish, releasePort } from 'environment/call';
import { Request } from 'environment/request';
import { currentHart } from '../core/hart';
import { logBytes } from '../core/log';
import { PAGE_MASK, PAGE_SHIFT, USER_START } from '../core/paging';
import { now } from '../core/time';
import { addTimer } from '../core/timers';
import { unmapRun } from '../core/user-mappings';
import { copyFromUser, isUserRange } from '../core/user-memory';
import { Port, PortTable } from '../inside/port-table';
import { sleep } from '../inside/run';
import { KernelThread, SleepState } from '../inside/thread';
import { Process } from './process';
import { STACK_TOP, endCurrent } from './processes';
import { mapPages } from './process-service';

/** Bytes of an `ecall`. */
const ECALL_SIZE: u32 = 4;
const LENDS: u32 = CallFlags.LendRead | CallFlags.LendWrite;
const EXIT_MASK: u32 = 0xff;

/** Answers the system call of the current thread. */
export function answerSyscall(thread: KernelThread): void {
  thread.pc += ECALL_SIZE;
  switch (thread.t0) {
    case Syscall.Null:
      thread.t0 = 0;
      break;
    case Syscall.Call:
      thread.t0 = call(thread) as u32;
      break;
    case Syscall.Wait:
      thread.t0 = wait(thread) as u32;
      break;
    case Syscall.Destroy:
      thread.t0 = close(thread) as u32;
      break;
    case Syscall.Map:
      thread.t0 = map(thread) as u32;
      break;
    case Syscall.Unmap:
      thread.t0 = unmap(thread) as u32;
      break;
    case Syscall.Exit:
      endCurrent((thread.a0 & EXIT_MASK) as i32);
      break;
    case Syscall.Log:
      thread.t0 = writeLog(thread) as u32;
      break;
    default:
      thread.t0 = -Errno.ENOSYS as u32;
  }
}

/** Syscall.Call: 0, or EBADF, EINVAL, EFAULT. The service's own answer is in a0. */
function call(thread: KernelThread): i32 {
  const ports = changetype<PortTable>(thread.ports);
  const port = ports.find(thread.t1);
  if (port == null) return -Errno.EBADF;
  const flags = thread.t2;
  if ((flags & CallFlags.MethodMask) >= (FaultMethod.Fault as u32)) return -Errno.EINVAL;
  if ((flags & LENDS) != 0 && !isUserRange(thread.t3, thread.t4)) return -Errno.EFAULT;
  let brought: Port | null = null;
  if ((flags & CallFlags.Handle) != 0) {
    brought = ports.find(thread.t5);
    if (brought == null) return -Errno.EBADF;
    brought.references++;
  }
  const request = Request.after(thread);
  const message = request.message;
  message.method = flags;
  message.lentAddress = thread.t3;
  message.lentLength = (flags & LENDS) != 0 ? thread.t4 : 0;
  message.word0 = thread.a0;
  message.word1 = thread.a1;
  message.word2 = thread.a2;
  message.word3 = thread.a3;
  message.word4 = thread.a4;
  message.word5 = thread.a5;
  message.word6 = thread.a6;
  message.word7 = thread.a7;
  request.begin(thread, thread.space, ports, brought);
  callService(port, request);
  finish(request);
  thread.t2 = message.method;
  thread.t5 = message.transfer;
  thread.a0 = message.word0;
  thread.a1 = message.word1;
  thread.a2 = message.word2;
  return 0;
}

/** Syscall.Wait without a handle: sleeps until the deadline in a0/a1. */
function wait(thread: KernelThread): i32 {
  if (thread.t1 != 0) return -Errno.EBADF;
  const deadline = ((thread.a1 as u64) << 32) | (thread.a0 as u64);
  if (deadline <= now()) return 0;
  addTimer(currentHart(), thread, deadline);
  sleep(SleepState.AwaitingTime);
  return 0;
}

/** Syscall.Destroy: gives a handle up. EBADF. */
function close(thread: KernelThread): i32 {
  const port = changetype<PortTable>(thread.ports).take(thread.t1);
  if (port == null) return -Errno.EBADF;
  releasePort(port);
  return 0;
}

/**
 * Syscall.Map without a memory object: maps a3 bytes of fresh zeroed pages at a1, below the stack's
 * end. EBADF for an object, EINVAL, EFAULT, EEXIST, ENOMEM.
 */
function map(thread: KernelThread): i32 {
  if (thread.t1 != 0) return -Errno.EBADF;
  const wrong = checkRange(thread.a1, thread.a3);
  if (wrong < 0) return wrong;
  return mapPages(changetype<Process>(thread.owner), thread.a1, thread.a3);
}

/** Syscall.Unmap, for oneself: takes away a2 bytes at a1, below the stack's end. EBADF, EINVAL, EFAULT. */
function unmap(thread: KernelThread): i32 {
  if (thread.a0 != 0) return -Errno.EBADF;
  const wrong = checkRange(thread.a1, thread.a2);
  if (wrong < 0) return wrong;
  const process = changetype<Process>(thread.owner);
  unmapRun(currentHart(), process, thread.a1, thread.a2 >> PAGE_SHIFT);
  return 0;
}

/** Whole pages where a program may map some: 0, EINVAL or EFAULT. */
function checkRange(address: u32, bytes: u32): i32 {
  if (bytes == 0 || ((address | bytes) & PAGE_MASK) != 0) return -Errno.EINVAL;
  const isInPlace = address >= USER_START && address <= STACK_TOP;
  return isInPlace && bytes <= STACK_TOP - address ? 0 : -Errno.EFAULT;
}

const MAXIMUM_LOG: u32 = 256;
const logBuffer = memory.data(256) as u32;

/** Syscall.Log: 0, or EINVAL, EFAULT. */
function writeLog(thread: KernelThread): i32 {
  const length = thread.a1;
  if (length > MAXIMUM_LOG) return -Errno.EINVAL;
  const process = changetype<Process>(thread.owner);
  const error = copyFromUser(process, thread.a0, logBuffer, length);
  if (error == 0) logBytes(logBuffer, length);
  return error;
}
