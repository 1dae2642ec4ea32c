/** CRC-32 (IEEE 802.3) with a table that is made first. */

const POLYNOMIAL: u32 = 0xedb88320;
const TABLE_ENTRIES: u32 = 256;

export function crc_raw(a: u32, b: u32, _c: u32, n: u32): u32 {
  for (let i: u32 = 0; i < TABLE_ENTRIES; i++) {
    let entry = i;
    for (let bit = 0; bit < 8; bit++) entry = entry & 1 ? (entry >> 1) ^ POLYNOMIAL : entry >> 1;
    store<u32>(b + (i << 2), entry);
  }
  let crc: u32 = 0xffffffff;
  for (let i: u32 = 0; i < n; i++) {
    crc = load<u32>(b + (((crc ^ load<u8>(a + i)) & 0xff) << 2)) ^ (crc >> 8);
  }
  return ~crc;
}

export function crc_checked(a: u32, b: u32, _c: u32, n: u32): u32 {
  const bytes = changetype<StaticArray<u8>>(a);
  const table = changetype<StaticArray<u32>>(b);
  for (let i: u32 = 0; i < TABLE_ENTRIES; i++) {
    let entry = i;
    for (let bit = 0; bit < 8; bit++) entry = entry & 1 ? (entry >> 1) ^ POLYNOMIAL : entry >> 1;
    table[i] = entry;
  }
  let crc: u32 = 0xffffffff;
  for (let i: u32 = 0; i < n; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >> 8);
  return ~crc;
}
