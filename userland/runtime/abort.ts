/** Where failed assertions and checks of the language end: asc is told `--use abort=` this function. */
import { exit, log } from './objects';
import { TextBuilder } from './text-builder';

/** Exit status of a process that aborted, as a shell shows SIGABRT. */
const ABORTED: i32 = 134;
const LINE_BYTES: i32 = 256;

/** Writes `message` and the place to the kernel's log and ends the process. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  const text = TextBuilder.on(
    memory.data(offsetof<TextBuilder>()),
    memory.data(LINE_BYTES),
    LINE_BYTES,
  );
  text.text('abort: ').text(message === null ? 'assertion failed' : message);
  if (file !== null) text.text(' at ').text(file).text(':').decimal(line).text(':').decimal(column);
  text.line();
  log(text.address, text.length);
  exit(ABORTED);
}
