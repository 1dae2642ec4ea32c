/** Every instruction, on variables and on constants, computes what Node's WebAssembly does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kindOfType } from './ir/arguments.ts';
import { numberOfBits } from './ir/float-bits.ts';
import { FLOAT_TARGET } from './target.ts';
import { compileForTest, floatArguments, argumentWords } from './testing/differential.ts';
import { ARENA, TargetProgram } from './testing/target-program.ts';
import {
  type FunctionSource,
  f32Const,
  f64Const,
  i32Const,
  i64Const,
  instruction,
  unsigned,
  writeModule,
} from './testing/wasm-writer.ts';
import { ValueType } from './wasm/module.ts';
import { Opcode } from './wasm/opcodes.ts';

const { I32, I64, F32, F64 } = ValueType;

/** Where memory accesses go in Node's memory; on the machine they go to the arena. */
const HOST_BASE = 1024;
/** Offset in the instruction of a memory access. */
const ACCESS_OFFSET = 24;
/** What lies in memory before a store. */
const BACKGROUND = 0x0123_4567_89ab_cdefn;

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

/** Operations from `first` on, one for each parameter type. */
function conversions(
  first: number,
  parameters: readonly ValueType[],
  result: ValueType,
): Operation[] {
  return parameters.flatMap((type, i) => operations(first + i, first + i, [type], result));
}

const OPERATIONS: readonly Operation[] = [
  ...operations(Opcode.I32Eqz, Opcode.I32Eqz, [I32], I32),
  ...operations(Opcode.I32Eq, Opcode.I32GeU, [I32, I32], I32),
  ...operations(Opcode.I64Eqz, Opcode.I64Eqz, [I64], I32),
  ...operations(Opcode.I64Eq, Opcode.I64GeU, [I64, I64], I32),
  ...operations(Opcode.F32Eq, Opcode.F32Ge, [F32, F32], I32),
  ...operations(Opcode.F64Eq, Opcode.F64Ge, [F64, F64], I32),
  ...operations(Opcode.I32Clz, Opcode.I32Popcnt, [I32], I32),
  ...operations(Opcode.I32Add, Opcode.I32Rotr, [I32, I32], I32),
  ...operations(Opcode.I64Clz, Opcode.I64Popcnt, [I64], I64),
  ...operations(Opcode.I64Add, Opcode.I64Rotr, [I64, I64], I64),
  ...operations(Opcode.F32Abs, Opcode.F32Sqrt, [F32], F32),
  ...operations(Opcode.F32Add, Opcode.F32Copysign, [F32, F32], F32),
  ...operations(Opcode.F64Abs, Opcode.F64Sqrt, [F64], F64),
  ...operations(Opcode.F64Add, Opcode.F64Copysign, [F64, F64], F64),
  ...conversions(Opcode.I32WrapI64, [I64, F32, F32, F64, F64], I32),
  ...conversions(Opcode.I64ExtendI32S, [I32, I32, F32, F32, F64, F64], I64),
  ...conversions(Opcode.F32ConvertI32S, [I32, I32, I64, I64, F64], F32),
  ...conversions(Opcode.F64ConvertI32S, [I32, I32, I64, I64, F32], F64),
  ...conversions(Opcode.I32ReinterpretF32, [F32], I32),
  ...conversions(Opcode.I64ReinterpretF64, [F64], I64),
  ...conversions(Opcode.F32ReinterpretI32, [I32], F32),
  ...conversions(Opcode.F64ReinterpretI64, [I64], F64),
  ...operations(Opcode.I32Extend8S, Opcode.I32Extend16S, [I32], I32),
  ...operations(Opcode.I64Extend8S, Opcode.I64Extend32S, [I64], I64),
  ...conversions(Opcode.I32TruncSatF32S, [F32, F32, F64, F64], I32),
  ...conversions(Opcode.I64TruncSatF32S, [F32, F32, F64, F64], I64),
];

const LOADS: readonly (readonly [opcode: number, result: ValueType])[] = [
  ...[Opcode.I32Load, Opcode.I32Load8S, Opcode.I32Load8U].map((opcode) => [opcode, I32] as const),
  ...[Opcode.I32Load16S, Opcode.I32Load16U].map((opcode) => [opcode, I32] as const),
  ...[Opcode.I64Load, Opcode.I64Load8S, Opcode.I64Load8U].map((opcode) => [opcode, I64] as const),
  ...[Opcode.I64Load16S, Opcode.I64Load16U].map((opcode) => [opcode, I64] as const),
  ...[Opcode.I64Load32S, Opcode.I64Load32U].map((opcode) => [opcode, I64] as const),
  [Opcode.F32Load, F32],
  [Opcode.F64Load, F64],
];

