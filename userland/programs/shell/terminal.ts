/** The shell's two ends of the terminal: text that it builds and writes, lines that it reads. */
import { Errno } from '../../abi/errno.enums';
import { exit } from '../../runtime/objects';
import { TextBuilder } from '../../runtime/text-builder';
import { terminal } from './services';

const OUTPUT_BYTES: u32 = 2048;
/** Below this much room, a line is not begun. */
const LINE_ROOM: u32 = 256;
/** A write that the console did not survive is repeated this often. */
const WRITE_ATTEMPTS: i32 = 3;

/** What is to be written; `flush` writes it. */
export const out = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(<i32>OUTPUT_BYTES),
  OUTPUT_BYTES,
);

/** Writes what was built; ends the shell if its terminal is gone for good. */
export function flush(): void {
  if (out.length > 0) writeBytes(out.address, out.length);
  out.clear();
}

/** Ends a line; writes if little room is left. */
export function endLine(): void {
  out.line();
  if (out.room < LINE_ROOM) flush();
}

/** Writes bytes behind what was built before. */
export function writeThrough(address: usize, length: u32): void {
  flush();
  writeBytes(address, length);
}

function writeBytes(address: usize, length: u32): void {
  let written: i32 = 0;
  for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
    written = terminal().write(address, length);
    if (written != -Errno.EDIED) break;
  }
  if (written < 0 && written != -Errno.EDIED) exit(written);
}

/** Whether Ctrl-C was pressed: a command that takes long asks now and then. */
export function isInterrupted(): bool {
  return terminal().interrupted() == 1;
}
