/**
 * What the firmware reads in the flattened device tree, and the one thing it adds: that its own memory
 * is not the kernel's (Devicetree Specification 0.4, chapter 5 and section 3.5). Everything in the tree
 * is big-endian. A tree that is damaged is left as it is, and has no harts.
 */
import { FIRMWARE_BASE, FIRMWARE_SIZE } from './board';
import { guarded_load_byte } from './guarded';

const FDT_MAGIC: u32 = 0xd00d_feed;
/** Larger than any real one; bounds what a damaged header can claim. */
const MAXIMUM_SIZE: u32 = 0x20_0000;

const FDT_BEGIN_NODE: u32 = 1;
const FDT_END_NODE: u32 = 2;
const FDT_PROP: u32 = 3;
const FDT_NOP: u32 = 4;
const FDT_END: u32 = 9;

@unmanaged
class FdtHeader {
  magic: u32;
  totalsize: u32;
  off_dt_struct: u32;
  off_dt_strings: u32;
  off_mem_rsvmap: u32;
  version: u32;
  last_comp_version: u32;
  boot_cpuid_phys: u32;
  size_dt_strings: u32;
  size_dt_struct: u32;
}

function bigEndian(address: u32): u32 {
  return bswap(load<u32>(address));
}

/** Whether the zero-terminated bytes at `address` begin with `text`. */
function startsWith(address: u32, text: string): bool {
  const length = text.length;
  for (let i = 0; i < length; i++) {
    if ((load<u8>(address + i) as i32) != text.charCodeAt(i)) return false;
  }
  return true;
}

function isText(address: u32, text: string): bool {
  return startsWith(address, text) && load<u8>(address + text.length) == 0;
}

/** Whether the tree has its blocks where they usually are: the structure, behind it the strings. */
function isSound(header: FdtHeader): bool {
  const tree = changetype<u32>(header);
  if (tree == 0 || tree % 4 != 0 || bswap(header.magic) != FDT_MAGIC) return false;
  const total = bswap(header.totalsize);
  const structure = bswap(header.off_dt_struct);
  const structureSize = bswap(header.size_dt_struct);
  const strings = bswap(header.off_dt_strings);
  const stringsSize = bswap(header.size_dt_strings);
  if (total > MAXIMUM_SIZE || structure % 4 != 0 || structureSize % 4 != 0) return false;
  return (
    bswap(header.off_mem_rsvmap) < structure &&
    structure <= total &&
    structureSize <= total - structure &&
    strings >= structure + structureSize &&
    strings <= total &&
    stringsSize <= total - strings
  );
}

/** The bytes of a name or value, its zero included, rounded up to whole words. */
function words(bytes: u32): u32 {
  return (bytes + 3) & ~3;
}

function textLength(address: u32, end: u32): u32 {
  let at = address;
  while (at < end && load<u8>(at) != 0) at++;
  return at - address;
}

/** Of a property: the length of its value, and where its name lies among the strings. */
const PROPERTY_HEAD_BYTES: u32 = 8;

/** A walk through the structure block: `next` reads one token and says which. */
@unmanaged
class FdtCursor {
  position: u32;
  end: u32;
  strings: u32;
  stringsSize: u32;
  /** How many nodes are open, the root being 1. */
  depth: u32;
  /** Of the node or property just read. */
  name: u32;
  value: u32;
  length: u32;

  open(header: FdtHeader): void {
    const tree = changetype<u32>(header);
    this.position = tree + bswap(header.off_dt_struct);
    this.end = this.position + bswap(header.size_dt_struct);
    this.strings = tree + bswap(header.off_dt_strings);
    this.stringsSize = bswap(header.size_dt_strings);
    this.depth = 0;
  }

  next(): u32 {
    while (this.position < this.end) {
      const token = bigEndian(this.position);
      this.position += 4;
      switch (token) {
        case FDT_NOP:
          break;
        case FDT_BEGIN_NODE:
          this.depth++;
          this.name = this.position;
          this.position += words(textLength(this.name, this.end) + 1);
          return token;
        case FDT_END_NODE:
          this.depth--;
          return token;
        case FDT_PROP:
          return this.readProperty() ? token : FDT_END;
        default:
          return FDT_END;
      }
    }
    return FDT_END;
  }

  /** False: its value or its name does not lie within the tree. */
  private readProperty(): bool {
    if (this.end - this.position < PROPERTY_HEAD_BYTES) return false;
    this.length = bigEndian(this.position);
    const name = bigEndian(this.position + 4);
    this.value = this.position + PROPERTY_HEAD_BYTES;
    if (name >= this.stringsSize || this.length > this.end - this.value) return false;
    this.name = this.strings + name;
    this.position = this.value + words(this.length);
    return true;
  }
}

const cursor = changetype<FdtCursor>(memory.data(32, 4));

/** Depth of the nodes of /cpus. */
const CPU_DEPTH: u32 = 3;

