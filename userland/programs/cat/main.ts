/** cat [FILE...]: writes files one after the other; `-` and no file at all are standard input. */
import { OpenFlags } from '../../abi/files.enums';
import { FileClient } from 'stubs/file';
import { argument, argumentCount, argumentIs } from '../../runtime/program/data-page';
import { complain, SUCCESS } from '../../runtime/program/errors';
import { openFile } from '../../runtime/program/files';
import { close_handle } from '../../runtime/program/libsys';
import { standardInput, writeThrough } from '../../runtime/program/output';

const PART_BYTES: u32 = 16384;

const part = memory.data(<i32>PART_BYTES);

export function main(): i32 {
  if (argumentCount() == 1) return copyFrom(0, standardInput());
  let status = SUCCESS;
  for (let i: u32 = 1; i < argumentCount(); i++) status = max(status, writeFile(i));
  return status;
}

/** Writes the file that an argument names. */
function writeFile(index: u32): i32 {
  if (argumentIs(index, '-')) return copyFrom(index, standardInput());
  const name = argument(index);
  const opened = openFile(name.address, name.length, OpenFlags.Read);
  if (opened < 0) return complain(name.address, name.length, <i32>opened);
  const status = copyFrom(index, FileClient.at(<u32>opened));
  close_handle(<u32>opened);
  return status;
}

function copyFrom(index: u32, file: FileClient): i32 {
  while (true) {
    const length = file.read(part, PART_BYTES);
    if (length < 0) return complain(argument(index).address, argument(index).length, length);
    if (length == 0) return SUCCESS;
    writeThrough(part, length);
  }
}
