/* The same as state.ts. */
typedef unsigned u32;
typedef unsigned char u8;

enum state { BETWEEN, WORD, ZERO, DECIMAL, HEXADECIMAL, TEXT, ESCAPE, COMMENT };

static int is_letter(u32 byte) {
  u32 lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

static int is_digit(u32 byte) { return byte >= 0x30 && byte <= 0x39; }

static enum state start(u32 byte) {
  if (is_letter(byte)) return WORD;
  if (byte == 0x30) return ZERO;
  if (is_digit(byte)) return DECIMAL;
  if (byte == 0x22) return TEXT;
  if (byte == 0x23) return COMMENT;
  return BETWEEN;
}

static enum state next(enum state state, u32 byte) {
  switch (state) {
    case BETWEEN:
      return start(byte);
    case WORD:
      return is_letter(byte) || is_digit(byte) ? WORD : start(byte);
    case ZERO:
      if ((byte | 0x20) == 0x78) return HEXADECIMAL;
      return is_digit(byte) ? DECIMAL : start(byte);
    case DECIMAL:
      return is_digit(byte) ? DECIMAL : start(byte);
    case HEXADECIMAL:
      return is_digit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66) ? HEXADECIMAL
                                                                                : start(byte);
    case TEXT:
      if (byte == 0x5c) return ESCAPE;
      return byte == 0x22 ? BETWEEN : TEXT;
    case ESCAPE:
      return TEXT;
    default:
      return byte == 0x0a ? BETWEEN : COMMENT;
  }
}

u32 state_raw(u8 *text, u32 *counts, void *c, u32 n) {
  enum state state = BETWEEN;
  for (u32 i = 0; i < n; i++) {
    enum state following = next(state, text[i]);
    if (following != state) counts[following]++;
    state = following;
  }
  return state;
}

u32 state_checked(u8 *text, u32 *counts, void *c, u32 n) { return state_raw(text, counts, c, n); }
