/** Notifications: bits that are set without waiting, and the threads that wait for them. */
import { Errno } from '../../userland/abi/errno.enums';
import { ObjectKind, ReceiveKind, Rights } from '../../userland/abi/syscall.enums';
import { Hart } from '../core/hart';
import { isError } from '../core/result';
import { HandleEntry } from './handle-entry';
import { findHandle } from './handles';
import { MicroThread, MicroThreadState, Notification } from './objects';
import { deadlineOf, isPast, waitIn, wake } from './waiting';

/** Syscall.Signal. */
export function signal(hart: Hart, thread: MicroThread): i32 {
  const found = findHandle(thread.process, thread.t1, ObjectKind.Notification, Rights.Signal);
  if (isError(found)) return found as i32;
  signalBits(hart, changetype<Notification>(changetype<HandleEntry>(found).object), thread.a0);
  return 0;
}

/** Sets bits; who waits for them, or receives on the endpoint they are bound to, gets them all. */
export function signalBits(hart: Hart, notification: Notification, bits: u32): void {
  notification.bits |= bits;
  if (notification.bits == 0) return;
  const waiter = notification.waiters.head;
  if (waiter != null) {
    hand(hart, notification, changetype<MicroThread>(waiter), 0);
    return;
  }
  const endpoint = notification.endpoint;
  if (endpoint == null) return;
  const receiver = endpoint.receivers.head;
  if (receiver != null) {
    hand(hart, notification, changetype<MicroThread>(receiver), ReceiveKind.Notification);
  }
}

function hand(hart: Hart, notification: Notification, thread: MicroThread, status: i32): void {
  thread.a0 = notification.bits;
  notification.bits = 0;
  wake(hart, thread, status);
}

/** Syscall.Wait; with t1 = 0 a sleep until the deadline. */
export function wait(hart: Hart, thread: MicroThread): void {
  const deadline = deadlineOf(thread);
  if (thread.t1 == 0) {
    thread.t0 = 0;
    if (!isPast(deadline)) waitIn(hart, thread, MicroThreadState.Sleeping, null, deadline);
    return;
  }
  const found = findHandle(thread.process, thread.t1, ObjectKind.Notification, Rights.Wait);
  if (isError(found)) {
    thread.t0 = found;
    return;
  }
  const notification = changetype<Notification>(changetype<HandleEntry>(found).object);
  if (notification.bits != 0) {
    thread.t0 = 0;
    thread.a0 = notification.bits;
    notification.bits = 0;
  } else if (isPast(deadline)) {
    thread.t0 = -Errno.ETIMEDOUT as u32;
  } else {
    waitIn(hart, thread, MicroThreadState.Waiting, notification.waiters, deadline);
  }
}
