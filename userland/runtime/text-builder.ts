/** Text put together in a buffer of fixed size: what does not fit is dropped, and known to be. */

const LINE_FEED: u8 = 0x0a;
const SPACE: u8 = 0x20;
const MINUS: u8 = 0x2d;
const ZERO: u8 = 0x30;
const LETTER_A: u8 = 0x61;

@unmanaged
export class TextBuilder {
  /** Of the first byte. */
  address: usize;
  /** Bytes so far. */
  length: u32;
  private capacity: u32;
  /** Where the column that `padTo` counts from begins. */
  private lineStart: u32;
  /** Something did not fit. */
  truncated: bool;

  /** Makes `builder` (offsetof<TextBuilder>() bytes) write into `capacity` bytes at `buffer`. */
  static on(builder: usize, buffer: usize, capacity: u32): TextBuilder {
    const text = changetype<TextBuilder>(builder);
    text.address = buffer;
    text.capacity = capacity;
    text.clear();
    return text;
  }

  clear(): void {
    this.length = 0;
    this.lineStart = 0;
    this.truncated = false;
  }

  /** Takes bytes away from the front. */
  dropFirst(bytes: u32): void {
    const left = this.length - bytes;
    memory.copy(this.address, this.address + bytes, left);
    this.length = left;
    this.lineStart = 0;
  }

  get room(): u32 {
    return this.capacity - this.length;
  }

  byte(value: u8): TextBuilder {
    if (this.length == this.capacity) {
      this.truncated = true;
      return this;
    }
    store<u8>(this.address + this.length, value);
    this.length += 1;
    return this;
  }

  bytes(address: usize, length: u32): TextBuilder {
    const part = min(length, this.room);
    memory.copy(this.address + this.length, address, part);
    this.length += part;
    if (part < length) this.truncated = true;
    return this;
  }

  /** Appends a literal, as UTF-8 (characters of the basic plane). */
  text(literal: string): TextBuilder {
    for (let i = 0; i < literal.length; i++) this.codePoint(<u32>literal.charCodeAt(i));
    return this;
  }

  /** Ends the line. */
  line(): TextBuilder {
    this.byte(LINE_FEED);
    this.lineStart = this.length;
    return this;
  }

  decimal(value: u64): TextBuilder {
    let divisor: u64 = 1;
    while (value / divisor >= 10) divisor *= 10;
    while (divisor != 0) {
      this.byte(ZERO + <u8>((value / divisor) % 10));
      divisor /= 10;
    }
    return this;
  }

  /** A number that may be negative. */
  signed(value: i32): TextBuilder {
    if (value < 0) this.byte(MINUS);
    return this.decimal(value < 0 ? <u64>-(<i64>value) : <u64>value);
  }

  /** `digits` hexadecimal digits. */
  hexadecimal(value: u32, digits: i32): TextBuilder {
    for (let shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
      const digit = <u8>((value >> shift) & 15);
      this.byte(digit < 10 ? ZERO + digit : LETTER_A + digit - 10);
    }
    return this;
  }

  /** An address: 0x and eight digits. */
  address32(value: u32): TextBuilder {
    return this.text('0x').hexadecimal(value, 8);
  }

  /** Ticks of the 10 MHz clock in seconds, to the millisecond. */
  seconds(ticks: u64): TextBuilder {
    const milliseconds = ticks / 10_000;
    this.decimal(milliseconds / 1000).text('.');
    const rest = milliseconds % 1000;
    if (rest < 100) this.byte(ZERO);
    if (rest < 10) this.byte(ZERO);
    return this.decimal(rest);
  }

  /** Spaces up to a column of the line, at least one. */
  padTo(column: u32): TextBuilder {
    this.byte(SPACE);
    while (this.length - this.lineStart < column && this.room > 0) this.byte(SPACE);
    return this;
  }

  /** A number that ends at a column of the line. */
  decimalTo(column: u32, value: u64): TextBuilder {
    let digits: u32 = 1;
    for (let rest = value / 10; rest != 0; rest /= 10) digits += 1;
    if (column > digits) this.padTo(column - digits);
    else this.byte(SPACE);
    return this.decimal(value);
  }

  private codePoint(code: u32): void {
    if (code < 0x80) {
      this.byte(<u8>code);
    } else if (code < 0x800) {
      this.byte(<u8>(0xc0 | (code >> 6))).byte(<u8>(0x80 | (code & 0x3f)));
    } else {
      this.byte(<u8>(0xe0 | (code >> 12)))
        .byte(<u8>(0x80 | ((code >> 6) & 0x3f)))
        .byte(<u8>(0x80 | (code & 0x3f)));
    }
  }
}
