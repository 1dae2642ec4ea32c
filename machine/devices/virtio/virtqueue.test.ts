import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { campaign } from '../../../test/campaign.ts';
import { RAM_BASE, type PhysicalMemory } from '../../bus/physical-memory.ts';
import { Ram } from '../../bus/ram.ts';
import { createState } from '../device-state.ts';
import { MemoryDisk } from './disk.ts';
import { transportState } from './mmio-registers.ts';
import { Bench, BENCH_RAM_BYTES, SLOT } from './testing/bench.ts';
import { GuestDriver, header } from './testing/guest-driver.ts';
import { Virtqueue, type Taken } from './virtqueue.ts';

// Restated from Virtual I/O Device 1.2, 2.7.
const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;
const EVENT_INDEX = 1n << 29n;

const SIZE = 8;
const TABLE = RAM_BASE;
const AVAILABLE = RAM_BASE + 0x4000;
const USED = RAM_BASE + 0x5000;
const OTHER_TABLE = RAM_BASE + 0x9000;
const BUFFER = RAM_BASE + 0xa000;
const RAM_END = RAM_BASE + BENCH_RAM_BYTES;

const state = createState(transportState(1, SIZE));
let ram: Ram;
let queue: Virtqueue;

beforeEach(() => {
  ram = new Ram(BENCH_RAM_BYTES);
  queue = new Virtqueue(0, state, ram);
  queue.reset(SIZE);
  state.features = 0n;
  state.queueDesc[0] = BigInt(TABLE);
  state.queueDriver[0] = BigInt(AVAILABLE);
  state.queueDevice[0] = BigInt(USED);
  state.queueReady[0] = 1;
});

function describeBuffer(
  table: number,
  index: number,
  address: number,
  length: number,
  flags: number,
  next = 0,
): void {
  const at = table + 16 * index;
  ram.write(at, 4, address % 2 ** 32);
  ram.write(at + 4, 4, Math.floor(address / 2 ** 32));
  ram.write(at + 8, 4, length);
  ram.write(at + 12, 2, flags);
  ram.write(at + 14, 2, next);
}

let offered = 0;
beforeEach(() => {
  offered = 0;
});

function offer(head: number): void {
  ram.write(AVAILABLE + 4 + 2 * (offered % SIZE), 2, head);
  ram.write(AVAILABLE + 2, 2, ++offered);
}

const problemOf = (taken: Taken) => (taken.kind === 'nonsense' ? taken.problem : taken.kind);

describe('a chain', () => {
  it('is followed through the table, wherever it lies', () => {
    describeBuffer(TABLE, 5, BUFFER, 16, NEXT, 2);
    describeBuffer(TABLE, 2, BUFFER + 0x100, 32, NEXT | WRITE, 7);
    describeBuffer(TABLE, 7, BUFFER + 0x200, 1, WRITE);
    offer(5);
    expect(queue.take()).toEqual({
      kind: 'chain',
      chain: {
        head: 5,
        readable: [{ address: BUFFER, length: 16 }],
        writable: [
          { address: BUFFER + 0x100, length: 32 },
          { address: BUFFER + 0x200, length: 1 },
        ],
      },
    });
    expect(queue.take().kind).toBe('empty');
  });

  it('may end in an indirect table, behind buffers of its own', () => {
    describeBuffer(TABLE, 0, BUFFER, 4, NEXT, 1);
    describeBuffer(TABLE, 1, OTHER_TABLE, 32, INDIRECT);
    describeBuffer(OTHER_TABLE, 0, BUFFER + 4, 5, NEXT, 1);
    describeBuffer(OTHER_TABLE, 1, BUFFER + 9, 6, WRITE);
    offer(0);
    const taken = queue.take();
    expect(taken.kind === 'chain' && taken.chain.readable.map(({ length }) => length)).toEqual([
      4, 5,
    ]);
  });

  it('may be longer than the queue in an indirect table', () => {
    describeBuffer(TABLE, 0, OTHER_TABLE, 16 * 100, INDIRECT);
    for (let at = 0; at < 100; at++) {
      describeBuffer(OTHER_TABLE, at, BUFFER, 1, at < 99 ? NEXT : 0, at + 1);
    }
    offer(0);
    const taken = queue.take();
    expect(taken.kind === 'chain' && taken.chain.readable.length).toBe(100);
  });
});

