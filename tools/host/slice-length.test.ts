import { describe, expect, test } from 'vitest';
import { SliceLength } from './slice-length.ts';

describe('SliceLength', () => {
  test.each([10, 300, 3_000_000])('settles at the target for %i cycles a millisecond', (speed) => {
    const slices = new SliceLength(8);
    for (let i = 0; i < 40; i++) slices.learn(slices.cycles, slices.cycles / speed);
    expect(slices.cycles / (8 * speed)).toBeCloseTo(speed === 10 ? 12.5 : 1, 1);
  });

  test('a guest that waits after a few cycles does not shorten the slices', () => {
    const slices = new SliceLength(8);
    const before = slices.cycles;
    slices.learn(10, 0.01);
    expect(slices.cycles).toBe(before);
  });

  test('a slice that took far too long is followed by a shorter one', () => {
    const slices = new SliceLength(8);
    const before = slices.cycles;
    slices.learn(before, 100);
    expect(slices.cycles).toBe(before / 2);
  });
});
