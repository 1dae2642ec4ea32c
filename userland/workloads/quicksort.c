/* The same as quicksort.ts. */
typedef unsigned u32;

static void sort_range(int *words, int low, int high) {
  while (low < high) {
    int pivot = words[(low + high) >> 1];
    int i = low;
    int j = high;
    while (i <= j) {
      while (words[i] < pivot) i++;
      while (words[j] > pivot) j--;
      if (i <= j) {
        int left = words[i];
        words[i] = words[j];
        words[j] = left;
        i++;
        j--;
      }
    }
    if (j - low < high - i) {
      sort_range(words, low, j);
      low = i;
    } else {
      sort_range(words, i, high);
      high = j;
    }
  }
}

u32 quicksort_raw(int *a, void *b, void *c, u32 n) {
  sort_range(a, 0, n - 1);
  return a[n / 2];
}

u32 quicksort_checked(int *a, void *b, void *c, u32 n) { return quicksort_raw(a, b, c, n); }
