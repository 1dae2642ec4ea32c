/** Translates the WebAssembly instructions that are not control flow. */
import { TrapReason } from '../../linker/object.ts';
import { FLOATING_POINT_MESSAGE, UnsupportedError } from '../diagnostics.ts';
import { type WasmInstruction, isFloatOperation } from '../wasm/instructions.ts';
import { Opcode } from '../wasm/opcodes.ts';
import { hasFloatingPoint } from '../target.ts';
import { kindOfType } from './arguments.ts';
import type { Builder } from './builder.ts';
import { type Instruction, Op, ValueKind } from './instruction.ts';
import {
  type ModuleContext,
  SYMBOL_IMAGE_END,
  SYMBOL_MEMORY_GROW,
  SYMBOL_MEMORY_SIZE,
} from './module-context.ts';
import { type StackMachine, wordsOf } from './stack-machine.ts';
import {
  COUNT_LEADING,
  COUNT_ONES,
  COUNT_TRAILING,
  DIVISIONS,
  EXTENSION_SHIFTS,
  extendPart,
} from './operators.ts';
import { translateCall, translateCallIndirect } from './translate-call.ts';
import { translateFloat } from './translate-float.ts';
import { translateWide } from './translate-wide.ts';
import { signExtend, wideConstant, wideSelect, zeroExtend } from './wide.ts';

const HIGH_WORD_OFFSET = 4;
const INT_MIN = -0x80000000;

/** Binary i32 operators without traps. */
const WORD_OPERATORS = new Map<number, Op>([
  [Opcode.I32Eq, Op.Eq],
  [Opcode.I32Ne, Op.Ne],
  [Opcode.I32LtS, Op.Lt],
  [Opcode.I32LtU, Op.Ltu],
  [Opcode.I32GeS, Op.Ge],
  [Opcode.I32GeU, Op.Geu],
  [Opcode.I32Add, Op.Add],
  [Opcode.I32Sub, Op.Sub],
  [Opcode.I32Mul, Op.Mul],
  [Opcode.I32And, Op.And],
  [Opcode.I32Or, Op.Or],
  [Opcode.I32Xor, Op.Xor],
  [Opcode.I32Shl, Op.Sll],
  [Opcode.I32ShrS, Op.Sra],
  [Opcode.I32ShrU, Op.Srl],
]);

/** Comparisons that the machine has only with its operands exchanged. */
const EXCHANGED_OPERATORS = new Map<number, Op>([
  [Opcode.I32GtS, Op.Lt],
  [Opcode.I32GtU, Op.Ltu],
  [Opcode.I32LeS, Op.Ge],
  [Opcode.I32LeU, Op.Geu],
]);

interface Load {
  readonly op: Op;
  /** How the word becomes an i64; undefined for an i32. */
  readonly extend?: typeof signExtend;
}

const LOADS = new Map<number, Load>([
  [Opcode.I32Load, { op: Op.LoadWord }],
  [Opcode.I32Load8S, { op: Op.LoadByte }],
  [Opcode.I32Load8U, { op: Op.LoadByteUnsigned }],
  [Opcode.I32Load16S, { op: Op.LoadHalf }],
  [Opcode.I32Load16U, { op: Op.LoadHalfUnsigned }],
  [Opcode.I64Load8S, { op: Op.LoadByte, extend: signExtend }],
  [Opcode.I64Load8U, { op: Op.LoadByteUnsigned, extend: zeroExtend }],
  [Opcode.I64Load16S, { op: Op.LoadHalf, extend: signExtend }],
  [Opcode.I64Load16U, { op: Op.LoadHalfUnsigned, extend: zeroExtend }],
  [Opcode.I64Load32S, { op: Op.LoadWord, extend: signExtend }],
  [Opcode.I64Load32U, { op: Op.LoadWord, extend: zeroExtend }],
]);

const STORES = new Map<number, Op>([
  [Opcode.I32Store, Op.StoreWord],
  [Opcode.I32Store8, Op.StoreByte],
  [Opcode.I32Store16, Op.StoreHalf],
]);

/** Stores of the low bytes of an i64. */
const NARROW_STORES = new Map<number, Op>([
  [Opcode.I64Store8, Op.StoreByte],
  [Opcode.I64Store16, Op.StoreHalf],
  [Opcode.I64Store32, Op.StoreWord],
]);

/**
 * Translates one instruction other than control flow, taking its operands from the stack.
 * @throws UnsupportedError on one that the target does not have.
 */
