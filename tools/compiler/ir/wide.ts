/** 64-bit arithmetic on pairs of 32-bit values. */
import { TrapReason } from '../../linker/object.ts';
import type { Builder } from './builder.ts';
import {
  Condition,
  type Instruction,
  Op,
  comparisonOp,
  isConstant,
  isZero,
} from './instruction.ts';

/** A wasm value: one word, or two (i64) with the low one first. */
export interface Wide {
  readonly low: Instruction;
  readonly high: Instruction;
}

const SIGN_SHIFT = 31;

export function wideConstant(builder: Builder, value: bigint): Wide {
  return {
    low: builder.constant(Number(BigInt.asIntN(32, value))),
    high: builder.constant(Number(BigInt.asIntN(32, value >> 32n))),
  };
}

export function signExtend(builder: Builder, low: Instruction): Wide {
  return { low, high: builder.binary(Op.Sra, low, builder.constant(SIGN_SHIFT)) };
}

export function zeroExtend(builder: Builder, low: Instruction): Wide {
  return { low, high: builder.constant(0) };
}

/** And, Or, Xor. */
export function wideBitwise(builder: Builder, op: Op, a: Wide, b: Wide): Wide {
  return { low: builder.binary(op, a.low, b.low), high: builder.binary(op, a.high, b.high) };
}

export function wideAdd(builder: Builder, a: Wide, b: Wide): Wide {
  const low = builder.binary(Op.Add, a.low, b.low);
  const high = builder.binary(Op.Add, a.high, b.high);
  if (isZero(a.low) || isZero(b.low)) return { low, high };
  const carry = builder.binary(Op.Ltu, low, isConstant(a.low) ? b.low : a.low);
  return { low, high: builder.binary(Op.Add, high, carry) };
}

export function wideSubtract(builder: Builder, a: Wide, b: Wide): Wide {
  const borrow = builder.binary(Op.Ltu, a.low, b.low);
  const low = builder.binary(Op.Sub, a.low, b.low);
  const high = builder.binary(Op.Sub, a.high, b.high);
  return { low, high: builder.binary(Op.Sub, high, borrow) };
}

function isSignExtension(value: Wide): boolean {
  const { high } = value;
  if (isConstant(value.low) && isConstant(high)) {
    return high.immediate === value.low.immediate >> SIGN_SHIFT;
  }
  return (
    high.op === Op.Sra &&
    high.operands[0] === value.low &&
    isConstant(high.operands[1]) &&
    high.operands[1].immediate === SIGN_SHIFT
  );
}

export function wideMultiply(builder: Builder, a: Wide, b: Wide): Wide {
  const low = builder.binary(Op.Mul, a.low, b.low);
  if (!isZero(a.high) && !isZero(b.high) && isSignExtension(a) && isSignExtension(b)) {
    return { low, high: builder.binary(Op.Mulh, a.low, b.low) };
  }
  const product = builder.binary(Op.Mulhu, a.low, b.low);
  const cross1 = builder.binary(Op.Mul, a.low, b.high);
  const cross2 = builder.binary(Op.Mul, a.high, b.low);
  const sum = builder.binary(Op.Add, product, cross1);
  return { low, high: builder.binary(Op.Add, sum, cross2) };
}

export function wideIsZero(builder: Builder, a: Wide): Instruction {
  const any = builder.binary(Op.Or, a.low, a.high);
  return builder.binary(Op.Eq, any, builder.constant(0));
}

/** 1 if `condition`(a, b), else 0. */
export function wideCompare(builder: Builder, condition: Condition, a: Wide, b: Wide): Instruction {
  if (condition === Condition.Eq || condition === Condition.Ne) {
    const difference = builder.binary(
      Op.Or,
      builder.binary(Op.Xor, a.low, b.low),
      builder.binary(Op.Xor, a.high, b.high),
    );
    return builder.binary(comparisonOp(condition), difference, builder.constant(0));
  }
  // Only the sign decides a signed comparison with zero.
  if (
    (condition === Condition.Lt || condition === Condition.Ge) &&
    isZero(b.low) &&
    isZero(b.high)
  ) {
    return builder.binary(comparisonOp(condition), a.high, builder.constant(0));
  }
  const signed = condition === Condition.Lt || condition === Condition.Ge;
  const less = condition === Condition.Lt || condition === Condition.Ltu;
  const lowCondition = !signed ? condition : less ? Condition.Ltu : Condition.Geu;
  const lowOrder = builder.binary(comparisonOp(lowCondition), a.low, b.low);
  const highOrder = builder.binary(comparisonOp(condition), a.high, b.high);
  const sameHigh = builder.binary(Op.Eq, a.high, b.high);
  return builder.select(sameHigh, lowOrder, highOrder);
}

