/**
 * sh: reads lines and runs what they say. At a terminal it prompts, and tells the terminal where
 * commands begin and end (OSC 133). `sh -c LINE` runs one line.
 */
import { Errno } from '../../abi/errno.enums';
import { FileKind, OpenFlags } from '../../abi/files.enums';
import { FileClient } from 'stubs/file';
import { argument, argumentCount, argumentIs } from '../../runtime/program/data-page';
import { FAILURE, usage } from '../../runtime/program/errors';
import { inspectFile, openPath } from '../../runtime/program/files';
import { LINE_READER_BYTES, LineReader } from '../../runtime/program/input';
import { close_handle } from '../../runtime/program/libsys';
import { endLine, flush, out, standardInput } from '../../runtime/program/output';
import { path } from '../../runtime/program/paths';
import { refuse } from './complaints';
import { reportJobs } from './jobs';
import { Pipeline } from './pipeline';
import { awaitsCommand, LineError, TokenKind, Tokens } from './tokens';

const tokens = Tokens.on(memory.data(offsetof<Tokens>(), 4));
const pipeline = changetype<Pipeline>(memory.data(offsetof<Pipeline>(), 4));
const reader = LineReader.on(memory.data(LINE_READER_BYTES, 4), FileClient.at(0));

let status: i32 = 0;

export function main(): i32 {
  if (argumentIs(1, '-c') && argumentCount() == 3) {
    runLine(argument(2).address, argument(2).length);
    return status;
  }
  if (argumentCount() > 1) return usage('sh [-c LINE]');
  LineReader.on(changetype<usize>(reader), standardInput());
  const information = inspectFile(standardInput());
  if (information !== null && information.kind == FileKind.Terminal) return talk();
  while (true) {
    const found = reader.next();
    if (found < 0) return FAILURE;
    if (found == 0) return status;
    runLine(reader.address, reader.length);
  }
}

/** The conversation at a terminal. */
function talk(): i32 {
  showMotd();
  while (true) {
    reportJobs();
    prompt();
    const found = reader.next();
    // Ctrl-C, or the console died while it waited for keys: a new line.
    if (found == -Errno.EINTR || found == -Errno.EDIED) continue;
    if (found < 0) return FAILURE;
    if (found == 0) {
      endOfInput();
      continue;
    }
    runLine(reader.address, reader.length);
    commandEnded();
  }
}

/** The mark behind the prompt tells the host that the shell is ready for a line (OSC 133 ; B). */
function prompt(): void {
  out.text('vitrine> \x1b]133;B\x07');
  flush();
}

/** Tells the host how the command ended (OSC 133 ; D ; status). */
function commandEnded(): void {
  out.text('\x1b]133;D;').signed(status).text('\x07');
  flush();
}

/** Ctrl-D. There is no shell around this one to return to. */
function endOfInput(): void {
  reader.resume();
  endLine();
  out.text('sh: the input has ended; poweroff switches the machine off');
  endLine();
}

/** Runs the pipelines of a line one after the other, as far as it makes sense. */
function runLine(line: usize, length: u32): void {
  tokens.begin(line, length);
  pipeline.tokens = tokens;
  let before = TokenKind.Sequence;
  do {
    const error = tokens.next(status);
    if (error == LineError.OpenQuote) {
      status = refuse('a quote is not closed');
      return;
    }
    if (error == LineError.TooLong) {
      status = refuse('the line is too long');
      return;
    }
    if (isDue(before)) {
      pipeline.lastStatus = status;
      status = pipeline.run(before);
    }
    before = tokens.token(tokens.count - 1).kind;
  } while (!tokens.isAtEnd || awaitsCommand(before));
}

/** Whether the pipeline behind an operator is to run, after what the one before it has returned. */
function isDue(operator: TokenKind): bool {
  if (operator == TokenKind.And) return status == 0;
  return operator != TokenKind.Or || status != 0;
}

/** Writes the message of the day, if there is one. */
function showMotd(): void {
  path.clear();
  path.text('/motd');
  const opened = openPath(OpenFlags.Read);
  if (opened < 0) return;
  const file = FileClient.at(<u32>opened);
  const length = file.read(out.address, out.room);
  if (length > 0) out.length = length;
  close_handle(<u32>opened);
  flush();
}
