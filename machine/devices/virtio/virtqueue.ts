/**
 * A split virtqueue from the device's side. The rings lie in guest RAM; what the device itself must
 * remember is in the transport's state. A ring that makes no sense is a value that says so, never an
 * exception, and nothing outside RAM is touched on its account.
 *
 * Rings need not be aligned nor powers of two long, indirect tables need not be negotiated, and a
 * driver may offer buffers before DRIVER_OK: QEMU takes all that, so drivers exist that do it.
 *
 * Source: Virtual I/O Device 1.2, 2.7 "Split Virtqueues"; QEMU hw/virtio/virtio.c.
 */

import type { PhysicalMemory } from '../../bus/physical-memory.ts';
import { Feature, LARGEST_QUEUE, type TransportState } from './mmio-registers.ts';
import type { Segment, Segments } from './segments.ts';

// struct virtq_desc
const DESC_SIZE = 16;
const DESC_ADDRESS_LOW = 0;
const DESC_ADDRESS_HIGH = 4;
const DESC_LENGTH = 8;
const DESC_FLAGS = 12;
const DESC_NEXT = 14;

const DESC_F_NEXT = 0x1;
const DESC_F_WRITE = 0x2;
const DESC_F_INDIRECT = 0x4;

// struct virtq_avail
const AVAIL_FLAGS = 0;
const AVAIL_INDEX = 2;
const AVAIL_RING = 4;
const AVAIL_ENTRY = 2;
const AVAIL_F_NO_INTERRUPT = 0x1;

// struct virtq_used
const USED_FLAGS = 0;
const USED_INDEX = 2;
const USED_RING = 4;
const USED_ENTRY = 8;
const USED_ENTRY_LENGTH = 4;

/** Size of used_event and avail_event, behind the rings that they belong to. */
const EVENT_SIZE = 2;

/** Ring indexes run through 16 bits, whatever the length of the ring. */
const INDEX_MASK = 0xffff;
const TWO_32 = 2 ** 32;

/** Buffers that the driver has made available together. */
export interface Chain {
  /** Index of the first descriptor, by which the driver knows the chain again. */
  readonly head: number;
  /** What the device may read, in order. */
  readonly readable: Segments;
  /** What the device may write, in order; it comes behind what it may read. */
  readonly writable: Segments;
}

export type Taken =
  | { readonly kind: 'chain'; readonly chain: Chain }
  | { readonly kind: 'empty' }
  /** The driver has set up what makes no sense; `problem` is the end of a sentence. */
  | { readonly kind: 'nonsense'; readonly problem: string };

const EMPTY: Taken = { kind: 'empty' };
const nonsense = (problem: string): Taken => ({ kind: 'nonsense', problem });

interface Table {
  readonly address: number;
  /** Number of descriptors. */
  readonly count: number;
}

interface Descriptor extends Segment {
  readonly flags: number;
  readonly next: number;
}

const hex = (value: number) => `0x${value.toString(16)}`;

export class Virtqueue {
  readonly index: number;
  private readonly memory: PhysicalMemory;
  private readonly state: TransportState;

  /** @param state the transport's, in which the queue has an element of every array */
  constructor(index: number, state: TransportState, memory: PhysicalMemory) {
    this.index = index;
    this.state = state;
    this.memory = memory;
  }

  /** Whether the driver has set the queue up; as to QEMU, one without a descriptor table is not. */
  get isReady(): boolean {
    const { queueReady, queueDesc } = this.state;
    return queueReady[this.index] !== 0 && queueDesc[this.index] !== 0n;
  }

  private get size(): number {
    return this.state.queueNum[this.index];
  }

  private get available(): number {
    return Number(this.state.queueDriver[this.index]);
  }

  private get used(): number {
    return Number(this.state.queueDevice[this.index]);
  }

  private get hasEventIndex(): boolean {
    return (this.state.features & Feature.EventIndex) !== 0n;
  }

  /** Whether descriptor table and rings are wholly inside RAM. */
  private get ringsAreInRam(): boolean {
    const { memory, size } = this;
    const event = this.hasEventIndex ? EVENT_SIZE : 0;
    return (
      memory.contains(Number(this.state.queueDesc[this.index]), DESC_SIZE * size) &&
      memory.contains(this.available, AVAIL_RING + AVAIL_ENTRY * size + event) &&
      memory.contains(this.used, USED_RING + USED_ENTRY * size + event)
    );
  }

  /** Whether the driver has made nothing available, sense or nonsense, that has not been taken. */
  get isEmpty(): boolean {
    if (!this.isReady || !this.ringsAreInRam) return true;
    return this.read16(this.available + AVAIL_INDEX) === this.state.nextAvailable[this.index];
  }

  /** Takes the next chain that the driver has made available. */
  take(): Taken {
    const { state, index, size } = this;
    if (!this.isReady) return EMPTY;
    if (!this.ringsAreInRam) return nonsense('rings outside RAM');
    const next = state.nextAvailable[index];
    const waiting = (this.read16(this.available + AVAIL_INDEX) - next) & INDEX_MASK;
    if (waiting === 0) return EMPTY;
    if (waiting > size) return nonsense(`${waiting} chains available in a queue of ${size}`);
    const head = this.read16(this.available + AVAIL_RING + AVAIL_ENTRY * (next % size));
    if (head >= size) return nonsense(`chain at descriptor ${head} in a queue of ${size}`);
    state.nextAvailable[index] = (next + 1) & INDEX_MASK;
    return this.readChain(head);
  }

