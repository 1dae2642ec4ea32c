/**
 * A driver for a virtio block device, as a guest's would be: it knows the slot and RAM only through
 * reads and writes, so the same driver runs on this machine and on any other. Constants are restated
 * from the specification, Virtual I/O Device 1.2, chapters 2.7, 4.2 and 5.2.
 */

/** How the driver reaches a machine. Addresses are physical. */
export interface GuestBus {
  read(address: number, width: 1 | 2 | 4): number | Promise<number>;
  write(address: number, width: 1 | 2 | 4, value: number): void | Promise<void>;
  /** RAM only. */
  readBytes(address: number, length: number): Uint8Array | Promise<Uint8Array>;
  writeBytes(address: number, bytes: Uint8Array): void | Promise<void>;
  /** Lets a little time pass. */
  pause(): void | Promise<void>;
}

export interface DriverOptions {
  /** First address of the slot. */
  readonly slot: number;
  /** First address of `DRIVER_BYTES` of RAM that the driver uses, page-aligned. */
  readonly memory: number;
  readonly isModern: boolean;
  /** Features to accept, by bit number. */
  readonly features: readonly number[];
  /** Length of the queue. */
  readonly queueSize: number;
  /** Whether requests are described by indirect tables. */
  readonly indirect: boolean;
}

/** What the device is to read, or how many bytes it may write. */
export type Part = Uint8Array | number;

export interface Reply {
  /** The status byte. */
  readonly status: number;
  /** What the device has left in the parts that it may write, status included. */
  readonly written: Uint8Array;
  /** `len` of the used ring's entry. */
  readonly usedLength: number;
}

/** RAM that a driver needs. */
export const DRIVER_BYTES = 0x1_0000;

// Where things are in the driver's memory, with room for queues of 1024.
const DESCRIPTORS = 0x0000;
const MODERN_DRIVER_RING = 0x4000;
const MODERN_DEVICE_RING = 0x5000;
const INDIRECT_TABLE = 0x9000;
const BUFFERS = 0xa000;

const F_INDIRECT = 4;
const F_WRITE = 2;
const F_NEXT = 1;
const PAGE = 4096;
/** Pauses before a driver gives up. */
const PATIENCE = 10_000;
const UNTOUCHED = 0xee;

export class GuestDriver {
  private readonly bus: GuestBus;
  private readonly options: DriverOptions;
  private available = 0;
  private used = 0;

  constructor(bus: GuestBus, options: DriverOptions) {
    this.bus = bus;
    this.options = options;
  }

  register(offset: number): number | Promise<number> {
    return this.bus.read(this.options.slot + offset, 4);
  }

  setRegister(offset: number, value: number): void | Promise<void> {
    return this.bus.write(this.options.slot + offset, 4, value);
  }

  private get driverRing(): number {
    const { memory, isModern, queueSize } = this.options;
    return memory + (isModern ? MODERN_DRIVER_RING : 16 * queueSize);
  }

  private get deviceRing(): number {
    const { memory, isModern, queueSize } = this.options;
    if (isModern) return memory + MODERN_DEVICE_RING;
    return memory + Math.ceil((18 * queueSize + 6) / PAGE) * PAGE;
  }

  private hasFeature(bit: number): boolean {
    return this.options.features.includes(bit);
  }

  /** 3.1.1 "Driver Requirements: Device Initialization" */
  async initialise(): Promise<void> {
    const { isModern, features, memory, queueSize } = this.options;
    await this.setRegister(0x70, 0);
    await this.setRegister(0x70, 1);
    await this.setRegister(0x70, 3);
    for (const half of isModern ? [0, 1] : [0]) {
      const bits = features.filter((bit) => bit >> 5 === half);
      await this.setRegister(0x24, half);
      await this.setRegister(
        0x20,
        bits.reduce((sum, bit) => sum + 2 ** (bit & 31), 0),
      );
    }
    if (isModern) await this.setRegister(0x70, 0xb);
    else await this.setRegister(0x28, PAGE);
    await this.bus.writeBytes(memory, new Uint8Array(BUFFERS));
    await this.setRegister(0x30, 0);
    await this.setRegister(0x38, queueSize);
    if (isModern) {
      await this.setRegister(0x80, memory + DESCRIPTORS);
      await this.setRegister(0x84, 0);
      await this.setRegister(0x90, this.driverRing);
      await this.setRegister(0x94, 0);
      await this.setRegister(0xa0, this.deviceRing);
      await this.setRegister(0xa4, 0);
      await this.setRegister(0x44, 1);
    } else {
      await this.setRegister(0x3c, PAGE);
      await this.setRegister(0x40, memory / PAGE);
    }
    await this.setRegister(0x70, isModern ? 0xf : 7);
    this.available = 0;
    this.used = 0;
  }

