/** hexdump [FILE]: bytes in hexadecimal and as characters, sixteen to a line. */
import { OpenFlags } from '../../abi/files.enums';
import { FileClient } from 'stubs/file';
import { argument, argumentCount } from '../../runtime/program/data-page';
import { complain, SUCCESS, usage } from '../../runtime/program/errors';
import { openFile } from '../../runtime/program/files';
import { endLine, out, standardInput } from '../../runtime/program/output';

const LINE_BYTES: u32 = 16;
const HALF: u32 = 8;
const SPACE: u8 = 0x20;
const TILDE: u8 = 0x7e;
const BAR: u8 = 0x7c;
const DOT: u8 = 0x2e;
/** Where the characters begin. */
const CHARACTERS_START: u32 = 60;

const line = memory.data(<i32>LINE_BYTES);

export function main(): i32 {
  if (argumentCount() > 2) return usage('hexdump [FILE]');
  if (argumentCount() == 1) return dump(0, standardInput());
  const name = argument(1);
  const opened = openFile(name.address, name.length, OpenFlags.Read);
  if (opened < 0) return complain(name.address, name.length, <i32>opened);
  return dump(1, FileClient.at(<u32>opened));
}

function dump(index: u32, file: FileClient): i32 {
  let offset: u32 = 0;
  let length = <i32>LINE_BYTES;
  while (length == <i32>LINE_BYTES) {
    length = readLine(file);
    if (length < 0) return complain(argument(index).address, argument(index).length, length);
    if (length == 0) break;
    out.hexadecimal(offset, 8);
    showLine(length);
    endLine();
    offset += length;
  }
  out.hexadecimal(offset, 8);
  endLine();
  return SUCCESS;
}

/** Reads a line's bytes, fewer only at the end; how many, or a negative Errno. */
function readLine(file: FileClient): i32 {
  let length: u32 = 0;
  while (length < LINE_BYTES) {
    const got = file.read(line + length, LINE_BYTES - length);
    if (got < 0) return got;
    if (got == 0) break;
    length += got;
  }
  return <i32>length;
}

function showLine(length: u32): void {
  for (let i: u32 = 0; i < length; i++) {
    if (i % HALF == 0) out.byte(SPACE);
    out.byte(SPACE).hexadecimal(load<u8>(line + i), 2);
  }
  out.padTo(CHARACTERS_START).byte(BAR);
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(line + i);
    out.byte(byte >= SPACE && byte <= TILDE ? byte : DOT);
  }
  out.byte(BAR);
}