describe('nonsense is told', () => {
  it.each<[string, () => void, string]>([
    ['no end', () => describeBuffer(TABLE, 0, BUFFER, 1, NEXT, 0), 'has no end'],
    ['a next outside', () => describeBuffer(TABLE, 0, BUFFER, 1, NEXT, SIZE), 'next descriptor 8'],
    ['no bytes', () => describeBuffer(TABLE, 0, BUFFER, 0, 0), 'buffer of 0 bytes'],
    ['below RAM', () => describeBuffer(TABLE, 0, 0x1000_0000, 1, 0), 'outside RAM'],
    ['over the end', () => describeBuffer(TABLE, 0, RAM_END - 1, 2, 0), 'outside RAM'],
    ['above 4 GiB', () => describeBuffer(TABLE, 0, 2 ** 32 + BUFFER, 1, 0), 'outside RAM'],
    ['the highest address', () => describeBuffer(TABLE, 0, 2 ** 64 - 4096, 16, 0), 'outside RAM'],
    [
      'an odd table',
      () => describeBuffer(TABLE, 0, OTHER_TABLE, 24, INDIRECT),
      'indirect table of',
    ],
    ['no table', () => describeBuffer(TABLE, 0, OTHER_TABLE, 0, INDIRECT), 'indirect table of'],
    ['a table outside', () => describeBuffer(TABLE, 0, RAM_END, 16, INDIRECT), 'outside RAM'],
    [
      'a table in a table',
      () => {
        describeBuffer(TABLE, 0, OTHER_TABLE, 16, INDIRECT);
        describeBuffer(OTHER_TABLE, 0, BUFFER, 16, INDIRECT);
      },
      'indirect table in an indirect table',
    ],
    [
      'an endless table',
      () => {
        describeBuffer(TABLE, 0, OTHER_TABLE, 0x8_0000, INDIRECT);
        describeBuffer(OTHER_TABLE, 0, BUFFER, 1, NEXT, 0);
      },
      'more than 1024 buffers',
    ],
    [
      'the wrong order',
      () => {
        describeBuffer(TABLE, 0, BUFFER, 1, WRITE | NEXT, 1);
        describeBuffer(TABLE, 1, BUFFER, 1, 0);
      },
      'buffer to read behind one to write',
    ],
  ])('%s', (_name, prepare, problem) => {
    prepare();
    offer(0);
    expect(problemOf(queue.take())).toContain(problem);
  });

  it('a head outside the table', () => {
    offer(SIZE);
    expect(problemOf(queue.take())).toContain('chain at descriptor 8');
  });

  it('more chains than the queue is long', () => {
    ram.write(AVAILABLE + 2, 2, SIZE + 1);
    expect(problemOf(queue.take())).toContain('9 chains available');
  });

  it('but not of a queue without a descriptor table, which is not set up', () => {
    state.queueDesc[0] = 0n;
    expect([queue.isReady, queue.take().kind]).toEqual([false, 'empty']);
  });

  it('rings outside RAM', () => {
    for (const ring of [state.queueDesc, state.queueDriver, state.queueDevice]) {
      const [good] = ring;
      for (const bad of [4096n, BigInt(RAM_END - 4), 1n << 63n]) {
        ring[0] = bad;
        expect(problemOf(queue.take())).toBe('rings outside RAM');
      }
      ring[0] = good;
    }
  });
});

describe('interrupts', () => {
  /** Gives back `count` chains; which of them interrupt. */
  function giveBack(count: number): number[] {
    const interrupts: number[] = [];
    for (let at = 0; at < count; at++) {
      queue.giveBack({ head: 0, readable: [], writable: [] }, 0);
      if (queue.takeInterrupt()) interrupts.push(at);
    }
    return interrupts;
  }
  const setEvent = (index: number) => ram.write(AVAILABLE + 4 + 2 * SIZE, 2, index);

  it('come for every chain, or for none', () => {
    expect(giveBack(3)).toEqual([0, 1, 2]);
    ram.write(AVAILABLE, 2, 1);
    expect(giveBack(3)).toEqual([]);
  });

  it('come for the first chain and for the one that the driver waits for', () => {
    state.features = EVENT_INDEX;
    setEvent(4);
    expect(giveBack(10)).toEqual([0, 4]);
  });

  it('come there also when the indexes wrap', () => {
    state.features = EVENT_INDEX;
    state.nextUsed[0] = 0xfffe;
    state.signalledUsed[0] = 0xfffe;
    state.signalledValid[0] = 1;
    setEvent(0);
    expect(giveBack(5)).toEqual([2]);
    expect(state.nextUsed[0]).toBe(3);
  });
});

it('the driver is told when to notify', () => {
  describeBuffer(TABLE, 0, BUFFER, 1, 0);
  offer(0);
  offer(0);
  queue.take();
  ram.write(USED, 2, 1);
  queue.askForNotification();
  expect(ram.read(USED, 2)).toBe(0);
  state.features = EVENT_INDEX;
  queue.askForNotification();
  expect(ram.read(USED + 4 + 8 * SIZE, 2)).toBe(1);
});