export function translateOperator(
  context: ModuleContext,
  builder: Builder,
  stack: StackMachine,
  instruction: WasmInstruction,
): void {
  const { opcode } = instruction;
  if (
    translateSimple(builder, stack, opcode) ||
    translateMemory(builder, stack, instruction) ||
    translateWide(builder, stack, instruction)
  ) {
    return;
  }
  switch (opcode) {
    case Opcode.Nop:
      return;
    case Opcode.Drop:
      stack.popWords(stack.topIsWide ? 2 : 1);
      return;
    case Opcode.Select:
    case Opcode.SelectTyped: {
      const test = stack.pop();
      if (stack.topIsWide) {
        const y = stack.popWide();
        stack.pushWide(wideSelect(builder, test, stack.popWide(), y));
      } else {
        const y = stack.pop();
        stack.push(builder.select(test, stack.pop(), y));
      }
      return;
    }
    case Opcode.LocalGet:
      stack.getLocal(instruction.immediate);
      return;
    case Opcode.LocalSet:
    case Opcode.LocalTee:
      stack.setLocal(instruction.immediate, opcode === Opcode.LocalTee);
      return;
    case Opcode.GlobalGet:
    case Opcode.GlobalSet:
      translateGlobal(context, builder, stack, instruction);
      return;
    case Opcode.I32Const:
      stack.push(builder.constant(instruction.immediate));
      return;
    case Opcode.Call:
      translateCall(context, builder, stack, instruction);
      return;
    case Opcode.CallIndirect:
      translateCallIndirect(context, builder, stack, instruction);
      return;
    case Opcode.MemorySize:
      stack.push(builder.call(SYMBOL_MEMORY_SIZE, [], 1));
      return;
    case Opcode.MemoryGrow:
      stack.push(builder.call(SYMBOL_MEMORY_GROW, [stack.pop()], 1));
      return;
    case Opcode.MemoryCopy:
      builder.call('memmove', stack.popWords(3), 0);
      return;
    case Opcode.MemoryFill:
      builder.call('memset', stack.popWords(3), 0);
      return;
    default:
      if (isFloatOperation(opcode) && !hasFloatingPoint(context.target)) {
        throw new UnsupportedError(FLOATING_POINT_MESSAGE, instruction.offset);
      }
      if (translateFloat(builder, stack, instruction)) return;
      throw new UnsupportedError(
        `WebAssembly instruction 0x${opcode.toString(16)} is not supported`,
        instruction.offset,
      );
  }
}

/** i32 arithmetic and comparison. */
function translateSimple(builder: Builder, stack: StackMachine, opcode: number): boolean {
  const direct = WORD_OPERATORS.get(opcode);
  const op = direct ?? EXCHANGED_OPERATORS.get(opcode);
  if (op !== undefined) {
    const b = stack.pop();
    const a = stack.pop();
    stack.push(direct === undefined ? builder.binary(op, b, a) : builder.binary(op, a, b));
    return true;
  }
  switch (opcode) {
    case Opcode.I32Eqz:
      stack.push(builder.binary(Op.Eq, stack.pop(), builder.constant(0)));
      return true;
    case Opcode.I32DivS:
    case Opcode.I32DivU:
    case Opcode.I32RemS:
    case Opcode.I32RemU: {
      const b = stack.pop();
      stack.push(divide(builder, DIVISIONS.get(opcode) ?? Op.Div, stack.pop(), b));
      return true;
    }
    case Opcode.I32Rotl:
    case Opcode.I32Rotr: {
      const amount = stack.pop();
      const value = stack.pop();
      const back = builder.binary(Op.Sub, builder.constant(0), amount);
      const left = opcode === Opcode.I32Rotl;
      stack.push(
        builder.binary(
          Op.Or,
          builder.binary(Op.Sll, value, left ? amount : back),
          builder.binary(Op.Srl, value, left ? back : amount),
        ),
      );
      return true;
    }
    case Opcode.I32Clz:
      stack.push(builder.call(COUNT_LEADING, [stack.pop()], 1));
      return true;
    case Opcode.I32Ctz:
      stack.push(builder.call(COUNT_TRAILING, [stack.pop()], 1));
      return true;
    case Opcode.I32Popcnt:
      stack.push(builder.call(COUNT_ONES, [stack.pop()], 1));
      return true;
    case Opcode.I32Extend8S:
    case Opcode.I32Extend16S:
      stack.push(extendPart(builder, stack.pop(), EXTENSION_SHIFTS.get(opcode) ?? 0));
      return true;
    default:
      return false;
  }
}

