import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layoutOf, LEAST_COLUMNS, LEAST_ROWS, TABS } from './layout.ts';

describe('the layout', () => {
  test('covers every cell of a terminal once, at every size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: LEAST_COLUMNS, max: 250 }),
        fc.integer({ min: LEAST_ROWS, max: 120 }),
        fc.constantFrom(...TABS),
        (columns, rows, tab) => {
          const layout = layoutOf(columns, rows, tab, true);
          if (layout === undefined) throw new Error('there is room');
          const { status, panes, log, prompt, keys } = layout;
          const areas = [status, log, prompt, keys, ...panes.map(({ area }) => area)];
          const cells = new Uint8Array(columns * rows);
          for (const { left, top, width, height } of areas) {
            expect(left + width).toBeLessThanOrEqual(columns);
            for (let row = top; row < top + height; row++) {
              for (let column = left; column < left + width; column++) {
                cells[row * columns + column]++;
              }
            }
          }
          expect(cells.every((count) => count === 1)).toBe(true);
          expect(Math.min(...panes.map(({ area }) => area.height))).toBeGreaterThan(3);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('shows the chosen pane, and is none where there is no room', () => {
    for (const tab of TABS) {
      expect(layoutOf(80, 24, tab, true)?.panes.map(({ pane }) => pane)).toEqual([
        'source',
        'code',
        tab,
      ]);
    }
    const wide = layoutOf(120, 40, 'processes', false)?.panes.map(({ pane }) => pane);
    expect(wide).toEqual(['source', 'code', 'console', 'registers', 'processes']);
    expect(layoutOf(79, 24, 'memory', false)).toBeUndefined();
    expect(layoutOf(80, 23, 'memory', false)).toBeUndefined();
  });
});
