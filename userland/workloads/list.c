/* The same as list.ts. */
typedef unsigned u32;

struct node {
  struct node *next;
  u32 value;
};

u32 list_raw(u32 *a, struct node *b, void *c, u32 n) {
  struct node *head = 0;
  for (u32 i = 0; i < n; i++) {
    struct node *node = b + i;
    node->value = a[i];
    node->next = head;
    head = node;
  }
  struct node *reversed = 0;
  while (head) {
    struct node *next = head->next;
    head->next = reversed;
    reversed = head;
    head = next;
  }
  struct node *last = 0;
  u32 place = 0;
  struct node *node = reversed;
  while (node) {
    if (place % 3 == 2 && last) last->next = node->next;
    else last = node;
    place++;
    node = node->next;
  }
  u32 sum = 0;
  for (node = reversed; node; node = node->next) sum = sum * 31 + node->value;
  return sum;
}

#define END 0xffffffffu

u32 list_checked(u32 *values, u32 *nodes, void *c, u32 n) {
  u32 head = END;
  for (u32 i = 0; i < n; i++) {
    nodes[2 * i + 1] = values[i];
    nodes[2 * i] = head;
    head = i;
  }
  u32 reversed = END;
  while (head != END) {
    u32 next = nodes[2 * head];
    nodes[2 * head] = reversed;
    reversed = head;
    head = next;
  }
  u32 last = END;
  u32 place = 0;
  u32 node = reversed;
  while (node != END) {
    if (place % 3 == 2 && last != END) nodes[2 * last] = nodes[2 * node];
    else last = node;
    place++;
    node = nodes[2 * node];
  }
  u32 sum = 0;
  for (node = reversed; node != END; node = nodes[2 * node]) sum = sum * 31 + nodes[2 * node + 1];
  return sum;
}
