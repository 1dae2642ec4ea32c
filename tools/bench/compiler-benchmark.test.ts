import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { benchmarkCompiler, type CompilerResult, meanRatio, ratio } from './compiler-benchmark.ts';
import { SHAPES, WORKLOADS } from './workloads.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const invented = (instructions: number, theirs: number): CompilerResult => ({
  name: 'invented',
  shape: 'raw',
  ours: { instructions, cycles: 1, bytes: 1 },
  gcc: { instructions: theirs, cycles: 1, bytes: 1 },
});

test('ratios are ours to theirs, and their mean is geometric', () => {
  const results = [invented(200, 100), invented(100, 200)];
  expect(ratio(results[0], 'instructions')).toBe(2);
  expect(meanRatio(results, 'raw', 'instructions')).toBeCloseTo(1);
  expect(meanRatio([...results, invented(8, 1)], 'raw', 'instructions')).toBeCloseTo(2);
});

describeWithWitness('riscv64-unknown-elf-gcc', 'beside riscv gcc', () => {
  test('both compilers make the same of every workload', async () => {
    // Throws where results or memory differ.
    const results = await benchmarkCompiler(ROOT, () => undefined);
    expect(results).toHaveLength(SHAPES.length * WORKLOADS.length);
    for (const { name, shape, ours, gcc } of results) {
      for (const figures of [ours, gcc]) {
        expect(figures?.instructions, `${name}, ${shape}`).toBeGreaterThan(10_000);
        expect(figures?.cycles, `${name}, ${shape}`).toBeGreaterThan(figures?.instructions ?? 0);
      }
    }
  });
});
