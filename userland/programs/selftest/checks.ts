/** What the checks stand on: one line each, and a count of those that failed. */
import { endLine, flush, out } from '../../runtime/program/output';

let checks: u32 = 0;
let failures: u32 = 0;

/** Reports one check. */
export function check(subject: string, what: string, holds: bool): void {
  checks += 1;
  if (!holds) failures += 1;
  out
    .text(holds ? 'ok    ' : 'FAIL  ')
    .text(subject)
    .text(': ')
    .text(what);
  endLine();
  flush();
}

/** Reports a check of a number, and what it was instead. */
export function checkNumber(subject: string, what: string, value: i64, expected: i64): void {
  check(subject, what, value == expected);
  if (value == expected) return;
  out
    .text('      it is ')
    .signed(<i32>value)
    .text(' instead of ')
    .signed(<i32>expected);
  endLine();
}

/** The last line; the program's status. */
export function summary(): i32 {
  out.text('selftest: ').decimal(checks).text(' checks, ');
  if (failures == 0) out.text('all passed');
  else out.decimal(failures).text(' failed');
  endLine();
  return failures == 0 ? 0 : 1;
}
