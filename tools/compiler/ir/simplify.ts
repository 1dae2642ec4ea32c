/**
 * Local rewriting: constant folding, algebraic identities and canonical forms (constants on the
 * right, subtraction of constants as addition, comparisons of comparisons undone). Used while the
 * SSA form is built and again by value numbering.
 */
import type { Mnemonic } from '../../assembler/encode.ts';
import type { IrFunction } from './function.ts';
import {
  Condition,
  type Instruction,
  Op,
  comparisonOp,
  conditionOf,
  isComparison,
  isConstant,
  isZero,
  negate,
} from './instruction.ts';

/** Where rewriting puts the operations it needs. */
export interface Emitter {
  readonly fn: IrFunction;
  /** Simplifies, and creates an instruction if that is not enough. */
  binary(op: Op, a: Instruction, b: Instruction): Instruction;
}

const FLOAT_COMPARISONS: ReadonlySet<Mnemonic> = new Set([
  'feq.s',
  'flt.s',
  'fle.s',
  'feq.d',
  'flt.d',
  'fle.d',
]);
const INT_MIN = -0x80000000;
const INT_MAX = 0x7fffffff;
const WORD_BITS = 32;

function isCommutative(op: Op): boolean {
  switch (op) {
    case Op.Add:
    case Op.And:
    case Op.Or:
    case Op.Xor:
    case Op.Mul:
    case Op.Mulh:
    case Op.Mulhu:
    case Op.Eq:
    case Op.Ne:
      return true;
    default:
      return false;
  }
}

/** What the machine instruction computes; division by zero and overflow as RISC-V defines them. */
export function evaluate(op: Op, a: number, b: number): number {
  switch (op) {
    case Op.Add:
      return (a + b) | 0;
    case Op.Sub:
      return (a - b) | 0;
    case Op.And:
      return a & b;
    case Op.Or:
      return a | b;
    case Op.Xor:
      return a ^ b;
    case Op.Sll:
      return a << b;
    case Op.Srl:
      return (a >>> b) | 0;
    case Op.Sra:
      return a >> b;
    case Op.Mul:
      return Math.imul(a, b);
    case Op.Mulh:
      return Number(BigInt.asIntN(32, (BigInt(a) * BigInt(b)) >> 32n));
    case Op.Mulhu:
      return Number(BigInt.asIntN(32, (BigInt(a >>> 0) * BigInt(b >>> 0)) >> 32n));
    case Op.Div:
      return b === 0 ? -1 : (a / b) | 0;
    case Op.Divu:
      return b === 0 ? -1 : ((a >>> 0) / (b >>> 0)) | 0;
    case Op.Rem:
      return b === 0 ? a : (a % b) | 0;
    case Op.Remu:
      return b === 0 ? a : ((a >>> 0) % (b >>> 0)) | 0;
    default:
      return evaluateCondition(conditionOf(op), a, b) ? 1 : 0;
  }
}

export function evaluateCondition(condition: Condition, a: number, b: number): boolean {
  switch (condition) {
    case Condition.Eq:
      return a === b;
    case Condition.Ne:
      return a !== b;
    case Condition.Lt:
      return a < b;
    case Condition.Ge:
      return a >= b;
    case Condition.Ltu:
      return a >>> 0 < b >>> 0;
    case Condition.Geu:
      return a >>> 0 >= b >>> 0;
  }
}

function isFloatComparison({ op, mnemonic }: Instruction): boolean {
  return op === Op.Float && mnemonic !== undefined && FLOAT_COMPARISONS.has(mnemonic);
}

/** Known to be 0 or 1. */
export function isBoolean(value: Instruction): boolean {
  if (isComparison(value.op) || isFloatComparison(value)) return true;
  if (value.op === Op.Constant) return (value.immediate & ~1) === 0;
  if (value.op !== Op.And) return false;
  const mask = value.operands[1];
  return mask.op === Op.Constant && mask.immediate === 1;
}

/** Exponent if `value` is a power of two as an unsigned number, else -1. */
function exponentOf(value: number): number {
  return value !== 0 && (value & (value - 1)) === 0 ? WORD_BITS - 1 - Math.clz32(value) : -1;
}

/**
 * A value equal to `op`(a, b) if there is a simpler one than that instruction, else undefined.
 */
export function simplifyBinary(
  emitter: Emitter,
  op: Op,
  a: Instruction,
  b: Instruction,
): Instruction | undefined {
  const { fn } = emitter;
  if (isConstant(a) && isConstant(b)) return fn.constant(evaluate(op, a.immediate, b.immediate));
  if (isCommutative(op) && isConstantLike(a) && !isConstantLike(b)) {
    return emitter.binary(op, b, a);
  }
  if (isComparison(op)) return simplifyComparison(emitter, op, a, b);
  if (isConstant(b)) return simplifyWithConstant(emitter, op, a, b.immediate);
  switch (op) {
    case Op.Sub:
      if (a === b) return fn.constant(0);
      if (b.op === Op.Add && b.operands[0] === a) {
        return emitter.binary(Op.Sub, fn.constant(0), b.operands[1]);
      }
      return undefined;
    case Op.Add:
      if (isNegation(b)) return emitter.binary(Op.Sub, a, b.operands[1]);
      if (isNegation(a)) return emitter.binary(Op.Sub, b, a.operands[1]);
      return undefined;
    case Op.And:
    case Op.Or:
      return a === b ? a : undefined;
    case Op.Xor:
      return a === b ? fn.constant(0) : undefined;
    case Op.Sll:
    case Op.Srl:
    case Op.Sra:
      return isZero(a) ? a : simplifyShiftAmount(emitter, op, a, b);
    default:
      return undefined;
  }
}

