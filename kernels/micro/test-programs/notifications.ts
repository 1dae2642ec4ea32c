/** Notifications: bits, waiters, and endpoints they are bound to. */
import { Errno } from '../../../userland/abi/errno.enums';
import {
  ObjectKind,
  ReceiveKind,
  Rights,
  StartHandle,
  Syscall,
} from '../../../userland/abi/syscall.enums';
import { check, expect } from './check';
import {
  createEndpoint,
  createNotification,
  grant,
  invoke,
  NEVER,
  newMessage,
  send,
  startHandle,
  startThread,
} from './system';

function signalLater(notification: u32): void {
  invoke(Syscall.Signal, notification, 8);
}

export function testNotifications(): void {
  const message = newMessage();
  const notification = createNotification(0);
  invoke(Syscall.Signal, notification, 1);
  invoke(Syscall.Signal, notification, 4);
  message.word0 = NEVER;
  message.word1 = NEVER;
  expect(send(message, Syscall.Wait, notification), 0, 'bits are there');
  check(message.word0 == 5, 'both of them');
  expect(invoke(Syscall.Wait, notification, 0, 0), -Errno.ETIMEDOUT, 'they were cleared');

  startThread(signalLater, notification, 1);
  message.word0 = NEVER;
  message.word1 = NEVER;
  expect(send(message, Syscall.Wait, notification), 0, 'a waiter is woken');
  check(message.word0 == 8, 'with the bit');

  const endpoint = createEndpoint();
  const bound = createNotification(endpoint);
  expect(
    invoke(Syscall.Create, 0, ObjectKind.Notification, endpoint),
    -Errno.EBUSY,
    'an endpoint has one notification',
  );
  invoke(Syscall.Signal, bound, 2);
  message.word0 = NEVER;
  message.word1 = NEVER;
  expect(send(message, Syscall.Receive, endpoint), ReceiveKind.Notification, 'receive takes bits');
  check(message.word0 == 2, 'those that were set');
  startThread(signalLater, bound, 1);
  message.word0 = NEVER;
  message.word1 = NEVER;
  expect(send(message, Syscall.Receive, endpoint), ReceiveKind.Notification, 'and waits for them');
  check(message.word0 == 8, 'until they come');

  const self = startHandle(StartHandle.Self);
  const signalOnly = grant(self, notification, Rights.Signal, 0);
  expect(invoke(Syscall.Signal, signalOnly, 1), 0, 'the right Signal');
  expect(invoke(Syscall.Wait, signalOnly), -Errno.EACCES, 'is not the right Wait');
  const waitOnly = grant(self, notification, Rights.Wait, 0);
  expect(invoke(Syscall.Signal, waitOnly, 1), -Errno.EACCES, 'and the other way round');
  expect(invoke(Syscall.Signal, endpoint, 1), -Errno.EBADF, 'an endpoint is no notification');
}
