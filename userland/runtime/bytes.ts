/** Comparing and reading UTF-8 text that lies in memory. */

/** Whether two byte ranges hold the same. */
export function sameBytes(a: usize, aLength: u32, b: usize, bLength: u32): bool {
  if (aLength != bLength) return false;
  for (let i: u32 = 0; i < aLength; i++) {
    if (load<u8>(a + i) != load<u8>(b + i)) return false;
  }
  return true;
}

/** Whether bytes spell an ASCII literal. */
export function isText(address: usize, length: u32, literal: string): bool {
  if (length != <u32>literal.length) return false;
  return startsWithText(address, length, literal);
}

export function startsWithText(address: usize, length: u32, literal: string): bool {
  if (length < <u32>literal.length) return false;
  for (let i = 0; i < literal.length; i++) {
    if (<i32>load<u8>(address + <usize>i) != literal.charCodeAt(i)) return false;
  }
  return true;
}

/** A number written in decimal, or −1: no digits, other characters, or more than a u32. */
export function parseDecimal(address: usize, length: u32): i64 {
  if (length == 0 || length > 10) return -1;
  let value: u64 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const digit = <u32>load<u8>(address + i) - 0x30;
    if (digit > 9) return -1;
    value = value * 10 + <u64>digit;
  }
  return value > <u64>u32.MAX_VALUE ? -1 : <i64>value;
}

/** A number written in hexadecimal, or −1. */
export function parseHexadecimal(address: usize, length: u32): i64 {
  if (length == 0 || length > 8) return -1;
  let value: u64 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const byte = <u32>load<u8>(address + i);
    let digit = byte - 0x30;
    if (digit > 9) digit = (byte | 0x20) - 0x61 + 10;
    if (digit > 15) return -1;
    value = value * 16 + <u64>digit;
  }
  return <i64>value;
}
