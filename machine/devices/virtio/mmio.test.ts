import { describe, expect, it } from 'vitest';
import { MemoryDisk } from './disk.ts';
import { EmptyVirtioSlot } from './empty-slot.ts';
import { Bench, SLOT } from './testing/bench.ts';
import { GuestDriver } from './testing/guest-driver.ts';

// Restated from Virtual I/O Device 1.2, 4.2.2 and 4.2.4.
const MAGIC_VALUE = 0x000;
const VERSION = 0x004;
const DEVICE_ID = 0x008;
const VENDOR_ID = 0x00c;
const DEVICE_FEATURES = 0x010;
const DEVICE_FEATURES_SEL = 0x014;
const DRIVER_FEATURES = 0x020;
const DRIVER_FEATURES_SEL = 0x024;
const GUEST_PAGE_SIZE = 0x028;
const QUEUE_SEL = 0x030;
const QUEUE_NUM_MAX = 0x034;
const QUEUE_NUM = 0x038;
const QUEUE_ALIGN = 0x03c;
const QUEUE_PFN = 0x040;
const QUEUE_READY = 0x044;
const QUEUE_NOTIFY = 0x050;
const INTERRUPT_STATUS = 0x060;
const INTERRUPT_ACK = 0x064;
const STATUS = 0x070;
const QUEUE_DESC_LOW = 0x080;
const QUEUE_RESET = 0x0c0;
const CONFIG = 0x100;

const MAGIC = 0x7472_6976;
const VENDOR = 0x554d_4551;
const BLOCK_DEVICE = 2;
const NEEDS_RESET = 0x40;
const SECTORS = 0x1234;

const MEMORY = 0x8004_0000;
const RING_RESET = 40;
const VERSION_1 = 32;
/** Flush: offered by a disk in both versions. */
const ACCEPTED = 1 << 9;

function bench(version: 'legacy' | 'modern') {
  const on = new Bench(new MemoryDisk(new Uint8Array(SECTORS * 512)), version);
  return {
    on,
    read: (offset: number, width: 1 | 2 | 4 = 4) => on.read(SLOT + offset, width),
    write: (offset: number, value: number, width: 1 | 2 | 4 = 4) =>
      on.write(SLOT + offset, width, value),
  };
}

describe('identification', () => {
  it.each([
    { version: 'legacy', number: 1 },
    { version: 'modern', number: 2 },
  ] as const)('$version', ({ version, number }) => {
    const { read } = bench(version);
    expect([MAGIC_VALUE, VERSION, DEVICE_ID, VENDOR_ID].map((at) => read(at))).toEqual([
      ...[MAGIC, number, BLOCK_DEVICE, VENDOR],
    ]);
  });

  it('of an empty slot: device 0, for accesses of any width', () => {
    const slot = new EmptyVirtioSlot('virtio-mmio.3', 'modern', () => undefined);
    expect([MAGIC_VALUE, VERSION, DEVICE_ID, VENDOR_ID].map((at) => slot.read(at, 4))).toEqual([
      ...[MAGIC, 2, 0, VENDOR],
    ]);
    expect([slot.read(MAGIC_VALUE, 1), slot.read(VENDOR_ID, 2)]).toEqual([0x76, 0x4551]);
    slot.write(STATUS, 4, 1);
    expect([slot.read(STATUS, 4), slot.read(CONFIG, 4)]).toEqual([0, 0]);
  });
});

describe('registers', () => {
  it('take accesses of 4 bytes, and report others', () => {
    const { on, read, write } = bench('legacy');
    expect(read(MAGIC_VALUE, 1)).toBe(0);
    write(STATUS, 1, 1);
    expect(read(STATUS)).toBe(0);
    expect(on.errors.map(({ access, problem }) => [access, problem])).toEqual([
      ['read', 'registers take accesses of 4 bytes'],
      ['write', 'registers take accesses of 4 bytes'],
    ]);
  });

  it('the configuration takes any, and ends', () => {
    const { read } = bench('legacy');
    expect([read(CONFIG), read(CONFIG, 2), read(CONFIG + 1, 1)]).toEqual([0x1234, 0x1234, 0x12]);
    expect([read(CONFIG + 0x38, 1), read(CONFIG + 0x38)]).toEqual([1, 0xffff_ffff]);
    expect([read(CONFIG + 0xfe, 2), read(CONFIG + 0xff, 1)]).toEqual([0xffff, 0xff]);
  });

  it('features above 31 are seen in version 2 only', () => {
    for (const [version, high] of [
      ['legacy', 0],
      ['modern', 2 ** (VERSION_1 - 32) + 2 ** (RING_RESET - 32)],
    ] as const) {
      const { read, write } = bench(version);
      expect(read(DEVICE_FEATURES)).not.toBe(0);
      write(DEVICE_FEATURES_SEL, 7);
      expect(read(DEVICE_FEATURES)).toBe(high);
    }
  });

  it('there is one queue', () => {
    const { read, write } = bench('modern');
    expect(read(QUEUE_NUM_MAX)).toBe(1024);
    write(QUEUE_SEL, 1);
    expect(read(QUEUE_NUM_MAX)).toBe(0);
    write(QUEUE_READY, 1);
    expect(read(QUEUE_READY)).toBe(0);
    write(QUEUE_NOTIFY, 1);
  });
});

it('lets a driver of version 1 clear the upper half of its features, of which it has none', () => {
  const { on, write } = bench('legacy');
  write(DRIVER_FEATURES_SEL, 0);
  write(DRIVER_FEATURES, ACCEPTED);
  write(DRIVER_FEATURES_SEL, 1);
  write(DRIVER_FEATURES, 0);
  expect(on.errors).toEqual([]);
  expect(on.device.saveState()).toMatchObject({ features: [BigInt(ACCEPTED)] });
  write(DRIVER_FEATURES, 1);
  expect(on.errors).toHaveLength(1);
  expect(on.device.saveState()).toMatchObject({ features: [BigInt(ACCEPTED)] });
});