function divide(builder: Builder, op: Op, a: Instruction, b: Instruction): Instruction {
  builder.trapIf(builder.binary(Op.Eq, b, builder.constant(0)), TrapReason.DivisionByZero);
  if (op === Op.Div) {
    const overflow = builder.binary(
      Op.Or,
      builder.binary(Op.Xor, a, builder.constant(INT_MIN)),
      builder.binary(Op.Xor, b, builder.constant(-1)),
    );
    const possible = b.op !== Op.Constant || b.immediate === -1;
    if (possible) {
      builder.trapIf(
        builder.binary(Op.Eq, overflow, builder.constant(0)),
        TrapReason.IntegerOverflow,
      );
    }
  }
  return builder.binary(op, a, b);
}

function translateMemory(
  builder: Builder,
  stack: StackMachine,
  instruction: WasmInstruction,
): boolean {
  const { opcode, immediate } = instruction;
  const load = LOADS.get(opcode);
  if (load !== undefined) {
    const value = builder.load(load.op, stack.pop(), immediate);
    if (load.extend === undefined) stack.push(value);
    else stack.pushWide(load.extend(builder, value));
    return true;
  }
  const store = STORES.get(opcode);
  if (store !== undefined) {
    const value = stack.pop();
    builder.store(store, stack.pop(), immediate, value);
    return true;
  }
  const narrow = NARROW_STORES.get(opcode);
  if (narrow !== undefined) {
    const { low } = stack.popWide();
    builder.store(narrow, stack.pop(), immediate, low);
    return true;
  }
  if (opcode === Opcode.I64Load) {
    const base = stack.pop();
    const low = builder.load(Op.LoadWord, base, immediate);
    const high = builder.load(Op.LoadWord, base, immediate + HIGH_WORD_OFFSET);
    stack.pushWide({ low, high });
    return true;
  }
  if (opcode === Opcode.I64Store) {
    const { low, high } = stack.popWide();
    const base = stack.pop();
    builder.store(Op.StoreWord, base, immediate, low);
    builder.store(Op.StoreWord, base, immediate + HIGH_WORD_OFFSET, high);
    return true;
  }
  return false;
}

function translateGlobal(
  context: ModuleContext,
  builder: Builder,
  stack: StackMachine,
  instruction: WasmInstruction,
): void {
  const global = context.module.globals[instruction.immediate];
  const wide = wordsOf(global.type) === 2;
  const kind = kindOfType(global.type);
  const isFloat = kind !== ValueKind.Word;
  if (isFloat && !hasFloatingPoint(context.target)) {
    throw new UnsupportedError(
      `global ${global.name}: ${FLOATING_POINT_MESSAGE}`,
      instruction.offset,
    );
  }
  const constant = context.constantValue(global);
  if (constant !== undefined && isFloat) {
    stack.push(builder.fn.floatConstant(kind, constant));
    return;
  }
  if (constant !== undefined) {
    const value = wideConstant(builder, constant);
    if (wide) stack.pushWide(value);
    else stack.push(value.low);
    return;
  }
  if (context.isHeapBase(global)) {
    stack.push(builder.fn.symbolAddress(SYMBOL_IMAGE_END));
    return;
  }
  const base = builder.fn.symbolAddress(context.globalSymbol(global));
  if (isFloat) {
    const single = kind === ValueKind.Single;
    if (instruction.opcode === Opcode.GlobalGet) {
      stack.push(builder.load(single ? Op.LoadSingle : Op.LoadDouble, base, 0));
    } else {
      builder.store(single ? Op.StoreSingle : Op.StoreDouble, base, 0, stack.pop());
    }
  } else if (instruction.opcode === Opcode.GlobalGet) {
    const low = builder.load(Op.LoadWord, base, 0);
    if (wide) {
      stack.pushWide({ low, high: builder.load(Op.LoadWord, base, HIGH_WORD_OFFSET) });
    } else {
      stack.push(low);
    }
  } else if (wide) {
    const { low, high } = stack.popWide();
    builder.store(Op.StoreWord, base, 0, low);
    builder.store(Op.StoreWord, base, HIGH_WORD_OFFSET, high);
  } else {
    builder.store(Op.StoreWord, base, 0, stack.pop());
  }
}
