/**
 * The instructions that have a short way in the interpreter, whole instructions on a machine,
 * against exact rational arithmetic: with `inexact` raised before, which opens it, and without.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareMachine, loadWords, RAM_BASE } from '../../machine/engine/testing/bare-machine.ts';
import { operands, type Registers } from './operands.ts';
import {
  DOUBLE,
  HALF,
  OPERATIONS as NAMES,
  RationalModel,
  SINGLE,
  type BinaryFormat,
  type Mode,
  type OperationName,
  type PlantedFault,
} from './rational-model.ts';

const IS_FULL = process.env['VITRINE_CAMPAIGN'] === 'full';
const RUNS = { numRuns: IS_FULL ? 50_000 : 500, seed: 1 };

/** Words that work on f1 = f2, f3, f4 and round as `frm` says. */
const OPERATIONS = {
  add: 0x0031_70d3,
  sub: 0x0831_70d3,
  mul: 0x1031_70d3,
  div: 0x1831_70d3,
  madd: 0x2031_70c3,
  msub: 0x2031_70c7,
  nmsub: 0x2031_70cb,
  nmadd: 0x2031_70cf,
  sqrt: 0x5801_70d3,
  sgnj: 0x2031_00d3,
  sgnjn: 0x2031_10d3,
  sgnjx: 0x2031_20d3,
  min: 0x2831_00d3,
  max: 0x2831_10d3,
  'from int': 0xd001_70d3,
  'from uint': 0xd011_70d3,
  'from half': 0x4021_70d3,
  'from single': 0x4001_70d3,
  'from double': 0x4011_70d3,
} as const;
/** The same, with their results in x1; conversions truncate. */
const TO_INTEGER = {
  eq: 0xa031_20d3,
  lt: 0xa031_10d3,
  le: 0xa031_00d3,
  class: 0xe001_10d3,
  'to int': 0xc001_10d3,
  'to uint': 0xc011_10d3,
} as const;
/** Integers come from x2. Only single precision has these two. */
const MOVES = { 'to x': 0xe001_00d3, 'from x': 0xf001_00d3 } as const;

interface Instruction {
  readonly name: OperationName;
  readonly word: number;
  readonly mode: Mode;
  readonly isToInteger: boolean;
  readonly source: BinaryFormat;
}

const DOUBLE_BIT = 0x0200_0000;
const FS_DIRTY = 0x6000;
const FLAGS = 0x1f;
const JUMP_BACK = 0xffdf_f06f;
const NEAREST_EVEN = 0;
const TOWARD_ZERO = 1;

/** The instructions of a format, as the tables say. */
function instructionsOf(format: BinaryFormat): readonly Instruction[] {
  const sources = { 'from half': HALF, 'from single': SINGLE, 'from double': DOUBLE };
  const tables = { ...OPERATIONS, ...TO_INTEGER, ...(format === SINGLE ? MOVES : {}) };
  return NAMES.flatMap((name) => {
    const word = new Map<string, number>(Object.entries(tables)).get(name);
    if (word === undefined || name === `from ${format.name}`) return [];
    return [
      {
        name,
        word: word | (format === DOUBLE ? DOUBLE_BIT : 0),
        mode: name === 'to int' || name === 'to uint' ? TOWARD_ZERO : NEAREST_EVEN,
        isToInteger: name in TO_INTEGER || name === 'to x',
        source: new Map<string, BinaryFormat>(Object.entries(sources)).get(name) ?? format,
      },
    ];
  });
}

const { machine } = bareMachine();
const [hart] = machine.harts;

/** What the instruction does to its destination and `fcsr`. */
function execute(instruction: Instruction, fcsr: number, values: Registers): string {
  values.forEach((value, index) => {
    hart.writeFloatRegister(2 + index, value);
  });
  hart.writeRegister(2, Number(BigInt.asUintN(32, values[0])));
  hart.writeCsr('fcsr', fcsr);
  machine.run(1, { idle: 'stop' });
  const result = instruction.isToInteger ? BigInt(hart.readRegister(1)) : hart.readFloatRegister(1);
  const outcome = describeOutcome(result, hart.readCsr('fcsr') ?? 0);
  machine.run(1, { idle: 'stop' });
  return outcome;
}

const describeOutcome = (bits: bigint, fcsr: number) => `${bits.toString(16)} ${fcsr.toString(16)}`;

/** Fails where the machine differs from the model. */
function agreement(instruction: Instruction, format: BinaryFormat, model: RationalModel) {
  loadWords(machine, RAM_BASE, [instruction.word, JUMP_BACK]);
  machine.reset();
  hart.writeCsr('mstatus', FS_DIRTY);
  const before = fc.constantFrom(0, 1, 1, 1, FLAGS);
  return fc.property(operands(instruction.source), before, (values, flags) => {
    const expected = model.execute(instruction.name, format, instruction.mode, values);
    const actual = execute(instruction, flags, values);
    expect(actual).toBe(describeOutcome(expected.bits, flags | expected.flags));
  });
}

describe.each([SINGLE, DOUBLE])('short ways in $name precision', (format: BinaryFormat) => {
  it.each(instructionsOf(format))('$name', (instruction) => {
    fc.assert(agreement(instruction, format, new RationalModel()), RUNS);
  });

  const faults: readonly (readonly [PlantedFault, OperationName])[] = [
    ['rounding', 'mul'],
    ['flags', 'mul'],
    ['tininess before rounding', 'mul'],
    ['fused rounded twice', 'nmsub'],
  ];
  it.each(faults)('would show a planted fault: %s in %s', (fault, faulty) => {
    const model = new RationalModel(fault);
    const [instruction] = instructionsOf(format).filter(({ name }) => name === faulty);
    expect(fc.check(agreement(instruction, format, model), RUNS).failed).toBe(true);
  });
});
