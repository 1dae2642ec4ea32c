/** Translates the i64 instructions; see wide.ts for the arithmetic. */
import type { WasmInstruction } from '../wasm/instructions.ts';
import { Opcode } from '../wasm/opcodes.ts';
import type { Builder } from './builder.ts';
import {
  COUNT_LEADING,
  COUNT_ONES,
  COUNT_TRAILING,
  DIVISIONS,
  EXTENSION_SHIFTS,
  extendPart,
} from './operators.ts';
import { Condition, Op } from './instruction.ts';
import type { StackMachine } from './stack-machine.ts';
import {
  signExtend,
  wideAdd,
  wideBitwise,
  wideCompare,
  wideConstant,
  wideDivide,
  wideIsZero,
  wideMultiply,
  wideRotate,
  wideShift,
  wideSubtract,
  zeroExtend,
} from './wide.ts';

const WIDE_COMPARISONS = new Map<number, { condition: Condition; exchanged: boolean }>([
  [Opcode.I64Eq, { condition: Condition.Eq, exchanged: false }],
  [Opcode.I64Ne, { condition: Condition.Ne, exchanged: false }],
  [Opcode.I64LtS, { condition: Condition.Lt, exchanged: false }],
  [Opcode.I64LtU, { condition: Condition.Ltu, exchanged: false }],
  [Opcode.I64GeS, { condition: Condition.Ge, exchanged: false }],
  [Opcode.I64GeU, { condition: Condition.Geu, exchanged: false }],
  [Opcode.I64GtS, { condition: Condition.Lt, exchanged: true }],
  [Opcode.I64GtU, { condition: Condition.Ltu, exchanged: true }],
  [Opcode.I64LeS, { condition: Condition.Ge, exchanged: true }],
  [Opcode.I64LeU, { condition: Condition.Geu, exchanged: true }],
]);

/** i64 arithmetic, comparison and conversion; false if the instruction is none of these. */
export function translateWide(
  builder: Builder,
  stack: StackMachine,
  instruction: WasmInstruction,
): boolean {
  const { opcode } = instruction;
  const comparison = WIDE_COMPARISONS.get(opcode);
  if (comparison !== undefined) {
    const b = stack.popWide();
    const a = stack.popWide();
    const { condition, exchanged } = comparison;
    stack.push(
      exchanged ? wideCompare(builder, condition, b, a) : wideCompare(builder, condition, a, b),
    );
    return true;
  }
  switch (opcode) {
    case Opcode.I64Const:
      stack.pushWide(wideConstant(builder, instruction.wide));
      return true;
    case Opcode.I64Eqz:
      stack.push(wideIsZero(builder, stack.popWide()));
      return true;
    case Opcode.I32WrapI64:
      stack.push(stack.popWide().low);
      return true;
    case Opcode.I64ExtendI32S:
      stack.pushWide(signExtend(builder, stack.pop()));
      return true;
    case Opcode.I64ExtendI32U:
      stack.pushWide(zeroExtend(builder, stack.pop()));
      return true;
    case Opcode.I64Extend8S:
    case Opcode.I64Extend16S:
    case Opcode.I64Extend32S: {
      const shift = EXTENSION_SHIFTS.get(opcode) ?? 0;
      stack.pushWide(signExtend(builder, extendPart(builder, stack.popWide().low, shift)));
      return true;
    }
    case Opcode.I64Clz:
    case Opcode.I64Ctz: {
      const { low, high } = stack.popWide();
      const leading = opcode === Opcode.I64Clz;
      const first = leading ? high : low;
      const counted = builder.select(first, first, leading ? low : high);
      const count = builder.call(leading ? COUNT_LEADING : COUNT_TRAILING, [counted], 1);
      const empty = builder.binary(Op.Eq, first, builder.constant(0));
      const passed = builder.binary(Op.Sll, empty, builder.constant(5));
      stack.pushWide(zeroExtend(builder, builder.binary(Op.Add, count, passed)));
      return true;
    }
    case Opcode.I64Popcnt: {
      const { low, high } = stack.popWide();
      const first = builder.call(COUNT_ONES, [low], 1);
      const second = builder.call(COUNT_ONES, [high], 1);
      stack.pushWide(zeroExtend(builder, builder.binary(Op.Add, first, second)));
      return true;
    }
  }
  if (opcode < Opcode.I64Add || opcode > Opcode.I64Rotr) return false;
  const b = stack.popWide();
  const a = stack.popWide();
  switch (opcode) {
    case Opcode.I64Add:
      stack.pushWide(wideAdd(builder, a, b));
      return true;
    case Opcode.I64Sub:
      stack.pushWide(wideSubtract(builder, a, b));
      return true;
    case Opcode.I64Mul:
      stack.pushWide(wideMultiply(builder, a, b));
      return true;
    case Opcode.I64And:
      stack.pushWide(wideBitwise(builder, Op.And, a, b));
      return true;
    case Opcode.I64Or:
      stack.pushWide(wideBitwise(builder, Op.Or, a, b));
      return true;
    case Opcode.I64Xor:
      stack.pushWide(wideBitwise(builder, Op.Xor, a, b));
      return true;
    case Opcode.I64Shl:
      stack.pushWide(wideShift(builder, Op.Sll, a, b.low));
      return true;
    case Opcode.I64ShrS:
      stack.pushWide(wideShift(builder, Op.Sra, a, b.low));
      return true;
    case Opcode.I64ShrU:
      stack.pushWide(wideShift(builder, Op.Srl, a, b.low));
      return true;
    case Opcode.I64Rotl:
    case Opcode.I64Rotr:
      stack.pushWide(wideRotate(builder, opcode === Opcode.I64Rotl, a, b.low));
      return true;
    default:
      stack.pushWide(wideDivide(builder, DIVISIONS.get(opcode) ?? Op.Div, a, b));
      return true;
  }
}
