/** What can be said about files; both worlds read it. */

/** How a file is opened (protocol `files`). */
export const enum OpenFlags {
  Read = 1,
  Write = 2,
  /** Makes the file if there is none. */
  Create = 4,
  /** Empties the file. */
  Truncate = 8,
  /** Every write goes to the end. */
  Append = 16,
}

/** What is behind a path or a port that speaks `file`. */
export const enum FileKind {
  Regular = 1,
  Folder = 2,
  /** The end of a pipe. */
  Pipe = 3,
  /** A console. */
  Terminal = 4,
}
