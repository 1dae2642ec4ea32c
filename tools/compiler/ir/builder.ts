/** Appends instructions to a block, simplified as they come. */
import type { Mnemonic } from '../../assembler/encode.ts';
import type { TrapReason } from '../../linker/object.ts';
import type { Intrinsic } from '../intrinsics.ts';
import { type Block, type IrFunction, connect } from './function.ts';
import {
  Condition,
  type Instruction,
  Op,
  ValueKind,
  comparisonOp,
  conditionOf,
  isComparison,
  isConstant,
  negate,
} from './instruction.ts';
import { bitsOfNumber } from './float-bits.ts';
import { Rounding } from './rounding.ts';
import { NO_SOURCE, type Source } from './source.ts';
import { type Emitter, evaluateCondition, simplifyBinary } from './simplify.ts';
import { simplifyFloat } from './simplify-float.ts';

/** `condition`(a, b). */
export interface Comparison {
  readonly condition: Condition;
  readonly a: Instruction;
  readonly b: Instruction;
}

export class Builder implements Emitter {
  /** Undefined where the code cannot be reached. */
  block: Block | undefined;
  /** Given to the instructions made. */
  source: Source | undefined = NO_SOURCE;

  constructor(readonly fn: IrFunction) {
    this.block = fn.entry;
  }

  append(op: Op, operands: Instruction[]): Instruction {
    const instruction = this.fn.create(op, operands, this.source);
    instruction.block = this.block;
    this.block?.instructions.push(instruction);
    return instruction;
  }

  /** One operand per predecessor of the block. */
  phi(operands: Instruction[]): Instruction {
    const result = this.append(Op.Phi, operands);
    result.kind = operands[0].kind;
    return result;
  }

  /** A floating-point instruction that leaves a value of `kind`. */
  float(
    mnemonic: Mnemonic,
    kind: ValueKind,
    operands: Instruction[],
    rounding = Rounding.Dynamic,
  ): Instruction {
    const result = this.fn.create(Op.Float, operands, this.source);
    result.mnemonic = mnemonic;
    result.kind = kind;
    result.immediate = rounding;
    return this.simplified(result);
  }

  /** `instruction`, which stands nowhere yet, or what is simpler. */
  private simplified(instruction: Instruction): Instruction {
    const simpler = simplifyFloat(this.fn, instruction);
    if (simpler !== undefined) return simpler;
    instruction.block = this.block;
    this.block?.instructions.push(instruction);
    return instruction;
  }

  /** The number, rounded if the kind is Single. */
  floatConstant(kind: ValueKind, value: number): Instruction {
    return this.fn.floatConstant(kind, bitsOfNumber(kind, value));
  }

  /** The low word of a double's bits. */
  lowWord(value: Instruction): Instruction {
    return this.simplified(this.fn.create(Op.LowWord, [value], this.source));
  }

  highWord(value: Instruction): Instruction {
    return this.simplified(this.fn.create(Op.HighWord, [value], this.source));
  }

  makeDouble(low: Instruction, high: Instruction): Instruction {
    const result = this.fn.create(Op.MakeDouble, [low, high], this.source);
    result.kind = ValueKind.Double;
    return this.simplified(result);
  }

  constant(value: number): Instruction {
    return this.fn.constant(value);
  }

  binary(op: Op, a: Instruction, b: Instruction): Instruction {
    return simplifyBinary(this, op, a, b) ?? this.append(op, [a, b]);
  }

  /** The comparison that decides whether `value` is not zero. */
  testOf(value: Instruction): Comparison {
    const truth = this.binary(Op.Ne, value, this.constant(0));
    if (isComparison(truth.op)) {
      return { condition: conditionOf(truth.op), a: truth.operands[0], b: truth.operands[1] };
    }
    return { condition: Condition.Ne, a: truth, b: this.constant(0) };
  }

  select(test: Instruction, x: Instruction, y: Instruction): Instruction {
    if (x === y) return x;
    const { condition, a, b } = this.testOf(test);
    if (isConstant(a) && isConstant(b)) {
      return evaluateCondition(condition, a.immediate, b.immediate) ? x : y;
    }
    if (isConstant(x) && isConstant(y)) {
      if (x.immediate === 1 && y.immediate === 0) return this.binary(comparisonOp(condition), a, b);
      if (x.immediate === 0 && y.immediate === 1) {
        return this.binary(comparisonOp(negate(condition)), a, b);
      }
    }
    const result = this.append(Op.Select, [a, b, x, y]);
    result.kind = x.kind;
    result.condition = condition;
    return result;
  }

  load(op: Op, base: Instruction, offset: number, volatile = false): Instruction {
    const result = this.append(op, [base]);
    result.immediate = offset | 0;
    result.volatile = volatile;
    if (op === Op.LoadSingle) result.kind = ValueKind.Single;
    else if (op === Op.LoadDouble) result.kind = ValueKind.Double;
    return result;
  }

  store(op: Op, base: Instruction, offset: number, value: Instruction, volatile = false): void {
    const result = this.append(op, [base, value]);
    result.immediate = offset | 0;
    result.volatile = volatile;
  }

  /** From here on, word `word` of the function's locals is `value`. */
  localValue(word: number, value: Instruction): void {
    this.append(Op.LocalValue, [value]).immediate = word;
  }

  /** @param kind of the result, if it has one */
  call(
    symbol: string,
    operands: Instruction[],
    results: number,
    kind = ValueKind.Word,
  ): Instruction {
    const result = this.append(Op.Call, operands);
    result.kind = kind;
    result.symbol = symbol;
    result.results = results;
    return result;
  }

  resultHigh(call: Instruction): Instruction {
    return this.append(Op.ResultHigh, [call]);
  }

  intrinsic(intrinsic: Intrinsic, operands: Instruction[], immediate = 0): Instruction {
    const result = this.append(Op.Intrinsic, operands);
    result.intrinsic = intrinsic;
    result.immediate = immediate;
    return result;
  }

  trapIf(test: Instruction, reason: TrapReason): void {
    const { condition, a, b } = this.testOf(test);
    if (isConstant(a) && isConstant(b)) {
      if (evaluateCondition(condition, a.immediate, b.immediate)) this.trap(reason);
      return;
    }
    const result = this.append(Op.TrapIf, [a, b]);
    result.condition = condition;
    result.reason = reason;
  }

  /** Ends the block; nothing after it is reached. */
  trap(reason: TrapReason): void {
    if (this.block === undefined) return;
    this.append(Op.Trap, []).reason = reason;
    this.block = undefined;
  }

  jump(target: Block): void {
    if (this.block === undefined) return;
    this.append(Op.Jump, []);
    connect(this.block, target);
    this.block = undefined;
  }

  /** To `taken` if `test` is not zero. A decided test becomes a jump. */
  branch(test: Instruction, taken: Block, otherwise: Block): void {
    if (this.block === undefined) return;
    const { condition, a, b } = this.testOf(test);
    if (isConstant(a) && isConstant(b)) {
      this.jump(evaluateCondition(condition, a.immediate, b.immediate) ? taken : otherwise);
      return;
    }
    this.append(Op.Branch, [a, b]).condition = condition;
    connect(this.block, taken);
    connect(this.block, otherwise);
    this.block = undefined;
  }

  return(values: Instruction[]): void {
    this.append(Op.Return, values);
    this.block = undefined;
  }

  /** Goes on in `block`, which joins the function. */
  startBlock(block: Block): void {
    this.fn.blocks.push(block);
    this.block = block;
  }
}
