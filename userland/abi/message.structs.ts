/** Layouts that cross the border between kernel and user space. */

/**
 * The registers of a system call (syscall.enums.ts), in memory: the assembly stub of
 * userland/runtime loads all of them, enters the kernel and stores all of them.
 */
@unmanaged
export class Message {
  /** t0: number in, result or negative Errno out. */
  status: i32;
  /** t1 */
  handle: u32;
  /** t2 */
  method: u32;
  /** t3 */
  lentAddress: u32;
  /** t4 */
  lentLength: u32;
  /** t5 */
  transfer: u32;
  /** a0 … a7 */
  word0: u32;
  word1: u32;
  word2: u32;
  word3: u32;
  word4: u32;
  word5: u32;
  word6: u32;
  word7: u32;
}

/** Text as it crosses any border: UTF-8 bytes with a length, not terminated. */
@unmanaged
export class Text {
  address: usize;
  length: u32;
}

/** What a0 points to when a process starts. */
@unmanaged
export class StartInformation {
  argc: u32;
  /** argc elements of Text. */
  argv: usize;
  /** Text elements `NAME=value`, ended by one with address 0. */
  envp: usize;
  /** StartHandle.Count handles. */
  handles: usize;
}

/** What ProcessOperation.Inspect writes. */
@unmanaged
export class ProcessInformation {
  id: u32;
  /** Times the process was started; grows with every restart. */
  incarnation: u32;
  /** ProcessState. */
  state: u32;
  priority: u32;
  threads: u32;
  /** Pages of RAM mapped or owned. */
  pages: u32;
  /** Instructions are not counted per process; time on the hart in mtime ticks. */
  timeLow: u32;
  timeHigh: u32;
  nameLength: u32;
  name0: u32;
  name1: u32;
  name2: u32;
  name3: u32;
}
