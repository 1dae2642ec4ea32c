/** Errors in words, and the exit statuses that go with them. */
import { argument } from './data-page';
import { TextBuilder } from '../text-builder';
import { errorText } from './error-text';
import { lastComponent } from './paths';
import { endError, err } from './output';

export const SUCCESS: i32 = 0;
export const FAILURE: i32 = 1;
/** The program was used wrongly. */
export const USAGE: i32 = 2;

/** `program: subject: what is wrong` on standard error; returns FAILURE. */
export function complain(subject: usize, length: u32, error: i32): i32 {
  startError().bytes(subject, length).text(': ');
  const text = errorText(error);
  err.text(text);
  if (text.length == 0) err.text('error ').signed(-error);
  endError();
  return FAILURE;
}

/** `program: problem` on standard error; returns FAILURE. */
export function fail(problem: string): i32 {
  startError().text(problem);
  endError();
  return FAILURE;
}

/** `usage: …` on standard error; returns USAGE. */
export function usage(synopsis: string): i32 {
  err.text('usage: ').text(synopsis);
  endError();
  return USAGE;
}

/** Begins a line of standard error with the program's name. */
export function startError(): TextBuilder {
  const name = argument(0);
  const start = lastComponent(name);
  return err.bytes(name.address + start, name.length - start).text(': ');
}
