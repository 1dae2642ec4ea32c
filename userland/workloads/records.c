/* The same as records.ts. */
typedef unsigned u32;
typedef unsigned short u16;
typedef unsigned char u8;
typedef signed char i8;
typedef unsigned long long u64;

struct entry {
  u32 id;
  u16 kind;
  u8 flags;
  i8 level;
  int value;
  u32 reserved;
  u64 total;
};

static int comes_before(struct entry *left, struct entry *right) {
  if (left->level != right->level) return left->level < right->level;
  return left->value < right->value;
}

u32 records_raw(u32 *words, struct entry *entries, struct entry **order, u32 n) {
  for (u32 i = 0; i < n; i++) {
    u32 word = words[i];
    struct entry *entry = entries + i;
    entry->id = i;
    entry->kind = word & 7;
    entry->flags = word >> 8;
    entry->level = word >> 16;
    entry->value = word;
    entry->total = 0;
  }
  for (u32 i = 0; i < n; i++) {
    struct entry *entry = entries + i;
    u32 place = i;
    while (place > 0 && comes_before(entry, order[place - 1])) {
      order[place] = order[place - 1];
      place--;
    }
    order[place] = entry;
  }
  u32 sum = 0;
  for (u32 i = 0; i < n; i++) {
    struct entry *entry = order[i];
    struct entry *group = entries + entry->kind;
    group->total += (u64)entry->value * (u64)entry->flags;
    sum = sum * 31 + entry->id;
  }
  return sum;
}

static int is_before(int *entries, u32 left, u32 right) {
  int l = entries[left * 6 + 3];
  int r = entries[right * 6 + 3];
  if (l != r) return l < r;
  return entries[left * 6 + 4] < entries[right * 6 + 4];
}

u32 records_checked(u32 *words, int *entries, u32 *order, u32 n) {
  for (u32 i = 0; i < n; i++) {
    u32 word = words[i];
    entries[i * 6] = i;
    entries[i * 6 + 1] = word & 7;
    entries[i * 6 + 2] = (u8)(word >> 8);
    entries[i * 6 + 3] = (i8)(word >> 16);
    entries[i * 6 + 4] = word;
    entries[i * 6 + 5] = 0;
  }
  for (u32 i = 0; i < n; i++) {
    u32 place = i;
    while (place > 0 && is_before(entries, i, order[place - 1])) {
      order[place] = order[place - 1];
      place--;
    }
    order[place] = i;
  }
  u32 sum = 0;
  for (u32 i = 0; i < n; i++) {
    u32 entry = order[i] * 6;
    u32 group = entries[entry + 1] * 6;
    entries[group + 5] += entries[entry + 4] * entries[entry + 2];
    sum = sum * 31 + entries[entry];
  }
  return sum;
}
