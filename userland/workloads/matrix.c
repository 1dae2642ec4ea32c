/* The same as matrix.ts. */
typedef unsigned u32;

u32 matrix_raw(int *a, int *b, int *c, u32 n) {
  for (u32 i = 0; i < n; i++) {
    for (u32 j = 0; j < n; j++) {
      int sum = 0;
      for (u32 k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
      c[i * n + j] = sum;
    }
  }
  return n;
}

u32 matrix_checked(int *a, int *b, int *c, u32 n) { return matrix_raw(a, b, c, n); }
