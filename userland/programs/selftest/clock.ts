/** The clock, as a service that keeps calls: who waits there and is killed gives the place up. */
import { ticks, TICKS_PER_MILLISECOND } from '../../runtime/clock';
import { addLiteral, beginWords, waitFor } from '../../runtime/program/children';
import { FAILURE } from '../../runtime/program/errors';
import { libsys_sleep_until } from '../../runtime/program/libsys';
import { findKnownService } from '../../runtime/program/services';
import { ClockClient } from 'stubs/clock';
import { checkNumber } from './checks';
import { child, startWith } from './children';

const SUBJECT = 'clock';
/** Rounds with this many who wait at once: in all more than the clock has places for. */
const ROUNDS: u32 = 3;
const SLEEPERS: u32 = 24;
const NAP_MILLISECONDS: u64 = 5;
const NEVER: u64 = u64.MAX_VALUE - 1;

const sleepers = memory.data(<i32>SLEEPERS * 8, 8);

export function testClock(): void {
  for (let round: u32 = 0; round < ROUNDS; round++) killSleepers();
  const deadline = ticks() + TICKS_PER_MILLISECOND;
  checkNumber(SUBJECT, 'those who were killed do not wait', clock().sleepUntil(deadline), 0);
}

/** `selftest -doze`: waits at the clock until it is killed. */
export function doze(): i32 {
  clock().sleepUntil(NEVER);
  return FAILURE;
}

function killSleepers(): void {
  for (let i: u32 = 0; i < SLEEPERS; i++) {
    beginWords();
    addLiteral('selftest');
    addLiteral('-doze');
    store<i64>(sleepers + <usize>i * 8, startWith(0, 0));
  }
  const deadline = ticks() + NAP_MILLISECONDS * TICKS_PER_MILLISECOND;
  libsys_sleep_until(<u32>deadline, <u32>(deadline >> 32));
  for (let i: u32 = 0; i < SLEEPERS; i++) {
    const sleeper = load<i64>(sleepers + <usize>i * 8);
    child(sleeper).signal(9);
    waitFor(<u32>max<i64>(0, sleeper));
  }
}

function clock(): ClockClient {
  return ClockClient.at(<u32>max<i64>(0, findKnownService('/svc/clock')));
}