describe('legacy queues', () => {
  it('are placed by page number, and putting one at 0 resets the device', () => {
    const { read, write } = bench('legacy');
    write(STATUS, 3);
    write(DRIVER_FEATURES, 0xffff_ffff);
    write(GUEST_PAGE_SIZE, 4096);
    write(QUEUE_PFN, 0x8_0040);
    expect(read(QUEUE_PFN)).toBe(0x8_0040);
    write(GUEST_PAGE_SIZE, 8192);
    expect(read(QUEUE_PFN)).toBe(0x4_0020);
    write(QUEUE_PFN, 0);
    expect([read(QUEUE_PFN), read(STATUS)]).toEqual([0, 0]);
  });

  it('move when their length or alignment is written afterwards', () => {
    const { on, write } = bench('legacy');
    write(GUEST_PAGE_SIZE, 4096);
    write(QUEUE_PFN, 0x8_0040);
    const rings = () => {
      const { queueDriver, queueDevice } = on.device.saveState();
      return [...queueDriver, ...queueDevice];
    };
    expect(rings()).toEqual([0x8004_1000n, 0x8004_2000n]); // 256 descriptors
    write(QUEUE_NUM, 8);
    expect(rings()).toEqual([0x8004_0080n, 0x8004_1000n]);
    write(QUEUE_ALIGN, 256);
    expect(rings()).toEqual([0x8004_0080n, 0x8004_0100n]);
    write(QUEUE_NUM, 0);
    write(QUEUE_NUM, 1025);
    expect(rings()).toEqual([0x8004_0080n, 0x8004_0100n]);
  });
});

describe('status', () => {
  it('settles the features in version 2', () => {
    const { on, write } = bench('modern');
    const features = () => on.device.saveState().features[0];
    write(DRIVER_FEATURES, 0xffff_ffff);
    expect(features()).toBe(0n);
    write(STATUS, 0xb);
    const settled = features();
    expect(settled).not.toBe(0n);
    write(DRIVER_FEATURES, 0);
    write(STATUS, 0xf);
    expect(features()).toBe(settled);
    write(STATUS, 0);
    expect(features()).toBe(0n);
  });

  it('says when rings make no sense, and a reset helps', () => {
    const { on, read, write } = bench('legacy');
    write(GUEST_PAGE_SIZE, 4096);
    write(QUEUE_PFN, 1);
    write(QUEUE_NOTIFY, 0);
    on.pause();
    expect(read(STATUS)).toBe(NEEDS_RESET);
    expect(on.errors.map(({ problem }) => problem)).toEqual(['rings outside RAM']);
    write(STATUS, 7);
    write(QUEUE_NOTIFY, 0);
    expect(on.clock.nextDue).toBe(Infinity); // the driver may hide it, but not make it work
    write(STATUS, 0);
    expect(read(STATUS)).toBe(0);
    write(QUEUE_PFN, 0x8_0040);
    write(QUEUE_NOTIFY, 0);
    expect(on.clock.nextDue).not.toBe(Infinity);
  });
});

describe('a queue in version 2', () => {
  async function driven() {
    const { on, read, write } = bench('modern');
    const driver = new GuestDriver(on, {
      ...{ slot: SLOT, memory: MEMORY, isModern: true, queueSize: 8, indirect: false },
      features: [VERSION_1, RING_RESET],
    });
    await driver.initialise();
    return { on, read, write, driver };
  }

  it('is left alone while it is not ready', async () => {
    const { on, write, driver } = await driven();
    write(QUEUE_READY, 0);
    await driver.offer([new Uint8Array(16), 512, 1]);
    write(QUEUE_NOTIFY, 0);
    expect(on.clock.nextDue).toBe(Infinity);
  });

  it('can be reset alone', async () => {
    const { on, read, write, driver } = await driven();
    expect((await driver.read(0, 512)).status).toBe(0);
    write(QUEUE_RESET, 1);
    expect([read(QUEUE_RESET), read(QUEUE_READY), read(STATUS)]).toEqual([0, 0, 0xf]);
    const { nextUsed, nextAvailable, queueDesc } = on.device.saveState();
    expect([...nextUsed, ...nextAvailable, ...queueDesc]).toEqual([0, 0, 0n]);
  });
});

it('an interrupt stays until all causes are acknowledged', async () => {
  const { on, read, write } = bench('legacy');
  const driver = new GuestDriver(on, {
    ...{ slot: SLOT, memory: MEMORY, isModern: false, queueSize: 8, indirect: false },
    features: [],
  });
  await driver.initialise();
  await driver.read(0, 512);
  expect([read(INTERRUPT_STATUS), on.wire.level]).toEqual([1, true]);
  write(INTERRUPT_ACK, 2);
  expect([read(INTERRUPT_STATUS), on.wire.level]).toEqual([1, true]);
  write(INTERRUPT_ACK, 1);
  expect([read(INTERRUPT_STATUS), on.wire.level]).toEqual([0, false]);
});

it('a reset of the machine forgets what a reset by the driver keeps', () => {
  const { on, read, write } = bench('modern');
  const fresh = on.device.saveState();
  write(DEVICE_FEATURES_SEL, 1);
  write(DRIVER_FEATURES, 5);
  write(QUEUE_DESC_LOW, 0x8000_0000);
  write(STATUS, 3);
  write(STATUS, 0);
  expect(read(DEVICE_FEATURES)).not.toBe(0);
  expect(on.device.saveState()).not.toEqual(fresh);
  on.device.reset();
  expect(on.device.saveState()).toEqual(fresh);
});
