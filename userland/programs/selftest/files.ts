/** Files: in memory, where they can be written, and on the disk. */
import { Errno } from '../../abi/errno.enums';
import { FileKind, OpenFlags } from '../../abi/files.enums';
import { inspectFile, inspectPath } from '../../runtime/program/files';
import { close_handle } from '../../runtime/program/libsys';
import { writeAll } from '../../runtime/program/output';
import { addLiteral, beginWords } from '../../runtime/program/children';
import { check, checkNumber } from './checks';
import { runWith } from './children';
import { file, make, open, remove } from './paths';

const SUBJECT = 'files';
const PATTERN_BYTES: u32 = 10_000;
const CREATE: u32 = OpenFlags.Read | OpenFlags.Write | OpenFlags.Create;

const pattern = memory.data(<i32>PATTERN_BYTES);
const back = memory.data(<i32>PATTERN_BYTES);

export function testFiles(): void {
  checkNumber(
    SUBJECT,
    'what is not there is not there',
    open('/tmp/self', OpenFlags.Read),
    -Errno.ENOENT,
  );
  testContents();
  testSharedOffset();
  testFolders();
  testDisk();
}

function testContents(): void {
  const handle = open('/tmp/self', CREATE);
  const made = file(handle);
  for (let i: u32 = 0; i < PATTERN_BYTES; i++) store<u8>(pattern + i, <u8>(i * 7 + (i >> 8)));
  checkNumber(SUBJECT, 'bytes are written', writeAll(made.handle, pattern, PATTERN_BYTES), 0);
  const information = inspectFile(made);
  check(
    SUBJECT,
    'the file is as long as they are',
    information !== null && information.size == PATTERN_BYTES,
  );
  made.seek(0);
  check(SUBJECT, 'and read back', readAll(handle) == PATTERN_BYTES && sameAsPattern(0));
  made.seek(5000);
  check(SUBJECT, 'from any place', readAll(handle) == PATTERN_BYTES - 5000 && sameAsPattern(5000));
  close_handle(made.handle);
  checkNumber(SUBJECT, 'a closed file is closed', made.read(back, 1), -Errno.EBADF);

  const appended = open('/tmp/self', OpenFlags.Write | OpenFlags.Append);
  checkNumber(SUBJECT, 'bytes are appended', file(appended).write(pattern, 4), 4);
  checkNumber(
    SUBJECT,
    'reading needs a file that is open for it',
    file(appended).read(back, 1),
    -Errno.EBADF,
  );
  checkNumber(SUBJECT, 'an open file is not removed', remove('/tmp/self'), -Errno.EBUSY);
  close_handle(<u32>appended);
  const again = open('/tmp/self', OpenFlags.Read);
  file(again).seek(PATTERN_BYTES);
  checkNumber(SUBJECT, 'at the end', readAll(again), 4);
  close_handle(<u32>again);
  const emptied = open('/tmp/self', CREATE | OpenFlags.Truncate);
  checkNumber(SUBJECT, 'a file can be emptied', readAll(emptied), 0);
  close_handle(<u32>emptied);
  checkNumber(SUBJECT, 'and removed', remove('/tmp/self'), 0);
}

/** Reads to the end into `back`; bytes, or a negative Errno. */
function readAll(handle: i64): i32 {
  let done: u32 = 0;
  while (done < PATTERN_BYTES) {
    const got = file(handle).read(back + done, PATTERN_BYTES - done);
    if (got < 0) return got;
    if (got == 0) break;
    done += got;
  }
  return <i32>done;
}

function sameAsPattern(from: u32): bool {
  for (let i = from; i < PATTERN_BYTES; i++) {
    if (load<u8>(back + i - from) != load<u8>(pattern + i)) return false;
  }
  return true;
}

/** An open file has one place, whoever writes there. */
function testSharedOffset(): void {
  const handle = open('/tmp/self', CREATE);
  store<u8>(pattern, 0x61);
  file(handle).write(pattern, 1);
  beginWords();
  addLiteral('echo');
  addLiteral('b');
  runWith(0, <u32>handle);
  file(handle).write(pattern, 1);
  file(handle).seek(0);
  const length = readAll(handle);
  // "a", the child's "b" and LF, "a"
  check(
    SUBJECT,
    'a child goes on where its parent was',
    length == 4 && load<u32>(back) == 0x610a_6261,
  );
  close_handle(<u32>handle);
  remove('/tmp/self');
}

function testFolders(): void {
  checkNumber(SUBJECT, 'a folder is made', make('/tmp/folder'), 0);
  checkNumber(SUBJECT, 'once', make('/tmp/folder'), -Errno.EEXIST);
  const inside = open('/tmp/folder/inside', CREATE);
  close_handle(<u32>inside);
  const folder = open('/tmp/folder', OpenFlags.Read);
  checkNumber(SUBJECT, 'it lists what is inside', file(folder).list(back, 64), 6);
  checkNumber(SUBJECT, 'and no more', file(folder).list(back, 64), 0);
  checkNumber(SUBJECT, 'a folder is not read', file(folder).read(back, 64), -Errno.EISDIR);
  close_handle(<u32>folder);
  checkNumber(SUBJECT, 'a full folder stays', remove('/tmp/folder'), -Errno.ENOTEMPTY);
  remove('/tmp/folder/inside');
  checkNumber(SUBJECT, 'an empty one goes', remove('/tmp/folder'), 0);
}

function testDisk(): void {
  const handle = open('/bin/selftest', OpenFlags.Read);
  const information = inspectPath();
  check(
    SUBJECT,
    'a program is a file',
    information !== null && information.kind == FileKind.Regular,
  );
  const size = information === null ? 0 : information.size;
  let bytes: u64 = 0;
  while (true) {
    const got = file(handle).read(back, PATTERN_BYTES);
    if (got <= 0) break;
    bytes += <u64>got;
  }
  check(SUBJECT, 'of the size it is said to have', bytes == size && size != 0);
  close_handle(<u32>handle);
  const writable = open('/bin/selftest', OpenFlags.Write);
  checkNumber(SUBJECT, 'and cannot be written', writable, -Errno.EROFS);
}
