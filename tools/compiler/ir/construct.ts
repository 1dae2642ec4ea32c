/**
 * From structured WebAssembly to SSA in one walk. Where control flow joins, every local word whose
 * incoming values differ gets a phi; a loop header gets one for every word that the loop assigns
 * (a scan beforehand finds them), so that no value is ever looked up through predecessors.
 */
import { TrapReason } from '../../linker/object.ts';
import { FLOATING_POINT_MESSAGE, UnsupportedError } from '../diagnostics.ts';
import { type WasmInstruction, decodeBody } from '../wasm/instructions.ts';
import {
  type FunctionBody,
  type FunctionType,
  ValueType,
  type WasmFunction,
} from '../wasm/module.ts';
import { Opcode } from '../wasm/opcodes.ts';
import { hasFloatingPoint } from '../target.ts';
import { classifyArguments, kindOfType } from './arguments.ts';
import { Builder } from './builder.ts';
import { type Block, IrFunction, connect } from './function.ts';
import { type Instruction, Op, ValueKind } from './instruction.ts';
import type { ModuleContext } from './module-context.ts';
import type { Source } from './source.ts';
import { StackMachine, kindsOfWords, wordsOf } from './stack-machine.ts';
import { translateOperator } from './translate.ts';

/** Values that one jump brings to a join: all locals, then the label's operands. */
interface Incoming {
  readonly block: Block;
  readonly values: Instruction[];
}

interface Frame {
  readonly kind: 'block' | 'loop' | 'if' | 'function';
  /** Words that a jump to the label takes from the stack. */
  readonly labelWords: number;
  readonly type: FunctionType;
  /** Height of the operand stack below the frame's parameters. */
  readonly height: number;
  readonly target: Block;
  readonly incoming: Incoming[];
  /** Of a loop: its header's phis, and which local word each stands for (-1 - n: parameter n). */
  readonly phis: Instruction[];
  readonly phiWords: number[];
  /** Of an `if`: where the other arm starts, with which locals and stack. */
  otherwise: { readonly block: Block; readonly locals: Instruction[] } | undefined;
  readonly parameters: Instruction[];
}

/** A br_table with at most this many distinct decisions becomes compares and branches. */
const MAX_COMPARED_CASES = 4;

function wordCount(types: readonly ValueType[]): number {
  return types.reduce((sum, type) => sum + wordsOf(type), 0);
}

class FunctionConstructor {
  private readonly fn: IrFunction;
  private readonly builder: Builder;
  private readonly stack: StackMachine;
  private readonly frames: Frame[] = [];
  private readonly instructions: readonly WasmInstruction[];
  /** For each `loop` by instruction index: the local words assigned inside. */
  private readonly assigned: Map<number, number[]>;

  constructor(
    private readonly context: ModuleContext,
    private readonly wasm: WasmFunction,
    body: FunctionBody,
    symbol: string,
  ) {
    const { parameters, results } = wasm.type;
    const floats = hasFloatingPoint(context.target);
    for (const type of [...parameters, ...results, ...body.locals]) {
      checkType(type, floats, body.start);
    }
    this.fn = new IrFunction(symbol, classifyArguments(parameters), results.flatMap(kindsOfWords));
    this.builder = new Builder(this.fn);
    this.instructions = decodeBody(context.module, body);
    const locals = context.declarationOf(wasm)?.locals;
    const isNamed = (index: number) => locals?.[index] !== undefined;
    this.stack = new StackMachine(this.builder, parameters, body.locals, isNamed);
    this.assigned = findAssignedWords(this.instructions, this.stack);
  }

  run(): IrFunction {
    const { builder, fn } = this;
    builder.source = this.sourceAt(this.instructions[0].offset);
    const first = fn.createBlock();
    this.stack.enter();
    this.pushFrame(
      'function',
      { parameters: [], results: this.wasm.type.results },
      fn.createBlock(),
    );
    builder.jump(first);
    builder.startBlock(first);
    this.instructions.forEach((instruction, index) => {
      builder.source = this.sourceAt(instruction.offset);
      this.translate(instruction, index);
    });
    return fn;
  }

  private sourceAt(offset: number): Source {
    return { fn: this.wasm, offset, inlinedAt: undefined };
  }

