/** Programs: what they are told, how they end, how many there can be. */
import { Errno } from '../../abi/errno.enums';
import {
  addLiteral,
  beginWords,
  createChild,
  processServer,
  waitFor,
} from '../../runtime/program/children';
import { ownProcess } from '../../runtime/program/data-page';
import { close_handle } from '../../runtime/program/libsys';
import { check, checkNumber } from './checks';
import { child, runWith, startWith } from './children';

const SUBJECT = 'processes';
/** More programs than the process server has places for. */
const TOO_MANY: u32 = 70;

/** More words than there is room for in a data page, though their bytes would fit. */
const TOO_MANY_WORDS: u32 = 900;

const made = memory.data(<i32>TOO_MANY * 4, 4);

export function testProcesses(): void {
  checkNumber(SUBJECT, 'a program that succeeds has status 0', run('true'), 0);
  checkNumber(SUBJECT, 'one that does not, another', run('false'), 1);
  beginWords();
  addLiteral('sh');
  addLiteral('-c');
  addLiteral('exit 42');
  checkNumber(SUBJECT, 'arguments arrive whole', runWith(0, 0), 42);
  checkNumber(SUBJECT, 'there is no such program', run('no-such-program'), -Errno.ENOENT);
  checkNumber(SUBJECT, 'a text is no program', run('/motd'), -Errno.ENOEXEC);
  checkNumber(SUBJECT, 'nor is a folder', run('/bin'), -Errno.EACCES);
  beginWords();
  addLiteral('true');
  for (let i: u32 = 0; i < TOO_MANY_WORDS; i++) addLiteral('');
  checkNumber(SUBJECT, 'there can be too many arguments', createChild(0), -Errno.E2BIG);
  testPort();
  testMany();
  checkNumber(SUBJECT, 'this one can be asked after', processServer().kill(ownProcess(), 0), 0);
}

function run(program: string): i32 {
  beginWords();
  addLiteral(program);
  return runWith(0, 0);
}

function testPort(): void {
  beginWords();
  addLiteral('false');
  const port = startWith(0, 0);
  checkNumber(SUBJECT, 'a program starts once', child(port).start(), -Errno.EBUSY);
  checkNumber(SUBJECT, 'its end can be waited for', child(port).wait(), 1);
  checkNumber(SUBJECT, 'and asked for again', child(port).poll(), 1);
  checkNumber(SUBJECT, 'who has ended is not signalled', child(port).signal(9), -Errno.ESRCH);
  close_handle(<u32>port);
  checkNumber(SUBJECT, 'what was given up is gone', child(port).wait(), -Errno.EBADF);
}

/** Programs that are made and not started, until there is no place left; then all are given up. */
function testMany(): void {
  let count: u32 = 0;
  let last: i64 = 0;
  while (count < TOO_MANY) {
    beginWords();
    addLiteral('true');
    last = createChild(0);
    if (last < 0) break;
    store<u32>(made + <usize>count * 4, <u32>last);
    count += 1;
  }
  checkNumber(SUBJECT, 'there cannot be any number of them', last, -Errno.EAGAIN);
  for (let i: u32 = 0; i < count; i++) close_handle(load<u32>(made + <usize>i * 4));
  check(SUBJECT, 'but many', count > 32);
  checkNumber(SUBJECT, 'and again when they are gone', run('true'), 0);
}

/** Starts a program that many times and waits for each. */
export function spawnMany(count: u32): i32 {
  for (let i: u32 = 0; i < count; i++) {
    beginWords();
    addLiteral('true');
    const port = startWith(0, 0);
    if (port < 0) return <i32>port;
    const status = waitFor(<u32>port);
    if (status != 0) return status;
  }
  return 0;
}
