/** A state machine over text: counts words, numbers in hexadecimal and decimal, strings and comments. */

const enum State {
  Between,
  Word,
  Zero,
  Decimal,
  Hexadecimal,
  Text,
  Escape,
  Comment,
}

function isLetter(byte: u32): bool {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

function isDigit(byte: u32): bool {
  return byte >= 0x30 && byte <= 0x39;
}

function start(byte: u32): State {
  if (isLetter(byte)) return State.Word;
  if (byte == 0x30) return State.Zero;
  if (isDigit(byte)) return State.Decimal;
  if (byte == 0x22) return State.Text;
  if (byte == 0x23) return State.Comment;
  return State.Between;
}

function next(state: State, byte: u32): State {
  switch (state) {
    case State.Between:
      return start(byte);
    case State.Word:
      return isLetter(byte) || isDigit(byte) ? State.Word : start(byte);
    case State.Zero:
      if ((byte | 0x20) == 0x78) return State.Hexadecimal;
      return isDigit(byte) ? State.Decimal : start(byte);
    case State.Decimal:
      return isDigit(byte) ? State.Decimal : start(byte);
    case State.Hexadecimal:
      return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
        ? State.Hexadecimal
        : start(byte);
    case State.Text:
      if (byte == 0x5c) return State.Escape;
      return byte == 0x22 ? State.Between : State.Text;
    case State.Escape:
      return State.Text;
    default:
      return byte == 0x0a ? State.Between : State.Comment;
  }
}

export function state_raw(a: u32, b: u32, _c: u32, n: u32): u32 {
  let state = State.Between;
  for (let i: u32 = 0; i < n; i++) {
    const following = next(state, load<u8>(a + i));
    if (following != state) {
      const count = b + ((<u32>following) << 2);
      store<u32>(count, load<u32>(count) + 1);
    }
    state = following;
  }
  return state;
}

export function state_checked(a: u32, b: u32, _c: u32, n: u32): u32 {
  const text = changetype<StaticArray<u8>>(a);
  const counts = changetype<StaticArray<u32>>(b);
  let state = State.Between;
  for (let i: u32 = 0; i < n; i++) {
    const following = next(state, text[i]);
    if (following != state) counts[following]++;
    state = following;
  }
  return state;
}
