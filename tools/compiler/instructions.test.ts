/** Every integer instruction, on variables and on constants, computes what Node's WebAssembly does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { argumentWords, compileForTest } from './testing/differential.ts';
import { TargetProgram } from './testing/target-program.ts';
import {
  type FunctionSource,
  i32Const,
  i64Const,
  unsigned,
  writeModule,
} from './testing/wasm-writer.ts';
import { ValueType } from './wasm/module.ts';
import { Opcode } from './wasm/opcodes.ts';

const { I32, I64 } = ValueType;

interface Operation {
  readonly opcode: number;
  readonly parameters: readonly ValueType[];
  readonly result: ValueType;
}

function operations(
  first: number,
  last: number,
  parameters: readonly ValueType[],
  result: ValueType,
): Operation[] {
  const count = last - first + 1;
  return Array.from({ length: count }, (_, i): Operation => ({
    opcode: first + i,
    parameters,
    result,
  }));
}

const OPERATIONS: readonly Operation[] = [
  ...operations(Opcode.I32Eqz, Opcode.I32Eqz, [I32], I32),
  ...operations(Opcode.I32Eq, Opcode.I32GeU, [I32, I32], I32),
  ...operations(Opcode.I64Eqz, Opcode.I64Eqz, [I64], I32),
  ...operations(Opcode.I64Eq, Opcode.I64GeU, [I64, I64], I32),
  ...operations(Opcode.I32Clz, Opcode.I32Popcnt, [I32], I32),
  ...operations(Opcode.I32Add, Opcode.I32Rotr, [I32, I32], I32),
  ...operations(Opcode.I64Clz, Opcode.I64Popcnt, [I64], I64),
  ...operations(Opcode.I64Add, Opcode.I64Rotr, [I64, I64], I64),
  ...operations(Opcode.I32WrapI64, Opcode.I32WrapI64, [I64], I32),
  ...operations(Opcode.I64ExtendI32S, Opcode.I64ExtendI32U, [I32], I64),
  ...operations(Opcode.I32Extend8S, Opcode.I32Extend16S, [I32], I32),
  ...operations(Opcode.I64Extend8S, Opcode.I64Extend32S, [I64], I64),
];

function constant(type: ValueType, value: bigint): number[] {
  return type === I64 ? i64Const(value) : i32Const(Number(BigInt.asIntN(32, value)));
}

/** The operation on variables, and with each operand or both replaced by constants. */
function functionsFor(operation: Operation, constants: readonly bigint[]): FunctionSource[] {
  const { opcode, parameters, result } = operation;
  const make = (name: string, operands: readonly number[][]): FunctionSource => ({
    name: `${Opcode[opcode]}.${name}`,
    parameters,
    results: [result],
    locals: [],
    code: [...operands.flat(), opcode],
  });
  const variables = parameters.map((_, i) => [Opcode.LocalGet, ...unsigned(i)]);
  const sources = [make('variables', variables)];
  constants.forEach((value, index) => {
    const fixed = parameters.map((type) => constant(type, value));
    parameters.forEach((_, place) => {
      const operands = variables.map((variable, i) => (i === place ? fixed[i] : variable));
      sources.push(make(`constant${index}.${place}`, operands));
    });
    const other = constants[(index + 1) % constants.length];
    const both = parameters.map((type, i) => constant(type, i === 0 ? value : other));
    sources.push(make(`constants${index}`, both));
  });
  return sources;
}

function onHost(fn: unknown, source: FunctionSource, values: readonly bigint[]): string {
  if (typeof fn !== 'function') throw new TypeError(`${source.name} is not exported`);
  const operands = source.parameters.map((type, i) =>
    type === I64 ? values[i] : Number(values[i]),
  );
  try {
    return String((fn as (...operands: unknown[]) => unknown)(...operands));
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return 'trap';
    throw error;
  }
}

function onTarget(
  program: TargetProgram,
  source: FunctionSource,
  values: readonly bigint[],
): string {
  const outcome = program.call(source.name, argumentWords(source.parameters, values));
  if (outcome.trap !== undefined) return 'trap';
  if (source.results[0] === I32) return String(outcome.low);
  return String((BigInt(outcome.high) << 32n) | BigInt(outcome.low >>> 0));
}

const INTERESTING = [
  0n,
  1n,
  -1n,
  2n,
  31n,
  32n,
  63n,
  2047n,
  -2048n,
  2048n,
  0xffffn,
  1n << 31n,
  -(1n << 31n),
  1n << 32n,
  1n << 63n,
];
const anyValue = fc.oneof(
  fc.constantFrom(...INTERESTING),
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  fc.bigInt({ min: -40n, max: 70n }),
);

test('every integer instruction agrees with Node', () => {
  fc.assert(
    fc.property(
      fc.array(anyValue, { minLength: 2, maxLength: 2 }),
      fc.array(fc.tuple(anyValue, anyValue), { minLength: 12, maxLength: 12 }),
      (constants, pairs) => {
        const functions = OPERATIONS.flatMap((operation) => functionsFor(operation, constants));
        const bytes = writeModule({ functions });
        const host = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
        const target = new TargetProgram(
          [compileForTest(bytes)],
          functions.map(({ name }) => name),
        );
        for (const source of functions) {
          for (const pair of pairs) {
            const values = source.parameters.map((type, i) =>
              BigInt.asIntN(type === I64 ? 64 : 32, pair[i]),
            );
            const expected = onHost(host[source.name], source, values);
            const found = onTarget(target, source, values);
            if (found !== expected) {
              expect.fail(`${source.name}(${values.join()}) is ${found}, not ${expected}`);
            }
          }
        }
      },
    ),
    { numRuns: 12, endOnFailure: true },
  );
});
