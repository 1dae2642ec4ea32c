import type { Buffer, Handle, Text } from './types';

/**
 * Programs. A program that is made is known to its maker by a port, its child: `give`, `start`, `wait`,
 * `poll` and `signal` are asked of that port, the rest of the server.
 *
 * @protocol 11
 */
export interface Process {
  /**
   * Loads the program at `path` without starting it. `words` and `environment` are texts, each
   * with a zero byte behind it; the first word is the program's name. `flags` are ProcessFlags
   * (abi/process.enums.ts). ENOENT, ENOEXEC, EACCES, E2BIG, ENOMEM; EAGAIN: there are too many.
   *
   * @max path 255
   * @max words 2048
   * @in words
   * @max environment 512
   * @in environment
   */
  create(path: Text, words: Buffer, environment: Buffer, flags: u32): Handle;

  /** Gives the child a copy of a handle as its descriptor `slot`, before it starts. */
  give(slot: u32, descriptor: Handle): void;

  /** Lets the child run. EBUSY if it was started. */
  start(): void;

  /**
   * Waits until the child has ended and returns its exit status: 0 … 255, 128 + the signal's number if
   * a signal ended it. EBUSY: somebody waits already; EINTR: Ctrl-C.
   */
  wait(): i32;

  /** As `wait`, but returns EAGAIN at once if the child runs. */
  poll(): i32;

  /** Ends the child as a signal would (abi/process.enums.ts). ESRCH if it has ended. */
  signal(number: u32): void;

  /** Ends the program with process number `process`. ESRCH: there is none; EPERM: the console's shell. */
  kill(process: u32, number: u32): void;

  /**
   * Ctrl-C was pressed: programs that were made with ProcessFlags.Foreground end by SIGINT, and nobody
   * waits for others any longer (EINTR).
   */
  interrupt(): void;

  /**
   * Writes a ProgramInformation (abi/program.structs.ts) of program number `index` and returns its
   * bytes. ENOENT: there are not so many.
   *
   * @max information 128
   * @out information
   */
  list(index: u32, information: Buffer): i32;
}
