/**
 * Writes a device tree as the blob that firmware and kernels receive.
 *
 * Source: Devicetree Specification 0.4, chapter 5, "Flattened Devicetree (DTB) Format".
 */

/**
 * A property's value: text, a list of texts, big-endian 32-bit cells, bytes, or `true` for a
 * property that says something by being there.
 */
export type PropertyValue = string | readonly string[] | readonly number[] | Uint8Array | true;

export interface DeviceTreeNode {
  /** Name and unit address: `serial@10000000`; empty for the root. */
  readonly name: string;
  readonly properties: Readonly<Record<string, PropertyValue>>;
  readonly children?: readonly DeviceTreeNode[];
}

const MAGIC = 0xd00d_feed;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;
/** One entry of two zero 64-bit words ends the list of reserved memory. */
const RESERVED_MEMORY_BYTES = 16;

const FDT_BEGIN_NODE = 1;
const FDT_END_NODE = 2;
const FDT_PROP = 3;
const FDT_END = 9;

const CELL_BYTES = 4;

const encoder = new TextEncoder();

/** Text as UTF-8 with its terminator. */
function encodeText(text: string): Uint8Array {
  if (text.includes('\0')) throw new RangeError('device tree: text contains a NUL character');
  return encoder.encode(`${text}\0`);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function encodeCells(cells: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(cells.length * CELL_BYTES);
  const view = new DataView(bytes.buffer);
  cells.forEach((cell, index) => view.setUint32(index * CELL_BYTES, cell));
  return bytes;
}

const isText = (value: string | number): value is string => typeof value === 'string';

function encodeValue(value: PropertyValue): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (typeof value === 'string') return encodeText(value);
  if (value instanceof Uint8Array) return value;
  const texts = value.filter(isText);
  if (texts.length > 0) return concatenate(texts.map(encodeText));
  return encodeCells(value.map(Number));
}

/** The strings block: every property name once. */
class StringsBlock {
  private readonly offsets = new Map<string, number>();
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  offsetOf(name: string): number {
    const known = this.offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.length;
    const text = encodeText(name);
    this.offsets.set(name, offset);
    this.parts.push(text);
    this.length += text.length;
    return offset;
  }

  bytes(): Uint8Array {
    return concatenate(this.parts);
  }
}

function padToCell(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / CELL_BYTES) * CELL_BYTES);
  padded.set(bytes);
  return padded;
}

function writeNode(node: DeviceTreeNode, strings: StringsBlock, parts: Uint8Array[]): void {
  parts.push(encodeCells([FDT_BEGIN_NODE]), padToCell(encodeText(node.name)));
  for (const [name, property] of Object.entries(node.properties)) {
    const value = encodeValue(property);
    parts.push(encodeCells([FDT_PROP, value.length, strings.offsetOf(name)]), padToCell(value));
  }
  for (const child of node.children ?? []) writeNode(child, strings, parts);
  parts.push(encodeCells([FDT_END_NODE]));
}

/**
 * The blob of the tree under `root`.
 * @param bootHart the hart that starts the system, as `boot_cpuid_phys`
 * @throws RangeError when a name or a text contains a NUL character
 */
export function writeDeviceTree(root: DeviceTreeNode, bootHart = 0): Uint8Array {
  const strings = new StringsBlock();
  const parts: Uint8Array[] = [];
  writeNode(root, strings, parts);
  parts.push(encodeCells([FDT_END]));
  const structBlock = concatenate(parts);
  const stringsBlock = strings.bytes();

  const structOffset = HEADER_BYTES + RESERVED_MEMORY_BYTES;
  const stringsOffset = structOffset + structBlock.length;
  const header = encodeCells([
    MAGIC,
    stringsOffset + stringsBlock.length,
    structOffset,
    stringsOffset,
    HEADER_BYTES,
    VERSION,
    LAST_COMPATIBLE_VERSION,
    bootHart,
    stringsBlock.length,
    structBlock.length,
  ]);
  return concatenate([header, new Uint8Array(RESERVED_MEMORY_BYTES), structBlock, stringsBlock]);
}