function isConstantLike(value: Instruction): boolean {
  return value.op === Op.Constant || value.op === Op.SymbolAddress;
}

function isNegation(value: Instruction): boolean {
  return value.op === Op.Sub && isZero(value.operands[0]);
}

/** The machine takes the amount modulo 32 by itself. */
function simplifyShiftAmount(
  emitter: Emitter,
  op: Op,
  a: Instruction,
  b: Instruction,
): Instruction | undefined {
  if (b.op !== Op.And || !isConstant(b.operands[1])) return undefined;
  const mask = b.operands[1];
  return (mask.immediate & 31) === 31 ? emitter.binary(op, a, b.operands[0]) : undefined;
}

function simplifyWithConstant(
  emitter: Emitter,
  op: Op,
  a: Instruction,
  c: number,
): Instruction | undefined {
  const { fn } = emitter;
  const inner = a.operands.length === 2 && isConstant(a.operands[1]) ? a.operands[1] : undefined;
  const sameInner = a.op === op ? inner : undefined;
  switch (op) {
    case Op.Add:
      if (c === 0) return a;
      if (a.op === Op.SymbolAddress && a.symbol !== undefined) {
        return fn.symbolAddress(a.symbol, a.immediate + c);
      }
      if (sameInner !== undefined) {
        return emitter.binary(Op.Add, a.operands[0], fn.constant(sameInner.immediate + c));
      }
      return undefined;
    case Op.Sub:
      return emitter.binary(Op.Add, a, fn.constant(-c));
    case Op.And:
      if (c === 0) return fn.constant(0);
      if (c === -1 || coveredBy(a, c)) return a;
      if (sameInner !== undefined) {
        return emitter.binary(Op.And, a.operands[0], fn.constant(sameInner.immediate & c));
      }
      return undefined;
    case Op.Or:
      if (c === 0) return a;
      if (c === -1) return fn.constant(-1);
      if (sameInner !== undefined) {
        return emitter.binary(Op.Or, a.operands[0], fn.constant(sameInner.immediate | c));
      }
      return undefined;
    case Op.Xor:
      if (c === 0) return a;
      if (c === 1 && isComparison(a.op)) return emitter.binary(Op.Eq, a, fn.constant(0));
      if (sameInner !== undefined) {
        return emitter.binary(Op.Xor, a.operands[0], fn.constant(sameInner.immediate ^ c));
      }
      return undefined;
    case Op.Sll:
    case Op.Srl:
    case Op.Sra:
      return simplifyShift(emitter, op, a, c & 31, inner);
    case Op.Mul: {
      if (c === 0) return fn.constant(0);
      if (c === 1) return a;
      if (c === -1) return emitter.binary(Op.Sub, fn.constant(0), a);
      const exponent = exponentOf(c);
      return exponent < 0 ? undefined : emitter.binary(Op.Sll, a, fn.constant(exponent));
    }
    case Op.Mulh:
    case Op.Mulhu:
      if (c === 0) return fn.constant(0);
      if (op === Op.Mulhu) {
        if (c === 1) return fn.constant(0);
        const exponent = exponentOf(c);
        if (exponent > 0) {
          return emitter.binary(Op.Srl, a, fn.constant(WORD_BITS - exponent));
        }
      }
      return undefined;
    case Op.Divu: {
      const exponent = exponentOf(c);
      return exponent < 0 ? undefined : emitter.binary(Op.Srl, a, fn.constant(exponent));
    }
    case Op.Remu:
      return exponentOf(c) < 0 ? undefined : emitter.binary(Op.And, a, fn.constant(c - 1));
    case Op.Div: {
      if (c === 1) return a;
      if (c === -1) return emitter.binary(Op.Sub, fn.constant(0), a);
      const exponent = exponentOf(c);
      if (exponent <= 0 || c === INT_MIN) return undefined;
      return emitter.binary(Op.Sra, roundedUp(emitter, a, exponent), fn.constant(exponent));
    }
    case Op.Rem: {
      if (c === 1 || c === -1) return fn.constant(0);
      const exponent = exponentOf(c);
      if (exponent <= 0 || c === INT_MIN) return undefined;
      const multiple = emitter.binary(
        Op.And,
        roundedUp(emitter, a, exponent),
        fn.constant(-1 << exponent),
      );
      return emitter.binary(Op.Sub, a, multiple);
    }
    default:
      return undefined;
  }
}