/** Shifts by a constant, 0 … 63. `op`: Sll, Srl or Sra. */
function shiftByConstant(builder: Builder, op: Op, a: Wide, amount: number): Wide {
  const { low, high } = a;
  const by = (direction: Op, value: Instruction, bits: number) =>
    builder.binary(direction, value, builder.constant(bits));
  if (amount === 0) return a;
  const zero = builder.constant(0);
  if (op === Op.Sll) {
    if (amount >= 32) return { low: zero, high: by(Op.Sll, low, amount - 32) };
    const carried = by(Op.Srl, low, 32 - amount);
    return {
      low: by(Op.Sll, low, amount),
      high: builder.binary(Op.Or, by(Op.Sll, high, amount), carried),
    };
  }
  if (amount >= 32) {
    return {
      low: by(op, high, amount - 32),
      high: op === Op.Sra ? by(Op.Sra, high, SIGN_SHIFT) : zero,
    };
  }
  const carried = by(Op.Sll, high, 32 - amount);
  return {
    low: builder.binary(Op.Or, by(Op.Srl, low, amount), carried),
    high: by(op, high, amount),
  };
}

/** Shifts by the low six bits of `amount`. `op`: Sll, Srl or Sra. */
export function wideShift(builder: Builder, op: Op, a: Wide, amount: Instruction): Wide {
  if (isConstant(amount)) return shiftByConstant(builder, op, a, amount.immediate & 63);
  const { low, high } = a;
  const one = builder.constant(1);
  // 31 - (amount mod 32), as the machine takes shift amounts modulo 32.
  const complement = builder.binary(Op.Xor, amount, builder.constant(-1));
  const beyond = builder.binary(Op.And, amount, builder.constant(32));
  if (op === Op.Sll) {
    const carried = builder.binary(Op.Srl, builder.binary(Op.Srl, low, one), complement);
    const shiftedLow = builder.binary(Op.Sll, low, amount);
    const shiftedHigh = builder.binary(Op.Or, builder.binary(Op.Sll, high, amount), carried);
    return {
      low: builder.select(beyond, builder.constant(0), shiftedLow),
      high: builder.select(beyond, shiftedLow, shiftedHigh),
    };
  }
  const carried = builder.binary(Op.Sll, builder.binary(Op.Sll, high, one), complement);
  const shiftedLow = builder.binary(Op.Or, builder.binary(Op.Srl, low, amount), carried);
  const shiftedHigh = builder.binary(op, high, amount);
  const fill =
    op === Op.Sra
      ? builder.binary(Op.Sra, high, builder.constant(SIGN_SHIFT))
      : builder.constant(0);
  return {
    low: builder.select(beyond, shiftedHigh, shiftedLow),
    high: builder.select(beyond, fill, shiftedHigh),
  };
}

export function wideRotate(builder: Builder, left: boolean, a: Wide, amount: Instruction): Wide {
  const back = builder.binary(Op.Sub, builder.constant(0), amount);
  const first = wideShift(builder, left ? Op.Sll : Op.Srl, a, amount);
  const second = wideShift(builder, left ? Op.Srl : Op.Sll, a, back);
  return wideBitwise(builder, Op.Or, first, second);
}

export function wideSelect(builder: Builder, test: Instruction, x: Wide, y: Wide): Wide {
  return { low: builder.select(test, x.low, y.low), high: builder.select(test, x.high, y.high) };
}

const DIVISION_ROUTINES = new Map<Op, string>([
  [Op.Div, '__divdi3'],
  [Op.Divu, '__udivdi3'],
  [Op.Rem, '__moddi3'],
  [Op.Remu, '__umoddi3'],
]);

/** Div, Divu, Rem or Remu, with WebAssembly's traps. */
export function wideDivide(builder: Builder, op: Op, a: Wide, b: Wide): Wide {
  builder.trapIf(wideIsZero(builder, b), TrapReason.DivisionByZero);
  if ((op === Op.Divu || op === Op.Remu) && isZero(a.high) && isZero(b.high)) {
    return zeroExtend(builder, builder.binary(op, a.low, b.low));
  }
  if (op === Op.Div) {
    const isMinusOne = wideCompare(builder, Condition.Eq, b, wideConstant(builder, -1n));
    const isMinimum = wideCompare(builder, Condition.Eq, a, wideConstant(builder, -(1n << 63n)));
    builder.trapIf(builder.binary(Op.And, isMinusOne, isMinimum), TrapReason.IntegerOverflow);
  }
  const routine = DIVISION_ROUTINES.get(op);
  if (routine === undefined) throw new RangeError('not a division');
  const low = builder.call(routine, [a.low, a.high, b.low, b.high], 2);
  return { low, high: builder.resultHigh(low) };
}
