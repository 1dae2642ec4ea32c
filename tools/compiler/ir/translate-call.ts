/** Translates direct and indirect calls. */
import { TrapReason } from '../../linker/object.ts';
import { FLOATING_POINT_MESSAGE, UnsupportedError } from '../diagnostics.ts';
import type { WasmInstruction } from '../wasm/instructions.ts';
import type { FunctionType } from '../wasm/module.ts';
import { hasFloatingPoint } from '../target.ts';
import { argumentOperands, classifyArguments, kindOfType } from './arguments.ts';
import type { Builder } from './builder.ts';
import { type Instruction, Op, ValueKind } from './instruction.ts';
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

/**
 * @throws UnsupportedError on more results than a0 and a1 hold, and on floating point where the
 * target has none.
 */
function resultWords(context: ModuleContext, type: FunctionType, offset: number): number {
  const isFloat = [...type.parameters, ...type.results].some(
    (value) => kindOfType(value) !== ValueKind.Word,
  );
  if (isFloat && !hasFloatingPoint(context.target)) {
    throw new UnsupportedError(FLOATING_POINT_MESSAGE, offset);
  }
  if (type.results.length > 1) {
    throw new UnsupportedError('more than one result is not supported', offset);
  }
  const words = type.results.reduce((sum, result) => sum + wordsOf(result), 0);
  return words;
}

function resultKind(type: FunctionType): ValueKind {
  return type.results.length === 0 ? ValueKind.Word : kindOfType(type.results[0]);
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
  const { parameters } = callee.type;
  const results = resultWords(context, callee.type, instruction.offset);
  const symbol = context.functionSymbols[callee.index];
  const passed = argumentOperands(builder, parameters, operands);
  const call = builder.call(symbol, passed, results, resultKind(callee.type));
  call.argumentClasses = classifyArguments(parameters);
  pushResult(builder, stack, callee.type, call);
}

/** Checks the index and the callee's type before the call. */
export function translateCallIndirect(
  context: ModuleContext,
  builder: Builder,
  stack: StackMachine,
  { type, offset }: WasmInstruction,
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
  const results = resultWords(context, type, offset);
  const passed = argumentOperands(builder, type.parameters, operands);
  const call = builder.append(Op.CallIndirect, [target, ...passed]);
  call.results = results;
  call.kind = resultKind(type);
  call.argumentClasses = classifyArguments(type.parameters);
  pushResult(builder, stack, type, call);
}
