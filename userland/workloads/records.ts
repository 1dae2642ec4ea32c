/** Records of mixed fields: made from words, the order of their places sorted by insertion, grouped by kind. */

@unmanaged
class Entry {
  id: u32;
  kind: u16;
  flags: u8;
  level: i8;
  value: i32;
  reserved: u32;
  total: u64;
}

const ENTRY_BYTES: u32 = offsetof<Entry>();
const KINDS: u32 = 8;

function entryAt(base: u32, index: u32): Entry {
  return changetype<Entry>(base + index * ENTRY_BYTES);
}

function comesBefore(left: Entry, right: Entry): bool {
  if (left.level != right.level) return left.level < right.level;
  return left.value < right.value;
}

export function records_raw(a: u32, b: u32, c: u32, n: u32): u32 {
  for (let i: u32 = 0; i < n; i++) {
    const word = load<u32>(a + (i << 2));
    const entry = entryAt(b, i);
    entry.id = i;
    entry.kind = <u16>(word & (KINDS - 1));
    entry.flags = <u8>(word >> 8);
    entry.level = <i8>(word >> 16);
    entry.value = <i32>word;
    entry.total = 0;
  }
  for (let i: u32 = 0; i < n; i++) {
    const entry = entryAt(b, i);
    let place = i;
    while (place > 0 && comesBefore(entry, changetype<Entry>(load<u32>(c + ((place - 1) << 2))))) {
      store<u32>(c + (place << 2), load<u32>(c + ((place - 1) << 2)));
      place--;
    }
    store<u32>(c + (place << 2), changetype<u32>(entry));
  }
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const entry = changetype<Entry>(load<u32>(c + (i << 2)));
    const group = entryAt(b, entry.kind);
    group.total += <u64>entry.value * <u64>entry.flags;
    sum = sum * 31 + entry.id;
  }
  return sum;
}

/** Words of an entry in an array: identifier, kind, flags, level, value, total. */
const WORDS: u32 = 6;

function isBefore(entries: StaticArray<i32>, left: u32, right: u32): bool {
  const l = entries[left * WORDS + 3];
  const r = entries[right * WORDS + 3];
  if (l != r) return l < r;
  return entries[left * WORDS + 4] < entries[right * WORDS + 4];
}

export function records_checked(a: u32, b: u32, c: u32, n: u32): u32 {
  const words = changetype<StaticArray<u32>>(a);
  const entries = changetype<StaticArray<i32>>(b);
  const order = changetype<StaticArray<u32>>(c);
  for (let i: u32 = 0; i < n; i++) {
    const word = words[i];
    entries[i * WORDS] = i;
    entries[i * WORDS + 1] = word & (KINDS - 1);
    entries[i * WORDS + 2] = <u8>(word >> 8);
    entries[i * WORDS + 3] = <i8>(word >> 16);
    entries[i * WORDS + 4] = word;
    entries[i * WORDS + 5] = 0;
  }
  for (let i: u32 = 0; i < n; i++) {
    let place = i;
    while (place > 0 && isBefore(entries, i, order[place - 1])) {
      order[place] = order[place - 1];
      place--;
    }
    order[place] = i;
  }
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const entry = order[i] * WORDS;
    const group = entries[entry + 1] * WORDS;
    entries[group + 5] += entries[entry + 4] * entries[entry + 2];
    sum = sum * 31 + entries[entry];
  }
  return sum;
}
