import { expect, test } from 'vitest';
import { Reason } from '../../machine/timing/inorder/reasons.ts';
import { pipelineLines } from './pipeline-text.ts';

const describePc = (pc: number) => pc.toString(16);

test('a pipeline shows stages and what is waited for', () => {
  const lines = pipelineLines(
    {
      stages: [
        { stage: 'MEM', pc: 0x8000_0000, waitsFor: Reason.DataCache },
        { stage: 'ID', pc: 0x8000_0004, waitsFor: Reason.Execute },
      ],
      untilFetch: 3,
      fetchWaitsFor: Reason.BranchFlush,
    },
    describePc,
  );
  expect(lines).toEqual([
    'MEM  80000000  waits: D-cache miss',
    'ID   80000004',
    'the next instruction is fetched in 3 cycles: branch flush',
  ]);
});

test('an empty pipeline, and none at all', () => {
  const empty = { stages: [], untilFetch: 0, fetchWaitsFor: Reason.Execute };
  expect(pipelineLines(empty, describePc)).toEqual(['the next instruction is fetched now']);
  expect(pipelineLines(undefined, describePc)[0]).toMatch(/start with --cpu inorder$/);
});
