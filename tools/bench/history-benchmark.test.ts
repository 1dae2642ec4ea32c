import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { benchmarkHistory } from './history-benchmark.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('a history is measured at each number of instructions', () => {
  const counts: number[] = [];
  const results = benchmarkHistory(ROOT, [10_000, 9_000_000], (count) => counts.push(count));
  expect(counts).toEqual([10_000, 9_000_000]);
  expect(results.map(({ instructions }) => instructions)).toEqual(counts);
  expect(results[0].snapshots).toBe(1);
  expect(results[1].snapshots).toBeGreaterThan(2);
  for (const { bytes, backMs } of results) expect(Math.min(bytes, backMs)).toBeGreaterThan(0);
});
