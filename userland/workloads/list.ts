/** Linked lists: build one, reverse it, take every third node out, add up what is left. */

@unmanaged
class Node {
  next!: Node | null;
  value: u32;
}

const NODE_BYTES: u32 = 8;

export function list_raw(a: u32, b: u32, _c: u32, n: u32): u32 {
  let head: Node | null = null;
  for (let i: u32 = 0; i < n; i++) {
    const node = changetype<Node>(b + i * NODE_BYTES);
    node.value = load<u32>(a + (i << 2));
    node.next = head;
    head = node;
  }
  let reversed: Node | null = null;
  while (head !== null) {
    const next: Node | null = head.next;
    head.next = reversed;
    reversed = head;
    head = next;
  }
  let last: Node | null = null;
  let place: u32 = 0;
  let node = reversed;
  while (node !== null) {
    if (place % 3 == 2 && last !== null) last.next = node.next;
    else last = node;
    place++;
    node = node.next;
  }
  let sum: u32 = 0;
  node = reversed;
  while (node !== null) {
    sum = sum * 31 + node.value;
    node = node.next;
  }
  return sum;
}

/** Of a node in an array: two words, the place of the next node and the value. */
const END: u32 = 0xffffffff;

export function list_checked(a: u32, b: u32, _c: u32, n: u32): u32 {
  const values = changetype<StaticArray<u32>>(a);
  const nodes = changetype<StaticArray<u32>>(b);
  let head = END;
  for (let i: u32 = 0; i < n; i++) {
    nodes[2 * i + 1] = values[i];
    nodes[2 * i] = head;
    head = i;
  }
  let reversed = END;
  while (head != END) {
    const next = nodes[2 * head];
    nodes[2 * head] = reversed;
    reversed = head;
    head = next;
  }
  let last = END;
  let place: u32 = 0;
  let node = reversed;
  while (node != END) {
    if (place % 3 == 2 && last != END) nodes[2 * last] = nodes[2 * node];
    else last = node;
    place++;
    node = nodes[2 * node];
  }
  let sum: u32 = 0;
  node = reversed;
  while (node != END) {
    sum = sum * 31 + nodes[2 * node + 1];
    node = nodes[2 * node];
  }
  return sum;
}
