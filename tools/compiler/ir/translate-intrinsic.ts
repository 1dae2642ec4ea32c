/** Translates calls of module `rv`. */
import { UnsupportedError } from '../diagnostics.ts';
import type { Intrinsic, RvImport } from '../intrinsics.ts';
import type { FunctionType } from '../wasm/module.ts';
import { kindOfType } from './arguments.ts';
import type { Builder } from './builder.ts';
import { type Instruction, Op, ValueKind, isConstant } from './instruction.ts';
import { type ModuleContext, TABLE_ENTRY_SHIFT } from './module-context.ts';
import { type StackMachine, wordsOf } from './stack-machine.ts';

/** `csrrwi` and its like hold this many bits of constant. */
const CSR_IMMEDIATE_LIMIT = 32;
const ECALL_ARGUMENTS = 8;

/** How many argument words an intrinsic takes at least and at most. */
function arity(intrinsic: Intrinsic): readonly [number, number] {
  switch (intrinsic.shape) {
    case 'plain':
    case 'read-register':
      return [0, 0];
    case 'csr':
      return intrinsic.mnemonic === 'csrrs' && intrinsic.hasResult ? [0, 1] : [1, 1];
    case 'registers':
      return [0, 2];
    case 'write-register':
      return [1, 1];
    case 'ecall':
      return [ECALL_ARGUMENTS, ECALL_ARGUMENTS];
  }
}

function expect(condition: boolean, offset: number): void {
  if (!condition) {
    throw new UnsupportedError('the declaration of this rv intrinsic has the wrong type', offset);
  }
}

/** @throws UnsupportedError if the declared type does not fit the intrinsic. */
export function translateRvCall(
  context: ModuleContext,
  builder: Builder,
  stack: StackMachine,
  meaning: RvImport,
  type: FunctionType,
  operands: Instruction[],
  offset: number,
): void {
  const results = type.results.reduce((sum, result) => sum + wordsOf(result), 0);
  const integers = [...type.parameters, ...type.results].every(
    (value) => kindOfType(value) === ValueKind.Word,
  );
  expect(integers, offset);
  switch (meaning.kind) {
    case 'load':
      expect(operands.length === 1 && results === 1, offset);
      stack.push(builder.load(meaning.op, operands[0], 0, true));
      return;
    case 'store':
      expect(operands.length === 2 && results === 0, offset);
      builder.store(meaning.op, operands[0], 0, operands[1], true);
      return;
    case 'function-address':
      expect(operands.length === 1 && results === 1, offset);
      stack.push(functionAddress(context, builder, operands[0]));
      return;
    case 'intrinsic': {
      const { intrinsic } = meaning;
      const [minimum, maximum] = arity(intrinsic);
      const expectedResults = intrinsic.shape === 'ecall' ? 2 : intrinsic.hasResult ? 1 : 0;
      expect(results === expectedResults, offset);
      expect(operands.length >= minimum && operands.length <= maximum, offset);
      translateIntrinsic(builder, stack, intrinsic, operands);
    }
  }
}

function translateIntrinsic(
  builder: Builder,
  stack: StackMachine,
  intrinsic: Intrinsic,
  operands: Instruction[],
): void {
  const small =
    intrinsic.immediateForm !== undefined &&
    operands.length === 1 &&
    isConstant(operands[0]) &&
    operands[0].immediate >= 0 &&
    operands[0].immediate < CSR_IMMEDIATE_LIMIT;
  const call = small
    ? builder.intrinsic(intrinsic, [], operands[0].immediate)
    : builder.intrinsic(intrinsic, operands);
  if (intrinsic.shape === 'ecall') {
    call.results = 2;
    stack.pushWide({ low: call, high: builder.resultHigh(call) });
  } else if (intrinsic.hasResult) {
    stack.push(call);
  }
}

/** The code address of table entry `index`. */
function functionAddress(
  context: ModuleContext,
  builder: Builder,
  index: Instruction,
): Instruction {
  if (isConstant(index)) {
    for (const segment of context.module.elements) {
      if (segment.offset === undefined) continue;
      const place = index.immediate - segment.offset;
      if (place < 0 || place >= segment.functions.length) continue;
      const target = segment.functions[place];
      if (target !== undefined) {
        return builder.fn.symbolAddress(context.functionSymbols[target]);
      }
    }
  }
  const scaled = builder.binary(Op.Sll, index, builder.constant(TABLE_ENTRY_SHIFT));
  const entry = builder.binary(Op.Add, scaled, builder.fn.symbolAddress(context.tableSymbol));
  return builder.load(Op.LoadWord, entry, 0);
}
