/** Copying: four words at a time, the rest by bytes; then once more, in reverse, by bytes. */

const STRIDE: u32 = 16;

export function copy_raw(a: u32, b: u32, c: u32, n: u32): u32 {
  let i: u32 = 0;
  for (; i + STRIDE <= n; i += STRIDE) {
    const first = load<u32>(a + i, 0);
    const second = load<u32>(a + i, 4);
    const third = load<u32>(a + i, 8);
    const fourth = load<u32>(a + i, 12);
    store<u32>(b + i, first, 0);
    store<u32>(b + i, second, 4);
    store<u32>(b + i, third, 8);
    store<u32>(b + i, fourth, 12);
  }
  for (; i < n; i++) store<u8>(b + i, load<u8>(a + i));
  for (i = 0; i < n; i++) store<u8>(c + (n - 1 - i), load<u8>(b + i));
  return n;
}

export function copy_checked(a: u32, b: u32, c: u32, n: u32): u32 {
  const from = changetype<StaticArray<u32>>(a);
  const to = changetype<StaticArray<u32>>(b);
  const fromBytes = changetype<StaticArray<u8>>(a);
  const toBytes = changetype<StaticArray<u8>>(b);
  const reversed = changetype<StaticArray<u8>>(c);
  let i: u32 = 0;
  for (; i * 4 + STRIDE <= n; i += 4) {
    const first = from[i];
    const second = from[i + 1];
    const third = from[i + 2];
    const fourth = from[i + 3];
    to[i] = first;
    to[i + 1] = second;
    to[i + 2] = third;
    to[i + 3] = fourth;
  }
  for (i *= 4; i < n; i++) toBytes[i] = fromBytes[i];
  for (i = 0; i < n; i++) reversed[n - 1 - i] = toBytes[i];
  return n;
}