  private translate(instruction: WasmInstruction, index: number): void {
    const { builder, stack } = this;
    switch (instruction.opcode) {
      case Opcode.Block:
        this.pushFrame('block', instruction.type, this.fn.createBlock());
        return;
      case Opcode.Loop:
        this.loop(instruction, index);
        return;
      case Opcode.If:
        this.if(instruction);
        return;
      case Opcode.Else:
        this.else();
        return;
      case Opcode.End:
        this.end();
        return;
    }
    if (builder.block === undefined) return;
    switch (instruction.opcode) {
      case Opcode.Br:
        this.jumpTo(instruction.immediate);
        return;
      case Opcode.BrIf:
        this.branchTo(instruction.immediate, stack.pop());
        return;
      case Opcode.BrTable:
        this.branchTable(stack.pop(), instruction.targets);
        return;
      case Opcode.Return:
        this.jumpTo(this.frames.length - 1);
        return;
      case Opcode.Unreachable:
        builder.trap(TrapReason.Unreachable);
        return;
      default:
        translateOperator(this.context, builder, stack, instruction);
    }
  }

  private frameAt(depth: number): Frame {
    return this.frames[this.frames.length - 1 - depth];
  }

  private pushFrame(kind: Frame['kind'], type: FunctionType, target: Block): Frame {
    const { stack } = this;
    const parameterWords = wordCount(type.parameters);
    const height = stack.words.length - (this.builder.block === undefined ? 0 : parameterWords);
    const frame: Frame = {
      kind,
      labelWords: kind === 'loop' ? parameterWords : wordCount(type.results),
      type,
      height,
      target,
      incoming: [],
      phis: [],
      phiWords: [],
      otherwise: undefined,
      parameters: stack.words.slice(height),
    };
    this.frames.push(frame);
    return frame;
  }

  private loop(instruction: WasmInstruction, index: number): void {
    const { builder, stack } = this;
    const header = this.fn.createBlock();
    const reachable = builder.block !== undefined;
    const frame = this.pushFrame('loop', instruction.type, header);
    if (!reachable) return;
    builder.jump(header);
    builder.startBlock(header);
    const addPhi = (word: number, initial: Instruction): Instruction => {
      const phi = builder.phi([initial]);
      frame.phis.push(phi);
      frame.phiWords.push(word);
      return phi;
    };
    for (const word of this.assigned.get(index) ?? []) {
      stack.locals[word] = addPhi(word, stack.locals[word]);
    }
    for (let i = frame.height; i < stack.words.length; i++) {
      stack.words[i] = addPhi(frame.height - 1 - i, stack.words[i]);
    }
    this.tellPhis();
  }

  /** Locals that a join has given phis have new values. */
  private tellPhis(): void {
    const { builder, stack } = this;
    for (const word of stack.namedWords) {
      const value = stack.locals[word];
      if (value.op === Op.Phi && value.block === builder.block) builder.localValue(word, value);
    }
  }

  private if(instruction: WasmInstruction): void {
    const { builder, fn, stack } = this;
    const reachable = builder.block !== undefined;
    const test = reachable ? stack.pop() : undefined;
    const frame = this.pushFrame('if', instruction.type, fn.createBlock());
    if (test === undefined) return;
    const then = fn.createBlock();
    const otherwise = fn.createBlock();
    builder.branch(test, then, otherwise);
    frame.otherwise = { block: otherwise, locals: stack.locals.slice() };
    if (then.predecessors.length > 0) builder.startBlock(then);
  }

  /** Starts the other arm of the innermost `if`, whose first arm ends here. */
  private else(): void {
    const { builder, stack } = this;
    const frame = this.frames[this.frames.length - 1];
    this.jumpTo(0);
    const { otherwise } = frame;
    frame.otherwise = undefined;
    stack.words.length = frame.height;
    if (otherwise === undefined || otherwise.block.predecessors.length === 0) return;
    stack.locals = otherwise.locals;
    stack.pushWords(frame.parameters, frame.type.parameters);
    builder.startBlock(otherwise.block);
  }

  private end(): void {
    const frame = this.frames[this.frames.length - 1];
    // An `if` without `else`: the other arm passes its parameters on.
    if (frame.otherwise !== undefined) this.else();
    this.frames.pop();
    if (frame.kind === 'loop') {
      if (this.builder.block === undefined) this.stack.words.length = frame.height;
      return;
    }
    if (this.builder.block !== undefined && frame.incoming.length > 0) {
      this.frames.push(frame);
      this.jumpTo(0);
      this.frames.pop();
    }
    if (this.builder.block === undefined) this.join(frame);
    if (frame.kind === 'function' && this.builder.block !== undefined) {
      this.builder.return(this.stack.words.splice(frame.height));
    }
  }

  /** Goes on at the frame's label, if anything jumps there. */
  private join(frame: Frame): void {
    const { builder, stack } = this;
    const { incoming, target } = frame;
    stack.words.length = frame.height;
    if (incoming.length === 0) return;
    builder.startBlock(target);
    const first = incoming[0].values;
    const values = first.map((value, word) => {
      if (incoming.every((from) => from.values[word] === value)) return value;
      return builder.phi(incoming.map((from) => from.values[word]));
    });
    stack.pushWords(values.splice(stack.locals.length), frame.type.results);
    stack.locals = values;
    this.tellPhis();
  }