  /** The 16-bit `idx` of the used ring. */
  usedIndex(): number | Promise<number> {
    return this.bus.read(this.deviceRing + 2, 2);
  }

  /** Asks for an interrupt when that `idx` has been used (EVENT_IDX), or for none (its absence). */
  setUsedEvent(index: number): void | Promise<void> {
    return this.bus.write(this.driverRing + 4 + 2 * this.options.queueSize, 2, index);
  }

  setNoInterrupt(no: boolean): void | Promise<void> {
    return this.bus.write(this.driverRing, 2, no ? 1 : 0);
  }

  /** The device's `avail_event`, or its ring's `flags` without EVENT_IDX. */
  deviceWish(): number | Promise<number> {
    const { queueSize } = this.options;
    return this.bus.read(this.deviceRing + (this.hasFeature(29) ? 4 + 8 * queueSize : 0), 2);
  }

  /** A chain of these parts, made available and answered; the last is the status byte. */
  async transact(parts: readonly Part[]): Promise<Reply> {
    const addresses = await this.offer(parts);
    await this.setRegister(0x50, 0);
    const usedLength = await this.collect();
    const written: number[] = [];
    for (const [index, part] of parts.entries()) {
      if (typeof part !== 'number') continue;
      written.push(...(await this.bus.readBytes(addresses[index], part)));
    }
    return { status: written[written.length - 1], written: Uint8Array.from(written), usedLength };
  }

  /** A chain of these parts, made available; the device is not notified. */
  async offer(parts: readonly Part[]): Promise<readonly number[]> {
    const { bus } = this;
    const { memory, indirect, queueSize } = this.options;
    const table = memory + (indirect ? INDIRECT_TABLE : DESCRIPTORS);
    const addresses: number[] = [];
    let address = memory + BUFFERS;
    for (const [index, part] of parts.entries()) {
      const length = typeof part === 'number' ? part : part.length;
      const entry = table + 16 * index;
      await bus.write(entry, 4, address);
      await bus.write(entry + 4, 4, 0);
      await bus.write(entry + 8, 4, length);
      const isLast = index === parts.length - 1;
      const flags = (isLast ? 0 : F_NEXT) | (typeof part === 'number' ? F_WRITE : 0);
      await bus.write(entry + 12, 2, flags);
      await bus.write(entry + 14, 2, index + 1);
      const bytes = typeof part === 'number' ? new Uint8Array(part).fill(UNTOUCHED) : part;
      await bus.writeBytes(address, bytes);
      addresses.push(address);
      address += length;
    }
    if (indirect) {
      await bus.write(memory, 4, table);
      await bus.write(memory + 4, 4, 0);
      await bus.write(memory + 8, 4, 16 * parts.length);
      await bus.write(memory + 12, 2, F_INDIRECT);
    }
    await bus.write(this.driverRing + 4 + 2 * (this.available % queueSize), 2, 0);
    this.available = (this.available + 1) & 0xffff;
    await bus.write(this.driverRing + 2, 2, this.available);
    return addresses;
  }

  /** Waits for the next entry of the used ring; its `len`. */
  async collect(): Promise<number> {
    const { bus } = this;
    const expected = (this.used + 1) & 0xffff;
    for (let pauses = 0; (await this.usedIndex()) !== expected; pauses++) {
      if (pauses === PATIENCE) throw new Error(`no answer to request ${this.used}`);
      await bus.pause();
    }
    const entry = this.deviceRing + 4 + 8 * (this.used % this.options.queueSize);
    this.used = expected;
    const head = await bus.read(entry, 4);
    if (head !== 0) throw new Error(`descriptor ${head} answered, which was not offered`);
    return bus.read(entry + 4, 4);
  }

  read(sector: number, bytes: number): Promise<Reply> {
    return this.transact([header(0, sector), ...(bytes > 0 ? [bytes] : []), 1]);
  }

  write(sector: number, data: Uint8Array): Promise<Reply> {
    return this.transact([header(1, sector), data, 1]);
  }

  flush(): Promise<Reply> {
    return this.transact([header(4, 0), 1]);
  }
}

/** `struct virtio_blk_req` without its data. */
export function header(type: number, sector: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, type, true);
  view.setBigUint64(8, BigInt(sector), true);
  return new Uint8Array(view.buffer);
}

/** `struct virtio_blk_discard_write_zeroes` */
export function range(sector: number, sectors: number, flags: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, BigInt(sector), true);
  view.setUint32(8, sectors, true);
  view.setUint32(12, flags, true);
  return new Uint8Array(view.buffer);
}
