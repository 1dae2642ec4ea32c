import { describe, expect, test } from 'vitest';
import type { HostClock } from './host-clock.ts';
import { FreePacer, RealPacer } from './pace.ts';
import { WakeSource } from './wake-source.ts';

const NO_LIMIT = Infinity;
const CYCLES_PER_MS = 1_000_000;

/** A wall clock that a test moves; a sleep moves it too, unless `wakeAfter` cuts it short. */
class FakeClock implements HostClock {
  wall = 5_000;
  wakeAfter = Infinity;
  readonly sleeps: number[] = [];

  now(): number {
    return this.wall;
  }

  sleep(ms: number): Promise<void> {
    this.sleeps.push(ms);
    this.wall += Math.min(ms, this.wakeAfter);
    return Promise.resolve();
  }
}

const wake = new WakeSource();

describe('--pace real', () => {
  test('sleeps until the event is due', async () => {
    const clock = new FakeClock();
    const pacer = new RealPacer(clock, CYCLES_PER_MS, 0);
    expect(await pacer.idle(0, 10 * CYCLES_PER_MS, NO_LIMIT, wake)).toBe(10 * CYCLES_PER_MS);
    expect(clock.sleeps).toEqual([10]);
  });

  test('counts the time that the guest has computed towards the sleep', async () => {
    const clock = new FakeClock();
    const pacer = new RealPacer(clock, CYCLES_PER_MS, 0);
    clock.wall += 2; // It took 2 ms of wall time to run 3 ms of guest time.
    await pacer.idle(3 * CYCLES_PER_MS, 10 * CYCLES_PER_MS, NO_LIMIT, wake);
    expect(clock.sleeps).toEqual([8]);
  });

  test('does not catch up lost time', async () => {
    const clock = new FakeClock();
    const pacer = new RealPacer(clock, CYCLES_PER_MS, 0);
    clock.wall += 500; // The guest has fallen 499 ms behind.
    await pacer.idle(CYCLES_PER_MS, 11 * CYCLES_PER_MS, NO_LIMIT, wake);
    expect(clock.sleeps).toEqual([10]);
    await pacer.idle(11 * CYCLES_PER_MS, 21 * CYCLES_PER_MS, NO_LIMIT, wake);
    expect(clock.sleeps).toEqual([10, 10]);
  });

  test('guest time passes while it waits for a key', async () => {
    const clock = new FakeClock();
    const pacer = new RealPacer(clock, CYCLES_PER_MS, 0);
    clock.wakeAfter = 4;
    expect(await pacer.idle(0, 10 * CYCLES_PER_MS, NO_LIMIT, wake)).toBe(4 * CYCLES_PER_MS);
    expect(await pacer.idle(4 * CYCLES_PER_MS, Infinity, NO_LIMIT, wake)).toBe(8 * CYCLES_PER_MS);
  });

  test('a wake never moves the clock back', async () => {
    const clock = new FakeClock();
    const pacer = new RealPacer(clock, CYCLES_PER_MS, 0);
    clock.wakeAfter = 0;
    const ahead = 7 * CYCLES_PER_MS;
    expect(await pacer.idle(ahead, 10 * CYCLES_PER_MS, NO_LIMIT, wake)).toBe(ahead);
  });

  test('holds back a guest that computes faster than the wall', async () => {
    const clock = new FakeClock();
    const pacer = new RealPacer(clock, CYCLES_PER_MS, 0);
    clock.wall += 1;
    await pacer.throttle(3 * CYCLES_PER_MS, wake);
    expect(clock.sleeps).toEqual([2]);
    await pacer.throttle(3 * CYCLES_PER_MS, wake);
    expect(clock.sleeps).toEqual([2]);
  });
});

describe('--pace free', () => {
  test('jumps to the next event', async () => {
    const clock = new FakeClock();
    expect(await new FreePacer(clock).idle(5, 1e12, NO_LIMIT, wake)).toBe(1e12);
    expect(clock.sleeps).toEqual([]);
  });

  test('with no event the clock stands until there is input', async () => {
    const clock = new FakeClock();
    clock.wakeAfter = 60_000;
    expect(await new FreePacer(clock).idle(5, Infinity, NO_LIMIT, wake)).toBe(5);
    expect(clock.sleeps).toEqual([Infinity]);
  });

  test('a limit is no event: the clock does not jump there', async () => {
    const clock = new FakeClock();
    clock.wakeAfter = 60_000;
    const pacer = new FreePacer(clock);
    expect(await pacer.idle(5, Infinity, 1000, wake)).toBe(5);
    expect(await pacer.idle(5, 2000, 1000, wake)).toBe(1000);
  });
});
