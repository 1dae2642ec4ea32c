/** Reads the primitive encodings of the WebAssembly binary format (core specification, section 5). */

/** The bytes are not a WebAssembly module; `offset` is where reading failed. */
export class WasmFormatError extends Error {
  override readonly name = 'WasmFormatError';

  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(`${message} at byte 0x${offset.toString(16)} of the WebAssembly module`);
  }
}

const CONTINUATION_BIT = 0x80;
const PAYLOAD_BITS = 7;
const utf8 = new TextDecoder('utf-8');

export class BinaryReader {
  constructor(
    readonly bytes: Uint8Array,
    public position = 0,
    readonly end = bytes.length,
  ) {}

  get atEnd(): boolean {
    return this.position >= this.end;
  }

  byte(): number {
    if (this.position >= this.end) throw new WasmFormatError('unexpected end', this.position);
    return this.bytes[this.position++];
  }

  /** Unsigned LEB128 of at most 32 bits. */
  unsigned(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += PAYLOAD_BITS) {
      const byte = this.byte();
      result |= (byte & 0x7f) << shift;
      if ((byte & CONTINUATION_BIT) === 0) return result >>> 0;
    }
    throw new WasmFormatError('integer too long', this.position);
  }

  /** Signed LEB128 of at most 33 bits (block types); the result is exact. */
  signed(): number {
    return Number(this.signed64());
  }

  /** Signed LEB128 of at most 64 bits. */
  signed64(): bigint {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += BigInt(PAYLOAD_BITS)) {
      const byte = this.byte();
      result |= BigInt(byte & 0x7f) << shift;
      if ((byte & CONTINUATION_BIT) === 0) {
        return BigInt.asIntN(64, BigInt.asIntN(Number(shift) + PAYLOAD_BITS, result));
      }
    }
    throw new WasmFormatError('integer too long', this.position);
  }

  /** An unsigned number of `length` bytes, little-endian. */
  fixed(length: number): bigint {
    return this.take(length).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  /** The next `length` bytes, not copied. */
  take(length: number): Uint8Array {
    if (length > this.end - this.position) {
      throw new WasmFormatError('unexpected end', this.position);
    }
    const view = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return view;
  }

  /** A vector of bytes holding UTF-8. */
  text(): string {
    return utf8.decode(this.take(this.unsigned()));
  }

  /** A reader for the next `length` bytes, which this one skips. */
  slice(length: number): BinaryReader {
    const start = this.position;
    this.take(length);
    return new BinaryReader(this.bytes, start, start + length);
  }
}
