/** Functions beyond the reach of branches and of stack offsets, and loops that do nothing. */
import { expect, test } from 'vitest';
import { compileForTest } from './testing/differential.ts';
import { BudgetExceededError, TargetProgram } from './testing/target-program.ts';
import { type FunctionSource, i32Const, unsigned, writeModule } from './testing/wasm-writer.ts';
import { ValueType } from './wasm/module.ts';
import { Opcode } from './wasm/opcodes.ts';

const { I32 } = ValueType;
const EMPTY_BLOCK = 0x40;
const get = (local: number) => [Opcode.LocalGet, ...unsigned(local)];
const set = (local: number) => [Opcode.LocalSet, ...unsigned(local)];

function load(fn: FunctionSource): {
  readonly target: TargetProgram;
  readonly onHost: (...operands: number[]) => unknown;
} {
  const bytes = writeModule({ functions: [fn] });
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  if (typeof f !== 'function') throw new TypeError('there is no function f');
  const target = new TargetProgram([compileForTest(bytes)], ['f']);
  return { target, onHost: (...operands) => (f as (...all: number[]) => unknown)(...operands) };
}

function define(parameters: number, locals: number, code: number[]): FunctionSource {
  return {
    name: 'f',
    parameters: new Array<ValueType>(parameters).fill(I32),
    results: [I32],
    locals: new Array<ValueType>(locals).fill(I32),
    code,
  };
}

test('branches over more than 4 KiB of code', () => {
  const filler = Array.from({ length: 700 }, (_, i) => [
    ...get(0),
    ...i32Const(i * 77),
    Opcode.I32Xor,
    ...get(1),
    Opcode.I32Mul,
    ...set(0),
  ]).flat();
  const code = [
    Opcode.Loop,
    EMPTY_BLOCK,
    ...get(1),
    ...i32Const(3),
    Opcode.I32LtS,
    Opcode.If,
    EMPTY_BLOCK,
    ...filler,
    Opcode.End,
    ...get(1),
    ...i32Const(1),
    Opcode.I32Sub,
    Opcode.LocalTee,
    1,
    Opcode.BrIf,
    0,
    Opcode.End,
    ...get(0),
  ];
  const { target, onHost } = load(define(2, 0, code));
  for (const [a, b] of [
    [5, 1],
    [7, 2],
    [9, 5],
  ]) {
    expect(target.call('f', [a, b])).toMatchObject({
      low: onHost(a, b),
      high: expect.any(Number) as number,
    });
  }
});

test('a frame beyond the reach of a load', () => {
  const count = 900;
  const define900 = Array.from({ length: count }, (_, i) => [
    ...get(0),
    ...i32Const(i * 7919 + 1),
    Opcode.I32Mul,
    ...get(1),
    Opcode.I32Xor,
    ...set(2 + i),
  ]).flat();
  // Twice through all of them, with a loop around, so that they live at the same time.
  const sum = Array.from({ length: count }, (_, i) => [
    ...get(2 + i),
    ...get(0),
    Opcode.I32Add,
    Opcode.I32Const,
    3,
    Opcode.I32Rotl,
    ...set(0),
    ...get(0),
    ...get(2 + ((i * 31) % count)),
    Opcode.I32Xor,
    ...set(2 + i),
  ]).flat();
  const code = [
    ...define900,
    Opcode.Loop,
    EMPTY_BLOCK,
    ...sum,
    ...get(1),
    ...i32Const(1),
    Opcode.I32Sub,
    Opcode.LocalTee,
    1,
    Opcode.BrIf,
    0,
    Opcode.End,
    ...get(0),
  ];
  const { target, onHost } = load(define(2, count, code));
  expect(target.call('f', [12345, 3])).toMatchObject({
    low: onHost(12345, 3),
    high: expect.any(Number) as number,
  });
});

test('an endless loop is an endless loop', () => {
  const code = [Opcode.Loop, EMPTY_BLOCK, Opcode.Br, 0, Opcode.End, ...i32Const(1)];
  const bytes = writeModule({ functions: [define(0, 0, code)] });
  const target = new TargetProgram([compileForTest(bytes)], ['f']);
  expect(() => target.call('f', [], 1000)).toThrow(BudgetExceededError);
});

test('deep nesting does not exhaust the host stack', () => {
  const depth = 3000;
  const code = [
    ...Array.from({ length: depth }, () => [Opcode.Block, EMPTY_BLOCK]).flat(),
    ...get(0),
    Opcode.BrIf,
    ...unsigned(depth - 1),
    ...new Array<number>(depth).fill(Opcode.End),
    ...get(0),
  ];
  const { target, onHost } = load(define(1, 0, code));
  expect(target.call('f', [4])).toMatchObject({ low: onHost(4) });
});

test('the same module gives the same bytes', () => {
  const bytes = writeModule({ functions: [define(1, 0, [...get(0), ...get(0), Opcode.I32Mul])] });
  expect(compileForTest(bytes)).toEqual(compileForTest(bytes));
});
