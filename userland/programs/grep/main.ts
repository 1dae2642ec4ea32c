/**
 * grep [-c] [-n] [-v] TEXT [FILE...]: lines that have TEXT in them (`-v`: that have not), with their
 * numbers (`-n`), or only how many (`-c`). Status 1 if there are none.
 */
import { OpenFlags } from '../../abi/files.enums';
import { FileClient } from 'stubs/file';
import { Text } from '../../abi/message.structs';
import { sameBytes } from '../../runtime/bytes';
import { argument, argumentCount, argumentIs } from '../../runtime/program/data-page';
import { complain, SUCCESS, USAGE, usage } from '../../runtime/program/errors';
import { openFile } from '../../runtime/program/files';
import { LINE_READER_BYTES, LineReader } from '../../runtime/program/input';
import { close_handle } from '../../runtime/program/libsys';
import { endLine, out, standardInput, writeThrough } from '../../runtime/program/output';

const NOT_FOUND: i32 = 1;
const COLON: u8 = 0x3a;

const readerMemory = memory.data(LINE_READER_BYTES, 4);
let isInverted: bool = false;
let showsCount: bool = false;
let showsNumbers: bool = false;
let showsNames: bool = false;
let found: u32 = 0;

export function main(): i32 {
  let first: u32 = 1;
  while (true) {
    if (argumentIs(first, '-v')) isInverted = true;
    else if (argumentIs(first, '-c')) showsCount = true;
    else if (argumentIs(first, '-n')) showsNumbers = true;
    else break;
    first += 1;
  }
  if (argumentCount() <= first) return usage('grep [-c] [-n] [-v] TEXT [FILE...]');
  const wanted = argument(first);
  first += 1;
  let status = SUCCESS;
  if (argumentCount() <= first) {
    status = search(0, standardInput(), wanted);
  } else {
    showsNames = argumentCount() > first + 1;
    for (let i = first; i < argumentCount(); i++) status = max(status, searchFile(i, wanted));
  }
  if (status != SUCCESS) return USAGE;
  return found == 0 ? NOT_FOUND : SUCCESS;
}

function searchFile(index: u32, wanted: Text): i32 {
  const name = argument(index);
  const opened = openFile(name.address, name.length, OpenFlags.Read);
  if (opened < 0) return complain(name.address, name.length, <i32>opened);
  const status = search(index, FileClient.at(<u32>opened), wanted);
  close_handle(<u32>opened);
  return status;
}

function search(index: u32, file: FileClient, wanted: Text): i32 {
  const reader = LineReader.on(readerMemory, file);
  let number: u32 = 0;
  let count: u32 = 0;
  while (true) {
    const next = reader.next();
    if (next < 0) return complain(argument(index).address, argument(index).length, next);
    if (next == 0) break;
    number += 1;
    if (has(reader, wanted) == isInverted) continue;
    count += 1;
    if (showsCount) continue;
    begin(index);
    if (showsNumbers) out.decimal(number).byte(COLON);
    if (reader.length > out.room) writeThrough(reader.address, reader.length);
    else out.bytes(reader.address, reader.length);
    endLine();
  }
  if (showsCount) {
    begin(index);
    out.decimal(count);
    endLine();
  }
  found += count;
  return SUCCESS;
}

/** Where there are several files, each line says which it is from. */
function begin(index: u32): void {
  if (showsNames) out.bytes(argument(index).address, argument(index).length).byte(COLON);
}

function has(reader: LineReader, wanted: Text): bool {
  if (wanted.length > reader.length) return false;
  for (let at: u32 = 0; at <= reader.length - wanted.length; at++) {
    if (sameBytes(reader.address + at, wanted.length, wanted.address, wanted.length)) return true;
  }
  return false;
}
