import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MESSAGE_WORDS, planMethod, TRANSFER_BYTES } from './marshalling.ts';
import type { Direction, Method, Parameter, ResultType } from './protocol.ts';

const directions: Direction[] = ['in', 'out', 'inout'];

const parameter: fc.Arbitrary<Parameter> = fc.oneof(
  fc
    .constantFrom('u32' as const, 'i32' as const, 'bool' as const, 'u64' as const)
    .map((type): Parameter => ({ kind: 'scalar', name: '', type })),
  fc.integer({ min: 1, max: 400 }).map((max): Parameter => ({ kind: 'text', name: '', max })),
  fc
    .tuple(fc.integer({ min: 1, max: 70_000 }), fc.constantFrom(...directions))
    .map(([max, direction]): Parameter => ({ kind: 'buffer', name: '', max, direction })),
  fc.constant<Parameter>({ kind: 'handle', name: '' }),
);

const method: fc.Arbitrary<Method> = fc
  .record({
    parameters: fc.array(parameter, { maxLength: 10 }),
    result: fc.constantFrom<ResultType>('void', 'i32', 'bool', 'u32', 'u64', 'Handle'),
    idempotent: fc.boolean(),
  })
  .map(({ parameters, result, idempotent }) => ({
    name: 'act',
    number: 0x100,
    documentation: ['Acts.'],
    parameters: parameters.map((one, place) => ({ ...one, name: `p${place}` })),
    result,
    idempotent,
  }));

describe('the plan of a method', () => {
  it('gives every scalar and every length words of its own, in order', () => {
    fc.assert(
      fc.property(method, (subject) => {
        const plan = planMethod(subject);
        if (typeof plan === 'string') return;
        const used: number[] = [];
        for (const { name } of subject.parameters) {
          const scalar = plan.scalars.find((candidate) => candidate.name === name);
          const range = plan.ranges.find((candidate) => candidate.parameter.name === name);
          if (scalar !== undefined) used.push(scalar.word);
          if (scalar?.type === 'u64') used.push(scalar.word + 1);
          if (range !== undefined) used.push(range.lengthWord);
        }
        expect(used).toEqual(used.map((_, word) => word));
        expect(plan.words).toBe(used.length);
        expect(plan.words).toBeLessThanOrEqual(MESSAGE_WORDS);
      }),
    );
  });

  it('lends with the access that the directions ask for, and no other', () => {
    fc.assert(
      fc.property(method, (subject) => {
        const plan = planMethod(subject);
        if (typeof plan === 'string') return;
        const reads = subject.parameters.some(
          (one) => one.kind === 'text' || (one.kind === 'buffer' && one.direction !== 'out'),
        );
        const writes = subject.parameters.some(
          (one) => one.kind === 'buffer' && one.direction !== 'in',
        );
        expect([plan.lendRead, plan.lendWrite]).toEqual([reads, writes]);
        expect(plan.inPlace).toBe(plan.ranges.length === 1);
      }),
    );
  });

  it('exists exactly if the parameters fit', () => {
    fc.assert(
      fc.property(method, (subject) => {
        const words = subject.parameters.reduce((sum, one) => {
          if (one.kind === 'handle') return sum;
          return sum + (one.kind === 'scalar' && one.type === 'u64' ? 2 : 1);
        }, 0);
        const ranges = subject.parameters.filter((one) => 'max' in one);
        const text = ranges.filter((one) => one.kind === 'text');
        const bytes = (list: { max: number }[]): number =>
          list.reduce((sum, one) => sum + one.max, 0);
        const fits =
          words <= MESSAGE_WORDS &&
          (ranges.length < 2 || bytes(ranges) <= TRANSFER_BYTES) &&
          bytes(text) <= 1024 &&
          subject.parameters.filter((one) => one.kind === 'handle').length < 2 &&
          !(
            subject.idempotent &&
            ranges.some((one) => one.kind === 'buffer' && one.direction === 'inout')
          );
        expect(typeof planMethod(subject) !== 'string').toBe(fits);
      }),
    );
  });
});
