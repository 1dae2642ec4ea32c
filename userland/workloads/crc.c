/* The same as crc.ts. */
typedef unsigned u32;
typedef unsigned char u8;

u32 crc_raw(u8 *bytes, u32 *table, void *c, u32 n) {
  for (u32 i = 0; i < 256; i++) {
    u32 entry = i;
    for (int bit = 0; bit < 8; bit++) entry = entry & 1 ? (entry >> 1) ^ 0xedb88320u : entry >> 1;
    table[i] = entry;
  }
  u32 crc = 0xffffffffu;
  for (u32 i = 0; i < n; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >> 8);
  return ~crc;
}

u32 crc_checked(u8 *bytes, u32 *table, void *c, u32 n) { return crc_raw(bytes, table, c, n); }