/** a + (2^exponent - 1 if a is negative): what makes an arithmetic shift round towards zero. */
function roundedUp(emitter: Emitter, a: Instruction, exponent: number): Instruction {
  const { fn } = emitter;
  const sign = exponent === 1 ? a : emitter.binary(Op.Sra, a, fn.constant(WORD_BITS - 1));
  const bias = emitter.binary(Op.Srl, sign, fn.constant(WORD_BITS - exponent));
  return emitter.binary(Op.Add, a, bias);
}

/** `mask` keeps every bit that `a` can have. */
function coveredBy(a: Instruction, mask: number): boolean {
  if (a.op === Op.LoadByteUnsigned) return (mask & 0xff) === 0xff;
  if (a.op === Op.LoadHalfUnsigned) return (mask & 0xffff) === 0xffff;
  if (isBoolean(a)) return (mask & 1) === 1;
  if (a.op === Op.Srl && isConstant(a.operands[1])) {
    const possible = -1 >>> (a.operands[1].immediate & 31);
    return (mask & possible) >>> 0 === possible;
  }
  return false;
}

function simplifyShift(
  emitter: Emitter,
  op: Op,
  a: Instruction,
  amount: number,
  inner: Instruction | undefined,
): Instruction | undefined {
  const { fn } = emitter;
  if (amount === 0) return a;
  if (inner === undefined) return undefined;
  const innerAmount = inner.immediate & 31;
  if (a.op === op) {
    const sum = innerAmount + amount;
    if (sum < WORD_BITS) return emitter.binary(op, a.operands[0], fn.constant(sum));
    return op === Op.Sra
      ? emitter.binary(op, a.operands[0], fn.constant(WORD_BITS - 1))
      : fn.constant(0);
  }
  // Sign extension of what a load has extended already.
  if (op === Op.Sra && a.op === Op.Sll && innerAmount === amount) {
    const source = a.operands[0];
    if (amount === 24 && source.op === Op.LoadByte) return source;
    if (amount === 16 && (source.op === Op.LoadByte || source.op === Op.LoadHalf)) return source;
    if (amount === 16 && source.op === Op.LoadByteUnsigned) return source;
  }
  // Bits shifted out and back: a mask that fits an immediate is one instruction instead of two.
  if (op === Op.Sll && a.op === Op.Srl && innerAmount === amount && amount <= 11) {
    return emitter.binary(Op.And, a.operands[0], fn.constant(-1 << amount));
  }
  if (op === Op.Srl && a.op === Op.Sll && innerAmount === amount && amount >= 21) {
    return emitter.binary(Op.And, a.operands[0], fn.constant(-1 >>> amount));
  }
  return undefined;
}

function simplifyComparison(
  emitter: Emitter,
  op: Op,
  a: Instruction,
  b: Instruction,
): Instruction | undefined {
  const { fn } = emitter;
  if (a === b) return fn.constant(op === Op.Eq || op === Op.Ge || op === Op.Geu ? 1 : 0);
  if (isConstant(a)) {
    const c = a.immediate;
    // c < x is x >= c + 1, so that the constant can be an immediate.
    if (op === Op.Lt && c !== INT_MAX) return emitter.binary(Op.Ge, b, fn.constant(c + 1));
    if (op === Op.Ge && c !== INT_MAX) return emitter.binary(Op.Lt, b, fn.constant(c + 1));
    if (op === Op.Ltu && c !== -1) return emitter.binary(Op.Geu, b, fn.constant(c + 1));
    if (op === Op.Geu && c !== -1) return emitter.binary(Op.Ltu, b, fn.constant(c + 1));
    return undefined;
  }
  if (!isConstant(b)) return undefined;
  const c = b.immediate;
  switch (op) {
    case Op.Eq:
    case Op.Ne:
      return simplifyEquality(emitter, op, a, c);
    case Op.Lt:
    case Op.Ge:
      if (c === INT_MIN) return fn.constant(op === Op.Ge ? 1 : 0);
      return undefined;
    case Op.Ltu:
      if (c === 0) return fn.constant(0);
      return c === 1 ? emitter.binary(Op.Eq, a, fn.constant(0)) : undefined;
    case Op.Geu:
      if (c === 0) return fn.constant(1);
      return c === 1 ? emitter.binary(Op.Ne, a, fn.constant(0)) : undefined;
    default:
      return undefined;
  }
}

function simplifyEquality(
  emitter: Emitter,
  op: Op.Eq | Op.Ne,
  a: Instruction,
  c: number,
): Instruction | undefined {
  const { fn } = emitter;
  if (isBoolean(a)) {
    if (c !== 0 && c !== 1) return fn.constant(op === Op.Ne ? 1 : 0);
    if ((op === Op.Ne) === (c === 0)) return a;
    if (isComparison(a.op)) {
      return emitter.binary(comparisonOp(negate(conditionOf(a.op))), a.operands[0], a.operands[1]);
    }
    return undefined;
  }
  if (c === 0 && (a.op === Op.Xor || a.op === Op.Sub)) {
    return emitter.binary(op, a.operands[0], a.operands[1]);
  }
  if (a.op === Op.Add && isConstant(a.operands[1])) {
    return emitter.binary(op, a.operands[0], fn.constant(c - a.operands[1].immediate));
  }
  return undefined;
}
