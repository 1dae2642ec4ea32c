/**
 * A command line, taken apart into words and operators. `*` and `?` stand for the names of files
 * (patterns.ts), unless they are quoted. Quotes, single or double, keep what is between
 * them in one word; `\` keeps the character behind it; `$?` is the last command's status, except in
 * single quotes; `#` at the start of a word begins a comment.
 */
import { Text } from '../../abi/message.structs';
import { isText } from '../../runtime/bytes';
import { TextBuilder } from '../../runtime/text-builder';

const MOST_TOKENS: u32 = 128;
const TEXT_BYTES: u32 = 4096;
/** The longest that `$?` can become. */
const STATUS_BYTES: u32 = 11;
const SPACE: u8 = 0x20;
const TAB: u8 = 0x09;
const DOUBLE_QUOTE: u8 = 0x22;
const HASH: u8 = 0x23;
const DOLLAR: u8 = 0x24;
const AMPERSAND: u8 = 0x26;
const SINGLE_QUOTE: u8 = 0x27;
const SEMICOLON: u8 = 0x3b;
const STAR: u8 = 0x2a;
const LESS: u8 = 0x3c;
const GREATER: u8 = 0x3e;
const QUESTION: u8 = 0x3f;
const BACKSLASH: u8 = 0x5c;
const BAR: u8 = 0x7c;

export const enum TokenKind {
  Word,
  /** `|` */
  Pipe,
  /** `<` */
  Input,
  /** `>` */
  Output,
  /** `>>` */
  Append,
  // What ends a pipeline is below.
  /** `&` */
  Background,
  /** `;` */
  Sequence,
  /** `&&` */
  And,
  /** `||` */
  Or,
  End,
}

/** Whether there has to be a command behind an operator that ends a pipeline. */
export function awaitsCommand(kind: TokenKind): bool {
  return kind == TokenKind.And || kind == TokenKind.Or;
}

/** What is wrong with a line. */
export const enum LineError {
  None,
  OpenQuote,
  TooLong,
}

@unmanaged
export class Token extends Text {
  kind: TokenKind;

  /** Of a word: some `*` or `?` in it stands for other characters. */
  isPattern: bool;

  get endsPipeline(): bool {
    return this.kind >= TokenKind.Background;
  }
}

/** The tokens of one pipeline; only the last ends it. */
@unmanaged
export class Tokens {
  count: u32;
  private tokens: usize;
  private text: TextBuilder;
  /** For each byte of the text, whether it is a `*` or `?` that stands for other characters. */
  private wild: usize;
  private line: usize;
  private lineLength: u32;
  private at: u32;

  static on(memoryOfTokens: usize): Tokens {
    const made = changetype<Tokens>(memoryOfTokens);
    made.tokens = memory.data(<i32>MOST_TOKENS * offsetof<Token>(), 4);
    made.text = TextBuilder.on(
      memory.data(offsetof<TextBuilder>(), 4),
      memory.data(<i32>TEXT_BYTES),
      TEXT_BYTES,
    );
    made.wild = memory.data(<i32>(TEXT_BYTES + STATUS_BYTES));
    return made;
  }

  /** Where the marks of a word's bytes lie. */
  wildIn(word: Token): usize {
    return this.wild + (word.address - this.text.address);
  }

  token(index: u32): Token {
    return changetype<Token>(this.tokens + <usize>index * <usize>offsetof<Token>());
  }

  is(index: u32, literal: string): bool {
    const token = this.token(index);
    return token.kind == TokenKind.Word && isText(token.address, token.length, literal);
  }

  /** Begins with a line, which stays where it is. */
  begin(line: usize, length: u32): void {
    this.line = line;
    this.lineLength = length;
    this.at = 0;
  }

  /** Whether all of the line was taken apart. */
  get isAtEnd(): bool {
    return this.at == this.lineLength;
  }

  /** Takes the line apart up to the end of a pipeline. */
  next(lastStatus: i32): LineError {
    const line = this.line;
    const length = this.lineLength;
    this.count = 0;
    this.text.clear();
    while (true) {
      while (this.at < length && isSpace(load<u8>(line + this.at))) this.at += 1;
      if (this.count == MOST_TOKENS || this.text.truncated) return LineError.TooLong;
      if (this.at < length && load<u8>(line + this.at) == HASH) this.at = length;
      const token = this.token(this.count);
      this.count += 1;
      token.kind = this.isAtEnd ? TokenKind.End : this.operator();
      if (token.endsPipeline) return LineError.None;
      if (token.kind != TokenKind.Word) continue;
      const error = this.takeWord(token, lastStatus);
      if (error != LineError.None) return error;
    }
  }

  /** The operator at this place, which is then behind it; Word if there is none. */
  private operator(): TokenKind {
    const byte = this.peek(0);
    const kind = operatorKind(byte);
    if (kind == TokenKind.Word) return kind;
    this.at += 1;
    if (this.peek(0) != byte) return kind;
    const doubled = doubledKind(kind);
    if (doubled != kind) this.at += 1;
    return doubled;
  }

  private peek(distance: u32): u8 {
    const at = this.at + distance;
    return at < this.lineLength ? load<u8>(this.line + at) : 0;
  }

  private takeWord(token: Token, lastStatus: i32): LineError {
    const text = this.text;
    const start = text.length;
    let quote: u8 = 0;
    token.isPattern = false;
    while (this.at < this.lineLength) {
      const byte = this.peek(0);
      if (quote == 0 && (isSpace(byte) || operatorKind(byte) != TokenKind.Word)) break;
      this.at += 1;
      if (quote == 0 && (byte == DOUBLE_QUOTE || byte == SINGLE_QUOTE)) {
        quote = byte;
      } else if (quote != 0 && byte == quote) {
        quote = 0;
      } else if (byte == BACKSLASH && quote != SINGLE_QUOTE && this.at < this.lineLength) {
        store<u8>(this.wild + text.length, 0);
        text.byte(this.peek(0));
        this.at += 1;
      } else if (byte == DOLLAR && quote != SINGLE_QUOTE && this.peek(0) == QUESTION) {
        memory.fill(this.wild + text.length, 0, STATUS_BYTES);
        text.signed(lastStatus);
        this.at += 1;
      } else {
        const isWild = quote == 0 && (byte == STAR || byte == QUESTION);
        if (isWild) token.isPattern = true;
        store<u8>(this.wild + text.length, isWild ? 1 : 0);
        text.byte(byte);
      }
    }
    token.address = text.address + start;
    token.length = text.length - start;
    if (text.truncated) return LineError.TooLong;
    return quote == 0 ? LineError.None : LineError.OpenQuote;
  }
}

function operatorKind(byte: u8): TokenKind {
  switch (byte) {
    case BAR:
      return TokenKind.Pipe;
    case LESS:
      return TokenKind.Input;
    case GREATER:
      return TokenKind.Output;
    case AMPERSAND:
      return TokenKind.Background;
    case SEMICOLON:
      return TokenKind.Sequence;
    default:
      return TokenKind.Word;
  }
}

/** What an operator becomes that is there twice; itself if nothing. */
function doubledKind(kind: TokenKind): TokenKind {
  switch (kind) {
    case TokenKind.Output:
      return TokenKind.Append;
    case TokenKind.Background:
      return TokenKind.And;
    case TokenKind.Pipe:
      return TokenKind.Or;
    default:
      return kind;
  }
}

function isSpace(byte: u8): bool {
  return byte == SPACE || byte == TAB;
}
