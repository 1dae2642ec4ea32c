/** Translates direct and indirect calls. */
import { TrapReason } from '../../linker/object.ts';
import { UnsupportedError } from '../diagnostics.ts';
import type { WasmInstruction } from '../wasm/instructions.ts';
import type { FunctionType } from '../wasm/module.ts';
import type { Builder } from './builder.ts';
import { type Instruction, Op } from './instruction.ts';
import { type ModuleContext, TABLE_ENTRY_SHIFT, TABLE_TYPE_OFFSET } from './module-context.ts';
import { type StackMachine, wordsOf } from './stack-machine.ts';
import { translateRvCall } from './translate-intrinsic.ts';

function argumentWords(type: FunctionType): number {
  return type.parameters.reduce((sum, parameter) => sum + wordsOf(parameter), 0);
}

/** Pushes the result of a call, one or two words, if it has one. */
function pushResult(
  builder: Builder,
  stack: StackMachine,
  type: FunctionType,
  call: Instruction,
): void {
  if (call.results === 1) stack.push(call);
  else if (call.results === 2) stack.pushWords([call, builder.resultHigh(call)], type.results);
}

/** @throws UnsupportedError on more results than a0 and a1 hold. */
function resultWords(type: FunctionType, offset: number): number {
  const words = type.results.reduce((sum, result) => sum + wordsOf(result), 0);
  if (words > 2) throw new UnsupportedError('more than one result is not supported', offset);
  return words;
}

/** @throws UnsupportedError on results that a0 and a1 do not hold, and on misused intrinsics. */
export function translateCall(
  context: ModuleContext,
  builder: Builder,
  stack: StackMachine,
  instruction: WasmInstruction,
): void {
  const callee = context.module.functions[instruction.immediate];
  const meaning = context.rvImport(callee);
  const operands = stack.popWords(argumentWords(callee.type));
  if (meaning !== undefined) {
    translateRvCall(context, builder, stack, meaning, callee.type, operands, instruction.offset);
    return;
  }
  const results = resultWords(callee.type, instruction.offset);
  const symbol = context.functionSymbols[callee.index];
  const call = builder.call(symbol, operands, results);
  call.argumentSizes = callee.type.parameters.map((type) => 4 * wordsOf(type));
  pushResult(builder, stack, callee.type, call);
}

/** Checks the index and the callee's type before the call. */
export function translateCallIndirect(
  context: ModuleContext,
  builder: Builder,
  stack: StackMachine,
  type: FunctionType,
  offset: number,
): void {
  const index = stack.pop();
  const operands = stack.popWords(argumentWords(type));
  const size = builder.constant(context.module.tableSize);
  builder.trapIf(builder.binary(Op.Geu, index, size), TrapReason.IndirectCallOutOfBounds);
  const scaled = builder.binary(Op.Sll, index, builder.constant(TABLE_ENTRY_SHIFT));
  const entry = builder.binary(Op.Add, scaled, builder.fn.symbolAddress(context.tableSymbol));
  const identity = builder.load(Op.LoadWord, entry, TABLE_TYPE_OFFSET);
  const expected = builder.constant(context.typeIdentity(type));
  builder.trapIf(builder.binary(Op.Ne, identity, expected), TrapReason.IndirectCallSignature);
  const target = builder.load(Op.LoadWord, entry, 0);
  const call = builder.append(Op.CallIndirect, [target, ...operands]);
  call.results = resultWords(type, offset);
  call.argumentSizes = type.parameters.map((parameter) => 4 * wordsOf(parameter));
  pushResult(builder, stack, type, call);
}
