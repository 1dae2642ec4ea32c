/** Reads a file line by line. */
import { FileClient } from 'stubs/file';

const LINE_FEED: u8 = 0x0a;
const BUFFER_BYTES: u32 = 8192;

/** Where a program reads its lines from; each needs LINE_READER_BYTES. */
@unmanaged
export class LineReader {
  private file: FileClient;
  private start: u32;
  private end: u32;
  private isAtEnd: bool;
  /** Bytes of the line that was found, without its LF. */
  length: u32;
  /** The line ends with an LF, as all but a file's last do. */
  isTerminated: bool;

  static on(reader: usize, file: FileClient): LineReader {
    const made = changetype<LineReader>(reader);
    made.file = file;
    made.start = 0;
    made.end = 0;
    made.isAtEnd = false;
    made.length = 0;
    return made;
  }

  /** Where the line lies, until the next. */
  get address(): usize {
    return this.buffer + this.start;
  }

  private get buffer(): usize {
    return changetype<usize>(this) + offsetof<LineReader>();
  }

  /** Goes to the next line: 1, 0 at the end, or a negative Errno. A line longer than the buffer comes in parts. */
  next(): i32 {
    this.start += this.length + (this.isTerminated ? 1 : 0);
    this.length = 0;
    this.isTerminated = false;
    let scanned = this.start;
    while (true) {
      for (let at = scanned; at < this.end; at++) {
        if (load<u8>(this.buffer + at) != LINE_FEED) continue;
        this.length = at - this.start;
        this.isTerminated = true;
        return 1;
      }
      const pending = this.end - this.start;
      if (this.isAtEnd || pending == BUFFER_BYTES) {
        this.length = pending;
        return pending == 0 ? 0 : 1;
      }
      memory.copy(this.buffer, this.buffer + this.start, pending);
      this.start = 0;
      this.end = pending;
      scanned = pending;
      const got = this.file.read(this.buffer + pending, BUFFER_BYTES - pending);
      if (got < 0) return got;
      if (got == 0) this.isAtEnd = true;
      this.end += got;
    }
  }

  /** After the end of what was typed at a terminal, there may be more. */
  resume(): void {
    this.isAtEnd = false;
  }
}

export const LINE_READER_BYTES: i32 = offsetof<LineReader>() + <i32>BUFFER_BYTES;
