/**
 * Reads a flattened device tree (Devicetree Specification 0.4, chapter 5) token by token. The tree
 * comes from outside: nothing is read beyond the size that its header states.
 */

const FDT_MAGIC: u32 = 0xd00d_feed;
/** Larger than any real one; bounds what a damaged header can claim. */
const MAXIMUM_SIZE: u32 = 0x20_0000;

export const enum FdtToken {
  BeginNode = 1,
  EndNode = 2,
  Property = 3,
  Nop = 4,
  End = 9,
}

/** The header; all words are big-endian. */
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

/** The big-endian word at `address`, a multiple of 4. */
export function bigEndian(address: u32): u32 {
  return bswap(load<u32>(address));
}

/** Bytes of the device tree at `address`, or 0 if there is none. */
export function deviceTreeSize(address: u32): u32 {
  if (address == 0 || address % 4 != 0) return 0;
  const header = changetype<FdtHeader>(address);
  if (bswap(header.magic) != FDT_MAGIC) return 0;
  const size = bswap(header.totalsize);
  return size < offsetof<FdtHeader>() || size > MAXIMUM_SIZE ? 0 : size;
}

/** A place in the structure block. */
@unmanaged
export class FdtCursor {
  private position: u32;
  private end: u32;
  private strings: u32;
  private stringsEnd: u32;
  /** Name of the node or property just read: bytes that end with a zero. */
  name: u32;
  /** Bytes of the property just read, and their number. */
  value: u32;
  length: u32;

  /** Starts at the beginning of the tree at `tree`; false if its blocks do not fit into it. */
  open(tree: u32): bool {
    const total = deviceTreeSize(tree);
    if (total == 0) return false;
    const header = changetype<FdtHeader>(tree);
    const structOffset = bswap(header.off_dt_struct);
    const structSize = bswap(header.size_dt_struct);
    const stringsOffset = bswap(header.off_dt_strings);
    const stringsSize = bswap(header.size_dt_strings);
    if (structOffset % 4 != 0 || structOffset > total || structSize > total - structOffset) {
      return false;
    }
    if (stringsOffset > total || stringsSize > total - stringsOffset) return false;
    this.position = tree + structOffset;
    this.end = this.position + (structSize & ~3);
    this.strings = tree + stringsOffset;
    this.stringsEnd = this.strings + stringsSize;
    return true;
  }

  /** Reads the next token; a damaged tree ends early. */
  next(): u32 {
    while (this.end - this.position >= 4) {
      const token = bigEndian(this.position);
      this.position += 4;
      switch (token) {
        case FdtToken.BeginNode:
          return this.readNodeName() ? FdtToken.BeginNode : FdtToken.End;
        case FdtToken.Property:
          return this.readProperty() ? FdtToken.Property : FdtToken.End;
        case FdtToken.EndNode:
          return FdtToken.EndNode;
        case FdtToken.Nop:
          break;
        default:
          return FdtToken.End;
      }
    }
    return FdtToken.End;
  }

  private readNodeName(): bool {
    this.name = this.position;
    let at = this.position;
    while (at < this.end && load<u8>(at) != 0) at++;
    if (at == this.end) return false;
    this.position = (at + 4) & ~3;
    return true;
  }

  private readProperty(): bool {
    if (this.end - this.position < 8) return false;
    const length = bigEndian(this.position);
    const nameOffset = bigEndian(this.position + 4);
    this.position += 8;
    if (length > this.end - this.position) return false;
    if (nameOffset >= this.stringsEnd - this.strings) return false;
    this.name = this.strings + nameOffset;
    let at = this.name;
    while (at < this.stringsEnd && load<u8>(at) != 0) at++;
    if (at == this.stringsEnd) return false;
    this.value = this.position;
    this.length = length;
    this.position += (length + 3) & ~3;
    return this.position <= this.end;
  }
}

/** Whether the zero-terminated bytes at `address` are `text`. */
export function isText(address: u32, text: string): bool {
  return startsWith(address, text) && load<u8>(address + text.length) == 0;
}

/** Whether the zero-terminated bytes at `address` begin with `text`. */
export function startsWith(address: u32, text: string): bool {
  const length = text.length;
  for (let i = 0; i < length; i++) {
    if ((load<u8>(address + i) as i32) != text.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether one of the zero-terminated strings in `length` bytes at `address` is `text`. */
export function listHas(address: u32, length: u32, text: string): bool {
  if (length == 0 || load<u8>(address + length - 1) != 0) return false;
  const end = address + length;
  while (address < end) {
    if (isText(address, text)) return true;
    while (load<u8>(address) != 0) address++;
    address++;
  }
  return false;
}
