/**
 * Guests in C and assembly, compiled here with the cross compiler, on our machine and on QEMU. Those
 * that read no clock and take no interrupt leave console and RAM equal byte for byte; of the others,
 * console and signature region are compared, with QEMU counting instructions.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { QEMU } from '../qemu-boot.ts';
import { describeWithWitness } from '../witness.ts';
import { compileGuest, GCC, signatureOf, type Guest } from './guest.ts';
import {
  COMPARED_BYTES,
  RAM_BASE,
  runOnQemu,
  runOnVitrine,
  type GuestOptions,
  type GuestRun,
} from './machines.ts';

const SECTOR_BYTES = 512;
const SECTORS = 64;

/** Each sector tells its number, and has bytes behind it that follow from the number. */
function makeDisk(): Uint8Array {
  const disk = new Uint8Array(SECTORS * SECTOR_BYTES);
  for (let sector = 0; sector < SECTORS; sector++) {
    const bytes = disk.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
    bytes.forEach((_, index) => (bytes[index] = sector * 7 + index * 13));
    bytes.set(new TextEncoder().encode(`sector ${sector} of the disk, read by the program\n\0`));
  }
  return disk;
}

/** The first address at which two memories differ, with both bytes; undefined if they do not. */
function firstDifference(ours: Uint8Array, theirs: Uint8Array): string | undefined {
  if (Buffer.compare(ours, theirs) === 0) return undefined;
  const index = ours.findIndex((byte, at) => byte !== theirs[at]);
  const address = (RAM_BASE + index).toString(16);
  return `0x${address}: ${ours[index]} here, ${theirs[index]} on ${QEMU}`;
}

describeWithWitness(GCC, 'guests in C and assembly', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-guests-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const compile = (...[name, architecture]: [string, ('integer' | 'floating point')?]): Guest =>
    compileGuest(name, folder, architecture);

  it('run here', () => {
    expect(runOnVitrine(compile('pmp')).console).toMatch(/pmp: done\n$/);
    expect(runOnVitrine(compile('scheduler')).console).toMatch(/scheduler: done\n$/);
    expect(runOnVitrine(compile('harts'), { harts: 4 }).console).toMatch(/harts: done\n$/);
  });

  describeWithWitness(QEMU, 'and on QEMU', () => {
    function runOnBoth(guest: Guest, options?: GuestOptions): readonly [GuestRun, GuestRun] {
      const runs = [runOnVitrine(guest, options), runOnQemu(guest, options)] as const;
      expect(runs[0].console).toBe(runs[1].console);
      return runs;
    }

    function expectSameMemory([ours, theirs]: readonly [GuestRun, GuestRun]): void {
      const [here, there] = [ours.ram, theirs.ram].map((ram) => ram.subarray(0, COMPARED_BYTES));
      expect(firstDifference(here, there)).toBeUndefined();
    }

    function expectSameSignature(guest: Guest, options: GuestOptions): void {
      const [ours, theirs] = runOnBoth(guest, options);
      const [start, end] = signatureOf(guest).map((address) => address - RAM_BASE);
      expect(end).toBeGreaterThan(start);
      expect(ours.ram.slice(start, end)).toEqual(new Uint8Array(theirs.ram.slice(start, end)));
    }

    it('physical memory protection', () => {
      expectSameMemory(runOnBoth(compile('pmp')));
    });

    it('floating point', () => {
      expectSameMemory(runOnBoth(compile('floating-point', 'floating point')));
    });

    it('a kernel with Sv32 and a disk that it polls', () => {
      const runs = runOnBoth(compile('disk'), { disk: makeDisk() });
      expect(runs[0].console).toContain('sector 3 of the disk, read by the program\n');
      expectSameMemory(runs);
      expect(firstDifference(runs[0].disk, runs[1].disk)).toBeUndefined();
      expect(firstDifference(runs[0].disk, makeDisk())).toBeDefined();
    });

    it('a preemptive scheduler with vectored traps', () => {
      expectSameSignature(compile('scheduler'), { countsInstructions: true });
    });

    it('four harts that interrupt each other', () => {
      expectSameSignature(compile('harts'), { harts: 4, countsInstructions: true });
    });
  });
});
