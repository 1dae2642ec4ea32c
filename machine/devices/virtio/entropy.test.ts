import { expect, it } from 'vitest';
import { RAM_BASE } from '../../bus/physical-memory.ts';
import { VirtioEntropy } from './entropy.ts';
import { DeviceBench, SLOT } from './testing/device-bench.ts';
import { QueueDriver } from './testing/queue-driver.ts';

async function setUp(seed: number, isModern = true) {
  const bench = new DeviceBench(
    isModern ? 'modern' : 'legacy',
    (wiring) => new VirtioEntropy({ ...wiring, seed }),
  );
  const driver = new QueueDriver(bench, {
    ...{ slot: SLOT, memory: RAM_BASE + 0x4_0000, isModern, queues: 1 },
    features: isModern ? [32] : [],
  });
  await driver.initialise();
  return { bench, driver };
}

it.each([false, true])('fills buffers, version 2: %s', async (isModern) => {
  const { driver } = await setUp(1, isModern);
  const { written, usedLength } = await driver.transact(0, 1000, 300);
  expect(usedLength).toBe(1300);
  expect(new Set(written).size).toBeGreaterThan(240);
  const ones = written.reduce((sum, byte) => {
    return sum + byte.toString(2).replaceAll('0', '').length;
  }, 0);
  expect(Math.abs(ones - 1300 * 4)).toBeLessThan(250); // five standard deviations
});

it('the same seed gives the same bytes, another gives others', async () => {
  const bytes = async (seed: number) => {
    const { driver } = await setUp(seed);
    return (await driver.transact(0, 64)).written;
  };
  expect(await bytes(7)).toEqual(await bytes(7));
  expect(await bytes(7)).not.toEqual(await bytes(8));
  expect(await bytes(0)).not.toEqual(new Uint8Array(64));
});

it('goes on where it was saved', async () => {
  const { driver, bench } = await setUp(3);
  await driver.transact(0, 64);
  const saved = bench.device.saveState();
  const { written } = await driver.transact(0, 64);
  await driver.offer(0, 64);
  await driver.notify(0);
  bench.device.restoreState({ ...bench.device.saveState(), generator: saved.generator });
  bench.pause();
  expect((await driver.collect(0))?.written).toEqual(written);
});

it('fills the beginning of what is too long, and nothing that it may only read', async () => {
  const { driver, bench } = await setUp(3);
  const view = RAM_BASE + 0x4_0000;
  await driver.offer(0, 100);
  bench.write(view + 8, 4, 0x1_0000); // the descriptor's length
  await driver.notify(0);
  bench.pause();
  expect((await driver.collect(0))?.usedLength).toBe(4096);
  expect(await driver.transact(0, new Uint8Array(8))).toMatchObject({ usedLength: 0 });
});
