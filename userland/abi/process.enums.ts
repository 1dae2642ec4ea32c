/** What a process is doing, as `ps` shows it. */
export const enum ProcessState {
  /** Loaded or being loaded; no thread was started. */
  Created = 0,
  Running = 1,
  /** A thread faulted; the handler has not answered yet. */
  Faulted = 2,
  Exited = 3,
}

/** How a program is made (protocol `process`). */
export const enum ProcessFlags {
  /** Ctrl-C ends it. */
  Foreground = 1,
}

/** What can end a program from outside, with POSIX's numbers. Programs cannot catch them. */
export const enum Signal {
  SIGINT = 2,
  SIGILL = 4,
  SIGTRAP = 5,
  SIGABRT = 6,
  SIGBUS = 7,
  SIGFPE = 8,
  SIGKILL = 9,
  SIGSEGV = 11,
  SIGPIPE = 13,
  SIGTERM = 15,
}

/** Exit status of a program that a signal has ended: this and the signal's number. */
export const SIGNALLED: i32 = 128;
/** Signals are numbered up to this. */
export const LAST_SIGNAL: u32 = 31;
