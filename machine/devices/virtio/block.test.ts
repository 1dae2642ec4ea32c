import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { campaign } from '../../../test/campaign.ts';
import { RAM_BASE } from '../../bus/physical-memory.ts';
import { MemoryDisk, type Disk } from './disk.ts';
import { Bench, SLOT } from './testing/bench.ts';
import { GuestDriver, header, range } from './testing/guest-driver.ts';

// Restated from Virtual I/O Device 1.2, 5.2.
const OK = 0;
const IO_ERROR = 1;
const UNSUPPORTED = 2;
const FLUSH = 9;
const CONFIG_WCE = 11;
const INDIRECT = 28;
const EVENT_INDEX = 29;
const VERSION_1 = 32;
const WRITEBACK = 0x120;

const LATENCY = 1000;
const MEMORY = RAM_BASE + 0x4_0000;
const SECTORS = 64;

/** A disk that counts flushes, and fails when told to. */
class TestDisk extends MemoryDisk {
  flushes = 0;
  failing = false;
  override read(offset: number, target: Uint8Array): boolean {
    return !this.failing && super.read(offset, target);
  }
  override write(offset: number, source: Uint8Array): boolean {
    return !this.failing && super.write(offset, source);
  }
  override flush(): boolean {
    this.flushes++;
    return !this.failing;
  }
}

const numbered = () => Uint8Array.from({ length: SECTORS * 512 }, (_, at) => (at >> 9) + 1);

interface Setup {
  readonly disk?: Disk;
  readonly isModern?: boolean;
  readonly features?: readonly number[];
  readonly queueSize?: number;
  readonly indirect?: boolean;
  readonly serial?: string;
}

async function setUp({
  disk = new MemoryDisk(numbered()),
  isModern = true,
  features = [FLUSH, CONFIG_WCE, ...(isModern ? [VERSION_1] : [])],
  queueSize = 8,
  indirect = false,
  serial = '',
}: Setup = {}) {
  const bench = new Bench(disk, isModern ? 'modern' : 'legacy', serial);
  const options = { slot: SLOT, memory: MEMORY, isModern, features, queueSize, indirect };
  const driver = new GuestDriver(bench, options);
  await driver.initialise();
  return { bench, driver };
}

describe.each([false, true])('requests, version 2: %s', (isModern) => {
  it('reads and writes whole sectors', async () => {
    const disk = new MemoryDisk(numbered());
    const { driver, bench } = await setUp({ disk, isModern });
    const reply = await driver.read(3, 1024);
    expect(reply).toMatchObject({ status: OK, usedLength: 1025 });
    expect([reply.written[0], reply.written[511], reply.written[512]]).toEqual([4, 4, 5]);
    expect(await driver.write(5, new Uint8Array(512).fill(0xab))).toMatchObject({
      status: OK,
      usedLength: 1,
    });
    expect([...disk.contents.subarray(5 * 512 - 1, 6 * 512 + 1)]).toEqual([
      ...[5, ...new Array<number>(512).fill(0xab), 7],
    ]);
    expect(bench.errors).toEqual([]);
  });

  it('identifies itself', async () => {
    const { driver } = await setUp({ isModern, serial: 'number seven' });
    const { status, written } = await driver.transact([header(8, 0), 20, 1]);
    expect(status).toBe(OK);
    expect(Buffer.from(written).toString('latin1').slice(0, 13)).toBe('number seven\0');
    expect(await driver.register(0x008)).toBe(2);
  });

  it('refuses what it does not know', async () => {
    const { driver } = await setUp({ isModern });
    for (const type of [2, 3, 6, 10, 12, 14, 0x7fff_ffff]) {
      expect((await driver.transact([header(type, 0), 16, 1])).status).toBe(UNSUPPORTED);
    }
  });

  it('refuses what is not on the disk', async () => {
    const { driver } = await setUp({ isModern });
    for (const sector of [SECTORS, SECTORS - 1, 2 ** 40, 2 ** 52]) {
      expect((await driver.read(sector, 1024)).status).toBe(IO_ERROR);
      expect((await driver.write(sector, new Uint8Array(1024))).status).toBe(IO_ERROR);
    }
    expect((await driver.read(0, 511)).status).toBe(IO_ERROR);
  });
});

describe('durability', () => {
  it('a flush reaches the disk', async () => {
    const disk = new TestDisk(numbered());
    const { driver } = await setUp({ disk });
    expect((await driver.flush()).status).toBe(OK);
    expect(disk.flushes).toBe(1);
  });

  it('writes are flushed one by one when the driver switches the cache off', async () => {
    const disk = new TestDisk(numbered());
    const { driver, bench } = await setUp({ disk });
    await driver.write(0, new Uint8Array(512));
    expect(disk.flushes).toBe(0);
    bench.write(SLOT + WRITEBACK, 1, 0);
    await driver.write(0, new Uint8Array(512));
    await driver.transact([header(13, 0), range(0, 1, 0), 1]);
    expect(disk.flushes).toBe(2);
    bench.write(SLOT + WRITEBACK, 1, 1);
    await driver.write(0, new Uint8Array(512));
    expect(disk.flushes).toBe(2);
  });

  it('and when it does not know how to flush', async () => {
    const disk = new TestDisk(numbered());
    const { driver, bench } = await setUp({ disk, isModern: false, features: [] });
    expect(bench.read(SLOT + WRITEBACK, 1)).toBe(0);
    await driver.write(0, new Uint8Array(512));
    expect(disk.flushes).toBe(1);
  });

  it('tells the guest what the host could not do', async () => {
    const disk = new TestDisk(numbered());
    const { driver } = await setUp({ disk });
    disk.failing = true;
    expect((await driver.read(0, 512)).status).toBe(IO_ERROR);
    expect((await driver.write(0, new Uint8Array(512))).status).toBe(IO_ERROR);
    expect((await driver.flush()).status).toBe(IO_ERROR);
  });
});

