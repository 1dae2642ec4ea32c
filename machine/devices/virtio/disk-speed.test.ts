/** Disks that take time: when a request of so many bytes is done. */
import { describe, expect, it } from 'vitest';
import { RAM_BASE } from '../../bus/physical-memory.ts';
import { MemoryDisk } from './disk.ts';
import { DISK_SPEEDS, requestCycles } from './disk-speed.ts';
import { Bench, SLOT } from './testing/bench.ts';
import { GuestDriver } from './testing/guest-driver.ts';

const MEMORY = RAM_BASE + 0x4_0000;
const KIBIBYTE = 1024;
/** The guest looks again after so many cycles. */
const GRAIN = 1500;

describe('the speed of a disk', () => {
  it('is what its source says of single requests of 4 KiB', () => {
    const { nvme, sd } = DISK_SPEEDS;
    const rate = (cycles: number): number => Math.round(1e9 / cycles);
    expect(rate(requestCycles(nvme.read, 4096))).toBe(19_000);
    expect(rate(requestCycles(nvme.write, 4096))).toBeCloseTo(60_000, -1);
    expect(rate(requestCycles(sd.read, 4096))).toBe(1500);
    expect(rate(requestCycles(sd.write, 4096))).toBe(500);
  });

  it.each(['instant', 'nvme', 'sd'] as const)('%s is how long requests take', async (name) => {
    const speed = DISK_SPEEDS[name];
    const disk = new MemoryDisk(new Uint8Array(64 * KIBIBYTE));
    const bench = new Bench(disk, 'modern', '', (ram) => ram, speed);
    const options = { slot: SLOT, memory: MEMORY, isModern: true, features: [32], queueSize: 8 };
    const driver = new GuestDriver(bench, { ...options, indirect: false });
    await driver.initialise();
    const timed = async (act: () => Promise<unknown>): Promise<number> => {
      const start = bench.clock.now;
      await act();
      return bench.clock.now - start;
    };
    for (const bytes of [512, 16 * KIBIBYTE]) {
      const read = await timed(() => driver.read(0, bytes));
      const write = await timed(() => driver.write(0, new Uint8Array(bytes)));
      for (const [taken, direction] of [
        [read, speed.read],
        [write, speed.write],
      ] as const) {
        const expected = requestCycles(direction, bytes);
        expect(taken).toBeGreaterThanOrEqual(expected);
        expect(taken).toBeLessThanOrEqual(expected + GRAIN);
      }
    }
  });
});
