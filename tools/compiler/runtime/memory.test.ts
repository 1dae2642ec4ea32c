/** Copies and fills of any length, from and to any place, overlapping or not, do what JavaScript's do. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ARENA, TargetProgram } from '../testing/target-program.ts';

/** From the arena's beginning, which is aligned. */
const ARENA_BYTES = 512;
const LONGEST = 160;
const offset = fc.nat(ARENA_BYTES - LONGEST);
const length = fc.nat(LONGEST);

let program: TargetProgram;
beforeAll(() => {
  program = new TargetProgram([], ['memmove', 'memset']);
});

function arena(): Uint8Array {
  const bytes = Uint8Array.from({ length: ARENA_BYTES }, (_, i) => (i * 167 + (i >> 3)) & 0xff);
  program.writeMemory(ARENA, bytes);
  return bytes;
}

describe('the run-time library', () => {
  it('copies as copyWithin does', () => {
    fc.assert(
      fc.property(offset, offset, length, (to, from, count) => {
        const expected = arena().copyWithin(to, from, from + count);
        const outcome = program.call('memmove', [ARENA + to, ARENA + from, count]);
        expect(outcome).toMatchObject({ low: (ARENA + to) | 0 });
        expect(program.readMemory(ARENA, ARENA_BYTES)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('copies between close places as copyWithin does', () => {
    fc.assert(
      fc.property(offset, fc.integer({ min: -20, max: 20 }), length, (to, distance, count) => {
        const from = Math.min(Math.max(0, to + distance), ARENA_BYTES - LONGEST);
        const expected = arena().copyWithin(to, from, from + count);
        program.call('memmove', [ARENA + to, ARENA + from, count]);
        expect(program.readMemory(ARENA, ARENA_BYTES)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('fills as fill does', () => {
    fc.assert(
      fc.property(offset, fc.nat(0xffff_ffff), length, (to, byte, count) => {
        const expected = arena().fill(byte & 0xff, to, to + count);
        program.call('memset', [ARENA + to, byte, count]);
        expect(program.readMemory(ARENA, ARENA_BYTES)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['aligned', 0, 0],
    ['both at the same odd place', 3, 7],
    ['the source elsewhere', 0, 1],
    ['the destination elsewhere', 2, 0],
    ['both elsewhere', 1, 2],
  ])('takes less than two instructions a byte: %s', (_, to, from) => {
    const bytes = 4096;
    arena();
    program.call('memmove', [ARENA + to, ARENA + 2 * bytes + from, bytes]);
    expect(program.instructions).toBeLessThan(2 * bytes);
  });
});
