/**
 * Devices that interrupt, driven at random by a guest that looks at `mip` again and again, here and
 * on QEMU. Moments are far in the past or far in the future, so that time does not matter.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeWithWitness } from '../witness.ts';
import {
  firstDifference,
  onOurBoard,
  onOurMachine,
  onQemu,
  QEMU,
  type Setting,
} from './machines.ts';
import type { Outcome, Poke, PokeWidth } from './poke-guest.ts';

const SEED = 20_260_518;
const STEPS = 2500;
const HARTS = 3;

const CLINT = 0x0200_0000;
const SSWI = 0x02f0_0000;
const PLIC = 0x0c00_0000;
const UART = 0x1000_0000;
const RTC = 0x0010_1000;
const UART_SOURCE = 10;
const RTC_SOURCE = 11;

type Steps = fc.Arbitrary<readonly Poke[]>;

const read = (address: number, width: PokeWidth = 4): Poke => ({ kind: 'read', address, width });
const write = (address: number, value: number | bigint, width: PokeWidth = 4): Poke => ({
  ...{ kind: 'write', address, width },
  value: BigInt(value),
});
const one = (pokes: fc.Arbitrary<Poke>): Steps => pokes.map((poke) => [poke]);
const pending: Steps = fc.constant<readonly Poke[]>([{ kind: 'pending' }]);

const hart = fc.nat(HARTS - 1);
const word = fc.oneof(fc.nat(3), fc.nat(0xffff_ffff));
/** No moment is near: QEMU's time begins at 0, and its runs end long before this many ticks. */
const far = fc.constantFrom(0n, 0x1000_0000_0000n, 0xffff_ffff_ffff_ffffn, 0xffff_ffff_0000_0000n);

const clint: Steps = fc.oneof(
  { weight: 4, arbitrary: pending },
  one(fc.tuple(hart, word).map(([index, value]) => write(CLINT + 4 * index, value))),
  one(hart.map((index) => read(CLINT + 4 * index))),
  one(fc.tuple(hart, far).map(([index, value]) => write(CLINT + 0x4000 + 8 * index, value, 8))),
  one(hart.map((index) => read(CLINT + 0x4000 + 8 * index, 8))),
  fc
    .tuple(hart, far)
    .map(([index, value]): Poke[] => [
      write(CLINT + 0x4004 + 8 * index, value >> 32n),
      write(CLINT + 0x4000 + 8 * index, BigInt.asUintN(32, value)),
    ]),
  one(hart.map((index) => read(CLINT + 0x4004 + 8 * index))),
  // The time, in either way; its high half can be compared.
  fc
    .constantFrom(0x2000_0000_0000n, 0x10_0000_0000n)
    .map((value): Poke[] => [write(CLINT + 0xbff8, value, 8), read(CLINT + 0xbffc)]),
  fc
    .constantFrom(0, 0x100)
    .map((value): Poke[] => [
      write(CLINT + 0xbffc, value),
      write(CLINT + 0xbff8, 0),
      read(CLINT + 0xbffc),
    ]),
);

const sswi: Steps = fc.oneof(
  { weight: 2, arbitrary: clint },
  one(fc.tuple(hart, word).map(([index, value]) => write(SSWI + 4 * index, value))),
  one(fc.nat(8).map((index) => read(SSWI + 4 * index))),
  fc.constant<readonly Poke[]>([{ kind: 'clear' }]),
);

const context = fc.nat(2 * HARTS - 1);
const source = fc.constantFrom(UART_SOURCE, RTC_SOURCE);
const ENABLES = (1 << UART_SOURCE) | (1 << RTC_SOURCE);
const plic: Steps = fc.oneof(
  { weight: 4, arbitrary: pending },
  one(fc.tuple(source, fc.nat(9)).map(([at, value]) => write(PLIC + 4 * at, value))),
  one(source.map((at) => read(PLIC + 4 * at))),
  one(fc.constant(read(PLIC + 0x1000))),
  one(
    fc
      .tuple(context, fc.constantFrom(ENABLES, 1 << UART_SOURCE, 1 << RTC_SOURCE, 0xffff_ffff))
      .map(([to, value]) => write(PLIC + 0x2000 + 0x80 * to, value)),
  ),
  one(context.map((to) => read(PLIC + 0x2000 + 0x80 * to))),
  one(fc.tuple(context, fc.nat(3)).map(([to, v]) => write(PLIC + 0x20_0000 + 0x1000 * to, v))),
  { weight: 3, arbitrary: one(context.map((to) => read(PLIC + 0x20_0004 + 0x1000 * to))) },
  {
    weight: 3,
    arbitrary: one(
      fc
        .tuple(context, fc.oneof(source, fc.constantFrom(0, 96, 95)))
        .map(([to, value]) => write(PLIC + 0x20_0004 + 0x1000 * to, value)),
    ),
  },
);

/** High half of an alarm that nobody lives to see. */
const LATE = 0x5000_0000;

const rtc: Steps = fc.oneof(
  one(fc.constantFrom(0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c, 0x20).map((at) => read(RTC + at))),
  fc
    .constantFrom(0, 0x1000, 0x7fff_ffff)
    .map((high): Poke[] => [write(RTC + 0x04, high), write(RTC + 0x00, 0), read(RTC + 0x04)]),
  // Alarms beyond these go off when QEMU looks at its timers next, at once or a little later: it adds the
  // host's time of day, and the sum must have 63 bits.
  fc
    .constantFrom(0, 0x800, 0x1000, 0x1001, LATE)
    .map((high): Poke[] => [write(RTC + 0x0c, high), write(RTC + 0x08, 0), read(RTC + 0x18)]),
  one(fc.constant(write(RTC + 0x0c, LATE))),
  { weight: 2, arbitrary: one(fc.nat(3).map((value) => write(RTC + 0x10, value))) },
  one(fc.constant(write(RTC + 0x14, 0))),
  { weight: 2, arbitrary: one(fc.constant(write(RTC + 0x1c, 0))) },
);

