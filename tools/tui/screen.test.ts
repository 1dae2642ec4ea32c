import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellText, encodeLine } from './screen.ts';

describe('a line on the screen', () => {
  test('is as wide as its place', () => {
    expect(encodeLine([{ text: 'abc', style: 'plain' }], 5)).toBe('abc  ');
    const spans = [
      { text: 'abc', style: 'strong' },
      { text: 'defg', style: 'plain' },
    ] as const;
    expect(encodeLine(spans, 5)).toBe('\x1b[1mabc\x1b[0mde');
  });

  test('has no character that would move the cursor or take two cells', () => {
    expect(cellText('a\x1b[2Jb\r\n界\u202e')).toBe('a^[[2Jb^M^J??');
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.nat({ max: 30 }),
        (text, width) => {
          const encoded = encodeLine([{ text, style: 'plain' }], width);
          expect(encoded).toHaveLength(width);
          expect(encoded).toMatch(/^[\u0020-\u007e\u00a0-\u259f]*$/u);
        },
      ),
    );
  });
});