it('a read-only disk says so, and stays as it is', async () => {
  const disk = new MemoryDisk(numbered(), true);
  const { driver } = await setUp({ disk });
  await driver.setRegister(0x14, 0);
  expect((await driver.register(0x10)) & (1 << 5)).not.toBe(0);
  expect((await driver.write(0, new Uint8Array(512))).status).toBe(IO_ERROR);
  expect((await driver.transact([header(13, 0), range(0, 1, 0), 1])).status).toBe(IO_ERROR);
  expect(disk.contents).toEqual(numbered());
});

describe('time', () => {
  it('each request takes its latency, one after the other', async () => {
    const { driver, bench } = await setUp();
    await driver.offer([header(0, 1), 512, 1]);
    await driver.offer([header(0, 2), 512, 1]);
    const start = bench.clock.now;
    await driver.setRegister(0x50, 0);
    bench.clock.advanceTo(start + LATENCY - 1);
    expect([await driver.usedIndex(), bench.wire.level]).toEqual([0, false]);
    bench.clock.advanceTo(start + LATENCY);
    expect([await driver.usedIndex(), bench.wire.level]).toEqual([1, true]);
    bench.clock.advanceTo(start + 2 * LATENCY);
    expect([await driver.usedIndex(), bench.wire.assertions]).toEqual([2, 2]);
    expect(bench.clock.nextDue).toBe(Infinity);
  });

  it('a reset ends what is under way', async () => {
    const { driver, bench } = await setUp();
    await driver.offer([header(0, 1), 512, 1]);
    await driver.setRegister(0x50, 0);
    await driver.setRegister(0x70, 0);
    expect(bench.clock.nextDue).toBe(Infinity);
  });

  it('a request under way is saved and restored', async () => {
    const { driver, bench } = await setUp();
    await driver.offer([header(0, 1), 512, 1]);
    await driver.setRegister(0x50, 0);
    const saved = bench.device.saveState();
    bench.device.reset();
    expect(bench.clock.nextDue).toBe(Infinity);
    bench.device.restoreState(saved);
    expect(await driver.collect()).toBe(513);
  });
});

/** What the property test does to a disk. */
const action = fc.oneof(
  fc.record({ kind: fc.constant('read' as const), sector: fc.nat(SECTORS), sectors: fc.nat(4) }),
  fc.record({
    kind: fc.constant('write' as const),
    sector: fc.nat(SECTORS),
    sectors: fc.integer({ min: 1, max: 4 }),
    byte: fc.nat(255),
    /** Where the data is cut, and what of it lies beside the header. */
    cut: fc.nat(511),
  }),
  fc.record({ kind: fc.constant('zero' as const), sector: fc.nat(SECTORS), sectors: fc.nat(8) }),
  fc.record({ kind: fc.constant('flush' as const) }),
);
const setup = fc.record({
  isModern: fc.boolean(),
  indirect: fc.boolean(),
  eventIndex: fc.boolean(),
  queueSize: fc.constantFrom(4, 8, 256, 1024),
});

describe('any requests', () => {
  it('leave the disk as a model says', async () => {
    // Built once: a machine's memory takes longer than a run, and every run resets the device.
    const disk = new MemoryDisk(numbered());
    const benches = { legacy: new Bench(disk, 'legacy'), modern: new Bench(disk, 'modern') };
    await fc.assert(
      fc.asyncProperty(setup, fc.array(action, { maxLength: 12 }), async (choice, actions) => {
        const { eventIndex, ...rest } = choice;
        const model = numbered();
        disk.contents.set(model);
        const version = choice.isModern ? [VERSION_1] : [];
        const features = [FLUSH, INDIRECT, ...(eventIndex ? [EVENT_INDEX] : []), ...version];
        const bench = benches[choice.isModern ? 'modern' : 'legacy'];
        const driver = new GuestDriver(bench, { slot: SLOT, memory: MEMORY, features, ...rest });
        await driver.initialise();
        for (const step of actions) {
          if (step.kind === 'flush') {
            expect((await driver.flush()).status).toBe(OK);
            continue;
          }
          const { sector, sectors } = step;
          const [start, end] = [sector * 512, (sector + sectors) * 512];
          const expected = end <= model.length ? OK : IO_ERROR;
          if (step.kind === 'read') {
            const { status, written } = await driver.read(sector, end - start);
            expect(status).toBe(expected);
            if (status === OK) expect(written.subarray(0, -1)).toEqual(model.subarray(start, end));
          } else if (step.kind === 'write') {
            const data = Uint8Array.from(
              { length: end - start },
              (_, at) => step.byte ^ (at & 255),
            );
            const first = Uint8Array.from([...header(1, sector), ...data.subarray(0, step.cut)]);
            const reply = await driver.transact([first, data.subarray(step.cut), 1]);
            expect(reply.status).toBe(expected);
            if (expected === OK) model.set(data, start);
          } else {
            const reply = await driver.transact([header(13, 0), range(sector, sectors, 0), 1]);
            expect(reply.status).toBe(expected);
            if (expected === OK) model.fill(0, start, end);
          }
        }
        expect(Buffer.compare(disk.contents, model)).toBe(0);
        expect(bench.errors).toEqual([]);
      }),
      campaign(50),
    );
  });
});
