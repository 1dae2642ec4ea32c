/** Deadlines and sleep. */
import { Errno } from '../../../userland/abi/errno.enums';
import { Syscall } from '../../../userland/abi/syscall.enums';
import { check, expect } from './check';
import { createEndpoint, createNotification, invoke, sleep, startThread, time } from './system';

const MILLISECOND: u32 = 10_000;

let order: u32 = 0;

/** Sleeps for `milliseconds` and leaves a trace of when it woke, relative to the others. */
function sleeper(milliseconds: u32): void {
  sleep(milliseconds * MILLISECOND);
  order = order * 10 + milliseconds;
}

export function testDeadlines(): void {
  let start = time();
  sleep(2 * MILLISECOND);
  check(time() - start >= 2 * MILLISECOND, 'a sleep lasts at least as long as it should');
  expect(invoke(Syscall.Wait, 0, 0, 0), 0, 'a deadline in the past is no sleep');

  startThread(sleeper, 3, 10);
  startThread(sleeper, 1, 10);
  startThread(sleeper, 2, 10);
  sleep(6 * MILLISECOND);
  check(order == 123, 'sleepers wake in the order of their deadlines');

  const endpoint = createEndpoint();
  start = time();
  const deadline = start + MILLISECOND;
  expect(invoke(Syscall.Receive, endpoint, deadline, 0), -Errno.ETIMEDOUT, 'receive gives up');
  check(time() >= deadline, 'not before its deadline');
  expect(invoke(Syscall.Receive, endpoint, 0, 0), -Errno.ETIMEDOUT, 'at once if it has passed');
  const notification = createNotification(0);
  const later = time() + MILLISECOND;
  expect(invoke(Syscall.Wait, notification, later, 0), -Errno.ETIMEDOUT, 'so does wait');
  invoke(Syscall.Signal, notification, 1);
  expect(invoke(Syscall.Wait, notification, 0, 0), 0, 'what is there is taken at any deadline');

  // Many sleepers at one deadline, and one that is ended while it sleeps.
  order = 0;
  for (let i: u32 = 0; i < 5; i++) startThread(sleeper, 1, 10);
  const ended = startThread(sleeper, 9, 10);
  sleep(3 * MILLISECOND);
  check(order == 11111, 'all wake');
  expect(invoke(Syscall.Destroy, ended), 0, 'a sleeping thread can be ended');
  sleep(10 * MILLISECOND);
  check(order == 11111, 'and does not wake');
}
