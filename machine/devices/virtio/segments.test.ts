import fc from 'fast-check';
import { expect, it } from 'vitest';
import { campaign } from '../../../test/campaign.ts';
import { RAM_BASE } from '../../bus/physical-memory.ts';
import { Ram } from '../../bus/ram.ts';
import { byteLength, gather, piecesOf, scatter, splitAt } from './segments.ts';

const ram = new Ram(0x10_0000);
ram.writeBytes(
  RAM_BASE,
  Uint8Array.from({ length: 256 }, (_, at) => at),
);
const segments = fc.array(
  fc.record({
    address: fc.nat(200).map((at) => RAM_BASE + at),
    length: fc.integer({ min: 1, max: 50 }),
  }),
);

it('a split loses nothing', () => {
  fc.assert(
    fc.property(segments, fc.nat(300), (all, bytes) => {
      const [front, back] = splitAt(all, bytes);
      expect(byteLength(front)).toBe(Math.min(bytes, byteLength(all)));
      expect([...gather(ram, front), ...gather(ram, back)]).toEqual([...gather(ram, all)]);
      expect([...front, ...back].every(({ length }) => length > 0)).toBe(true);
    }),
    campaign(200),
  );
});

it('pieces are the same bytes, in pieces', () => {
  fc.assert(
    fc.property(segments, fc.integer({ min: 1, max: 60 }), (all, bytes) => {
      const pieces = [...piecesOf(all, bytes)];
      expect(pieces.every(({ length }) => length > 0 && length <= bytes)).toBe(true);
      expect(gather(ram, pieces)).toEqual(gather(ram, all));
    }),
    campaign(200),
  );
});

it('bytes are stored as far as there is room', () => {
  const target = [
    { address: RAM_BASE + 0x1000, length: 2 },
    { address: RAM_BASE + 0x2000, length: 2 },
    { address: RAM_BASE + 0x3000, length: 2 },
  ];
  scatter(ram, target, Uint8Array.of(1, 2, 3));
  expect([...gather(ram, target)]).toEqual([1, 2, 3, 0, 0, 0]);
  scatter(ram, target.slice(0, 1), Uint8Array.of(7, 8, 9));
  expect([...gather(ram, target)]).toEqual([7, 8, 3, 0, 0, 0]);
});
