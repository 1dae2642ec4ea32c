/**
 * The line discipline: what keys do to a line, and what the terminal is sent so that it shows it.
 * Lines are edited when somebody reads, not when they are typed: what was typed ahead appears where
 * it is read, as if it had been typed there.
 */
import { ByteRing } from './byte-ring';

const CTRL_D: u8 = 0x04;
const BELL: u8 = 0x07;
const BACKSPACE: u8 = 0x08;
const TAB: u8 = 0x09;
const LINE_FEED: u8 = 0x0a;
const CARRIAGE_RETURN: u8 = 0x0d;
const CTRL_U: u8 = 0x15;
const CTRL_W: u8 = 0x17;
const ESCAPE: u8 = 0x1b;
const SPACE: u8 = 0x20;
const DELETE: u8 = 0x7f;

/** Bytes of a line without its LF; what is typed beyond rings the bell. */
const LINE_BYTES: u32 = 1024;
/** Bytes that one key may send to the terminal: each character of a line erased. */
export const ECHO_BYTES: u32 = 3 * LINE_BYTES;

/** Where in an escape sequence (ECMA-48) the input is: arrow keys and their like do nothing yet. */
const enum Sequence {
  None,
  /** After ESC. */
  Introduced,
  /** After ESC [: parameters, until a byte from @ to ~. */
  Control,
  /** After ESC O: one more byte. */
  SingleShift,
}

@unmanaged
export class LineEditor {
  private line: usize;
  private length: u32;
  /** Bytes of a finished line that were fetched. */
  private fetched: u32;
  /** The line is finished: by Enter, or while it is empty by Ctrl-D. */
  isDone: bool;
  private afterReturn: bool;
  private sequence: Sequence;
  private echo: ByteRing;

  /** `echo` needs room for ECHO_BYTES before each key. */
  static on(editor: usize, echo: ByteRing): LineEditor {
    const made = changetype<LineEditor>(editor);
    made.line = memory.data(<i32>LINE_BYTES + 1);
    made.echo = echo;
    made.restart();
    return made;
  }

  /** Drops the line. */
  restart(): void {
    this.length = 0;
    this.fetched = 0;
    this.isDone = false;
    this.sequence = Sequence.None;
  }

  /** Where the part of the finished line begins that was not fetched yet. */
  get start(): usize {
    return this.line + this.fetched;
  }

  /** Bytes of the finished line that were not fetched yet. */
  get remaining(): u32 {
    return this.length - this.fetched;
  }

  /** Notes that a reader has `bytes` of the finished line. */
  fetch(bytes: u32): void {
    this.fetched += bytes;
    if (this.fetched == this.length) this.restart();
  }

  /** Takes one key. */
  key(byte: u8): void {
    const follows = this.afterReturn;
    this.afterReturn = byte == CARRIAGE_RETURN;
    // A terminal's Enter is CR, a file's line end LF, a Windows file's both.
    if (follows && byte == LINE_FEED) return;
    if (this.sequence != Sequence.None) {
      this.continueSequence(byte);
      return;
    }
    switch (byte) {
      case CARRIAGE_RETURN:
      case LINE_FEED:
        this.finish();
        break;
      case CTRL_D:
        // The end of the input; in a line that has begun it means nothing.
        if (this.length == 0) this.isDone = true;
        break;
      case BACKSPACE:
      case DELETE:
        this.eraseCharacter();
        break;
      case CTRL_U:
        while (this.length > 0) this.eraseCharacter();
        break;
      case CTRL_W:
        this.eraseWord();
        break;
      case ESCAPE:
        this.sequence = Sequence.Introduced;
        break;
      default:
        // A tab would have to be erased as wide as it was: it counts as one space.
        if (byte == TAB) this.insert(SPACE);
        else if (byte >= SPACE) this.insert(byte);
    }
  }

  private continueSequence(byte: u8): void {
    if (this.sequence == Sequence.Introduced) {
      if (byte == 0x5b) this.sequence = Sequence.Control;
      else if (byte == 0x4f) this.sequence = Sequence.SingleShift;
      else this.sequence = Sequence.None;
      return;
    }
    const isFinal = byte >= 0x40 && byte <= 0x7e;
    if (this.sequence == Sequence.SingleShift || isFinal) this.sequence = Sequence.None;
  }

  private insert(byte: u8): void {
    if (this.length == LINE_BYTES) {
      this.echo.add(BELL);
      return;
    }
    store<u8>(this.line + this.length, byte);
    this.length += 1;
    this.echo.add(byte);
  }

  private finish(): void {
    store<u8>(this.line + this.length, LINE_FEED);
    this.length += 1;
    this.isDone = true;
    this.echo.add(CARRIAGE_RETURN);
    this.echo.add(LINE_FEED);
  }

  /** Takes the last character away: a UTF-8 lead byte and all that follow it. */
  private eraseCharacter(): void {
    if (this.length == 0) return;
    do {
      this.length -= 1;
    } while (this.length > 0 && isContinuation(load<u8>(this.line + this.length)));
    this.echo.add(BACKSPACE);
    this.echo.add(SPACE);
    this.echo.add(BACKSPACE);
  }

  /** Takes spaces at the end away, and the word before them. */
  private eraseWord(): void {
    while (this.length > 0 && this.last == SPACE) this.eraseCharacter();
    while (this.length > 0 && this.last != SPACE) this.eraseCharacter();
  }

  private get last(): u8 {
    return load<u8>(this.line + this.length - 1);
  }
}

function isContinuation(byte: u8): bool {
  return (byte & 0xc0) == 0x80;
}
