/** Every width of access, aligned and not, at every device: taken, refused and what it reads. */
import { expect, it } from 'vitest';
import { describeWithWitness } from '../witness.ts';
import { firstDifference, onOurBoard, onOurMachine, onQemu, QEMU } from './machines.ts';
import type { Outcome, Poke, PokeWidth } from './poke-guest.ts';

const WIDTHS: readonly PokeWidth[] = [1, 2, 4, 8];

/** Places around every border, and registers that mean something in every width. */
const PLACES = [
  ...[0x0000_0000, 0x0000_0ffc, 0x0000_1038, 0x0000_fff8, 0x0001_0000],
  ...[
    0x0010_0000, 0x0010_0004, 0x0010_0ff8, 0x0010_1000, 0x0010_1008, 0x0010_1018, 0x0010_1020,
    0x0010_1028,
  ],
  ...[
    0x0200_0000, 0x0200_0008, 0x0200_3ff8, 0x0200_4000, 0x0200_4008, 0x0200_bff0, 0x0200_bff8,
    0x0200_c000,
  ],
  ...[0x02f0_0000, 0x0c00_0000, 0x0c00_0028, 0x0c00_0180, 0x0c00_1000, 0x0c00_2000, 0x0c00_2008],
  ...[0x0c20_0000, 0x0c20_0008, 0x0c20_1000, 0x0c20_2000, 0x0c5f_fff8, 0x0c60_0000],
  ...[0x1000_0000, 0x1000_0008, 0x1000_00f8, 0x1000_1000, 0x1000_1008, 0x1000_1070, 0x1000_1100],
  ...[0x1000_11f8, 0x1000_1200, 0x1000_8000, 0x1000_8070, 0x1000_9000],
];
const PAGE = 0x1000;
const OFFSETS = [0, 1, 2, 3, 4, 5, 6, 7];

const reads: Poke[] = PLACES.flatMap((place) =>
  OFFSETS.flatMap((offset) =>
    WIDTHS.map((width): Poke => ({ kind: 'read', address: place + offset, width })),
  ),
);

const FINISHER = 0x0010_0000;
/** Where writing does what the test would not survive or cannot compare. */
const isHarmless = (address: number) => (address & ~7) !== FINISHER;

const writes: Poke[] = PLACES.flatMap((place) =>
  OFFSETS.filter((offset) => isHarmless(place + offset)).flatMap((offset) =>
    WIDTHS.flatMap((width): Poke[] => [
      { kind: 'write', address: place + offset, width, value: 0x0102_0304_0506_0708n },
      ...WIDTHS.map((other): Poke => ({ kind: 'read', address: place, width: other })),
    ]),
  ),
);

/** First bytes of the registers that tell the time, which is another on each machine. */
const CLOCKS = [0x0010_1000, 0x0200_bff8];

/** Outcomes in which what a clock says is only that it says something. */
function withoutTime(script: readonly Poke[], outcomes: readonly Outcome[]): Outcome[] {
  return script.map((poke, at) => {
    if (poke.kind !== 'read' || outcomes[at].startsWith('trap')) return outcomes[at];
    // A misaligned load reads twice its width.
    const { address, width } = poke;
    const start = address - (address % width);
    const end = address === start ? start + width : start + 2 * width;
    return CLOCKS.some((clock) => start < clock + 8 && end > clock) ? 'a time' : outcomes[at];
  });
}

describeWithWitness(QEMU, 'accesses of every width', () => {
  it.each([
    ['read', reads],
    ['write', writes],
  ])('%s the same, or are refused, as on QEMU', (_, script) => {
    const ours = withoutTime(script, onOurBoard(script));
    const theirs = withoutTime(script, onQemu(script));
    expect(firstDifference(script, ours, theirs)).toBe('');
    expect(ours.filter((outcome) => outcome.startsWith('trap')).length).toBeGreaterThan(100);
  });
});

/** What leaves its page is refused by a hart of ours, and made two accesses by QEMU. */
const staysInPage = (poke: Poke) =>
  !('width' in poke) || (poke.address % PAGE) + poke.width <= PAGE;

it('the guest finds on our machine what is found without a hart', () => {
  for (const script of [reads, writes].map((pokes) => pokes.filter(staysInPage))) {
    const withHart = withoutTime(script, onOurMachine(script));
    expect(firstDifference(script, withHart, withoutTime(script, onOurBoard(script)))).toBe('');
  }
});
