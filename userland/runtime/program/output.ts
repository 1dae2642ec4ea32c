/** A program's standard output and error: text that is gathered and written in large parts. */
import { Errno } from '../../abi/errno.enums';
import { SIGNALLED, Signal } from '../../abi/process.enums';
import { FileClient, WRITE_CONTENTS_MAX } from 'stubs/file';
import { TextBuilder } from '../text-builder';
import { descriptor } from './data-page';
import { errorText } from './error-text';
import { libsys_exit } from './libsys';

const INPUT: u32 = 0;
const OUTPUT: u32 = 1;
const ERROR: u32 = 2;
const OUTPUT_BYTES: u32 = 4096;
const ERROR_BYTES: u32 = 512;
/** Below this much room, a line is not begun. */
const LINE_ROOM: u32 = 256;
/** A write that the server did not survive is repeated this often. */
const WRITE_ATTEMPTS: i32 = 3;

/** What is to be written to standard output; `flush` writes it, and so does the end of the program. */
export const out = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(<i32>OUTPUT_BYTES),
  OUTPUT_BYTES,
);

/** The same for standard error, written with each line by `endError`. */
export const err = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(<i32>ERROR_BYTES),
  ERROR_BYTES,
);

/** Standard input. */
export function standardInput(): FileClient {
  return FileClient.at(descriptor(INPUT));
}

/** Ends a line; writes if little room is left. */
export function endLine(): void {
  out.line();
  if (out.room < LINE_ROOM) flush();
}

/** Writes what was gathered; ends the program if nobody takes it. */
export function flush(): void {
  const length = out.length;
  out.clear();
  if (length != 0) mustWrite(out.address, length);
}

/** Writes bytes behind what was gathered before. */
export function writeThrough(address: usize, length: u32): void {
  flush();
  mustWrite(address, length);
}

/** Ends a line of standard error and writes it, behind all of standard output. */
export function endError(): void {
  flush();
  err.line();
  const length = err.length;
  err.clear();
  writeAll(descriptor(ERROR), err.address, length);
}

/** Writes what is left and ends the program. */
export function exit(status: i32): void {
  if (err.length != 0) endError();
  flush();
  libsys_exit(status);
}

function mustWrite(address: usize, length: u32): void {
  const error = writeAll(descriptor(OUTPUT), address, length);
  if (error == -Errno.EPIPE) libsys_exit(SIGNALLED + Signal.SIGPIPE);
  if (error < 0) {
    err.text('cannot write: ').text(errorText(error));
    const text = err.line();
    writeAll(descriptor(ERROR), text.address, text.length);
    libsys_exit(1);
  }
}

/** Writes all of the bytes to an open file; 0 or a negative Errno. */
export function writeAll(handle: u32, address: usize, length: u32): i32 {
  const file = FileClient.at(handle);
  let attempts = WRITE_ATTEMPTS;
  while (length != 0) {
    const written = file.write(address, min(length, WRITE_CONTENTS_MAX));
    attempts -= 1;
    if (written == -Errno.EDIED && attempts != 0) continue;
    if (written < 0) return written;
    if (written == 0) return -Errno.EIO;
    attempts = WRITE_ATTEMPTS;
    address += <u32>written;
    length -= min(length, <u32>written);
  }
  return 0;
}
