/** Pipes: through another program, and their ends. */
import { Errno } from '../../abi/errno.enums';
import { PipeClient } from 'stubs/pipe';
import { addLiteral, beginWords, waitFor } from '../../runtime/program/children';
import { close_handle } from '../../runtime/program/libsys';
import { writeAll } from '../../runtime/program/output';
import { findKnownService } from '../../runtime/program/services';
import { check, checkNumber } from './checks';
import { startWith } from './children';
import { file } from './paths';

const SUBJECT = 'pipes';
/** More than one pipe holds, less than two. */
const BYTES: u32 = 6000;

const sent = memory.data(<i32>BYTES);
const received = memory.data(<i32>BYTES);
let service: u32 = 0;

export function testPipes(): void {
  service = <u32>max<i64>(0, findKnownService('/svc/pipe'));
  testThroughProgram();
  testEnds();
}

function testThroughProgram(): void {
  const input = PipeClient.at(service).create();
  const inputEnd = PipeClient.at(<u32>input).writeEnd();
  const output = PipeClient.at(service).create();
  const outputEnd = PipeClient.at(<u32>output).writeEnd();
  check(SUBJECT, 'pipes are made', min(min(input, inputEnd), min(output, outputEnd)) > 0);
  checkNumber(
    SUBJECT,
    'the end for writing is given once',
    PipeClient.at(<u32>input).writeEnd(),
    -Errno.EBADF,
  );
  beginWords();
  addLiteral('cat');
  const cat = startWith(<u32>input, <u32>outputEnd);
  close_handle(<u32>input);
  close_handle(<u32>outputEnd);
  for (let i: u32 = 0; i < BYTES; i++) store<u8>(sent + i, <u8>(i * 5 + (i >> 7)));
  checkNumber(SUBJECT, 'more than a pipe holds goes in', writeAll(<u32>inputEnd, sent, BYTES), 0);
  close_handle(<u32>inputEnd);
  let done: u32 = 0;
  let got: i32 = 1;
  while (got > 0 && done < BYTES) {
    got = file(output).read(received + done, BYTES - done);
    if (got > 0) done += got;
  }
  check(SUBJECT, 'and comes out as it went in', done == BYTES && isSame());
  checkNumber(SUBJECT, 'then the pipe has ended', file(output).read(received, 1), 0);
  checkNumber(SUBJECT, 'and so has the program', waitFor(<u32>max<i64>(0, cat)), 0);
  close_handle(<u32>output);
}

function isSame(): bool {
  for (let i: u32 = 0; i < BYTES; i++) {
    if (load<u8>(sent + i) != load<u8>(received + i)) return false;
  }
  return true;
}

function testEnds(): void {
  const pipe = PipeClient.at(service).create();
  const end = PipeClient.at(<u32>pipe).writeEnd();
  checkNumber(
    SUBJECT,
    'one cannot read at the wrong end',
    file(end).read(received, 1),
    -Errno.EBADF,
  );
  checkNumber(SUBJECT, 'or go back', file(pipe).seek(0), -Errno.ESPIPE);
  close_handle(<u32>pipe);
  checkNumber(SUBJECT, 'what nobody reads is not taken', file(end).write(sent, 1), -Errno.EPIPE);
  close_handle(<u32>end);
}
