import { describe, expect, it } from 'vitest';
import { RAM_BASE } from '../../bus/physical-memory.ts';
import { VirtioNet } from './net.ts';
import { DeviceBench, SLOT } from './testing/device-bench.ts';
import { QueueDriver } from './testing/queue-driver.ts';

// Restated from Virtual I/O Device 1.2, 5.1.
const RECEIVE = 0;
const TRANSMIT = 1;
const CONTROL = 2;
const MERGEABLE = 15;
const CONTROL_QUEUE = 17;
const CONTROL_VLAN = 19;
const VERSION_1 = 32;
const OK = 0;
const ERROR = 1;

const MAC = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
const OTHER = [0x52, 0x54, 0, 0x12, 0x34, 0x57];
const GROUP = [0x33, 0x33, 0, 0, 0, 1];
const BROADCAST = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/** An Ethernet frame of `length` bytes. */
function frame(length: number, to: readonly number[] = MAC, type = 0x0800): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, at) => at % 251);
  bytes.set(to);
  bytes.set([type >> 8, type & 0xff], 12);
  return bytes;
}

interface Setup {
  readonly isModern?: boolean;
  readonly features?: readonly number[];
}

async function setUp({ isModern = true, features = [MERGEABLE, CONTROL_QUEUE] }: Setup = {}) {
  const sent: Uint8Array[] = [];
  const received: Uint8Array[] = [];
  const port = {
    send: (bytes: Uint8Array) => sent.push(bytes),
    received: (bytes: Uint8Array) => received.push(bytes),
  };
  const bench = new DeviceBench(
    isModern ? 'modern' : 'legacy',
    (wiring) => new VirtioNet({ ...wiring, mac: Uint8Array.from(MAC), port }),
  );
  const driver = new QueueDriver(bench, {
    ...{ slot: SLOT, memory: RAM_BASE + 0x4_0000, isModern, queues: 3 },
    features: [...features, ...(isModern ? [VERSION_1] : [])],
  });
  await driver.initialise();
  return { bench, driver, sent, received };
}

describe.each([
  { isModern: true, mergeable: true, header: 12 },
  { isModern: true, mergeable: false, header: 12 },
  { isModern: false, mergeable: true, header: 12 },
  { isModern: false, mergeable: false, header: 10 },
])('version 2: $isModern, mergeable: $mergeable', ({ isModern, mergeable, header }) => {
  const features = mergeable ? [MERGEABLE] : [];

  it('sends frames, whatever their buffers', async () => {
    const { driver, sent, bench } = await setUp({ isModern, features });
    const bytes = frame(100);
    await driver.transact(TRANSMIT, new Uint8Array(header), bytes);
    await driver.transact(
      TRANSMIT,
      Uint8Array.from([...new Uint8Array(header), ...bytes.subarray(0, 40)]),
      bytes.subarray(40),
    );
    expect(sent).toEqual([bytes, bytes]);
    expect(bench.wire.level).toBe(true);
  });

  it('drops what is no frame, and gives its buffers back', async () => {
    const { driver, sent, bench } = await setUp({ isModern, features });
    expect(await driver.transact(TRANSMIT, new Uint8Array(header))).toMatchObject({
      usedLength: 0,
    });
    await driver.transact(TRANSMIT, new Uint8Array(header - 1));
    await driver.transact(TRANSMIT, new Uint8Array(header + 13));
    expect([sent, bench.errors]).toEqual([[], []]);
  });

  it('receives a frame', async () => {
    const { driver, bench, received } = await setUp({ isModern, features });
    await driver.offer(RECEIVE, 1600);
    bench.device.offer(frame(60));
    const packet = await driver.collect(RECEIVE);
    expect(packet?.usedLength).toBe(header + 60);
    const bytes = packet?.written ?? new Uint8Array();
    expect([...bytes.subarray(0, 10)]).toEqual(new Array(10).fill(0));
    if (header === 12) expect([bytes[10], bytes[11]]).toEqual([1, 0]);
    expect(bytes.subarray(header, header + 60)).toEqual(frame(60));
    expect(received).toEqual([frame(60)]);
  });

  it('keeps frames until there are buffers', async () => {
    const { driver, bench } = await setUp({ isModern, features });
    bench.device.offer(frame(60));
    bench.device.offer(frame(70));
    await driver.offer(RECEIVE, 1600);
    await driver.notify(RECEIVE);
    expect((await driver.collect(RECEIVE))?.usedLength).toBe(header + 60);
    await driver.offer(RECEIVE, 1600);
    await driver.notify(RECEIVE);
    expect((await driver.collect(RECEIVE))?.usedLength).toBe(header + 70);
  });
});

