/**
 * The instructions that have a short way in the interpreter, whole instructions on a machine,
 * against exact rational arithmetic: with `inexact` raised before, which opens it, and without.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareMachine, loadWords, RAM_BASE } from '../../machine/engine/testing/bare-machine.ts';
import { operands, type Registers } from './operands.ts';
import { DOUBLE, RationalModel, SINGLE, type BinaryFormat } from './rational-model.ts';

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
} as const;
type Name = keyof typeof OPERATIONS;
const NAMES: readonly Name[] = ['add', 'sub', 'mul', 'div', 'madd', 'msub', 'nmsub', 'nmadd'];
const DOUBLE_BIT = 0x0200_0000;
const FS_DIRTY = 0x6000;
const FLAGS = 0x1f;
const JUMP_BACK = 0xffdf_f06f;

const { machine } = bareMachine();
const [hart] = machine.harts;

/** What the instruction does to f1 and `fcsr`. */
function execute(fcsr: number, values: Registers): string {
  values.forEach((value, index) => {
    hart.writeFloatRegister(2 + index, value);
  });
  hart.writeCsr('fcsr', fcsr);
  machine.run(1, { idle: 'stop' });
  const outcome = describeOutcome(hart.readFloatRegister(1), hart.readCsr('fcsr') ?? 0);
  machine.run(1, { idle: 'stop' });
  return outcome;
}

const describeOutcome = (bits: bigint, fcsr: number) => `${bits.toString(16)} ${fcsr.toString(16)}`;

function place(name: Name, format: BinaryFormat): void {
  loadWords(machine, RAM_BASE, [
    OPERATIONS[name] | (format === DOUBLE ? DOUBLE_BIT : 0),
    JUMP_BACK,
  ]);
  machine.reset();
  hart.writeCsr('mstatus', FS_DIRTY);
}

/** Fails where the machine differs from the model. */
function agreement(name: Name, format: BinaryFormat, model: RationalModel) {
  return fc.property(operands(format), fc.constantFrom(0, 1, 1, 1, FLAGS), (values, flags) => {
    const expected = model.execute(name, format, 0, values);
    expect(execute(flags, values)).toBe(describeOutcome(expected.bits, flags | expected.flags));
  });
}

describe.each([SINGLE, DOUBLE])('short ways in $name precision', (format: BinaryFormat) => {
  it.each(NAMES)('%s', (name) => {
    place(name, format);
    fc.assert(agreement(name, format, new RationalModel()), RUNS);
  });

  it.each(['rounding', 'fused rounded twice', 'flags', 'tininess before rounding'] as const)(
    'would show a planted fault: %s',
    (fault) => {
      place('nmsub', format);
      expect(fc.check(agreement('nmsub', format, new RationalModel(fault)), RUNS).failed).toBe(
        true,
      );
    },
  );
});
