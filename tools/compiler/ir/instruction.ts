/**
 * The intermediate representation: SSA over 32-bit values, close to RV32IM. A value is the
 * instruction that computes it. 64-bit values are pairs of values from the start (wide.ts).
 */
import { TrapReason } from '../../linker/object.ts';
import type { Intrinsic } from '../intrinsics.ts';
import type { Block } from './function.ts';
import type { Source } from './source.ts';

export enum Op {
  /** `immediate`, a signed 32-bit number. Belongs to no block until selection. */
  Constant,
  /** Address of `symbol` + `immediate`. Belongs to no block until selection. */
  SymbolAddress,
  /** The `immediate`-th 32-bit word of the arguments. */
  Parameter,
  /** One operand per predecessor, in their order. */
  Phi,
  /**
   * Makes no code: from here on word `immediate` of the locals of the function that `source` names
   * (the inlined one, if it is) is operand 0; without operand it cannot be known. Not a use of the
   * value: whatever measures, matches or counts code passes over these.
   */
  LocalValue,

  Add,
  Sub,
  And,
  Or,
  Xor,
  Sll,
  Srl,
  Sra,
  Mul,
  Mulh,
  Mulhu,
  Div,
  Divu,
  Rem,
  Remu,

  // Comparisons: 1 or 0. In the order of `Condition`.
  Eq,
  Ne,
  Lt,
  Ge,
  Ltu,
  Geu,

  /** Operands a, b, x, y: x if `condition`(a, b), else y. */
  Select,
  /** Upper 20 bits of `symbol` + `immediate`, rounded for a signed low part (`lui %hi`). */
  HighPart,

  // Memory: operand 0 is the base, `immediate` the offset, `symbol` (if any) is added too.
  LoadByte,
  LoadByteUnsigned,
  LoadHalf,
  LoadHalfUnsigned,
  LoadWord,
  // Operand 1 is the value.
  StoreByte,
  StoreHalf,
  StoreWord,

  /** Calls `symbol`; operands are argument words; the value is the result's low word. */
  Call,
  /** Operand 0 is the code address. */
  CallIndirect,
  /** The high word of the result of operand 0, a call that stands directly before. */
  ResultHigh,
  /** One machine instruction that is neither moved, merged nor dropped. */
  Intrinsic,
  /** Traps with `reason` if `condition`(operand 0, operand 1). */
  TrapIf,

  // Terminators.
  Jump,
  /** To successor 0 if `condition`(operand 0, operand 1), else to successor 1. */
  Branch,
  /** Jumps to operand 0, an address loaded from the table `symbol`. */
  JumpTable,
  Return,
  Trap,
}

/** In the order of the comparisons among `Op`; each stands beside its negation. */
export enum Condition {
  Eq,
  Ne,
  Lt,
  Ge,
  Ltu,
  Geu,
}

const NEGATIONS: readonly Condition[] = [
  Condition.Ne,
  Condition.Eq,
  Condition.Ge,
  Condition.Lt,
  Condition.Geu,
  Condition.Ltu,
];

const COMPARISONS: readonly Op[] = [Op.Eq, Op.Ne, Op.Lt, Op.Ge, Op.Ltu, Op.Geu];

export function negate(condition: Condition): Condition {
  return NEGATIONS[condition];
}

/** The operation that computes `condition` as a value. */
export function comparisonOp(condition: Condition): Op {
  return COMPARISONS[condition];
}

/** What a comparison tests. */
export function conditionOf(op: Op): Condition {
  return NEGATIONS[NEGATIONS[op - Op.Eq]];
}

export class Instruction {
  /** Index among the function's instructions, in order of creation. */
  readonly id: number;
  op: Op;
  operands: Instruction[];
  immediate = 0;
  condition = Condition.Eq;
  symbol: string | undefined = undefined;
  intrinsic: Intrinsic | undefined = undefined;
  reason = TrapReason.MemoryAccess;
  /** Number of result words of a call. */
  results = 0;
  /** Of a call: the size of each argument in bytes (4 or 8); undefined: all operands are words. */
  argumentSizes: readonly number[] | undefined = undefined;
  /** A load or store that is neither moved, merged nor dropped. */
  volatile = false;
  /** Where the code comes from; passes hand it on to the instructions that they create. */
  source: Source | undefined;
  /** Undefined for constants, and after removal. */
  block: Block | undefined = undefined;
  /** The value that takes this one's place; follow with `resolve`. */
  replacement: Instruction | undefined = undefined;

  constructor(id: number, op: Op, operands: Instruction[], source: Source | undefined) {
    this.id = id;
    this.op = op;
    this.operands = operands;
    this.source = source;
  }

  /** Takes over all but operands, source and place: the rest of being a copy of `model`. */
  copyAttributes(model: Instruction): void {
    this.immediate = model.immediate;
    this.condition = model.condition;
    this.symbol = model.symbol;
    this.intrinsic = model.intrinsic;
    this.reason = model.reason;
    this.results = model.results;
    this.argumentSizes = model.argumentSizes;
    this.volatile = model.volatile;
  }
}

/** The value that stands for this one after replacements. */
export function resolve(value: Instruction): Instruction {
  let result = value;
  while (result.replacement !== undefined) result = result.replacement;
  if (value.replacement !== undefined && value.replacement !== result) value.replacement = result;
  return result;
}

export function isConstant(value: Instruction): boolean {
  return value.op === Op.Constant;
}

export function isZero(value: Instruction): boolean {
  return value.op === Op.Constant && value.immediate === 0;
}

export function isComparison(op: Op): boolean {
  return op >= Op.Eq && op <= Op.Geu;
}

export function isLoad(op: Op): boolean {
  return op >= Op.LoadByte && op <= Op.LoadWord;
}

export function isStore(op: Op): boolean {
  return op >= Op.StoreByte && op <= Op.StoreWord;
}

export function isMemoryAccess(op: Op): boolean {
  return op >= Op.LoadByte && op <= Op.StoreWord;
}

/** Bytes that a load or store touches. */
export function accessSize(op: Op): number {
  switch (op) {
    case Op.LoadByte:
    case Op.LoadByteUnsigned:
    case Op.StoreByte:
      return 1;
    case Op.LoadHalf:
    case Op.LoadHalfUnsigned:
    case Op.StoreHalf:
      return 2;
    default:
      return 4;
  }
}

export function isTerminator(op: Op): boolean {
  return op >= Op.Jump;
}

/** Depends on its operands alone, so that equal ones may be merged and unused ones dropped. */
export function isPure(op: Op): boolean {
  return op >= Op.Add && op <= Op.HighPart;
}

/** Must stay even if nothing uses its value. */
export function hasEffect(instruction: Instruction): boolean {
  const { op } = instruction;
  return op >= Op.StoreByte ? op !== Op.ResultHigh : instruction.volatile;
}

/** Leaves a value (calls: if they have results). */
export function definesValue(instruction: Instruction): boolean {
  const { op } = instruction;
  if (op === Op.LocalValue) return false;
  if (op <= Op.LoadWord || op === Op.ResultHigh) return true;
  if (op === Op.Call || op === Op.CallIndirect) return instruction.results > 0;
  return op === Op.Intrinsic && instruction.intrinsic?.hasResult === true;
}