it('spreads a frame over mergeable buffers, or waits until there are enough', async () => {
  const { driver, bench } = await setUp();
  await driver.offer(RECEIVE, 50);
  await driver.offer(RECEIVE, 50);
  bench.device.offer(frame(100));
  expect(await driver.collect(RECEIVE)).toBeUndefined();
  await driver.offer(RECEIVE, 50);
  await driver.notify(RECEIVE);
  const pieces = [];
  for (let left = 3; left > 0; left--) pieces.push(await driver.collect(RECEIVE));
  expect(pieces.map((piece) => piece?.usedLength)).toEqual([50, 50, 12]);
  const whole = pieces.flatMap((piece) => [...(piece?.written ?? [])]);
  expect([whole[10], whole.slice(12, 112)]).toEqual([3, [...frame(100)]]);
});

it('a frame that does not fit into an unmergeable buffer is lost, the buffer is not', async () => {
  const { driver, bench } = await setUp({ features: [] });
  await driver.offer(RECEIVE, 100);
  bench.device.offer(frame(100));
  expect(await driver.collect(RECEIVE)).toBeUndefined();
  bench.device.offer(frame(88));
  expect((await driver.collect(RECEIVE))?.usedLength).toBe(100);
});

it('frames of impossible lengths, too many, or for nobody are lost', async () => {
  const { driver, bench } = await setUp();
  bench.device.offer(new Uint8Array(13));
  bench.device.offer(new Uint8Array(65_537));
  for (let count = 0; count < 2000; count++) bench.device.offer(frame(20 + (count % 40)));
  for (let round = 0; round < 1100; round++) {
    await driver.offer(RECEIVE, 200);
    await driver.notify(RECEIVE);
    expect((await driver.collect(RECEIVE)) !== undefined).toBe(round < 1024);
    if (round >= 1024) break;
  }
  await driver.setRegister(0x70, 0);
  bench.device.offer(frame(60));
  await driver.initialise();
  expect(await driver.collect(RECEIVE)).toBeUndefined();
});

