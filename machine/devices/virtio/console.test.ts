import { describe, expect, it } from 'vitest';
import { RAM_BASE } from '../../bus/physical-memory.ts';
import { VirtioConsole } from './console.ts';
import { DeviceBench, SLOT } from './testing/device-bench.ts';
import { QueueDriver } from './testing/queue-driver.ts';

// Restated from Virtual I/O Device 1.2, 5.3.
const RECEIVE = 0;
const TRANSMIT = 1;
const CONTROL_RECEIVE = 2;
const CONTROL_TRANSMIT = 3;
const MULTIPLE_PORTS = 1;
const VERSION_1 = 32;
const [DEVICE_READY, PORT_ADD, PORT_READY, CONSOLE_PORT, PORT_OPEN] = [0, 1, 3, 4, 6];

const text = (characters: string) => new TextEncoder().encode(characters);

async function setUp(isModern: boolean, features: readonly number[] = []) {
  const sent: number[] = [];
  const bench = new DeviceBench(isModern ? 'modern' : 'legacy', (wiring) => {
    return new VirtioConsole({ ...wiring, port: { transmit: (byte) => sent.push(byte) } });
  });
  const driver = new QueueDriver(bench, {
    ...{ slot: SLOT, memory: RAM_BASE + 0x4_0000, isModern, queues: 4 },
    features: [...features, ...(isModern ? [VERSION_1] : [])],
  });
  await driver.initialise();
  return { bench, driver, output: () => String.fromCharCode(...sent), sent };
}

const control = (id: number, event: number, value: number) =>
  Uint8Array.of(id, 0, 0, 0, event, 0, value, 0);

describe.each([false, true])('version 2: %s', (isModern) => {
  it('writes output before the notification returns', async () => {
    const { driver, output, bench } = await setUp(isModern);
    await driver.offer(TRANSMIT, text('hel'), text('lo'));
    await driver.notify(TRANSMIT);
    expect(output()).toBe('hello');
    expect(await driver.collect(TRANSMIT)).toMatchObject({ usedLength: 0 });
    expect(bench.wire.level).toBe(true);
  });

  it('takes input when it comes, and when there are buffers', async () => {
    const { driver, bench } = await setUp(isModern);
    await driver.offer(RECEIVE, 4);
    bench.device.offer(text('abcdef'));
    expect(await driver.collect(RECEIVE)).toMatchObject({ usedLength: 4, written: text('abcd') });
    await driver.offer(RECEIVE, 4);
    await driver.notify(RECEIVE);
    const rest = await driver.collect(RECEIVE);
    expect([rest?.usedLength, rest?.written.subarray(0, 2)]).toEqual([2, text('ef')]);
  });

  it('tells a driver of several ports what there is', async () => {
    const { driver, bench } = await setUp(isModern, [MULTIPLE_PORTS]);
    for (let count = 0; count < 3; count++) await driver.offer(CONTROL_RECEIVE, 8);
    await driver.offer(RECEIVE, 4);
    bench.device.offer(text('x'));
    await driver.transact(CONTROL_TRANSMIT, control(0, DEVICE_READY, 1));
    await driver.transact(CONTROL_TRANSMIT, control(0, PORT_READY, 1));
    for (const event of [PORT_ADD, CONSOLE_PORT, PORT_OPEN]) {
      expect((await driver.collect(CONTROL_RECEIVE))?.written).toEqual(control(0, event, 1));
    }
    expect(await driver.collect(RECEIVE)).toBeUndefined();
    await driver.transact(CONTROL_TRANSMIT, control(0, PORT_OPEN, 1));
    expect((await driver.collect(RECEIVE))?.written[0]).toBe(0x78);
  });

  it('takes no notice of messages that say nothing', async () => {
    const { driver, bench } = await setUp(isModern, [MULTIPLE_PORTS]);
    await driver.offer(CONTROL_RECEIVE, 8);
    for (const message of [
      ...[control(0, DEVICE_READY, 0), control(1, PORT_READY, 1), control(0, PORT_READY, 0)],
      ...[control(0, 99, 1), Uint8Array.of(0, 0, 0)],
    ]) {
      await driver.transact(CONTROL_TRANSMIT, message);
    }
    expect(await driver.collect(CONTROL_RECEIVE)).toBeUndefined();
    expect(bench.errors).toEqual([]);
  });
});

it('writes what is long in pieces', async () => {
  const { driver, bench, sent } = await setUp(true);
  for (let chain = 0; chain < 4; chain++) await driver.offer(TRANSMIT, new Uint8Array(3000));
  await driver.notify(TRANSMIT);
  expect(sent).toHaveLength(4096);
  const saved = bench.device.saveState();
  bench.device.reset();
  bench.device.restoreState(saved);
  bench.clock.advanceTo(bench.clock.now + 1000);
  expect(sent).toHaveLength(2 * 4096);
  bench.pause();
  expect(sent).toHaveLength(12_000);
  expect(bench.clock.nextDue).toBe(Infinity);
});

it('writes a character without queues', async () => {
  const { bench, output } = await setUp(false);
  bench.write(SLOT + 0x108, 4, 0x41);
  bench.write(SLOT + 0x100, 2, 0x41);
  expect([output(), bench.errors.length]).toEqual(['A', 1]);
  expect([bench.read(SLOT + 0x104, 4), bench.read(SLOT + 0x108, 4)]).toEqual([31, 0]);
});

it('a reset ends what is under way', async () => {
  const { driver, bench } = await setUp(true);
  for (let chain = 0; chain < 4; chain++) await driver.offer(TRANSMIT, new Uint8Array(3000));
  await driver.notify(TRANSMIT);
  await driver.setRegister(0x70, 0);
  expect(bench.clock.nextDue).toBe(Infinity);
});
