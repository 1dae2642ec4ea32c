/**
 * Copies into and out of the range of bytes that a caller has lent for the length of its call. Where the
 * kernel itself calls (kernels/hybrid/outside.ts), the range is memory of its own.
 */
import { Errno } from '../../userland/abi/errno.enums';
import { CallFlags, ObjectKind } from '../../userland/abi/syscall.enums';
import { isError } from '../core/result';
import { copyBetween, copyFromUser, copyToUser } from '../core/user-memory';
import { HandleEntry } from './handle-entry';
import { findHandle } from './handles';
import { MessageKind, MicroThread, Reply } from './objects';

/** Syscall.CopyFromCaller. EBADF, EACCES if not lent for reading, EINVAL beyond its end, EFAULT. */
export function copyFromCaller(server: MicroThread): i32 {
  const found = findHandle(server.process, server.t1, ObjectKind.Reply, 0);
  if (isError(found)) return found as i32;
  const caller = changetype<Reply>(changetype<HandleEntry>(found).object).caller;
  const offset = server.a0;
  const length = server.a2;
  const error = check(caller, CallFlags.LendRead, offset, length);
  if (error != 0) return error;
  const from = caller.t3 + offset;
  if (caller.messageKind == MessageKind.KernelCall)
    return copyToUser(server.process, server.a1, from, length);
  return copyBetween(caller.process, from, server.process, server.a1, length);
}

/** Syscall.CopyToCaller. EBADF, EACCES if not lent for writing, EINVAL beyond its end, EFAULT. */
export function copyToCaller(server: MicroThread): i32 {
  const found = findHandle(server.process, server.t1, ObjectKind.Reply, 0);
  if (isError(found)) return found as i32;
  const caller = changetype<Reply>(changetype<HandleEntry>(found).object).caller;
  const offset = server.a0;
  const length = server.a2;
  const error = check(caller, CallFlags.LendWrite, offset, length);
  if (error != 0) return error;
  const to = caller.t3 + offset;
  if (caller.messageKind == MessageKind.KernelCall)
    return copyFromUser(server.process, server.a1, to, length);
  return copyBetween(server.process, server.a1, caller.process, to, length);
}

/** Whether `caller`, which waits, has lent the bytes: its registers are as they were at its call. */
function check(caller: MicroThread, lent: u32, offset: u32, length: u32): i32 {
  if (!caller.isOwnCall || (caller.t2 & lent) == 0) return -Errno.EACCES;
  if (offset > caller.t4 || length > caller.t4 - offset) return -Errno.EINVAL;
  return 0;
}
