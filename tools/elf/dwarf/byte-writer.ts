/** Appends little-endian integers, LEB128 numbers and strings. */

const INITIAL_CAPACITY = 1024;

export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_CAPACITY);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#view.setUint8(this.#size, value);
    this.#size += 1;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#size, value, true);
    this.#size += 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#size, value, true);
    this.#size += 4;
  }

  /** Writes over a word that was written before. */
  patchU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  unsignedLeb(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.u8((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  signedLeb(value: number): void {
    let rest = value;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
      this.u8(isLast ? low : low | 0x80);
      if (isLast) return;
    }
  }

  /** UTF-8 with a final zero. */
  string(text: string): void {
    const bytes = new TextEncoder().encode(`${text}\0`);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  #reserve(count: number): void {
    const size = this.#size + count;
    if (size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
