/** The shell: what it makes of lines, by the status that it returns. */
import { OpenFlags } from '../../abi/files.enums';
import { addLiteral, beginWords } from '../../runtime/program/children';
import { close_handle } from '../../runtime/program/libsys';
import { writeAll } from '../../runtime/program/output';
import { checkNumber } from './checks';
import { runWith } from './children';
import { open, remove } from './paths';

const SUBJECT = 'shell';
const CREATE: u32 = OpenFlags.Write | OpenFlags.Create;
const SEVEN = memory.data<u8>([0x37, 0x0a]);
const SEVEN_BYTES: u32 = 2;

export function testShell(): void {
  checkStatus('a line has the status of its last command', 'true; exit 7', 7);
  checkStatus('behind && is done what follows success', 'true && exit 7', 7);
  checkStatus('and only that', 'false && exit 7', 1);
  checkStatus('behind || is done what follows failure', 'false || exit 7', 7);
  checkStatus('and only that', 'true || exit 7', 0);
  checkStatus('they go on from left to right', 'false && exit 6 || exit 7', 7);
  checkStatus('up to a ;', 'true || exit 6; exit 7', 7);
  checkStatus('behind them is a command', 'true &&', 2);
  testPatterns();
}

function testPatterns(): void {
  const made = open('/tmp/self-7', CREATE);
  writeAll(<u32>max<i64>(0, made), SEVEN, SEVEN_BYTES);
  close_handle(<u32>max<i64>(0, made));
  checkStatus('* stands for any characters', 'grep 7 /tmp/se*f-* > /tmp/out', 0);
  checkStatus('? stands for one', 'cd /tmp; grep 7 self-? > out', 0);
  checkStatus('but not for none', 'grep 7 /tmp/self-7?', 2);
  checkStatus('quoted, they are characters', 'grep 7 "/tmp/self-*"', 2);
  remove('/tmp/self-7');
  remove('/tmp/out');
}

function checkStatus(what: string, line: string, status: i32): void {
  beginWords();
  addLiteral('sh');
  addLiteral('-c');
  addLiteral(line);
  checkNumber(SUBJECT, what, runWith(0, 0), status);
}
