/** wc [FILE...]: counts lines, words and bytes of files, or of standard input. */
import { OpenFlags } from '../../abi/files.enums';
import { FileClient } from 'stubs/file';
import { argument, argumentCount } from '../../runtime/program/data-page';
import { complain, SUCCESS } from '../../runtime/program/errors';
import { openFile } from '../../runtime/program/files';
import { close_handle } from '../../runtime/program/libsys';
import { endLine, out, standardInput } from '../../runtime/program/output';

const PART_BYTES: u32 = 8192;
const LINE_FEED: u8 = 0x0a;
const SPACE: u8 = 0x20;
// Columns in which the numbers end.
const LINES_END: u32 = 7;
const WORDS_END: u32 = 15;
const BYTES_END: u32 = 23;

const part = memory.data(<i32>PART_BYTES);
let lines: u32 = 0;
let words: u32 = 0;
let bytes: u32 = 0;
let allLines: u32 = 0;
let allWords: u32 = 0;
let allBytes: u32 = 0;

export function main(): i32 {
  if (argumentCount() == 1) {
    const status = count(0, standardInput());
    if (status == SUCCESS) show(lines, words, bytes, 0);
    return status;
  }
  let status = SUCCESS;
  for (let i: u32 = 1; i < argumentCount(); i++) status = max(status, countFile(i));
  if (argumentCount() > 2) show(allLines, allWords, allBytes, 0);
  return status;
}

function countFile(index: u32): i32 {
  const name = argument(index);
  const opened = openFile(name.address, name.length, OpenFlags.Read);
  if (opened < 0) return complain(name.address, name.length, <i32>opened);
  const status = count(index, FileClient.at(<u32>opened));
  close_handle(<u32>opened);
  if (status != SUCCESS) return status;
  show(lines, words, bytes, index);
  allLines += lines;
  allWords += words;
  allBytes += bytes;
  return SUCCESS;
}

function count(index: u32, file: FileClient): i32 {
  lines = 0;
  words = 0;
  bytes = 0;
  let isInWord = false;
  while (true) {
    const length = file.read(part, PART_BYTES);
    if (length < 0) return complain(argument(index).address, argument(index).length, length);
    if (length == 0) return SUCCESS;
    bytes += length;
    for (let i: i32 = 0; i < length; i++) {
      const byte = load<u8>(part + i);
      if (byte == LINE_FEED) lines += 1;
      // Spaces and the control characters that move to another place.
      const isSpace = byte == SPACE || (byte >= 0x09 && byte <= 0x0d);
      if (!isSpace && !isInWord) words += 1;
      isInWord = !isSpace;
    }
  }
}

/** A line of numbers, with the name of argument `index` unless that is 0. */
function show(lineCount: u32, wordCount: u32, byteCount: u32, index: u32): void {
  out.decimalTo(LINES_END, lineCount).decimalTo(WORDS_END, wordCount);
  out.decimalTo(BYTES_END, byteCount);
  if (index != 0) out.byte(SPACE).bytes(argument(index).address, argument(index).length);
  endLine();
}
