/** Addresses and words as the debugger writes them. */

const WORD_DIGITS = 8;

/** `0x80400000`. */
export function hexadecimal(value: number): string {
  return `0x${digits(value)}`;
}

/** `80400000`. */
export function digits(value: number): string {
  return (value >>> 0).toString(16).padStart(WORD_DIGITS, '0');
}

/** `04fe`: bytes in the order in which they lie in memory. */
export function byteDigits(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