/** Bit n: the tree has hart n, and it is not disabled. Harts above 31 are left out. */
export function hartsInTree(tree: u32): u32 {
  const header = changetype<FdtHeader>(tree);
  if (!isSound(header)) return 0;
  let harts: u32 = 0;
  let isInCpus: bool = false;
  /** The bit of the hart whose node is open. */
  let hart: u32 = 0;
  let isDisabled: bool = false;
  cursor.open(header);
  for (let token = cursor.next(); token != FDT_END; token = cursor.next()) {
    if (token == FDT_BEGIN_NODE) {
      if (cursor.depth == CPU_DEPTH - 1) isInCpus = isText(cursor.name, 'cpus');
      hart = cursor.depth == CPU_DEPTH ? 0 : hart;
      isDisabled = cursor.depth == CPU_DEPTH ? false : isDisabled;
    } else if (token == FDT_END_NODE) {
      if (isInCpus && cursor.depth == CPU_DEPTH - 1 && !isDisabled) harts |= hart;
    } else if (isInCpus && cursor.depth == CPU_DEPTH) {
      // One cell, or two of which the last is the lower one.
      const isId = isText(cursor.name, 'reg') && cursor.length >= 4;
      const id = isId ? bigEndian(cursor.value + cursor.length - 4) : 32;
      if (id < 32) hart = 1 << id;
      if (isText(cursor.name, 'status')) isDisabled = !startsWith(cursor.value, 'ok');
    }
  }
  return harts;
}

/** Writes tokens and texts, one behind the other. */
@unmanaged
class FdtWriter {
  position: u32;

  word(value: u32): void {
    store<u32>(this.position, bswap(value));
    this.position += 4;
  }

  /** The bytes of `text` and a zero. */
  text(text: string): void {
    const length = text.length;
    for (let i = 0; i < length; i++) store<u8>(this.position + i, text.charCodeAt(i));
    store<u8>(this.position + length, 0);
    this.position += length + 1;
  }

  align(): void {
    while (this.position % 4 != 0) {
      store<u8>(this.position, 0);
      this.position++;
    }
  }

  beginNode(name: string): void {
    this.word(FDT_BEGIN_NODE);
    this.text(name);
    this.align();
  }

  /** Token and head of a property; its value comes next. */
  property(nameOffset: u32, length: u32): void {
    this.word(FDT_PROP);
    this.word(length);
    this.word(nameOffset);
  }
}

const writer = changetype<FdtWriter>(memory.data(4, 4));

/** Bytes that the node needs, and the names of its properties. */
const NODE_BYTES: u32 = 144;
const NAMES_BYTES: u32 = 48;

/** Whether nothing is at the addresses from `start` on: RAM that has not been written. */
function isUnused(start: u32, bytes: u32): bool {
  for (let at = start; at < start + bytes; at++) {
    if (guarded_load_byte(at) != 0) return false;
  }
  return true;
}

function hasReservedMemory(header: FdtHeader): bool {
  cursor.open(header);
  for (let token = cursor.next(); token != FDT_END; token = cursor.next()) {
    const isName = token == FDT_BEGIN_NODE && cursor.depth == 2;
    if (isName && isText(cursor.name, 'reserved-memory')) return true;
  }
  return false;
}

/**
 * Adds /reserved-memory with the firmware's own memory in it, as OpenSBI does, so that a kernel that
 * takes all the memory it is told of leaves it alone. The tree grows into the memory behind it. A tree
 * that has such a node says already what it wants, and is not changed.
 */
export function reserveFirmware(tree: u32): void {
  const header = changetype<FdtHeader>(tree);
  if (!isSound(header) || hasReservedMemory(header)) return;
  const total = bswap(header.totalsize);
  if (!isUnused(tree + total, NODE_BYTES + NAMES_BYTES)) return;
  const structureSize = bswap(header.size_dt_struct);
  const structureEnd = tree + bswap(header.off_dt_struct) + structureSize;
  const rootEnd = structureEnd - 8;
  if (bigEndian(rootEnd) != FDT_END_NODE || bigEndian(rootEnd + 4) != FDT_END) return;

  const strings = bswap(header.off_dt_strings);
  const names = bswap(header.size_dt_strings);
  memory.copy(tree + strings + NODE_BYTES, tree + strings, names);
  writer.position = tree + strings + NODE_BYTES + names;
  const addressCells = names;
  writer.text('#address-cells');
  const sizeCells = writer.position - tree - strings - NODE_BYTES;
  writer.text('#size-cells');
  const ranges = writer.position - tree - strings - NODE_BYTES;
  writer.text('ranges');
  const reg = writer.position - tree - strings - NODE_BYTES;
  writer.text('reg');
  const noMap = writer.position - tree - strings - NODE_BYTES;
  writer.text('no-map');
  const stringsEnd = writer.position;

  writer.position = rootEnd;
  writer.beginNode('reserved-memory');
  writer.property(addressCells, 4);
  writer.word(2);
  writer.property(sizeCells, 4);
  writer.word(2);
  writer.property(ranges, 0);
  writer.beginNode('firmware@80000000');
  writer.property(reg, 16);
  writer.word(0);
  writer.word(FIRMWARE_BASE);
  writer.word(0);
  writer.word(FIRMWARE_SIZE);
  writer.property(noMap, 0);
  writer.word(FDT_END_NODE);
  writer.word(FDT_END_NODE);
  // What is left of the room, up to the end of the root.
  while (writer.position < rootEnd + NODE_BYTES) writer.word(FDT_NOP);
  writer.word(FDT_END_NODE);
  writer.word(FDT_END);

  header.size_dt_struct = bswap(structureSize + NODE_BYTES);
  header.off_dt_strings = bswap(strings + NODE_BYTES);
  header.size_dt_strings = bswap(stringsEnd - tree - strings - NODE_BYTES);
  header.totalsize = bswap(words(stringsEnd - tree));
}
