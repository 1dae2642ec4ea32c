/** Signals: from outside, and for what a program must not do. */
import { Errno } from '../../abi/errno.enums';
import { Signal, SIGNALLED } from '../../abi/process.enums';
import { ticks, TICKS_PER_MILLISECOND } from '../../runtime/clock';
import { addLiteral, beginWords, processServer, waitFor } from '../../runtime/program/children';
import { libsys_sleep_until } from '../../runtime/program/libsys';
import { check, checkNumber } from './checks';
import { child, isRunning, runWith, startWith } from './children';

const SUBJECT = 'signals';
const NOBODY: u32 = 0x7fff_ffff;
const NAP_MILLISECONDS: u64 = 5;

export function testSignals(): void {
  testSleeper(Signal.SIGTERM, 'SIGTERM ends a program');
  testSleeper(Signal.SIGKILL, 'so does SIGKILL');
  checkNumber(SUBJECT, 'nobody is not signalled', processServer().kill(NOBODY, 9), -Errno.ESRCH);
  checkNumber(
    SUBJECT,
    'a null pointer ends it by SIGSEGV',
    crash('-null'),
    SIGNALLED + Signal.SIGSEGV,
  );
  checkNumber(SUBJECT, 'so does writing its own code', crash('-code'), SIGNALLED + Signal.SIGSEGV);
  checkNumber(
    SUBJECT,
    'a division by zero, by SIGFPE',
    crash('-divide'),
    SIGNALLED + Signal.SIGFPE,
  );
  checkNumber(
    SUBJECT,
    'a failed assertion, by SIGABRT',
    crash('-abort'),
    SIGNALLED + Signal.SIGABRT,
  );
}

function testSleeper(signal: u32, what: string): void {
  beginWords();
  addLiteral('sleep');
  addLiteral('100');
  const sleeper = startWith(0, 0);
  nap();
  check(SUBJECT, 'a program that sleeps, runs', isRunning(sleeper));
  child(sleeper).signal(signal);
  checkNumber(SUBJECT, what, waitFor(<u32>max<i64>(0, sleeper)), SIGNALLED + signal);
}

function crash(kind: string): i32 {
  beginWords();
  addLiteral('crash');
  addLiteral(kind);
  return runWith(0, 0);
}

/** Lets others run for a moment. */
function nap(): void {
  const deadline = ticks() + NAP_MILLISECONDS * TICKS_PER_MILLISECOND;
  libsys_sleep_until(<u32>deadline, <u32>(deadline >> 32));
  check('time', 'a sleep is not too short', ticks() >= deadline);
}
