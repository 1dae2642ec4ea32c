/** What a process is doing, as `ps` shows it. */
export const enum ProcessState {
  /** Loaded or being loaded; no thread was started. */
  Created = 0,
  Running = 1,
  /** A thread faulted; the handler has not answered yet. */
  Faulted = 2,
  Exited = 3,
}
