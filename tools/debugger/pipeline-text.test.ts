import { expect, test } from 'vitest';
import { Reason } from '../../machine/timing/inorder/reasons.ts';
import { pipelineLines } from './pipeline-text.ts';

const describePc = (pc: number) => pc.toString(16);
const NEXT = { pc: 0x8000_0008, isWaiting: false };
const NOTHING = {
  stages: [],
  untilFetch: 0,
  fetchWaitsFor: Reason.Execute,
  fetchedWaitsFor: Reason.Execute,
  pending: [],
};

test('a pipeline shows stages, what is waited for, and registers that are to come', () => {
  const lines = pipelineLines(
    {
      stages: [
        { stage: 'MEM', pc: 0x8000_0000, waitsFor: Reason.DataCache, age: 9 },
        { stage: 'ID', pc: 0x8000_0004, waitsFor: Reason.Execute, age: 1 },
      ],
      untilFetch: 3,
      fetchWaitsFor: Reason.BranchFlush,
      fetchedWaitsFor: Reason.Execute,
      pending: [
        { register: 10, cycles: 5, waitsFor: Reason.DataCache },
        { register: 43, cycles: 1, waitsFor: Reason.Float },
      ],
    },
    NEXT,
    describePc,
  );
  expect(lines).toEqual([
    'IF   -',
    'ID   80000004',
    'EX   -',
    'MEM  80000000  waits: D-cache miss',
    'WB   -',
    'nothing is fetched for 3 cycles: branch flush',
    'a0 can be used in EX in 5 cycles: D-cache miss',
    'fa0 can be used in EX in 1 cycle: floating point',
  ]);
});

test('what is fetched now is in IF', () => {
  expect(pipelineLines(NOTHING, NEXT, describePc)[0]).toBe('IF   80000008');
  const held = { ...NOTHING, fetchedWaitsFor: Reason.LoadUse };
  expect(pipelineLines(held, NEXT, describePc)[0]).toBe('IF   80000008  waits: load-use');
});

test('a hart that waits for an interrupt fetches nothing', () => {
  const lines = pipelineLines(NOTHING, { ...NEXT, isWaiting: true }, describePc);
  expect(lines[0]).toBe('IF   -');
  expect(lines.at(-1)).toBe('the hart waits for an interrupt');
});

test('the functional model has no pipeline', () => {
  expect(pipelineLines(undefined, NEXT, describePc)[0]).toMatch(/start with --cpu inorder$/);
});
