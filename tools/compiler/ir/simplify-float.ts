/**
 * Folds floating-point operations on constants. A NaN is neither taken nor made: which one it would
 * be is the machine's to say, and the same program must see the same bits wherever it was computed.
 */
import type { Mnemonic } from '../../assembler/encode.ts';
import { bitsOfNumber, numberOfBits } from './float-bits.ts';
import type { IrFunction } from './function.ts';
import { type Instruction, Op, ValueKind, floatBits } from './instruction.ts';
import { Rounding } from './rounding.ts';

const { Word, Single, Double } = ValueKind;

/** Computes in double precision; a single result is rounded afterwards, which for these is exact. */
const EVALUATIONS = new Map<Mnemonic, (a: number, b: number) => number>(
  (['s', 'd'] as const).flatMap((suffix): [Mnemonic, (a: number, b: number) => number][] => [
    [`fadd.${suffix}`, (a, b) => a + b],
    [`fsub.${suffix}`, (a, b) => a - b],
    [`fmul.${suffix}`, (a, b) => a * b],
    [`fdiv.${suffix}`, (a, b) => a / b],
    [`fsqrt.${suffix}`, (a) => Math.sqrt(a)],
    [`fsgnj.${suffix}`, (a, b) => withSign(a, isNegative(b))],
    [`fsgnjn.${suffix}`, (a, b) => withSign(a, !isNegative(b))],
    [`fsgnjx.${suffix}`, (a, b) => withSign(a, isNegative(a) !== isNegative(b))],
    [`feq.${suffix}`, (a, b) => Number(a === b)],
    [`flt.${suffix}`, (a, b) => Number(a < b)],
    [`fle.${suffix}`, (a, b) => Number(a <= b)],
    [`fcvt.${suffix}.w`, (a) => a],
    [`fcvt.${suffix}.wu`, (a) => a >>> 0],
  ]),
);
EVALUATIONS.set('fcvt.s.d', (a) => a);
EVALUATIONS.set('fcvt.d.s', (a) => a);

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}

function withSign(value: number, negative: boolean): number {
  return negative ? -Math.abs(value) : Math.abs(value);
}

/** The number that a constant is; undefined for other values, and for NaN. */
function numberOf(value: Instruction): number | undefined {
  if (value.op === Op.Constant) return value.immediate;
  if (value.op !== Op.FloatConstant) return undefined;
  const result = numberOfBits(value.kind, floatBits(value));
  return Number.isNaN(result) ? undefined : result;
}

/** A value equal to the floating-point instruction if there is a simpler one, else undefined. */
export function simplifyFloat(fn: IrFunction, instruction: Instruction): Instruction | undefined {
  const { op, operands, kind, mnemonic, immediate: rounding } = instruction;
  const [first] = operands;
  switch (op) {
    case Op.LowWord:
      if (first.op === Op.MakeDouble) return first.operands[0];
      return first.op === Op.FloatConstant ? fn.constant(first.immediate) : undefined;
    case Op.HighWord:
      if (first.op === Op.MakeDouble) return first.operands[1];
      return first.op === Op.FloatConstant ? fn.constant(first.immediateHigh) : undefined;
    case Op.MakeDouble:
      return joinWords(fn, first, operands[1]);
    case Op.Float:
      break;
    default:
      return undefined;
  }
  switch (mnemonic) {
    case undefined:
      return undefined;
    case 'fmv.x.w':
      if (first.mnemonic === 'fmv.w.x') return first.operands[0];
      return first.op === Op.FloatConstant ? fn.constant(first.immediate) : undefined;
    case 'fmv.w.x':
      if (first.mnemonic === 'fmv.x.w') return first.operands[0];
      return first.op === Op.Constant
        ? fn.floatConstant(Single, BigInt(first.immediate >>> 0))
        : undefined;
  }
  if (rounding !== Rounding.Dynamic && rounding !== Rounding.NearestEven) return undefined;
  const evaluate = EVALUATIONS.get(mnemonic);
  if (evaluate === undefined) return undefined;
  const [a, b = 0] = operands.map(numberOf);
  const known = operands.every((operand) => numberOf(operand) !== undefined);
  if (!known || a === undefined) return undefined;
  const result = evaluate(a, b);
  if (Number.isNaN(result)) return undefined;
  return kind === Word ? fn.constant(result) : fn.floatConstant(kind, bitsOfNumber(kind, result));
}

function joinWords(fn: IrFunction, low: Instruction, high: Instruction): Instruction | undefined {
  if (low.op === Op.Constant && high.op === Op.Constant) {
    const bits = (BigInt(high.immediate >>> 0) << 32n) | BigInt(low.immediate >>> 0);
    return fn.floatConstant(Double, bits);
  }
  const isWhole =
    low.op === Op.LowWord && high.op === Op.HighWord && low.operands[0] === high.operands[0];
  return isWhole ? low.operands[0] : undefined;
}
