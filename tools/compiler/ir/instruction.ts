/**
 * The intermediate representation: SSA over 32-bit words and floating-point numbers, close to
 * RV32IMFD. A value is the instruction that computes it. 64-bit integers are pairs of words from
 * the start (wide.ts).
 */
import type { Mnemonic } from '../../assembler/encode.ts';
import { TrapReason } from '../../linker/object.ts';
import type { Intrinsic } from '../intrinsics.ts';
import type { Block } from './function.ts';
import type { Source } from './source.ts';

/** What a value is, and with that the registers that can hold it. */
export enum ValueKind {
  /** 32 bits in an integer register. */
  Word,
  /** f32 in a floating-point register. */
  Single,
  /** f64 in a floating-point register. */
  Double,
}

/** How an argument travels in the calling convention. */
export enum ArgumentClass {
  /** One word: an integer register or a word of the stack. */
  Word,
  /** Two words that belong together. */
  Pair,
  /** A floating-point register; one argument of this class each, never on the stack. */
  Float,
}

export enum Op {
  /** `immediate`, a signed 32-bit number. Belongs to no block until selection. */
  Constant,
  /**
   * A number of kind Single (its bits are `immediate`) or Double (the high word of its bits is
   * `immediateHigh`). Belongs to no block until selection.
   */
  FloatConstant,
  /** Address of `symbol` + `immediate`. Belongs to no block until selection. */
  SymbolAddress,
  /** The `immediate`-th of the values that calls pass (arguments.ts). */
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
  /** The floating-point instruction `mnemonic`; `immediate` is its rounding mode, if it has one. */
  Float,
  // Between a double and the two words of its bits.
  LowWord,
  HighWord,
  /** Operands: low word, high word. */
  MakeDouble,

  // Memory: operand 0 is the base, `immediate` the offset, `symbol` (if any) is added too.
  LoadByte,
  LoadByteUnsigned,
  LoadHalf,
  LoadHalfUnsigned,
  LoadWord,
  LoadSingle,
  LoadDouble,
  // Operand 1 is the value.
  StoreByte,
  StoreHalf,
  StoreWord,
  StoreSingle,
  StoreDouble,

  /** Calls `symbol`; operands are argument values; the value is the result's low word, or float. */
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
  kind = ValueKind.Word;
  immediate = 0;
  /** Of a Double constant: the high word of its bits. */
  immediateHigh = 0;
  condition = Condition.Eq;
  symbol: string | undefined = undefined;
  intrinsic: Intrinsic | undefined = undefined;
  mnemonic: Mnemonic | undefined = undefined;
  reason = TrapReason.MemoryAccess;
  /** Number of values that a call leaves: words, or one floating-point number. */
  results = 0;
  /** Of a call: how each argument travels; undefined: all operands are words. */
  argumentClasses: readonly ArgumentClass[] | undefined = undefined;
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
    this.kind = model.kind;
    this.immediate = model.immediate;
    this.immediateHigh = model.immediateHigh;
    this.condition = model.condition;
    this.symbol = model.symbol;
    this.intrinsic = model.intrinsic;
    this.mnemonic = model.mnemonic;
    this.reason = model.reason;
    this.results = model.results;
    this.argumentClasses = model.argumentClasses;
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

/** The bits of a floating-point constant. */
export function floatBits({ kind, immediate, immediateHigh }: Instruction): bigint {
  const low = BigInt(immediate >>> 0);
  return kind === ValueKind.Double ? (BigInt(immediateHigh >>> 0) << 32n) | low : low;
}

export function isComparison(op: Op): boolean {
  return op >= Op.Eq && op <= Op.Geu;
}

export function isLoad(op: Op): boolean {
  return op >= Op.LoadByte && op <= Op.LoadDouble;
}

export function isStore(op: Op): boolean {
  return op >= Op.StoreByte && op <= Op.StoreDouble;
}

export function isMemoryAccess(op: Op): boolean {
  return op >= Op.LoadByte && op <= Op.StoreDouble;
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
    case Op.LoadDouble:
    case Op.StoreDouble:
      return 8;
    default:
      return 4;
  }
}

export function isTerminator(op: Op): boolean {
  return op >= Op.Jump;
}

/** Depends on its operands alone, so that equal ones may be merged and unused ones dropped. */
export function isPure(op: Op): boolean {
  return op >= Op.Add && op <= Op.MakeDouble;
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
  if (op <= Op.LoadDouble || op === Op.ResultHigh) return true;
  if (op === Op.Call || op === Op.CallIndirect) return instruction.results > 0;
  return op === Op.Intrinsic && instruction.intrinsic?.hasResult === true;
}
