/* The same as copy.ts. */
typedef unsigned u32;
typedef unsigned char u8;

u32 copy_raw(u32 *from, u32 *to, u8 *reversed, u32 n) {
  u32 i = 0;
  for (; 4 * i + 16 <= n; i += 4) {
    u32 first = from[i], second = from[i + 1], third = from[i + 2], fourth = from[i + 3];
    to[i] = first;
    to[i + 1] = second;
    to[i + 2] = third;
    to[i + 3] = fourth;
  }
  for (i *= 4; i < n; i++) ((u8 *)to)[i] = ((u8 *)from)[i];
  for (i = 0; i < n; i++) reversed[n - 1 - i] = ((u8 *)to)[i];
  return n;
}

u32 copy_checked(u32 *from, u32 *to, u8 *reversed, u32 n) { return copy_raw(from, to, reversed, n); }
