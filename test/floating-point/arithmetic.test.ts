/** Every instruction of F, D and Zfh, in every mode, against exact rational arithmetic. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HartState } from '../../machine/hart/hart-state.ts';
import { Mstatus } from '../../machine/hart/mstatus.ts';
import { HartWord, Region } from '../../machine/hart/state-layout.ts';
import { FloatOperation } from '../../machine/hart/floating-point/float-operation.ts';
import { FloatUnit } from '../../machine/hart/floating-point/float-unit.ts';
import { Format } from '../../machine/hart/floating-point/format.ts';
import { integer, operands, type Registers } from './operands.ts';
import {
  DOUBLE,
  HALF,
  OPERATIONS,
  RationalModel,
  SINGLE,
  type BinaryFormat,
  type Mode,
  type OperationName,
  type Outcome,
  type PlantedFault,
} from './rational-model.ts';

const IS_FULL = process.env['VITRINE_CAMPAIGN'] === 'full';
/** For each operation, format and mode. */
const RUNS = IS_FULL ? 20_000 : 120;

const FORMATS = [HALF, SINGLE, DOUBLE];
const MODES: readonly Mode[] = [0, 1, 2, 3, 4];
const FORMAT_NUMBER = { single: Format.Single, double: Format.Double, half: Format.Half };

const NUMBER: Readonly<Record<OperationName, FloatOperation>> = {
  add: FloatOperation.Add,
  sub: FloatOperation.Subtract,
  mul: FloatOperation.Multiply,
  div: FloatOperation.Divide,
  sqrt: FloatOperation.SquareRoot,
  madd: FloatOperation.MultiplyAdd,
  msub: FloatOperation.MultiplySubtract,
  nmsub: FloatOperation.NegateMultiplySubtract,
  nmadd: FloatOperation.NegateMultiplyAdd,
  'to int': FloatOperation.ConvertToSigned,
  'to uint': FloatOperation.ConvertToUnsigned,
  'from int': FloatOperation.ConvertFromSigned,
  'from uint': FloatOperation.ConvertFromUnsigned,
  'from half': FloatOperation.ConvertFormat,
  'from single': FloatOperation.ConvertFormat,
  'from double': FloatOperation.ConvertFormat,
  sgnj: FloatOperation.SignCopy,
  sgnjn: FloatOperation.SignNegate,
  sgnjx: FloatOperation.SignXor,
  min: FloatOperation.Minimum,
  max: FloatOperation.Maximum,
  eq: FloatOperation.Equal,
  lt: FloatOperation.LessThan,
  le: FloatOperation.LessOrEqual,
  class: FloatOperation.Classify,
  'to x': FloatOperation.MoveToInteger,
  'from x': FloatOperation.MoveFromInteger,
};
const SOURCES: Readonly<Partial<Record<OperationName, Format>>> = {
  'from half': Format.Half,
  'from single': Format.Single,
  'from double': Format.Double,
};
const TO_INTEGER: readonly OperationName[] = [
  ...(['to int', 'to uint', 'eq', 'lt', 'le', 'class', 'to x'] as const),
];
const FROM_INTEGER: readonly OperationName[] = ['from int', 'from uint', 'from x'];

/** The registers that the instructions here name. */
const RD = 1;
const RS1 = 2;
const RS2 = 3;
const RS3 = 4;
const DYNAMIC = 7;

function bareHart() {
  const state = new HartState(new ArrayBuffer(Region.Harts + Region.HartStride), 0);
  state.words[HartWord.Mstatus] = Mstatus.FS;
  const registers = new BigUint64Array(
    state.words.buffer,
    state.words.byteOffset + HartWord.F * 4,
    32,
  );
  return { state, registers, unit: new FloatUnit(state) };
}

const bare = bareHart();