/** Whatever width: an access reaches the register that it begins at. In loopback, always. */
const uartWidth = fc.constantFrom<PokeWidth>(1, 2, 4, 8);
const uart: Steps = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant(0), fc.nat(0xff), fc.boolean()) },
    { weight: 2, arbitrary: fc.tuple(fc.constant(1), fc.nat(0xff), fc.boolean()) },
    { weight: 3, arbitrary: fc.tuple(fc.constant(2), fc.nat(0xff), fc.boolean()) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constant(4), fc.constantFrom(0x10, 0x1f, 0x1b), fc.boolean()),
    },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom(5, 6), fc.nat(0xff), fc.boolean()) },
  )
  .chain(([register, value, isWrite]) =>
    uartWidth.map((width): Poke[] => {
      const fitting = register % width === 0 ? width : 1;
      const address = UART + register;
      return [isWrite ? write(address, value, fitting) : read(address, fitting)];
    }),
  );
const LOOPBACK = write(UART + 4, 0x10, 1);

/** QEMU's timers run when its host lets them: on a busy one, an interrupt may be late. */
const ATTEMPTS = 4;

/** The first difference from QEMU; '' if there is none in one of several runs. */
function differenceFromQemu(script: readonly Poke[], ours: Outcome[], setting: Setting): string {
  let difference = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    difference = firstDifference(script, ours, onQemu(script, setting));
    if (difference === '') break;
  }
  return difference;
}

function compare(steps: Steps, setting: Setting, start: readonly Poke[] = []): void {
  const script = [...start, ...fc.sample(steps, { seed: SEED, numRuns: STEPS }).flat()];
  const ours = onOurBoard(script, setting);
  expect(differenceFromQemu(script, ours, setting)).toBe('');
  expect(firstDifference(script, onOurMachine(script, setting), ours)).toBe('');
  expect(new Set(ours).size).toBeGreaterThan(10);
}

/** What takes time: it comes, and then things are as they are to be. */
const MOMENTS: readonly Poke[] = [
  // An alarm a millisecond away.
  write(PLIC + 4 * RTC_SOURCE, 1),
  write(PLIC + 0x2000, 1 << RTC_SOURCE),
  write(RTC + 0x10, 1),
  write(RTC + 0x04, 0),
  write(RTC + 0x00, 0),
  write(RTC + 0x0c, 0),
  write(RTC + 0x08, 1_000_000),
  {
    kind: 'await',
    address: PLIC + 0x1000,
    width: 4,
    mask: 1 << RTC_SOURCE,
    value: 1 << RTC_SOURCE,
  },
  read(RTC + 0x18),
  { kind: 'pending' },
  read(PLIC + 0x20_0004),
  { kind: 'pending' },
  write(RTC + 0x1c, 0),
  write(PLIC + 0x20_0004, RTC_SOURCE),
  { kind: 'pending' },
  // mtime reaches mtimecmp.
  write(CLINT + 0x4000, 0xffff_ffff_ffff_ffffn, 8),
  write(CLINT + 0xbff8, 0, 8),
  { kind: 'pending' },
  write(CLINT + 0x4000, 0x4000, 8),
  { kind: 'await', address: CLINT + 0xbff8, width: 4, mask: 0x8000, value: 0x8000 },
  { kind: 'pending' },
  write(CLINT + 0xbffc, 0),
  { kind: 'pending' },
  // A character that waits below the trigger level is announced after four character times.
  write(UART + 3, 0x83, 1),
  write(UART + 0, 1, 1),
  write(UART + 1, 0, 1),
  write(UART + 3, 0x03, 1),
  LOOPBACK,
  write(UART + 2, 0xc1, 1),
  write(UART + 1, 0x05, 1),
  write(UART + 0, 0x41, 1),
  write(UART + 0, 0x42, 1),
  read(UART + 5, 1),
  { kind: 'await', address: UART + 2, width: 1, mask: 0xff, value: 0xcc },
  read(UART + 0, 1),
  read(UART + 2, 1),
  { kind: 'await', address: UART + 2, width: 1, mask: 0xff, value: 0xcc },
  read(UART + 0, 1),
  read(UART + 2, 1),
  read(UART + 5, 1),
];

describeWithWitness(QEMU, 'interrupts as on QEMU', () => {
  it('of a CLINT', () => compare(clint, { harts: HARTS }));

  it('of an ACLINT', () => {
    const qemu = ['-machine', 'virt,aclint=on'];
    compare(sswi, { harts: HARTS, qemu, board: { aclint: true } });
  });

  it('of the UART through the PLIC, in every width', () =>
    compare(fc.oneof(plic, uart), { harts: HARTS }, [LOOPBACK]));

  it('of the RTC through the PLIC', () => compare(fc.oneof(plic, rtc), { harts: HARTS }));

  it('at a moment: an alarm, a timer, a character timeout', () => {
    const ours = onOurBoard(MOMENTS);
    expect(differenceFromQemu(MOMENTS, ours, {})).toBe('');
    expect(firstDifference(MOMENTS, onOurMachine(MOMENTS), ours)).toBe('');
    const waits = MOMENTS.flatMap(({ kind }, at) => (kind === 'await' ? [ours[at]] : []));
    expect(waits).toEqual(['0x1', '0x1', '0x1', '0x1']);
  });
});