  private jumpTo(depth: number): void {
    const { builder } = this;
    const from = builder.block;
    if (from === undefined) return;
    builder.jump(this.frameAt(depth).target);
    this.noteJump(depth, from);
  }

  /** Hands the current values to the label that an edge from `from` has just been made to. */
  private noteJump(depth: number, from: Block): void {
    const { stack } = this;
    const frame = this.frameAt(depth);
    const operands = stack.words.slice(stack.words.length - frame.labelWords);
    if (frame.kind !== 'loop') {
      frame.incoming.push({ block: from, values: [...stack.locals, ...operands] });
      return;
    }
    frame.phis.forEach((phi, i) => {
      const word = frame.phiWords[i];
      phi.operands.push(word >= 0 ? stack.locals[word] : operands[-1 - word]);
    });
  }

  private branchTable(index: Instruction, depths: readonly number[]): void {
    const { builder, fn } = this;
    const otherwise = depths[depths.length - 1];
    const cases = depths.slice(0, -1);
    const compared = cases.filter((depth) => depth !== otherwise).length;
    if (compared <= MAX_COMPARED_CASES) {
      cases.forEach((depth, value) => {
        if (depth === otherwise || builder.block === undefined) return;
        this.branchTo(depth, builder.binary(Op.Eq, index, builder.constant(value)));
      });
      this.jumpTo(otherwise);
      return;
    }
    this.branchTo(otherwise, builder.binary(Op.Geu, index, builder.constant(cases.length)));
    const from = builder.block;
    if (from === undefined) return;
    const symbol = `.Ltable${fn.branchTables.length}.${fn.symbol}`;
    const scaled = builder.binary(Op.Sll, index, builder.constant(2));
    const entry = builder.binary(Op.Add, scaled, fn.symbolAddress(symbol));
    const address = builder.load(Op.LoadWord, entry, 0);
    builder.append(Op.JumpTable, [address]).symbol = symbol;
    const table = { symbol, targets: cases.map((depth) => this.frameAt(depth).target) };
    fn.branchTables.push(table);
    for (const depth of new Set(cases)) {
      const { target } = this.frameAt(depth);
      // Two depths can name one block only if they are equal, so every edge is made once.
      connect(from, target);
      this.noteJump(depth, from);
    }
    builder.block = undefined;
  }

  /** Jumps to the label if `test` is not zero, else goes on in a new block. */
  private branchTo(depth: number, test: Instruction): void {
    const { builder } = this;
    const from = builder.block;
    if (from === undefined) return;
    const next = this.fn.createBlock();
    const { target } = this.frameAt(depth);
    builder.branch(test, target, next);
    if (from.successors.includes(target)) this.noteJump(depth, from);
    if (next.predecessors.length > 0) builder.startBlock(next);
  }
}

function checkType(type: ValueType, floats: boolean, offset: number): void {
  if (type === ValueType.I32 || type === ValueType.I64) return;
  if (kindOfType(type) === ValueKind.Word) {
    throw new UnsupportedError('vectors and references are not available in target code', offset);
  }
  if (!floats) throw new UnsupportedError(FLOATING_POINT_MESSAGE, offset);
}

/** For each `loop`, by instruction index, the local words that instructions inside assign. */
function findAssignedWords(
  instructions: readonly WasmInstruction[],
  stack: StackMachine,
): Map<number, number[]> {
  const result = new Map<number, number[]>();
  const open: { readonly index: number; readonly words: Set<number> | undefined }[] = [];
  instructions.forEach((instruction, index) => {
    switch (instruction.opcode) {
      case Opcode.Block:
      case Opcode.If:
        open.push({ index, words: undefined });
        break;
      case Opcode.Loop:
        open.push({ index, words: new Set() });
        break;
      case Opcode.LocalSet:
      case Opcode.LocalTee:
        for (const { words } of open) {
          if (words === undefined) continue;
          for (const word of stack.wordsOfLocal(instruction.immediate)) words.add(word);
        }
        break;
      case Opcode.End: {
        const frame = open.pop();
        if (frame?.words !== undefined) {
          result.set(
            frame.index,
            [...frame.words].sort((x, y) => x - y),
          );
        }
        break;
      }
    }
  });
  return result;
}

/**
 * The SSA form of one function with a body.
 * @throws UnsupportedError on what target code cannot have, at its byte offset.
 */
export function constructFunction(
  context: ModuleContext,
  wasm: WasmFunction,
  body: FunctionBody,
  symbol: string,
): IrFunction {
  return new FunctionConstructor(context, wasm, body, symbol).run();
}