const STORES: readonly (readonly [opcode: number, value: ValueType])[] = [
  ...[Opcode.I32Store, Opcode.I32Store8, Opcode.I32Store16].map((opcode) => [opcode, I32] as const),
  ...[Opcode.I64Store, Opcode.I64Store8].map((opcode) => [opcode, I64] as const),
  ...[Opcode.I64Store16, Opcode.I64Store32].map((opcode) => [opcode, I64] as const),
  [Opcode.F32Store, F32],
  [Opcode.F64Store, F64],
];

/** What a test gives an operand: integers take `bits`, floating-point types `number`. */
interface Sample {
  readonly bits: bigint;
  readonly number: number;
}

/** The argument as Node's WebAssembly takes it. */
function hostValue(type: ValueType, { bits, number }: Sample): number | bigint {
  switch (type) {
    case I64:
      return BigInt.asIntN(64, bits);
    case F32:
      return Math.fround(number);
    case F64:
      return number;
    default:
      return Number(BigInt.asIntN(32, bits));
  }
}

function constant(type: ValueType, sample: Sample): number[] {
  const { bits, number } = sample;
  switch (type) {
    case I64:
      return i64Const(bits);
    case F32:
      return f32Const(number);
    case F64:
      return f64Const(number);
    default:
      return i32Const(Number(BigInt.asIntN(32, bits)));
  }
}

interface TestedFunction extends FunctionSource {
  readonly opcode: number;
}

