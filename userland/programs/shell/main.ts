/** The shell: reads a line, runs the command that it names, says how that ended. */
import { Errno } from '../../abi/errno.enums';
import { showMotd } from './file-commands';
import { Arguments, LineError } from './arguments';
import { run } from './commands';
import { SUCCESS, USAGE } from './errors';
import { findServices, terminal } from './services';
import { endLine, flush, isInterrupted, out } from './terminal';

/** A line of the console and its LF. */
const LINE_BYTES: u32 = 2048;

const lineBuffer = memory.data(<i32>LINE_BYTES);
const argumentsMemory = memory.data(offsetof<Arguments>(), 4);

export function main(start: usize): i32 {
  const error = findServices();
  if (error < 0) return error;
  showMotd();
  const line = Arguments.on(argumentsMemory);
  while (true) {
    prompt();
    const length = terminal().readLine(lineBuffer, LINE_BYTES);
    // Ctrl-C, or the console died while it waited for keys: a new line.
    if (length == -Errno.EINTR || length == -Errno.EDIED) continue;
    if (length < 0) return length;
    if (length == 0) endOfInput();
    else commandEnded(runLine(line, length));
  }
}

/** The mark behind the prompt tells the host that the shell is ready for a line (OSC 133 ; B). */
function prompt(): void {
  out.text('vitrine> \x1b]133;B\x07');
  flush();
}

/** Tells the host how the command ended (OSC 133 ; D ; status). */
function commandEnded(status: i32): void {
  out.text('\x1b]133;D;').signed(status).text('\x07');
  flush();
}

function runLine(line: Arguments, length: u32): i32 {
  // A Ctrl-C from before is not for this command.
  isInterrupted();
  const error = line.parse(lineBuffer, length);
  if (error == LineError.OpenQuote) return refuse('a quote is not closed');
  if (error == LineError.TooManyWords) return refuse('there are too many words');
  return line.count == 0 ? SUCCESS : run(line);
}

function refuse(problem: string): i32 {
  out.text('shell: ').text(problem);
  endLine();
  return USAGE;
}

/** Ctrl-D. There is no shell around this one to return to. */
function endOfInput(): void {
  endLine();
  out.text('shell: the input has ended; poweroff switches the machine off');
  endLine();
}
