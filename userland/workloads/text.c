/* The same as text.ts. */
typedef unsigned u32;
typedef unsigned char u8;

static u32 upper(u32 byte) { return byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte; }

u32 text_raw(u8 *text, u8 *result, u8 *needle, u32 n) {
  for (u32 i = 0; i < n; i++) result[i] = upper(text[i]);
  for (u32 i = 0; i < 3; i++) needle[i] = result[n / 2 + i];
  u32 found = 0;
  for (u32 i = 0; i + 3 <= n; i++) {
    u32 k = 0;
    while (k < 3 && result[i + k] == needle[k]) k++;
    if (k == 3) found++;
  }
  return found;
}

u32 text_checked(u8 *text, u8 *result, u8 *needle, u32 n) { return text_raw(text, result, needle, n); }