/** The operation on variables, and with each operand or both replaced by constants. */
function functionsFor(operation: Operation, constants: readonly Sample[]): TestedFunction[] {
  const { opcode, parameters, result } = operation;
  const make = (name: string, operands: readonly number[][]): TestedFunction => ({
    opcode,
    name: `${Opcode[opcode]}.${name}`,
    parameters,
    results: [result],
    locals: [],
    code: [...operands.flat(), ...instruction(opcode)],
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

const GET_BASE = [Opcode.LocalGet, 0];
const GET_VALUE = [Opcode.LocalGet, 1];
const AT = [0, ...unsigned(ACCESS_OFFSET)];

/** Address, value: what a load of the value's bytes finds; what memory holds after a store. */
const MEMORY_FUNCTIONS: readonly TestedFunction[] = [
  ...LOADS.map(([opcode, result]): TestedFunction => ({
    opcode,
    name: Opcode[opcode],
    parameters: [I32, I64],
    results: [result],
    locals: [],
    code: [...GET_BASE, ...GET_VALUE, Opcode.I64Store, ...AT, ...GET_BASE, opcode, ...AT],
  })),
  ...STORES.map(([opcode, type]): TestedFunction => ({
    opcode,
    name: Opcode[opcode],
    parameters: [I32, type],
    results: [I64],
    locals: [],
    code: [
      ...[...GET_BASE, ...i64Const(BACKGROUND), Opcode.I64Store, ...AT],
      ...[...GET_BASE, ...GET_VALUE, opcode, ...AT, ...GET_BASE, Opcode.I64Load, ...AT],
    ],
  })),
];

function text(value: unknown): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function onHost(fn: unknown, source: FunctionSource, values: readonly (number | bigint)[]): string {
  if (typeof fn !== 'function') throw new TypeError(`${source.name} is not exported`);
  try {
    return text((fn as (...operands: unknown[]) => unknown)(...values));
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return 'trap';
    throw error;
  }
}

function onTarget(
  program: TargetProgram,
  { name, parameters, results }: FunctionSource,
  values: readonly (number | bigint)[],
): string {
  const words = argumentWords(parameters, values);
  const outcome = program.call(name, words, undefined, floatArguments(parameters, values));
  if (outcome.trap !== undefined) return 'trap';
  switch (results[0]) {
    case I32:
      return String(outcome.low);
    case I64:
      return String((BigInt(outcome.high) << 32n) | BigInt(outcome.low >>> 0));
    default: {
      const kind = kindOfType(results[0]);
      const isBoxed = results[0] === F64 || outcome.float >> 32n === 0xffff_ffffn;
      if (!isBoxed) return 'no single';
      const bits = results[0] === F64 ? outcome.float : BigInt.asUintN(32, outcome.float);
      return text(numberOfBits(kind, bits));
    }
  }
}

const INTERESTING = [
  ...[0n, 1n, -1n, 2n, 31n, 32n, 63n, 2047n, -2048n, 2048n, 0xffffn],
  ...[1n << 31n, -(1n << 31n), 1n << 32n, 1n << 63n],
];
const INTERESTING_NUMBERS = [
  ...[0, -0, 0.5, -0.5, 1, -1, 1.5, -1.5, 2.5, 3.5, 0.49999999999999994, -0.9999999999999999],
  ...[2 ** 31, 2 ** 31 - 1, 2 ** 31 - 0.5, -(2 ** 31), -(2 ** 31) - 0.5, -(2 ** 31) - 1, 2 ** 32],
  ...[2 ** 32 - 1, 2 ** 32 - 0.5, 2 ** 63, -(2 ** 63), 2 ** 63 - 1024, 2 ** 64, 2 ** 64 - 2048],
  ...[
    2 ** 23 - 0.5,
    2 ** 23 + 1,
    2 ** 24 + 1,
    2 ** 52 - 0.5,
    2 ** 52 + 1,
    2 ** 53,
    -(2 ** 52) + 0.5,
  ],
  ...[
    Infinity,
    -Infinity,
    NaN,
    5e-324,
    1.401298464324817e-45,
    1.7976931348623157e308,
    3.4028234663852886e38,
  ],
];
const anyBits = fc.oneof(
  fc.constantFrom(...INTERESTING),
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  fc.bigInt({ min: -40n, max: 70n }),
  // Near ties when they become floating-point numbers.
  fc
    .tuple(fc.bigInt(1n, (1n << 26n) - 1n), fc.nat(37), fc.bigInt(-3n, 3n))
    .map(([value, shift, change]) => (value << BigInt(shift)) + change),
);
const anyNumber = fc.oneof(
  fc.constantFrom(...INTERESTING_NUMBERS),
  fc.double(),
  fc.float(),
  fc.integer({ min: -300, max: 300 }).map((value) => value / 2),
  fc.bigInt({ min: -(1n << 65n), max: 1n << 65n }).map(Number),
  fc.double({ min: -(2 ** 33), max: 2 ** 33, noNaN: true }),
);
const anySample: fc.Arbitrary<Sample> = fc.record({ bits: anyBits, number: anyNumber });

/** The bits of a NaN that an instruction shows are not compared. */
const SHOWS_BITS: ReadonlySet<number> = new Set([
  Opcode.I32ReinterpretF32,
  Opcode.I64ReinterpretF64,
  Opcode.F32Store,
  Opcode.F64Store,
]);

test('no instruction is left out', () => {
  const tested = new Set([
    ...OPERATIONS.map(({ opcode }) => opcode),
    ...MEMORY_FUNCTIONS.map(({ opcode }) => opcode),
  ]);
  const computes = (opcode: number) =>
    (opcode >= Opcode.I32Load && opcode <= Opcode.I64Store32) ||
    (opcode >= Opcode.I32Eqz && opcode <= Opcode.I64Extend32S) ||
    (opcode >= Opcode.I32TruncSatF32S && opcode <= Opcode.I64TruncSatF64U);
  const left = Object.values(Opcode).filter(
    (opcode) => typeof opcode === 'number' && computes(opcode) && !tested.has(opcode),
  );
  expect(left.map((opcode) => Opcode[Number(opcode)])).toEqual([]);
});

test('every instruction agrees with Node', () => {
  fc.assert(
    fc.property(
      fc.array(anySample, { minLength: 2, maxLength: 2 }),
      fc.array(fc.tuple(anySample, anySample), { minLength: 12, maxLength: 12 }),
      (constants, pairs) => {
        const functions = [
          ...OPERATIONS.flatMap((operation) => functionsFor(operation, constants)),
          ...MEMORY_FUNCTIONS,
        ];
        const bytes = writeModule({ functions });
        const host = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
        const target = new TargetProgram(
          [compileForTest(bytes, { target: FLOAT_TARGET })],
          functions.map(({ name }) => name),
        );
        const accesses = new Set<FunctionSource>(MEMORY_FUNCTIONS);
        const isNaNConstant = constants.some(({ number }) => Number.isNaN(number));
        for (const source of functions) {
          const showsBits = SHOWS_BITS.has(source.opcode);
          if (showsBits && isNaNConstant) continue;
          for (const pair of pairs) {
            const values = source.parameters.map((type, i) => hostValue(type, pair[i]));
            if (showsBits && values.some(Number.isNaN)) continue;
            const from = (base: number) =>
              accesses.has(source) ? [base, ...values.slice(1)] : values;
            const expected = onHost(host[source.name], source, from(HOST_BASE));
            const found = onTarget(target, source, from(ARENA));
            if (found !== expected) {
              expect.fail(
                `${source.name}(${values.map(text).join()}) is ${found}, not ${expected}`,
              );
            }
          }
        }
      },
    ),
    { numRuns: 12, endOnFailure: true },
  );
});
