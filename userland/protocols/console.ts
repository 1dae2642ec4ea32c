import type { Buffer } from './types';

/**
 * A terminal: lines in, text out.
 *
 * @protocol 1
 */
export interface Console {
  /**
   * Writes all of `text`, with CR before every LF that has none, and returns its length once the last
   * byte has gone to the device. Texts of several writers appear one after the other.
   *
   * @max text 65536
   * @in text
   */
  write(text: Buffer): i32;

  /**
   * Waits for a line, which the user edits meanwhile, and returns its length with the LF at its end;
   * a line longer than `line` comes in parts. 0: the input has ended (Ctrl-D). EINTR: Ctrl-C. There
   * is one reader: another that waits already is sent away with EBUSY.
   *
   * @max line 4096
   * @out line
   */
  readLine(line: Buffer): i32;

  /** Whether Ctrl-C was pressed since the last call or the last interrupted readLine. */
  interrupted(): bool;

  /** Returns when the last bit written so far has left the device. */
  drain(): void;

  /** Waits for the next Ctrl-C. One waits at a time: another that waits already is sent away with EBUSY. */
  nextInterrupt(): void;
}
