import { describe, expect, it } from 'vitest';
import { expandCompressed, NO_EXPANSION } from './decode-compressed.ts';
import { expand } from './testing/small-model-compressed.ts';

const LENGTH_MASK = 3;

describe('16-bit instructions', () => {
  it('stand for what the listing of the specification says, all of them', () => {
    const differences: string[] = [];
    for (let half = 0; half < 0x1_0000; half++) {
      if ((half & LENGTH_MASK) === LENGTH_MASK) continue;
      const [actual, expected] = [expandCompressed(half), expand(half) ?? NO_EXPANSION];
      if (actual !== expected) {
        differences.push(`${half.toString(16)}: ${actual.toString(16)}, ${expected.toString(16)}`);
      }
    }
    expect(differences).toEqual([]);
  });

  it.each([
    ['all zeros', 0x0000],
    ['c.addi4spn of nothing', 0x0004],
    ['c.addi16sp of nothing', 0x6101],
    ['c.lui of nothing', 0x6501],
    ['c.lwsp to x0', 0x4002],
    ['c.jr x0', 0x8002],
    ['a shift by 32', 0x1502],
    ['c.subw', 0x9c09],
    ['a row that is empty', 0x8000],
  ])('%s is reserved', (_, half) => {
    expect(expandCompressed(half)).toBe(NO_EXPANSION);
  });

  it.each([
    ['c.li a0, 1', 0x4505, 0x0010_0513],
    ['c.lwsp ra, 12(sp)', 0x40b2, 0x00c1_2083],
    ['c.fsd fa0, 8(a1)', 0xa588, 0x00a5_b427],
    ['c.j .-2', 0xbffd, 0xfff_ff06f | 0],
    ['a hint, c.slli by nothing', 0x0502, 0x0005_1513],
  ])('%s', (_, half, word) => {
    expect(expandCompressed(half) >>> 0).toBe(word >>> 0);
  });
});