describe('the filter', () => {
  const arrives = async (
    { driver, bench }: Awaited<ReturnType<typeof setUp>>,
    bytes: Uint8Array,
  ): Promise<boolean> => {
    await driver.offer(RECEIVE, 200);
    bench.device.offer(bytes);
    const has = (await driver.collect(RECEIVE)) !== undefined;
    if (!has) {
      // The buffer is still there: a frame for the broadcast address takes it.
      bench.device.offer(frame(60, BROADCAST));
      expect(await driver.collect(RECEIVE)).toBeDefined();
    }
    return has;
  };
  const command = async (
    { driver }: Awaited<ReturnType<typeof setUp>>,
    ...bytes: number[]
  ): Promise<number> => {
    const { written, usedLength } = await driver.transact(CONTROL, Uint8Array.from(bytes), 1);
    expect(usedLength).toBe(1);
    return written[0];
  };

  it('lets everything pass at first', async () => {
    const on = await setUp();
    expect(await arrives(on, frame(60, OTHER))).toBe(true);
    expect(await arrives(on, frame(60, GROUP))).toBe(true);
  });

  it('lets its own address and broadcasts pass when it is no longer promiscuous', async () => {
    const on = await setUp();
    expect(await command(on, 0, 0, 0)).toBe(OK);
    expect(await arrives(on, frame(60, OTHER))).toBe(false);
    expect(await arrives(on, frame(60, GROUP))).toBe(false);
    expect(await arrives(on, frame(60, BROADCAST))).toBe(true);
    expect(await arrives(on, frame(60, MAC))).toBe(true);
    expect(await command(on, 0, 1, 1)).toBe(OK); // all multicast
    expect(await arrives(on, frame(60, GROUP))).toBe(true);
    expect(await command(on, 0, 3, 1)).toBe(OK); // no multicast
    expect(await arrives(on, frame(60, GROUP))).toBe(false);
    expect(await command(on, 0, 2, 1)).toBe(OK); // all unicast
    expect(await arrives(on, frame(60, OTHER))).toBe(true);
    expect(await command(on, 0, 4, 1)).toBe(OK); // no unicast
    expect(await arrives(on, frame(60, MAC))).toBe(false);
  });

  it('has a table of addresses', async () => {
    const on = await setUp();
    await command(on, 0, 0, 0);
    expect(await command(on, 1, 0, 1, 0, 0, 0, ...OTHER, 1, 0, 0, 0, ...GROUP)).toBe(OK);
    expect(await arrives(on, frame(60, OTHER))).toBe(true);
    expect(await arrives(on, frame(60, GROUP))).toBe(true);
    expect(await arrives(on, frame(60, [...GROUP.slice(0, 5), 2]))).toBe(false);
    const many = Array.from({ length: 65 * 6 }, () => 2);
    expect(await command(on, 1, 0, 65, 0, 0, 0, ...many, 0, 0, 0, 0)).toBe(OK);
    expect(await arrives(on, frame(60, OTHER))).toBe(true); // the table overflows
    expect(await arrives(on, frame(60, GROUP))).toBe(false);
  });

  it('takes another address of its own', async () => {
    const on = await setUp();
    await command(on, 0, 0, 0);
    expect(await command(on, 1, 1, ...OTHER)).toBe(OK);
    expect(await arrives(on, frame(60, OTHER))).toBe(true);
    expect(await arrives(on, frame(60, MAC))).toBe(false);
    expect(on.bench.read(SLOT + 0x105, 1)).toBe(0x57);
  });

  it('knows VLANs, if that was negotiated', async () => {
    const on = await setUp({ features: [MERGEABLE, CONTROL_QUEUE, CONTROL_VLAN] });
    await command(on, 0, 0, 0);
    const tagged = frame(60, MAC, 0x8100);
    tagged.set([0x20, 0x05], 14);
    expect(await arrives(on, tagged)).toBe(false);
    expect(await command(on, 2, 0, 5, 0)).toBe(OK);
    expect(await arrives(on, tagged)).toBe(true);
    expect(await command(on, 2, 1, 5, 0)).toBe(OK);
    expect(await arrives(on, tagged)).toBe(false);
    expect(await arrives(on, frame(60, MAC))).toBe(true);
  });

  it('refuses commands that make no sense', async () => {
    const on = await setUp();
    for (const bytes of [
      ...[
        [0, 0],
        [0, 6, 1],
        [0, 200, 1],
        [1, 0],
        [1, 0, 1, 0, 0, 0],
        [1, 1, 1, 2, 3],
        [1, 2],
      ],
      ...[
        [1, 0, 0, 0, 0, 0, 1, 0, 0, 0],
        [1, 0, 255, 255, 255, 255, 1],
        [2, 0, 1],
        [2, 2, 1, 0],
      ],
      ...[
        [2, 0, 0, 0x10],
        [3, 0],
        [4, 0, 1, 0],
        [5, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [99, 99],
      ],
    ]) {
      expect(await command(on, ...bytes), bytes.join()).toBe(ERROR);
    }
    expect(on.bench.errors).toEqual([]);
  });

  it('is as it was after a reset', async () => {
    const on = await setUp();
    const fresh = on.bench.device.saveState();
    await command(on, 0, 0, 0);
    await command(on, 1, 1, ...OTHER);
    await on.driver.setRegister(0x70, 0);
    const { mac, promiscuous } = on.bench.device.saveState();
    expect([mac, promiscuous]).toEqual([fresh.mac, fresh.promiscuous]);
  });
});

it('a legacy driver changes the hardware address in the configuration', async () => {
  const { bench } = await setUp({ isModern: false, features: [] });
  bench.write(SLOT + 0x105, 1, 0x99);
  bench.write(SLOT + 0x100, 4, 0x0403_0201);
  expect(bench.device.saveState().mac).toEqual([1, 2, 3, 4, 0x34, 0x99]);
  bench.write(SLOT + 0x106, 2, 0);
  expect(bench.errors).toHaveLength(1);
});

it('rings that make no sense break the device until it is reset', async () => {
  const { driver, bench, sent } = await setUp();
  await driver.offer(RECEIVE, new Uint8Array(4));
  bench.device.offer(frame(60));
  expect((await driver.register(0x70)) & 0x40).toBe(0x40);
  await driver.offer(TRANSMIT, new Uint8Array(12), frame(60));
  await driver.notify(TRANSMIT);
  bench.pause();
  expect(sent).toEqual([]);
});

it('a frame on its way is saved and restored', async () => {
  const { driver, bench, sent } = await setUp();
  await driver.offer(TRANSMIT, new Uint8Array(12), frame(60));
  await driver.notify(TRANSMIT);
  const saved = bench.device.saveState();
  bench.device.reset();
  bench.pause();
  expect(sent).toEqual([]);
  bench.device.restoreState(saved);
  bench.pause();
  expect(sent).toEqual([frame(60)]);
});
