import { expect, it } from 'vitest';
import type { GuestError } from './guest-error.ts';
import { TestFinisher, type Finish } from './test-finisher.ts';

const PASS = 0x5555;
const FAIL = 0x3333;
const RESET = 0x7777;

function writeTo(width: number, value: number): { finishes: Finish[]; errors: GuestError[] } {
  const finishes: Finish[] = [];
  const errors: GuestError[] = [];
  const finisher = new TestFinisher(
    (finish) => finishes.push(finish),
    (error) => errors.push(error),
  );
  finisher.write(0, width, value);
  expect(finisher.read(0, width)).toBe(0);
  return { finishes, errors };
}

it.each<[string, number, number, Finish]>([
  ['a pass', 4, PASS, { kind: 'pass' }],
  ['a pass, whatever the code', 4, PASS + 0x1234_0000, { kind: 'pass' }],
  ['a failure with its code', 4, FAIL + 0xffff_0000, { kind: 'fail', code: 0xffff }],
  ['a failure in 16 bits', 2, FAIL, { kind: 'fail', code: 0 }],
  ['a reset', 4, RESET, { kind: 'reset' }],
])('recognises %s', (_name, width, value, finish) => {
  expect(writeTo(width, value)).toEqual({ finishes: [finish], errors: [] });
});

it('reports any other value and goes on', () => {
  const { finishes, errors } = writeTo(4, 0x5554);
  expect(finishes).toEqual([]);
  expect(errors).toMatchObject([{ device: 'test-finisher', access: 'write', value: 0x5554 }]);
});
