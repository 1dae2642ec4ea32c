/** Where failed assertions and checks of the language end in a program. */
import { SIGNALLED, Signal } from '../../abi/process.enums';
import { err, exit, out } from './output';

/** Writes `message` and the place to standard error and ends the program as SIGABRT does. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  err.text('abort: ').text(message === null ? 'assertion failed' : message);
  if (file !== null) err.text(' at ').text(file).text(':').decimal(line).text(':').decimal(column);
  out.clear();
  exit(SIGNALLED + Signal.SIGABRT);
}
