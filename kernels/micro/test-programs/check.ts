/** What a test reports: on the kernel's log, and as the way the machine ends. */
import { ebreak } from '../../../userland/abi/rv';
import { Syscall } from '../../../userland/abi/syscall.enums';
import { invoke } from './system';

const text = memory.data(256);

/** Logs a line. */
export function say(line: string): void {
  for (let i = 0; i < line.length; i++) store<u8>(text + i, line.charCodeAt(i) as u8);
  store<u8>(text + line.length, 0x0a);
  invoke(Syscall.Log, 0, text as u32, line.length + 1);
}

/** Logs a number with a name. */
export function sayNumber(name: string, value: u32): void {
  let length: u32 = name.length;
  for (let i: u32 = 0; i < length; i++) store<u8>(text + i, name.charCodeAt(i) as u8);
  store<u8>(text + length, 0x20);
  let digits: u32 = 1;
  for (let rest = value; rest >= 10; rest /= 10) digits++;
  let rest = value;
  for (let i = digits; i > 0; i--) {
    store<u8>(text + length + i, 0x30 + (rest % 10));
    rest /= 10;
  }
  length += digits + 1;
  store<u8>(text + length, 0x0a);
  invoke(Syscall.Log, 0, text as u32, length + 1);
}

/** Ends the machine with a failure unless `condition` holds. */
export function check(condition: bool, what: string): void {
  if (condition) return;
  say('failed:');
  say(what);
  // A fault of the first process ends the machine with a failure.
  while (true) ebreak();
}

/** Checks that a result is a value. */
export function expect(result: i32, expected: i32, what: string): void {
  if (result == expected) return;
  sayNumber(result < 0 ? 'result -' : 'result', (result < 0 ? -result : result) as u32);
  check(false, what);
}

/** What AssemblyScript's `assert` ends in. */
export function abort(
  _message: string | null,
  _file: string | null,
  _line: u32,
  _column: u32,
): void {
  ebreak();
}
