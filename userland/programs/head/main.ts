/** head [-n COUNT] [FILE...]: the first lines of files, or of standard input; ten of them. */
import { OpenFlags } from '../../abi/files.enums';
import { FileClient } from 'stubs/file';
import { parseDecimal } from '../../runtime/bytes';
import { argument, argumentCount, argumentIs } from '../../runtime/program/data-page';
import { complain, SUCCESS, usage } from '../../runtime/program/errors';
import { openFile } from '../../runtime/program/files';
import { LINE_READER_BYTES, LineReader } from '../../runtime/program/input';
import { close_handle } from '../../runtime/program/libsys';
import { endLine, out, standardInput, writeThrough } from '../../runtime/program/output';

const DEFAULT_LINES: u32 = 10;

const readerMemory = memory.data(LINE_READER_BYTES, 4);
let most: u32 = DEFAULT_LINES;

export function main(): i32 {
  let first: u32 = 1;
  if (argumentIs(1, '-n')) {
    if (argumentCount() < 3) return usage('head [-n COUNT] [FILE...]');
    const number = parseDecimal(argument(2).address, argument(2).length);
    if (number < 0) return usage('head [-n COUNT] [FILE...]');
    most = <u32>number;
    first = 3;
  }
  if (argumentCount() <= first) return show(0, standardInput());
  let status = SUCCESS;
  for (let i = first; i < argumentCount(); i++) status = max(status, showFile(i));
  return status;
}

function showFile(index: u32): i32 {
  const name = argument(index);
  const opened = openFile(name.address, name.length, OpenFlags.Read);
  if (opened < 0) return complain(name.address, name.length, <i32>opened);
  const status = show(index, FileClient.at(<u32>opened));
  close_handle(<u32>opened);
  return status;
}

function show(index: u32, file: FileClient): i32 {
  const reader = LineReader.on(readerMemory, file);
  let left = most;
  while (left != 0) {
    const found = reader.next();
    if (found < 0) return complain(argument(index).address, argument(index).length, found);
    if (found == 0) return SUCCESS;
    if (reader.length > out.room) writeThrough(reader.address, reader.length);
    else out.bytes(reader.address, reader.length);
    // A part of a line that was too long for the reader has no end.
    if (reader.isTerminated) {
      endLine();
      left -= 1;
    }
  }
  return SUCCESS;
}
