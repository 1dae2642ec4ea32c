/** Matrix product of signed words, n by n. */

export function matrix_raw(a: u32, b: u32, c: u32, n: u32): u32 {
  for (let i: u32 = 0; i < n; i++) {
    for (let j: u32 = 0; j < n; j++) {
      let sum: i32 = 0;
      for (let k: u32 = 0; k < n; k++) {
        sum += load<i32>(a + ((i * n + k) << 2)) * load<i32>(b + ((k * n + j) << 2));
      }
      store<i32>(c + ((i * n + j) << 2), sum);
    }
  }
  return n;
}

export function matrix_checked(a: u32, b: u32, c: u32, n: u32): u32 {
  const left = changetype<StaticArray<i32>>(a);
  const right = changetype<StaticArray<i32>>(b);
  const product = changetype<StaticArray<i32>>(c);
  for (let i: u32 = 0; i < n; i++) {
    for (let j: u32 = 0; j < n; j++) {
      let sum: i32 = 0;
      for (let k: u32 = 0; k < n; k++) sum += left[i * n + k] * right[k * n + j];
      product[i * n + j] = sum;
    }
  }
  return n;
}
