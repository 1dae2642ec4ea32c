/** What the kernel learns about its machine from the device tree. */
import { InterruptCause } from '../../userland/abi/riscv.enums';
import { FdtCursor, FdtToken, bigEndian, isText, listHas, startsWith } from './device-tree';

/** The machine, as far as the kernel needs to know it. */
@unmanaged
export class Platform {
  ramBase: u32;
  ramSize: u32;
  /** mtime ticks a second. */
  timebaseFrequency: u32;
  harts: u32;
  /** The initial file system image; 0: none. */
  initrdStart: u32;
  initrdEnd: u32;
  /** Command line: bytes without a terminator. */
  bootargs: u32;
  bootargsLength: u32;
  /** Interrupt controller: registers, greatest source, and this hart's S-mode context. */
  plicBase: u32;
  plicSize: u32;
  plicSources: u32;
  plicContext: u32;
}

/** A node on the path to the cursor; its properties come before its children. */
@unmanaged
class Node {
  name: u32;
  addressCells: u32;
  sizeCells: u32;
  reg: u32;
  regLength: u32;
  compatible: u32;
  compatibleLength: u32;
  isCpu: bool;
  isMemory: bool;
  phandle: u32;
  interruptsExtended: u32;
  interruptsExtendedLength: u32;
  sources: u32;
}

/** Deeper nodes than this are skipped; the kernel needs none of them. */
const MAXIMUM_DEPTH: u32 = 8;
const NODE_SIZE: u32 = 64;
/** The specification's values for a parent that states none. */
const DEFAULT_ADDRESS_CELLS: u32 = 2;
const DEFAULT_SIZE_CELLS: u32 = 1;

const path = memory.data(512, 8);
const platform = changetype<Platform>(memory.data(64, 8));
const cursor = changetype<FdtCursor>(memory.data(64, 8));
/** Phandle of the interrupt controller of the CPU node just read. */
let cpuController: u32 = 0;
/** The same for the hart that reads the tree. */
let hartController: u32 = 0;
/** The PLIC's interrupts-extended, which refers to CPUs that may come later. */
let plicContexts: u32 = 0;
let plicContextsLength: u32 = 0;

function nodeAt(depth: u32): Node {
  return changetype<Node>(path + depth * NODE_SIZE);
}

/** Reads the device tree at `tree` for `hart`; null if there is none or it is damaged. */
export function readPlatform(tree: u32, hart: u32): Platform | null {
  assert(offsetof<Node>() <= NODE_SIZE);
  if (!cursor.open(tree)) return null;
  platform.plicContext = u32.MAX_VALUE;
  let depth: u32 = 0;
  while (true) {
    const token = cursor.next();
    if (token == FdtToken.BeginNode) {
      if (depth < MAXIMUM_DEPTH) beginNode(nodeAt(depth), cursor.name);
      depth++;
    } else if (token == FdtToken.EndNode) {
      if (depth == 0) return null;
      depth--;
      if (depth > 0 && depth < MAXIMUM_DEPTH) endNode(nodeAt(depth), nodeAt(depth - 1), hart);
    } else if (token == FdtToken.Property) {
      if (depth > 0 && depth <= MAXIMUM_DEPTH) readProperty(nodeAt(depth - 1));
    } else {
      break;
    }
  }
  findContext();
  return platform;
}

function beginNode(node: Node, name: u32): void {
  memory.fill(changetype<u32>(node), 0, offsetof<Node>());
  node.name = name;
  node.addressCells = DEFAULT_ADDRESS_CELLS;
  node.sizeCells = DEFAULT_SIZE_CELLS;
}

function readProperty(node: Node): void {
  const name = cursor.name;
  const value = cursor.value;
  const length = cursor.length;
  if (isText(name, 'reg')) {
    node.reg = value;
    node.regLength = length;
  } else if (isText(name, 'compatible')) {
    node.compatible = value;
    node.compatibleLength = length;
  } else if (isText(name, 'interrupts-extended')) {
    node.interruptsExtended = value;
    node.interruptsExtendedLength = length;
  } else if (isText(name, 'device_type')) {
    node.isCpu = listHas(value, length, 'cpu');
    node.isMemory = listHas(value, length, 'memory');
  } else if (isText(node.name, 'chosen')) {
    readChosen(name, value, length);
  } else if (length >= 4) {
    readNumber(node, name, bigEndian(value));
  }
}

function readNumber(node: Node, name: u32, value: u32): void {
  if (isText(name, '#address-cells')) node.addressCells = value;
  else if (isText(name, '#size-cells')) node.sizeCells = value;
  else if (isText(name, 'phandle')) node.phandle = value;
  else if (isText(name, 'riscv,ndev')) node.sources = value;
  else if (isText(name, 'timebase-frequency')) platform.timebaseFrequency = value;
}

function readChosen(name: u32, value: u32, length: u32): void {
  if (isText(name, 'bootargs')) {
    platform.bootargs = value;
    platform.bootargsLength = length == 0 ? 0 : length - 1;
  } else if (isText(name, 'linux,initrd-start')) {
    platform.initrdStart = cells(value, length / 4, length);
  } else if (isText(name, 'linux,initrd-end')) {
    platform.initrdEnd = cells(value, length / 4, length);
  }
}

/** A number of one or two cells that fits into 32 bits, else 0. */
function cells(value: u32, count: u32, length: u32): u32 {
  if (length < count * 4) return 0;
  if (count == 1) return bigEndian(value);
  if (count == 2 && bigEndian(value) == 0) return bigEndian(value + 4);
  return 0;
}

function endNode(node: Node, parent: Node, hart: u32): void {
  if (node.isMemory) {
    readMemory(node, parent);
  } else if (node.isCpu) {
    platform.harts++;
    if (cells(node.reg, parent.addressCells, node.regLength) == hart) {
      hartController = cpuController;
    }
  } else if (startsWith(node.name, 'interrupt-controller') && parent.isCpu) {
    cpuController = node.phandle;
  } else if (
    listHas(node.compatible, node.compatibleLength, 'sifive,plic-1.0.0') ||
    listHas(node.compatible, node.compatibleLength, 'riscv,plic0')
  ) {
    platform.plicBase = cells(node.reg, parent.addressCells, node.regLength);
    platform.plicSize = registerSize(node, parent);
    platform.plicSources = node.sources;
    plicContexts = node.interruptsExtended;
    plicContextsLength = node.interruptsExtendedLength;
  }
}

/** The size that stands behind the first address in `reg`. */
function registerSize(node: Node, parent: Node): u32 {
  const skip = parent.addressCells * 4;
  if (skip >= node.regLength) return 0;
  return cells(node.reg + skip, parent.sizeCells, node.regLength - skip);
}

/** The first bank of RAM is the one the kernel uses. */
function readMemory(node: Node, parent: Node): void {
  if (platform.ramSize != 0) return;
  platform.ramBase = cells(node.reg, parent.addressCells, node.regLength);
  platform.ramSize = registerSize(node, parent);
}

/** This hart's S-mode context is the place of its S-mode external interrupt in the PLIC's list. */
function findContext(): void {
  let context: u32 = 0;
  let offset: u32 = 0;
  while (offset + 8 <= plicContextsLength) {
    const controller = bigEndian(plicContexts + offset);
    const interrupt = bigEndian(plicContexts + offset + 4);
    if (controller == hartController && interrupt == InterruptCause.SupervisorExternal) {
      platform.plicContext = context;
      return;
    }
    context++;
    offset += 8;
  }
}