/** Runs an instruction on the unit; the mode is in the instruction, or in `frm`. */
function executeHere(
  name: OperationName,
  format: BinaryFormat,
  mode: Mode,
  values: Registers,
  dynamic: boolean,
): Outcome {
  const { state, registers, unit } = bare;
  const { words } = state;
  registers.set(values, RS1);
  words[HartWord.X + RS1] = Number(BigInt.asIntN(32, values[0]));
  words[HartWord.Fcsr] = dynamic ? mode << 5 : (mode ^ 7) << 5;
  const instruction =
    (RS3 << 27) |
    (FORMAT_NUMBER[format.name] << 25) |
    ((SOURCES[name] ?? RS2) << 20) |
    (RS1 << 15) |
    ((dynamic ? DYNAMIC : mode) << 12) |
    (RD << 7);
  expect(unit.execute(NUMBER[name], instruction)).toBe(true);
  const bits = TO_INTEGER.includes(name) ? BigInt(words[HartWord.X + RD] >>> 0) : registers[RD];
  return { bits, flags: words[HartWord.Fcsr] & 0x1f };
}

function describeOutcome({ bits, flags }: Outcome): string {
  return `${bits.toString(16)} flags ${flags.toString(2)}`;
}

/** Formats for which an operation exists. */
function formatsOf(name: OperationName): readonly BinaryFormat[] {
  const isMove = name === 'to x' || name === 'from x';
  return FORMATS.filter(
    (format) => name !== `from ${format.name}` && !(isMove && format === DOUBLE),
  );
}

function valuesFor(name: OperationName, format: BinaryFormat): fc.Arbitrary<Registers> {
  if (FROM_INTEGER.includes(name)) {
    return integer.map((value): Registers => [value, 0n, 0n]);
  }
  switch (name) {
    case 'from half':
      return operands(HALF);
    case 'from single':
      return operands(SINGLE);
    case 'from double':
      return operands(DOUBLE);
    default:
      return operands(format);
  }
}

/** The first case in which the machine differs from the model. */
function counterexample(
  name: OperationName,
  format: BinaryFormat,
  mode: Mode,
  model: RationalModel,
): string | undefined {
  const property = fc.property(valuesFor(name, format), fc.boolean(), (values, dynamic) => {
    const actual = executeHere(name, format, mode, values, dynamic);
    const expected = model.execute(name, format, mode, values);
    if (actual.bits !== expected.bits || actual.flags !== expected.flags) {
      const shown = values.map((value) => value.toString(16)).join(' ');
      throw new Error(
        `${name} ${format.name} mode ${mode} of ${shown}: ` +
          `here ${describeOutcome(actual)}, exactly ${describeOutcome(expected)}`,
      );
    }
  });
  const { failed, errorInstance } = fc.check(property, { numRuns: RUNS, seed: mode });
  return failed ? String(errorInstance) : undefined;
}

describe.each(OPERATIONS)('%s', (name) => {
  it.each(formatsOf(name))('is exact in $name precision, in every mode', (format) => {
    for (const mode of MODES) {
      expect(counterexample(name, format, mode, new RationalModel())).toBeUndefined();
    }
  });
});

describe('a planted fault', () => {
  const faults: readonly (readonly [PlantedFault, OperationName, BinaryFormat])[] = [
    ['rounding', 'add', DOUBLE],
    ['rounding', 'mul', SINGLE],
    ['rounding', 'madd', HALF],
    ['flags', 'mul', DOUBLE],
    ['NaN boxing', 'sgnj', SINGLE],
    ['NaN boxing', 'add', HALF],
    ['fused rounded twice', 'madd', DOUBLE],
    ['fused rounded twice', 'nmsub', SINGLE],
    ['tininess before rounding', 'mul', DOUBLE],
    ['tininess before rounding', 'madd', SINGLE],
    ['tininess before rounding', 'from double', HALF],
    ['saturation', 'to uint', DOUBLE],
    ['sign of zero', 'sub', SINGLE],
  ];
  it.each(faults)('%s would be seen in %s', (fault, name, format) => {
    const model = new RationalModel(fault);
    const caught = MODES.some((mode) => counterexample(name, format, mode, model) !== undefined);
    expect(caught).toBe(true);
  });
});
