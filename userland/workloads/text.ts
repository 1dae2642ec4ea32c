/** Strings as bytes: upper case into a second array, and how often a needle of three bytes occurs. */

function upper(byte: u32): u32 {
  return byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
}

const NEEDLE_BYTES: u32 = 3;

export function text_raw(a: u32, b: u32, c: u32, n: u32): u32 {
  for (let i: u32 = 0; i < n; i++) store<u8>(b + i, upper(load<u8>(a + i)));
  for (let i: u32 = 0; i < NEEDLE_BYTES; i++) store<u8>(c + i, load<u8>(b + n / 2 + i));
  let found: u32 = 0;
  for (let i: u32 = 0; i + NEEDLE_BYTES <= n; i++) {
    let k: u32 = 0;
    while (k < NEEDLE_BYTES && load<u8>(b + i + k) == load<u8>(c + k)) k++;
    if (k == NEEDLE_BYTES) found++;
  }
  return found;
}

export function text_checked(a: u32, b: u32, c: u32, n: u32): u32 {
  const text = changetype<StaticArray<u8>>(a);
  const result = changetype<StaticArray<u8>>(b);
  const needle = changetype<StaticArray<u8>>(c);
  for (let i: u32 = 0; i < n; i++) result[i] = <u8>upper(text[i]);
  for (let i: u32 = 0; i < NEEDLE_BYTES; i++) needle[i] = result[n / 2 + i];
  let found: u32 = 0;
  for (let i: u32 = 0; i + NEEDLE_BYTES <= n; i++) {
    let k: u32 = 0;
    while (k < NEEDLE_BYTES && result[i + k] == needle[k]) k++;
    if (k == NEEDLE_BYTES) found++;
  }
  return found;
}
