/** A command line, taken apart: words between spaces; quotes, single or double, keep spaces in a word. */
import { Text } from '../../abi/message.structs';
import { isText } from '../../runtime/bytes';

const MOST_WORDS: u32 = 64;
const SPACE: u8 = 0x20;
const LINE_FEED: u8 = 0x0a;
const DOUBLE_QUOTE: u8 = 0x22;
const SINGLE_QUOTE: u8 = 0x27;

/** What is wrong with a line. */
export const enum LineError {
  None,
  OpenQuote,
  TooManyWords,
}

/** Number 0 is the command itself. */
@unmanaged
export class Arguments {
  count: u32;
  private words: usize;

  static on(memoryOfArguments: usize): Arguments {
    const made = changetype<Arguments>(memoryOfArguments);
    made.words = memory.data(<i32>MOST_WORDS * offsetof<Text>(), 4);
    return made;
  }

  address(index: u32): usize {
    return this.word(index).address;
  }

  length(index: u32): u32 {
    return this.word(index).length;
  }

  is(index: u32, literal: string): bool {
    return isText(this.address(index), this.length(index), literal);
  }

  /** Takes a line apart in place: a word moves left over its quotes. */
  parse(line: usize, length: u32): LineError {
    this.count = 0;
    let at = skipSpaces(line, 0, length);
    while (at < length) {
      if (this.count == MOST_WORDS) return LineError.TooManyWords;
      const end = this.takeWord(line, at, length);
      if (end > length) return LineError.OpenQuote;
      at = skipSpaces(line, end, length);
    }
    return LineError.None;
  }

  /** Takes the word at `at`; returns where it ends, beyond the line if a quote is open there. */
  private takeWord(line: usize, at: u32, length: u32): u32 {
    const word = this.word(this.count);
    this.count += 1;
    word.address = line + at;
    word.length = 0;
    let quote: u8 = 0;
    while (at < length) {
      const byte = load<u8>(line + at);
      if (quote == 0 && isSpace(byte)) break;
      at += 1;
      if (quote == 0 && (byte == DOUBLE_QUOTE || byte == SINGLE_QUOTE)) quote = byte;
      else if (quote != 0 && byte == quote) quote = 0;
      else this.append(word, byte);
    }
    return quote == 0 ? at : length + 1;
  }

  private append(word: Text, byte: u8): void {
    store<u8>(word.address + word.length, byte);
    word.length += 1;
  }

  private word(index: u32): Text {
    return changetype<Text>(this.words + <usize>index * <usize>offsetof<Text>());
  }
}

function skipSpaces(line: usize, at: u32, length: u32): u32 {
  while (at < length && isSpace(load<u8>(line + at))) at += 1;
  return at;
}

function isSpace(byte: u8): bool {
  return byte == SPACE || byte == LINE_FEED;
}
