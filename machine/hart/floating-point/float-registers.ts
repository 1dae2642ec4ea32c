/**
 * The 32 registers of 64 bits, in which shorter numbers are NaN-boxed: the bits above them are all
 * ones. A shorter number that is not boxed counts as the canonical NaN (Unprivileged ISA 12.2).
 */
import type { HartState } from '../hart-state.ts';
import { HartWord } from '../state-layout.ts';
import { Format, halfToNumber, numberToHalf } from './format.ts';

const BOX = -1;
const HALF_BOX = 0xffff_0000 | 0;
const HALF_MASK = 0xffff;
const SIGN = 0x8000_0000 | 0;
const HALF_SIGN = 0x8000;
const DOUBLE_QUIET_NAN_HIGH = 0x7ff8_0000;
const SINGLE_QUIET_NAN = 0x7fc0_0000;
const HALF_QUIET_NAN = 0x7e00;
const DOUBLE_QUIET_BIT = 0x0008_0000;
const SINGLE_QUIET_BIT = 0x0040_0000;
const HALF_QUIET_BIT = 0x0200;

export class FloatRegisters {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  /** The low words as numbers. */
  readonly floats: Float32Array;

  constructor(hart: HartState) {
    this.#words = hart.words;
    this.#doubles = hart.doubles;
    const { buffer, byteOffset, length } = hart.words;
    this.floats = new Float32Array(buffer, byteOffset, length);
  }

  /** The value of a register; NaN for any NaN. */
  read(register: number, format: Format): number {
    const low = HartWord.F + 2 * register;
    switch (format) {
      case Format.Double:
        return this.#doubles[HartWord.F / 2 + register];
      case Format.Single:
        return this.#words[low + 1] === BOX ? this.floats[low] : NaN;
      case Format.Half:
        return this.#isHalfBoxed(low) ? halfToNumber(this.#words[low] & HALF_MASK) : NaN;
    }
  }

  /** Writes a number that the format has; the canonical NaN for NaN. */
  write(register: number, format: Format, value: number): void {
    const low = HartWord.F + 2 * register;
    switch (format) {
      case Format.Double:
        if (value === value) {
          this.#doubles[HartWord.F / 2 + register] = value;
        } else {
          this.#words[low] = 0;
          this.#words[low + 1] = DOUBLE_QUIET_NAN_HIGH;
        }
        return;
      case Format.Single:
        if (value === value) {
          this.floats[low] = value;
        } else {
          this.#words[low] = SINGLE_QUIET_NAN;
        }
        this.#words[low + 1] = BOX;
        return;
      case Format.Half:
        this.writeBits(register, format, numberToHalf(value));
    }
  }

  /** Whether a register holds a signalling NaN. */
  isSignalling(register: number, format: Format): boolean {
    const value = this.read(register, format);
    if (value === value) {
      return false;
    }
    const low = HartWord.F + 2 * register;
    switch (format) {
      case Format.Double:
        return (this.#words[low + 1] & DOUBLE_QUIET_BIT) === 0;
      case Format.Single:
        return this.#words[low + 1] === BOX && (this.#words[low] & SINGLE_QUIET_BIT) === 0;
      case Format.Half:
        return this.#isHalfBoxed(low) && (this.#words[low] & HALF_QUIET_BIT) === 0;
    }
  }

  /** The low word of a double, or the bits of a shorter number: the canonical NaN's if not boxed. */
  readBits(register: number, format: Format): number {
    const low = HartWord.F + 2 * register;
    switch (format) {
      case Format.Double:
        return this.#words[low];
      case Format.Single:
        return this.#words[low + 1] === BOX ? this.#words[low] : SINGLE_QUIET_NAN;
      case Format.Half:
        return this.#isHalfBoxed(low) ? this.#words[low] & HALF_MASK : HALF_QUIET_NAN;
    }
  }

  /** The high word of a double. */
  readHigh(register: number): number {
    return this.#words[HartWord.F + 2 * register + 1];
  }

  /** Writes the bits of a single or half, or a double whose high word is given, too. */
  writeBits(register: number, format: Format, bits: number, high = BOX): void {
    const low = HartWord.F + 2 * register;
    this.#words[low] = format === Format.Half ? bits | HALF_BOX : bits;
    this.#words[low + 1] = high;
  }

  /** The low word, boxed or not: what fsw, fsh and moves to integer registers take. */
  rawLow(register: number): number {
    return this.#words[HartWord.F + 2 * register];
  }

  /** Whether the sign bit is set. */
  sign(register: number, format: Format): boolean {
    switch (format) {
      case Format.Double:
        return this.readHigh(register) < 0;
      case Format.Single:
        return this.readBits(register, format) < 0;
      case Format.Half:
        return (this.readBits(register, format) & HALF_SIGN) !== 0;
    }
  }

  /** The value of `from` with this sign, as bits: what sign injection does. */
  writeWithSign(register: number, format: Format, from: number, negative: boolean): void {
    const bits = this.readBits(from, format);
    switch (format) {
      case Format.Double: {
        const high = this.readHigh(from);
        this.writeBits(register, format, bits, negative ? high | SIGN : high & ~SIGN);
        return;
      }
      case Format.Single:
        this.writeBits(register, format, negative ? bits | SIGN : bits & ~SIGN);
        return;
      case Format.Half:
        this.writeBits(register, format, negative ? bits | HALF_SIGN : bits & ~HALF_SIGN);
    }
  }

  /** Makes one register the copy of another's number. */
  copy(register: number, format: Format, from: number): void {
    const bits = this.readBits(from, format);
    this.writeBits(register, format, bits, format === Format.Double ? this.readHigh(from) : BOX);
  }

  #isHalfBoxed(low: number): boolean {
    return this.#words[low + 1] === BOX && (this.#words[low] & HALF_BOX) === HALF_BOX;
  }
}
