import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { campaign } from '../../test/campaign.ts';
import { Clint } from './clint.ts';
import { ManualClock, Wire } from './manual-clock.ts';

// Restated from the FU540 manual.
const msip = (hart: number) => 4 * hart;
const mtimecmp = (hart: number) => 0x4000 + 8 * hart;
const MTIME = 0xbff8;

const CYCLES_PER_TICK = 100;
const HARTS = 3;

function fresh() {
  const clock = new ManualClock();
  const lines = Array.from({ length: HARTS }, () => ({ software: new Wire(), timer: new Wire() }));
  const clint = new Clint(lines, clock, () => undefined);
  clint.reset();
  const read = (offset: number) => clint.read(offset, 4);
  const write = (offset: number, value: number) => clint.write(offset, 4, value);
  return {
    clock,
    clint,
    read,
    write,
    read64: (offset: number) => (BigInt(read(offset + 4)) << 32n) | BigInt(read(offset)),
    /** Without a moment in which the compare is lower than both. */
    write64: (offset: number, value: bigint) => {
      write(offset + 4, 0xffff_ffff);
      write(offset, Number(value & 0xffff_ffffn));
      write(offset + 4, Number(value >> 32n));
    },
    timers: () => lines.map(({ timer }) => timer.level),
    softwares: () => lines.map(({ software }) => software.level),
  };
}

let bench: ReturnType<typeof fresh>;
beforeEach(() => {
  bench = fresh();
});

describe('mtime', () => {
  it('ticks once every hundred cycles', () => {
    bench.clock.advanceTo(99);
    expect(bench.read(MTIME)).toBe(0);
    bench.clock.advanceTo(100);
    expect(bench.read(MTIME)).toBe(1);
    bench.clock.advanceTo(0x1_2345_6789 * CYCLES_PER_TICK);
    expect([bench.read(MTIME), bench.read(MTIME + 4)]).toEqual([0x2345_6789, 1]);
    expect([bench.clint.timeLow(), bench.clint.timeHigh()]).toEqual([0x2345_6789, 1]);
  });

  it('can be set, and keeps its phase', () => {
    bench.clock.advanceTo(150);
    bench.write(MTIME, 0xffff_ffff);
    bench.write(MTIME + 4, 41);
    bench.clock.advanceTo(199);
    expect(bench.read64(MTIME)).toBe((41n << 32n) | 0xffff_ffffn);
    bench.clock.advanceTo(200);
    expect(bench.read64(MTIME)).toBe(42n << 32n);
  });

  it('is what the time CSR reads, over the whole range', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 2n ** 64n - 1n),
        fc.array(fc.nat(2 ** 40), { maxLength: 5 }),
        (start, waits) => {
          const { clock, clint, write, read64 } = fresh();
          write(MTIME, Number(start & 0xffff_ffffn));
          write(MTIME + 4, Number(start >> 32n));
          for (const wait of waits) clock.advanceTo(clock.now + wait);
          const expected = BigInt.asUintN(64, start + BigInt(Math.floor(clock.now / 100)));
          expect(read64(MTIME)).toBe(expected);
          expect(clint.mtime).toBe(expected);
        },
      ),
      campaign(300),
    );
  });
});

describe('a timer interrupt', () => {
  it('rises in the cycle in which mtime reaches mtimecmp, at its own hart', () => {
    for (let hart = 0; hart < HARTS; hart++) bench.write64(mtimecmp(hart), 10n + BigInt(hart));
    expect(bench.timers()).toEqual([false, false, false]);
    bench.clock.advanceTo(999);
    expect(bench.timers()).toEqual([false, false, false]);
    bench.clock.advanceTo(1000);
    expect(bench.timers()).toEqual([true, false, false]);
    bench.clock.advanceTo(1200);
    expect(bench.timers()).toEqual([true, true, true]);
  });

  it('is pending after reset and falls when mtimecmp moves past mtime', () => {
    expect(bench.timers()).toEqual([true, true, true]);
    bench.write(mtimecmp(1), 1);
    expect(bench.timers()).toEqual([true, false, true]);
    bench.write(mtimecmp(1), 0);
    expect(bench.timers()).toEqual([true, true, true]);
  });

  it('follows a change of mtime', () => {
    bench.write64(mtimecmp(0), 1000n);
    bench.write(MTIME, 999);
    expect(bench.timers()[0]).toBe(false);
    expect(bench.clock.nextDue).toBe(100);
    bench.write(MTIME, 1000);
    expect(bench.timers()[0]).toBe(true);
    bench.write(MTIME, 0);
    expect(bench.timers()[0]).toBe(false);
    expect(bench.clock.nextDue).toBe(100_000);
  });

  it('that lies beyond what can be counted never comes', () => {
    for (let hart = 0; hart < HARTS; hart++) bench.write64(mtimecmp(hart), 2n ** 64n - 1n);
    expect(bench.clock.nextDue).toBe(Infinity);
    expect(bench.timers()).toEqual([false, false, false]);
  });
});

describe('a software interrupt', () => {
  it('is bit 0 of msip, per hart', () => {
    bench.write(msip(1), 0xffff_ffff);
    expect(bench.softwares()).toEqual([false, true, false]);
    expect(bench.read(msip(1))).toBe(1);
    bench.write(msip(1), 0xffff_fffe);
    expect(bench.softwares()).toEqual([false, false, false]);
    expect(bench.read(msip(1))).toBe(0);
  });
});

const hart = fc.nat(HARTS - 1);
const word = fc.oneof(fc.nat(20), fc.nat(0xffff_ffff));
const step = fc.oneof(
  fc.record({ register: hart.map(mtimecmp), value: word }),
  fc.record({ register: hart.map((at) => mtimecmp(at) + 4), value: fc.constantFrom(0, 0, 1) }),
  fc.record({ register: fc.constantFrom(MTIME), value: word }),
  fc.record({ register: fc.constantFrom(MTIME + 4), value: fc.constantFrom(0, 0, 1) }),
  fc.record({ register: hart.map(msip), value: word }),
  fc.record({ wait: fc.nat(3000) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function apply({ clock, write }: ReturnType<typeof fresh>, action: Step): void {
  if ('wait' in action) clock.advanceTo(clock.now + action.wait);
  else write(action.register, action.value);
}

describe('whatever the guest does', () => {
  it('MTIP says whether mtime has reached mtimecmp', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const device = fresh();
        for (const action of steps) {
          apply(device, action);
          const now = device.read64(MTIME);
          const expected = Array.from(
            { length: HARTS },
            (_, at) => now >= device.read64(mtimecmp(at)),
          );
          expect(device.timers()).toEqual(expected);
        }
      }),
      campaign(300),
    );
  });

  it('a restored copy goes on as the original does', () => {
    const steps = fc.array(step, { maxLength: 20 });
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const original = fresh();
        for (const action of before) apply(original, action);
        const copy = fresh();
        copy.clock.advanceTo(original.clock.now);
        copy.clint.restoreState(original.clint.saveState());
        expect(copy.clock.nextDue).toBe(original.clock.nextDue);
        for (const action of after) {
          apply(original, action);
          apply(copy, action);
        }
        expect(copy.clint.saveState()).toEqual(original.clint.saveState());
        expect(copy.read64(MTIME)).toBe(original.read64(MTIME));
      }),
      campaign(150),
    );
  });
});