  /** What `take` would return; nothing is taken. */
  peek(): Taken {
    const { state, index } = this;
    const next = state.nextAvailable[index];
    const taken = this.take();
    state.nextAvailable[index] = next;
    return taken;
  }

  /** Puts back the last `chains` taken chains, none of which has been given back to the driver. */
  putBack(chains: number): void {
    const { state, index } = this;
    state.nextAvailable[index] = (state.nextAvailable[index] - chains) & INDEX_MASK;
  }

  /** Follows a chain; the head has been found to be inside the table. */
  private readChain(head: number): Taken {
    const readable: Segment[] = [];
    const writable: Segment[] = [];
    let table: Table = { address: Number(this.state.queueDesc[this.index]), count: this.size };
    let position = head;
    let isIndirect = false;
    for (let length = 0; ; length++) {
      if (length === table.count) return nonsense(`chain from descriptor ${head} has no end`);
      const descriptor = this.readDescriptor(table, position);
      const { address, length: bytes, flags, next } = descriptor;
      if ((flags & DESC_F_INDIRECT) !== 0) {
        if (isIndirect) return nonsense('indirect table in an indirect table');
        if (bytes === 0 || bytes % DESC_SIZE !== 0) {
          return nonsense(`indirect table of ${bytes} bytes`);
        }
        if (!this.memory.contains(address, bytes)) {
          return nonsense(`indirect table at ${hex(address)} outside RAM`);
        }
        // The table is the end of the chain.
        table = { address, count: bytes / DESC_SIZE };
        position = 0;
        isIndirect = true;
        length = -1;
        continue;
      }
      if (bytes === 0) return nonsense('buffer of 0 bytes');
      if (!this.memory.contains(address, bytes)) {
        return nonsense(`buffer at ${hex(address)} of ${bytes} bytes outside RAM`);
      }
      if ((flags & DESC_F_WRITE) !== 0) writable.push({ address, length: bytes });
      else if (writable.length > 0) return nonsense('buffer to read behind one to write');
      else readable.push({ address, length: bytes });
      if (readable.length + writable.length > LARGEST_QUEUE) {
        return nonsense(`chain of more than ${LARGEST_QUEUE} buffers`);
      }
      if ((flags & DESC_F_NEXT) === 0) break;
      if (next >= table.count) {
        return nonsense(`next descriptor ${next} in a table of ${table.count}`);
      }
      position = next;
    }
    return { kind: 'chain', chain: { head, readable, writable } };
  }

  private readDescriptor({ address }: Table, position: number): Descriptor {
    const at = address + DESC_SIZE * position;
    const high = this.read32(at + DESC_ADDRESS_HIGH);
    return {
      address: high * TWO_32 + this.read32(at + DESC_ADDRESS_LOW),
      length: this.read32(at + DESC_LENGTH),
      flags: this.read16(at + DESC_FLAGS),
      next: this.read16(at + DESC_NEXT),
    };
  }

  /** Gives a chain back to the driver, `written` bytes of its writable part having been written. */
  giveBack({ head }: Chain, written: number): void {
    const { state, index, memory } = this;
    const before = state.nextUsed[index];
    const entry = this.used + USED_RING + USED_ENTRY * (before % this.size);
    memory.write(entry, 4, head);
    memory.write(entry + USED_ENTRY_LENGTH, 4, written);
    const after = (before + 1) & INDEX_MASK;
    state.nextUsed[index] = after;
    memory.write(this.used + USED_INDEX, 2, after);
    // All 2^16 indexes have passed since the last interrupt: whether the driver's event lies
    // between can no longer be told.
    if (after === state.signalledUsed[index]) state.signalledValid[index] = 0;
  }

  /** Whether the driver wants an interrupt for what was given back since it last got one. */
  takeInterrupt(): boolean {
    const { state, index } = this;
    if ((state.features & Feature.NotifyOnEmpty) !== 0n && this.isEmpty) return true;
    if (!this.hasEventIndex) {
      return (this.read16(this.available + AVAIL_FLAGS) & AVAIL_F_NO_INTERRUPT) === 0;
    }
    const valid = state.signalledValid[index] !== 0;
    const before = state.signalledUsed[index];
    const now = state.nextUsed[index];
    state.signalledUsed[index] = now;
    state.signalledValid[index] = 1;
    const event = this.read16(this.available + AVAIL_RING + AVAIL_ENTRY * this.size);
    return !valid || ((now - event - 1) & INDEX_MASK) < ((now - before) & INDEX_MASK);
  }

  /** The device has taken everything: tells the driver to notify it of the next chain. */
  askForNotification(): void {
    if (!this.isReady || !this.ringsAreInRam) return;
    const { state, index, memory } = this;
    if (this.hasEventIndex) {
      memory.write(this.used + USED_RING + USED_ENTRY * this.size, 2, state.nextAvailable[index]);
    } else {
      memory.write(this.used + USED_FLAGS, 2, 0);
    }
  }

  /** Back to where no rings are set up. The length becomes what the device suggests. */
  reset(suggestedSize: number): void {
    const { state, index } = this;
    state.queueNum[index] = suggestedSize;
    state.queueReady[index] = 0;
    state.queueDesc[index] = 0n;
    state.queueDriver[index] = 0n;
    state.queueDevice[index] = 0n;
    state.nextAvailable[index] = 0;
    state.nextUsed[index] = 0;
    state.signalledUsed[index] = 0;
    state.signalledValid[index] = 0;
  }

  /** What lies in the rings; they have been found to be in RAM. */
  private read16(address: number): number {
    return this.memory.read(address, 2) ?? 0;
  }

  private read32(address: number): number {
    return this.memory.read(address, 4) ?? 0;
  }
}
