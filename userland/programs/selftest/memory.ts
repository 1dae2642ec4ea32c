/** Memory: what a program can have, and what not. */
import { Errno } from '../../abi/errno.enums';
import { PROGRAM_DATA } from '../../abi/program.structs';
import { libsys_map, libsys_unmap } from '../../runtime/program/libsys';
import { check, checkNumber } from './checks';

const SUBJECT = 'memory';
const PAGE: u32 = 4096;
/** Above every program's image. */
const FREE: usize = 0x3000_0000;
const PAGES: u32 = 16;
const KERNEL: usize = 0x8040_0000;
const MOST_AT_ONCE: u32 = 0x4000_0000;
/** Where `countFreePages` maps them. */
const ALL: usize = 0x2000_0000;

export function testMemory(): void {
  checkNumber(SUBJECT, 'pages are mapped', libsys_map(FREE, PAGES * PAGE), 0);
  let isZero = true;
  for (let at: u32 = 0; at < PAGES * PAGE; at += 4) {
    if (load<u32>(FREE + at) != 0) isZero = false;
    store<u32>(FREE + at, ~at);
  }
  check(SUBJECT, 'they are empty', isZero);
  let isKept = true;
  for (let at: u32 = 0; at < PAGES * PAGE; at += 4) {
    if (load<u32>(FREE + at) != ~at) isKept = false;
  }
  check(SUBJECT, 'and keep what is written', isKept);
  checkNumber(SUBJECT, 'a page is mapped once', libsys_map(FREE, PAGE), -Errno.EEXIST);
  checkNumber(SUBJECT, 'not in the middle of one', libsys_map(FREE + 8, PAGE), -Errno.EINVAL);
  checkNumber(SUBJECT, 'not where libsys is', libsys_map(PROGRAM_DATA, PAGE), -Errno.EFAULT);
  checkNumber(SUBJECT, 'not where the kernel is', libsys_map(KERNEL, PAGE), -Errno.EFAULT);
  checkNumber(SUBJECT, 'pages are given up', libsys_unmap(FREE, PAGES * PAGE), 0);
  checkNumber(SUBJECT, 'and mapped again', libsys_map(FREE, PAGES * PAGE), 0);
  check(SUBJECT, 'and empty again', load<u32>(FREE) == 0 && load<u32>(FREE + PAGE) == 0);
  checkNumber(SUBJECT, 'but for one', libsys_unmap(FREE + PAGE, PAGE), 0);
  checkNumber(SUBJECT, 'which can be mapped alone', libsys_map(FREE + PAGE, PAGE), 0);
  checkNumber(SUBJECT, 'not libsys', libsys_unmap(PROGRAM_DATA, PAGE), -Errno.EFAULT);
  checkNumber(SUBJECT, 'not more than there is', libsys_map(ALL, MOST_AT_ONCE), -Errno.ENOMEM);
}

/** Takes all the memory there is, in runs as long as possible; how many pages that are. */
export function countFreePages(): u32 {
  let count: u32 = 0;
  let run: u32 = MOST_AT_ONCE / PAGE / 2;
  while (run != 0) {
    if (libsys_map(ALL + <usize>(count * PAGE), run * PAGE) == 0) count += run;
    else run /= 2;
  }
  return count;
}
