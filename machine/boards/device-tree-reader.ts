/**
 * Reads a flattened device tree that may come from anywhere: everything is checked before it is used.
 * Tests hold what we write against it, and against QEMU's.
 *
 * Source: Devicetree Specification 0.4, chapter 5.
 */

export interface ReadNode {
  readonly name: string;
  /** Raw values in the order of the blob. */
  readonly properties: ReadonlyMap<string, Uint8Array>;
  readonly children: readonly ReadNode[];
}

/** A blob that is not a device tree. */
export class DeviceTreeError extends Error {
  override readonly name = 'DeviceTreeError';
}

const MAGIC = 0xd00d_feed;
const HEADER = { magic: 0, totalSize: 4, structs: 8, strings: 12, version: 20 } as const;
const HEADER_BYTES = 40;
const VERSION = 17;

const FDT_BEGIN_NODE = 1;
const FDT_END_NODE = 2;
const FDT_PROP = 3;
const FDT_NOP = 4;
const FDT_END = 9;

const CELL_BYTES = 4;
/** Names are much shorter; it bounds the work that a hostile tree can cause. */
const LONGEST_NAME = 256;
/** No tree of hardware is anywhere near as deep. */
const DEEPEST = 64;

const alignToCell = (at: number) => Math.ceil(at / CELL_BYTES) * CELL_BYTES;

class Reader {
  private at: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly strings: number;

  constructor(blob: Uint8Array) {
    this.bytes = blob;
    this.view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    if (blob.length < HEADER_BYTES || this.view.getUint32(HEADER.magic) !== MAGIC) {
      throw new DeviceTreeError('no device tree header');
    }
    if (this.view.getUint32(HEADER.totalSize) > blob.length) {
      throw new DeviceTreeError('the blob is cut off');
    }
    if (this.view.getUint32(HEADER.version) < VERSION) throw new DeviceTreeError('an old version');
    this.at = this.view.getUint32(HEADER.structs);
    this.strings = this.view.getUint32(HEADER.strings);
  }

  private cell(): number {
    if (this.at + CELL_BYTES > this.bytes.length) {
      throw new DeviceTreeError(`the blob ends in the middle of a node, at offset ${this.at}`);
    }
    const value = this.view.getUint32(this.at);
    this.at += CELL_BYTES;
    return value;
  }

  private textAt(start: number): string {
    const window = this.bytes.subarray(start, start + LONGEST_NAME);
    const length = window.indexOf(0);
    if (length < 0) throw new DeviceTreeError(`text without end at offset ${start}`);
    return new TextDecoder().decode(window.subarray(0, length));
  }

  private token(): number {
    for (;;) {
      const token = this.cell();
      if (token !== FDT_NOP) return token;
    }
  }

  /** The root, which ends the structure block. */
  root(): ReadNode {
    if (this.token() !== FDT_BEGIN_NODE) throw new DeviceTreeError('no root node');
    const root = this.node(1);
    if (this.token() !== FDT_END) throw new DeviceTreeError('something behind the root node');
    return root;
  }

  /** What follows a token that begins a node. */
  private node(depth: number): ReadNode {
    if (depth > DEEPEST) throw new DeviceTreeError(`more than ${DEEPEST} nodes in one another`);
    const start = this.at;
    const name = this.textAt(start);
    this.at = alignToCell(this.bytes.indexOf(0, start) + 1);
    const properties = new Map<string, Uint8Array>();
    const children: ReadNode[] = [];
    for (;;) {
      const token = this.token();
      switch (token) {
        case FDT_PROP: {
          const length = this.cell();
          if (this.at + CELL_BYTES + length > this.bytes.length) {
            throw new DeviceTreeError(`a property of ${length} bytes at offset ${this.at}`);
          }
          const property = this.textAt(this.strings + this.cell());
          properties.set(property, this.bytes.slice(this.at, this.at + length));
          this.at = alignToCell(this.at + length);
          break;
        }
        case FDT_BEGIN_NODE:
          children.push(this.node(depth + 1));
          break;
        case FDT_END_NODE:
          return { name, properties, children };
        default:
          throw new DeviceTreeError(`unknown token ${token} at offset ${this.at - CELL_BYTES}`);
      }
    }
  }
}

/**
 * Reads a blob of version 17 or later.
 * @throws DeviceTreeError
 */
export function readDeviceTree(blob: Uint8Array): ReadNode {
  return new Reader(blob).root();
}

/** The node at a path such as `/soc/serial@10000000`; undefined if there is none. */
export function findNode(root: ReadNode, path: string): ReadNode | undefined {
  let node: ReadNode | undefined = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    node = node?.children.find((child) => child.name === name);
  }
  return node;
}

/** A property's value as big-endian 32-bit cells. */
export function cellsOf(value: Uint8Array): number[] {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Array.from({ length: value.length / CELL_BYTES }, (_, at) =>
    view.getUint32(at * CELL_BYTES),
  );
}

/** A property's value as its texts. */
export function textsOf(value: Uint8Array): string[] {
  return new TextDecoder().decode(value).split('\0').slice(0, -1);
}
