/**
 * The host's end of a serial line. What the host has sent and the UART has not yet taken in is the
 * host's, not the machine's state: it enters the UART only when the receiver has room, so what the
 * guest sees depends on when bytes were offered and on the guest's own reads, and on nothing else.
 */

import { HostEndError, type HostEnd, type HostPicture } from './host-end.ts';

/** Where the bytes go that the guest transmits. */
export interface SerialPort {
  /**
   * Called in the middle of the instruction that transmits. It may ask the machine to stop; it must
   * not touch it otherwise.
   */
  transmit(byte: number): void;
}

/** A break condition in the queue: the line held low for longer than a character. */
export const BREAK = 0x100;

/** Bytes of a symbol in a picture of the queue. */
const SYMBOL_BYTES = 2;

/** Bytes and breaks on their way to the guest, in order. */
export class SerialInputQueue implements HostEnd {
  readonly name = 'input';
  private symbols: number[] = [];
  private head = 0;

  /** Symbols that the UART has not taken yet; a host with much to send waits for this to fall. */
  get length(): number {
    return this.symbols.length - this.head;
  }

  /** Adds bytes; each is taken modulo 256. */
  add(bytes: Iterable<number>): void {
    for (const byte of bytes) this.symbols.push(byte & 0xff);
  }

  addBreak(): void {
    this.symbols.push(BREAK);
  }

  /** Takes the oldest symbol: a byte or `BREAK`; undefined if there is none. */
  take(): number | undefined {
    if (this.head === this.symbols.length) return undefined;
    const symbol = this.symbols[this.head++];
    if (this.head === this.symbols.length) {
      this.symbols = [];
      this.head = 0;
    }
    return symbol;
  }

  /** One piece: the symbols, two bytes each, the low one first; none if there are none. */
  save(): HostPicture {
    if (this.length === 0) return new Map();
    const bytes = new Uint8Array(this.length * SYMBOL_BYTES);
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < this.length; index++) {
      view.setUint16(index * SYMBOL_BYTES, this.symbols[this.head + index], true);
    }
    return new Map([[0, bytes]]);
  }

  restore(picture: HostPicture): void {
    const bytes = picture.get(0) ?? new Uint8Array(0);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const symbols: number[] = [];
    for (let at = 0; at + SYMBOL_BYTES <= bytes.length; at += SYMBOL_BYTES) {
      symbols.push(view.getUint16(at, true));
    }
    if (bytes.length % SYMBOL_BYTES !== 0 || symbols.some((symbol) => symbol > BREAK)) {
      throw new HostEndError('serial input that is neither bytes nor breaks');
    }
    this.symbols = symbols;
    this.head = 0;
  }
}
