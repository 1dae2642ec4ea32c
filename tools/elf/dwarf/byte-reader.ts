/** Reads what `ByteWriter` writes, from bytes that may be anything. */
import { ElfError } from '../elf-error.ts';

const MAXIMUM_LEB_SHIFT = 28;

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  position = 0;

  /** @param what Names the bytes in error messages, such as `.debug_line`. */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  get size(): number {
    return this.#bytes.length;
  }

  get atEnd(): boolean {
    return this.position >= this.#bytes.length;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  /** An unsigned number of up to 32 bits. */
  unsignedLeb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      if (shift > MAXIMUM_LEB_SHIFT) throw this.fail('a number has more than 32 bits');
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return value;
    }
  }

  /** A signed number of up to 32 bits. */
  signedLeb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      if (shift > MAXIMUM_LEB_SHIFT) throw this.fail('a number has more than 32 bits');
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) !== 0) continue;
      const unusedBits = 32 - (shift + 7);
      return unusedBits > 0 ? (value << unusedBits) >> unusedBits : value;
    }
  }

  string(): string {
    const end = this.#bytes.indexOf(0, this.position);
    if (end < 0) throw this.fail('a string does not end');
    const text = new TextDecoder().decode(this.#bytes.subarray(this.position, end));
    this.position = end + 1;
    return text;
  }

  skip(count: number): void {
    this.#take(count);
  }

  fail(problem: string): ElfError {
    const message = `${this.#what}: ${problem} (at offset ${this.position})`;
    return new ElfError('bad debug information', message);
  }

  #take(count: number): number {
    const start = this.position;
    if (count < 0 || start + count > this.#bytes.length) throw this.fail('the data are cut off');
    this.position = start + count;
    return start;
  }
}
