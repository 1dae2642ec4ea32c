/**
 * Finds devices in the flattened device tree (Devicetree Specification 0.4, chapter 5): where the
 * registers of a device lie and which interrupt it raises.
 */
import { isText, sameBytes } from '../../runtime/bytes';

const FDT_MAGIC: u32 = 0xd00d_feed;
const FDT_BEGIN_NODE: u32 = 1;
const FDT_END_NODE: u32 = 2;
const FDT_PROP: u32 = 3;
const FDT_NOP: u32 = 4;
const FDT_END: u32 = 9;
/** Nodes inside nodes; deeper ones are passed over. */
const MOST_LEVELS: u32 = 16;
/** Cells of `reg` when the parent does not say (section 2.3.5). */
const DEFAULT_ADDRESS_CELLS: u32 = 2;
const DEFAULT_SIZE_CELLS: u32 = 1;

/** struct fdt_header, big-endian. */
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

/** What is known of the node at one depth while the walk is inside it. */
@unmanaged
class Level {
  /** For the children's `reg`. */
  addressCells: u32;
  sizeCells: u32;
  isWanted: bool;
  reg: usize;
  regBytes: u32;
  interrupts: usize;
  interruptsBytes: u32;
}

@unmanaged
export class Device {
  /** Physical address and bytes of the first range of `reg`; 0 bytes: it has none. */
  address: u32;
  bytes: u32;
  /** First interrupt; 0: it has none. */
  interrupt: u32;
}

const device = changetype<Device>(memory.data(offsetof<Device>()));
const levels = memory.data(<i32>MOST_LEVELS * offsetof<Level>(), 4);

/**
 * The device whose `compatible` has the string given, after `skip` others that have it too; null if
 * there is none. The tree is trusted (it came
 * from the firmware), but no length in it leads outside of `bytes`. Good until the next call.
 */
export function findDevice(
  tree: usize,
  bytes: u32,
  compatible: usize,
  compatibleLength: u32,
  skip: u32 = 0,
): Device | null {
  const header = changetype<FdtHeader>(tree);
  if (bytes < offsetof<FdtHeader>() || bswap<u32>(header.magic) != FDT_MAGIC) return null;
  const structure = bswap<u32>(header.off_dt_struct);
  const strings = bswap<u32>(header.off_dt_strings);
  const end = min(bytes, bswap<u32>(header.totalsize));
  let at = structure;
  let depth: u32 = 0;
  while (at <= end - 4) {
    const token = bswap<u32>(load<u32>(tree + at));
    at += 4;
    if (token == FDT_END) return null;
    if (token == FDT_NOP) continue;
    if (token == FDT_BEGIN_NODE) {
      while (at < end && load<u8>(tree + at) != 0) at += 1;
      at = alignUp(at + 1);
      depth += 1;
      if (depth < MOST_LEVELS) enterNode(level(depth));
    } else if (token == FDT_END_NODE) {
      if (depth == 0) return null;
      const node = level(depth);
      if (depth < MOST_LEVELS && node.isWanted) {
        if (skip == 0) return describe(node, level(depth - 1));
        skip -= 1;
      }
      depth -= 1;
    } else if (token == FDT_PROP) {
      if (at > end - 8) return null;
      const length = bswap<u32>(load<u32>(tree + at));
      const name = strings + bswap<u32>(load<u32>(tree + at + 4));
      const value = at + 8;
      if (length > end - value || name >= end) return null;
      if (depth < MOST_LEVELS) {
        const node = level(depth);
        takeProperty(node, tree + name, end - name, tree + value, length);
        if (
          hasCompatible(tree + name, end - name, tree + value, length, compatible, compatibleLength)
        ) {
          node.isWanted = true;
        }
      }
      at = alignUp(value + length);
    } else {
      return null;
    }
  }
  return null;
}

function level(depth: u32): Level {
  return changetype<Level>(levels + <usize>depth * <usize>offsetof<Level>());
}

function enterNode(node: Level): void {
  memory.fill(changetype<usize>(node), 0, offsetof<Level>());
  node.addressCells = DEFAULT_ADDRESS_CELLS;
  node.sizeCells = DEFAULT_SIZE_CELLS;
}

function takeProperty(node: Level, name: usize, room: u32, value: usize, length: u32): void {
  const nameLength = stringLength(name, room);
  if (isText(name, nameLength, '#address-cells') && length == 4) {
    node.addressCells = bswap<u32>(load<u32>(value));
  } else if (isText(name, nameLength, '#size-cells') && length == 4) {
    node.sizeCells = bswap<u32>(load<u32>(value));
  } else if (isText(name, nameLength, 'reg')) {
    node.reg = value;
    node.regBytes = length;
  } else if (isText(name, nameLength, 'interrupts')) {
    node.interrupts = value;
    node.interruptsBytes = length;
  }
}

/** Whether a property is `compatible` and one of its strings is the one wanted. */
function hasCompatible(
  name: usize,
  room: u32,
  value: usize,
  length: u32,
  wanted: usize,
  wantedLength: u32,
): bool {
  if (!isText(name, stringLength(name, room), 'compatible')) return false;
  let at: u32 = 0;
  while (at < length) {
    const part = stringLength(value + at, length - at);
    if (sameBytes(value + at, part, wanted, wantedLength)) return true;
    at += part + 1;
  }
  return false;
}

/** The first range of `reg` and the first interrupt. Addresses above 4 GiB are out of our reach. */
function describe(node: Level, parent: Level): Device {
  const cells = parent.addressCells + parent.sizeCells;
  memory.fill(changetype<usize>(device), 0, offsetof<Device>());
  if (parent.addressCells != 0 && parent.sizeCells != 0 && node.regBytes >= cells * 4) {
    device.address = bswap<u32>(load<u32>(node.reg + (parent.addressCells - 1) * 4));
    device.bytes = bswap<u32>(load<u32>(node.reg + (cells - 1) * 4));
  }
  if (node.interruptsBytes >= 4) device.interrupt = bswap<u32>(load<u32>(node.interrupts));
  return device;
}

function stringLength(address: usize, room: u32): u32 {
  let length: u32 = 0;
  while (length < room && load<u8>(address + length) != 0) length += 1;
  return length;
}

function alignUp(value: u32): u32 {
  return (value + 3) & ~3;
}