/** RAM that fails the test when anything outside it is asked for. */
function strictRam(inner: PhysicalMemory): PhysicalMemory {
  const check = (address: number, length: number) => {
    if (!inner.contains(address, length)) throw new Error(`access outside RAM: ${address}`);
  };
  return {
    base: inner.base,
    size: inner.size,
    contains: (address, length) => inner.contains(address, length),
    readBytes: (address, target) => {
      check(address, target.length);
      return inner.readBytes(address, target);
    },
    writeBytes: (address, source) => {
      check(address, source.length);
      return inner.writeBytes(address, source);
    },
    read: (address, width) => {
      check(address, width);
      return inner.read(address, width);
    },
    write: (address, width, value) => {
      check(address, width);
      return inner.write(address, width, value);
    },
  };
}

const anyAddress = fc.oneof(
  { weight: 6, arbitrary: fc.nat(0xffff).map((at) => RAM_BASE + at) },
  { weight: 1, arbitrary: fc.constantFrom(0, SLOT, RAM_END - 8, RAM_END, 2 ** 32 - 16) },
  { weight: 1, arbitrary: fc.nat(0xffff_ffff) },
);
const anyDescriptor = fc.record({
  at: fc.nat(2 * SIZE),
  inOther: fc.boolean(),
  address: anyAddress,
  high: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 0x8000_0000),
  length: fc.oneof(fc.constantFrom(1, 16, 32, 512, 64), fc.nat(0xffff_ffff)),
  flags: fc.nat(7),
  next: fc.oneof(fc.nat(SIZE), fc.nat(0xffff)),
});
const garbage = fc.record({
  descriptors: fc.array(anyDescriptor, { maxLength: 12 }),
  heads: fc.array(fc.oneof(fc.nat(SIZE), fc.nat(0xffff)), { maxLength: 10 }),
  jump: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.nat(0xffff) },
  ),
  words: fc.array(fc.record({ at: fc.nat(0x9fff), value: fc.nat(0xffff_ffff) }), { maxLength: 8 }),
  rings: fc.array(fc.record({ register: fc.constantFrom(0x80, 0x90, 0xa0), address: anyAddress }), {
    maxLength: 1,
  }),
  isModern: fc.boolean(),
  eventIndex: fc.boolean(),
});

describe('whatever lies in the rings', () => {
  it('is served or makes the device need a reset, and stays inside RAM', async () => {
    const outcomes = { broken: 0, served: 0 };
    // Built once: a machine's memory takes longer than a run, and every run resets the device.
    const benchOf = (version: 'legacy' | 'modern') =>
      new Bench(new MemoryDisk(new Uint8Array(64 * 512)), version, '', strictRam);
    const benches = { legacy: benchOf('legacy'), modern: benchOf('modern') };
    await fc.assert(
      fc.asyncProperty(garbage, async (plan) => {
        const bench = benches[plan.isModern ? 'modern' : 'legacy'];
        bench.errors.length = 0;
        ram = bench.ram;
        const features = [...(plan.eventIndex ? [29] : []), ...(plan.isModern ? [32] : [])];
        const driver = new GuestDriver(bench, {
          ...{ slot: SLOT, memory: RAM_BASE, isModern: plan.isModern, features },
          ...{ queueSize: SIZE, indirect: false },
        });
        await driver.initialise();
        for (const { at, inOther, address, high, length, flags, next } of plan.descriptors) {
          const table = inOther ? OTHER_TABLE : TABLE;
          describeBuffer(table, at, high * 2 ** 32 + address, length, flags, next);
        }
        const ring = plan.isModern ? AVAILABLE : RAM_BASE + 16 * SIZE;
        for (const [at, head] of plan.heads.entries())
          ram.write(ring + 4 + 2 * (at % SIZE), 2, head);
        ram.write(ring + 2, 2, plan.heads.length + plan.jump);
        for (const { at, value } of plan.words) ram.write(RAM_BASE + at, 4, value);
        for (const { register, address } of plan.isModern ? plan.rings : [])
          bench.write(SLOT + register, 4, address);
        bench.write(SLOT + 0x50, 4, 0);
        bench.clock.advanceTo(bench.clock.now + 100_000);
        const isBroken = bench.device.saveState().broken[0] === 1;
        expect((bench.read(SLOT + 0x70, 4) & 0x40) !== 0).toBe(isBroken);
        expect(bench.errors.length > 0).toBe(isBroken);
        outcomes[isBroken ? 'broken' : 'served']++;

        // After a reset it works as on the first day.
        await driver.initialise();
        expect((await driver.transact([header(0, 1), 512, 1])).status).toBe(0);
      }),
      campaign(600),
    );
    expect(outcomes.broken).toBeGreaterThan(50);
    expect(outcomes.served).toBeGreaterThan(50);
  });
});
