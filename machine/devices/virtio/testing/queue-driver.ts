/**
 * A driver for any virtio device with several queues, in version 2 of the interface or in version 1,
 * which knows the slot and RAM only through reads and writes. Constants are restated from the
 * specification, Virtual I/O Device 1.2, chapters 2.7 and 4.2.
 */
import { type GuestBus, type Part } from './guest-driver.ts';

export interface QueueDriverOptions {
  /** First address of the slot. */
  readonly slot: number;
  /** First address of the RAM that the driver uses, page-aligned: `QUEUE_BYTES` for each queue. */
  readonly memory: number;
  readonly isModern: boolean;
  /** Features to accept, by bit number. */
  readonly features: readonly number[];
  /** Queues to set up. */
  readonly queues: number;
}

/** RAM that a queue needs. */
export const QUEUE_BYTES = 0x1_0000;
const QUEUE_SIZE = 16;
const AVAILABLE = 16 * QUEUE_SIZE;
const USED = 0x1000;
const BUFFERS = 0x2000;
/** Each chain has its own room for buffers. */
const CHAIN_BYTES = (QUEUE_BYTES - BUFFERS) / QUEUE_SIZE;
const DESCRIPTORS_PER_CHAIN = 2;

const F_WRITE = 2;
const F_NEXT = 1;
const PAGE = 4096;

/** A chain that the device has given back. */
export interface Returned {
  readonly head: number;
  /** `len` of the used ring's entry. */
  readonly usedLength: number;
  /** What the buffers that the device may write hold. */
  readonly written: Uint8Array;
}

const lengthOf = (part: Part) => (typeof part === 'number' ? part : part.length);

export class QueueDriver {
  private readonly available: number[];
  private readonly used: number[];
  private readonly offered: Part[][][];

  constructor(
    private readonly bus: GuestBus,
    private readonly options: QueueDriverOptions,
  ) {
    this.available = Array.from({ length: options.queues }, () => 0);
    this.used = Array.from({ length: options.queues }, () => 0);
    this.offered = Array.from({ length: options.queues }, () => []);
  }

  register(offset: number): number | Promise<number> {
    return this.bus.read(this.options.slot + offset, 4);
  }

  setRegister(offset: number, value: number): void | Promise<void> {
    return this.bus.write(this.options.slot + offset, 4, value);
  }

  private place(queue: number): number {
    return this.options.memory + queue * QUEUE_BYTES;
  }

  /** 3.1.1 "Driver Requirements: Device Initialization" */
  async initialise(): Promise<void> {
    const { isModern, features, queues } = this.options;
    this.available.fill(0);
    this.used.fill(0);
    for (const status of [0, 1, 3]) await this.setRegister(0x70, status);
    for (const half of isModern ? [0, 1] : [0]) {
      const bits = features.filter((bit) => bit >> 5 === half);
      await this.setRegister(0x24, half);
      const mask = bits.reduce((sum, bit) => sum + 2 ** (bit & 31), 0);
      await this.setRegister(0x20, mask);
    }
    if (isModern) await this.setRegister(0x70, 0xb);
    else await this.setRegister(0x28, PAGE);
    for (let queue = 0; queue < queues; queue++) await this.setUp(queue);
    await this.setRegister(0x70, isModern ? 0xf : 7);
  }

  private async setUp(queue: number): Promise<void> {
    const place = this.place(queue);
    await this.bus.writeBytes(place, new Uint8Array(BUFFERS));
    await this.setRegister(0x30, queue);
    await this.setRegister(0x38, QUEUE_SIZE);
    if (!this.options.isModern) {
      await this.setRegister(0x3c, PAGE);
      await this.setRegister(0x40, place / PAGE);
      return;
    }
    for (const [at, address] of [place, place + AVAILABLE, place + USED].entries()) {
      await this.setRegister(0x80 + 0x10 * at, address);
      await this.setRegister(0x84 + 0x10 * at, 0);
    }
    await this.setRegister(0x44, 1);
  }

  /** Makes a chain of at most two parts available; a number is so many bytes to write to. */
  async offer(queue: number, ...parts: Part[]): Promise<void> {
    const { bus } = this;
    const place = this.place(queue);
    const chain = this.available[queue] % (QUEUE_SIZE / DESCRIPTORS_PER_CHAIN);
    const head = chain * DESCRIPTORS_PER_CHAIN;
    let address = place + BUFFERS + head * CHAIN_BYTES;
    for (const [index, part] of parts.entries()) {
      const entry = place + 16 * (head + index);
      const more = index < parts.length - 1 ? F_NEXT : 0;
      await bus.write(entry, 4, address);
      await bus.write(entry + 4, 4, 0);
      await bus.write(entry + 8, 4, lengthOf(part));
      await bus.write(entry + 12, 2, more | (typeof part === 'number' ? F_WRITE : 0));
      await bus.write(entry + 14, 2, head + index + 1);
      if (typeof part !== 'number') await bus.writeBytes(address, part);
      address += lengthOf(part);
    }
    this.offered[queue][head] = parts;
    await bus.write(place + AVAILABLE + 4 + 2 * (this.available[queue] % QUEUE_SIZE), 2, head);
    this.available[queue] = (this.available[queue] + 1) & 0xffff;
    await bus.write(place + AVAILABLE + 2, 2, this.available[queue]);
  }

  notify(queue: number): void | Promise<void> {
    return this.setRegister(0x50, queue);
  }

  /** The next chain that the device has given back, or undefined if there is none yet. */
  async collect(queue: number): Promise<Returned | undefined> {
    const { bus } = this;
    const place = this.place(queue);
    if ((await bus.read(place + USED + 2, 2)) === this.used[queue]) return undefined;
    const entry = place + USED + 4 + 8 * (this.used[queue] % QUEUE_SIZE);
    this.used[queue] = (this.used[queue] + 1) & 0xffff;
    const head = await bus.read(entry, 4);
    const usedLength = await bus.read(entry + 4, 4);
    const parts = this.offered[queue][head];
    const first = parts.findIndex((part) => typeof part === 'number');
    const skipped = first < 0 ? parts : parts.slice(0, first);
    const start = skipped.reduce<number>((sum, part) => sum + lengthOf(part), 0);
    const whole = parts.reduce<number>((sum, part) => sum + lengthOf(part), 0);
    const address = place + BUFFERS + head * CHAIN_BYTES + start;
    return { head, usedLength, written: await bus.readBytes(address, whole - start) };
  }

  /** A chain, answered. */
  async transact(queue: number, ...parts: Part[]): Promise<Returned> {
    await this.offer(queue, ...parts);
    await this.notify(queue);
    await this.bus.pause();
    const returned = await this.collect(queue);
    if (returned === undefined) throw new Error(`no answer in queue ${queue}`);
    return returned;
  }
}
