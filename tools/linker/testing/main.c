/* A program whose parts need most of what a linker does; it prints what it finds, then powers off. */
extern int table[];
extern const char *name(int number);
extern int absent(void) __attribute__((weak));
long long mix(int a, long long b, int *c, int d, int e, int f, int g, int h, int i, long long j);

int shared; /* COMMON: defined in other.c, too */
int later = 5;
static int initialised;

__attribute__((weak)) int hook(void) { return 7; }

__attribute__((constructor)) static void initialise(void) { initialised = 42; }

static void put(char character) { *(volatile char *)0x10000000 = character; }

static void text(const char *string) {
  while (*string) put(*string++);
}

static void hex(unsigned value) {
  for (int shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[(value >> shift) & 15]);
  put('\n');
}

int pick(int number) {
  switch (number) {
    case 0: return 11;
    case 1: return 22;
    case 2: return 35;
    case 3: return 4;
    case 4: return 9;
    case 5: return 77;
    default: return -1;
  }
}

int main(void) {
  for (int number = 0; number < 7; number++) {
    text(name(number));
    hex(pick(number));
  }
  shared = 3;
  long long result = mix(1, 0x123456789abLL, table, 4, 5, 6, 7, 8, 9, -2LL);
  hex(result);
  hex(result >> 32);
  hex(initialised);
  hex(later);
  hex(hook());
  hex(absent ? 1 : 0);
  hex(result / 10);
  hex(result % 1000003);
  text("shared string\n");
  return 0;
}
