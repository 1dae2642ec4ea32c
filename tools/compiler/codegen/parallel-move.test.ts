/** Parallel moves in an order in which every destination gets what its source held before. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Move, emitParallelMoves } from './parallel-move.ts';
import { type Place, PlaceKind, framePlace, isRegister } from './place.ts';

const SCRATCH = 31;
const EMERGENCY = framePlace(PlaceKind.Spill, 100);

/** Places that the moves use: registers 1 … 6 and six spill slots. */
const places: readonly Place[] = [
  ...[1, 2, 3, 4, 5, 6],
  ...[0, 1, 2, 3, 4, 5].map((index) => framePlace(PlaceKind.Spill, index)),
];

/** Carries moves out on a table of values; a move within the frame passes the scratch register. */
function execute(moves: readonly Move[]): Map<Place, string> {
  const values = new Map<Place, string>(places.map((place) => [place, `value of ${place}`]));
  emitParallelMoves(moves, {
    scratchFor: () => SCRATCH,
    emergencyPlaceFor: () => EMERGENCY,
    move: (from, to) => {
      const value = values.get(from) ?? 'nothing';
      if (!isRegister(from) && !isRegister(to)) values.set(SCRATCH, value);
      values.set(to, value);
    },
    constant: () => {
      throw new Error('there are no constants here');
    },
  });
  return values;
}

test('any moves with distinct destinations happen at once', () => {
  const sources = fc.array(fc.option(fc.constantFrom(...places), { nil: undefined }), {
    minLength: places.length,
    maxLength: places.length,
  });
  fc.assert(
    fc.property(sources, (chosen) => {
      const moves = chosen.flatMap((from, index) =>
        from === undefined ? [] : [{ from, to: places[index] }],
      );
      const after = execute(moves);
      places.forEach((place, index) => {
        expect(after.get(place)).toBe(`value of ${chosen[index] ?? place}`);
      });
    }),
    { numRuns: 500 },
  );
});

test('a cycle of registers alone passes the scratch register, not memory', () => {
  const after = execute([
    { from: 1, to: 2 },
    { from: 2, to: 3 },
    { from: 3, to: 1 },
  ]);
  expect([1, 2, 3].map((place) => after.get(place))).toEqual([
    'value of 3',
    'value of 1',
    'value of 2',
  ]);
  expect(after.has(EMERGENCY)).toBe(false);
});
