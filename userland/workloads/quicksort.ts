/** Quicksort (Hoare's partition) of signed words, recursive on the smaller part. */

function sortRange(base: u32, low: i32, high: i32): void {
  while (low < high) {
    const pivot = load<i32>(base + (((low + high) >> 1) << 2));
    let i = low;
    let j = high;
    while (i <= j) {
      while (load<i32>(base + (i << 2)) < pivot) i++;
      while (load<i32>(base + (j << 2)) > pivot) j--;
      if (i <= j) {
        const left = load<i32>(base + (i << 2));
        store<i32>(base + (i << 2), load<i32>(base + (j << 2)));
        store<i32>(base + (j << 2), left);
        i++;
        j--;
      }
    }
    if (j - low < high - i) {
      sortRange(base, low, j);
      low = i;
    } else {
      sortRange(base, i, high);
      high = j;
    }
  }
}

export function quicksort_raw(a: u32, _b: u32, _c: u32, n: u32): u32 {
  sortRange(a, 0, n - 1);
  return load<u32>(a + ((n / 2) << 2));
}

function sortArray(words: StaticArray<i32>, low: i32, high: i32): void {
  while (low < high) {
    const pivot = words[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (words[i] < pivot) i++;
      while (words[j] > pivot) j--;
      if (i <= j) {
        const left = words[i];
        words[i] = words[j];
        words[j] = left;
        i++;
        j--;
      }
    }
    if (j - low < high - i) {
      sortArray(words, low, j);
      low = i;
    } else {
      sortArray(words, i, high);
      high = j;
    }
  }
}

export function quicksort_checked(a: u32, _b: u32, _c: u32, n: u32): u32 {
  const words = changetype<StaticArray<i32>>(a);
  sortArray(words, 0, n - 1);
  return words[n / 2];
}
