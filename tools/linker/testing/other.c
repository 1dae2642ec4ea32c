/* The other half of main.c. */
int table[] = {1, 2, 3, 4};
int shared;

const char *name(int number) {
  static const char *const names[] = {"zero ", "one ", "two ", "three "};
  return number < 4 ? names[number] : "shared string\n";
}

long long mix(int a, long long b, int *c, int d, int e, int f, int g, int h, int i, long long j) {
  return a + b * c[2] + d - e + f * g + h * i + j + shared;
}
