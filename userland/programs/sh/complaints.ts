/** What the shell itself has to complain about. */
import { errorText } from '../../runtime/program/error-text';
import { FAILURE, startError, USAGE } from '../../runtime/program/errors';
import { endError, err } from '../../runtime/program/output';

export const NOT_FOUND: i32 = 127;
export const NOT_EXECUTABLE: i32 = 126;

/** `sh: subject: what is wrong`; returns FAILURE. */
export function complainAbout(subject: usize, length: u32, error: i32): i32 {
  startError().bytes(subject, length).text(': ');
  const text = errorText(error);
  err.text(text);
  if (text.length == 0) err.text('error ').signed(-error);
  endError();
  return FAILURE;
}

/** The line makes no sense; returns USAGE. */
export function refuse(problem: string): i32 {
  startError().text(problem);
  endError();
  return USAGE;
}

/** There is no such command; returns NOT_FOUND. */
export function unknownCommand(name: usize, length: u32): i32 {
  err.bytes(name, length).text(': no such command; help lists them');
  endError();
  return NOT_FOUND;
}
