/** Puts a copy of a function's body in place of a call. */
import { type Block, type IrFunction, connect } from '../ir/function.ts';
import { type Instruction, Op, ValueKind, resolve } from '../ir/instruction.ts';
import { SourceInliner } from '../ir/source.ts';
import type { WasmFunction } from '../wasm/module.ts';

/** A copy of all blocks of `callee` among those of `caller`. */
class BodyCopy {
  private readonly blocks = new Map<Block, Block>();
  private readonly values = new Map<Instruction, Instruction>();
  private readonly tables = new Map<string, string>();
  private readonly sources: SourceInliner;

  constructor(
    private readonly caller: IrFunction,
    private readonly callee: IrFunction,
    private readonly call: Instruction,
    wasm: WasmFunction,
  ) {
    this.sources = new SourceInliner(wasm, call.source);
  }

  /** Makes the blocks; returns those in which the callee returns. */
  run(): Block[] {
    const { caller, callee } = this;
    for (const block of callee.blocks) {
      const copy = caller.createBlock();
      caller.blocks.push(copy);
      this.blocks.set(block, copy);
    }
    for (const { symbol, targets } of callee.branchTables) {
      // A jump that is never reached has been dropped without its table.
      if (!targets.every((target) => this.blocks.has(target))) continue;
      const name = `.Ltable${caller.branchTables.length}.${caller.symbol}`;
      this.tables.set(symbol, name);
      const copies = targets.map((target) => this.copyOf(target));
      caller.branchTables.push({ symbol: name, targets: copies });
    }
    for (const block of callee.blocks) this.copyBlock(block);
    for (const block of callee.blocks) this.copyOperands(block);
    return callee.blocks
      .filter(({ terminator }) => terminator.op === Op.Return)
      .map((block) => this.copyOf(block));
  }

  copyOf(block: Block): Block {
    const copy = this.blocks.get(block);
    if (copy === undefined) throw new RangeError('a block of the callee has no copy');
    return copy;
  }

  private copyBlock(block: Block): void {
    const copy = this.copyOf(block);
    copy.predecessors = block.predecessors.map((from) => this.copyOf(from));
    copy.successors = block.successors.map((to) => this.copyOf(to));
    for (const instruction of block.instructions) {
      if (instruction.op === Op.Parameter) {
        // The callee's parameters are the words that the call passes.
        this.values.set(instruction, resolve(this.call.operands[instruction.immediate]));
        continue;
      }
      const source = this.sources.inlined(instruction.source);
      const made = this.caller.create(instruction.op, instruction.operands, source);
      made.copyAttributes(instruction);
      made.block = copy;
      if (made.symbol !== undefined) made.symbol = this.symbolOf(made.symbol);
      copy.instructions.push(made);
      this.values.set(instruction, made);
    }
  }

  private symbolOf(symbol: string): string {
    return this.tables.get(symbol) ?? symbol;
  }

  private copyOperands(block: Block): void {
    for (const instruction of this.copyOf(block).instructions) {
      instruction.operands = instruction.operands.map((operand) => this.valueOf(operand));
    }
  }

  private valueOf(operand: Instruction): Instruction {
    const known = this.values.get(operand);
    if (known !== undefined) return known;
    const { op, immediate, symbol } = operand;
    if (op === Op.SymbolAddress && symbol !== undefined) {
      return this.caller.symbolAddress(this.symbolOf(symbol), immediate);
    }
    if (op === Op.FloatConstant) return this.caller.sameFloatConstant(operand);
    if (op !== Op.Constant) throw new RangeError(`operand ${Op[op]} stands in no block`);
    return this.caller.constant(immediate);
  }
}

/** Moves what follows the call, the terminator included, to a new block. */
function splitAfter(caller: IrFunction, call: Instruction, block: Block): Block {
  const after = caller.createBlock();
  caller.blocks.push(after);
  const position = block.instructions.indexOf(call);
  after.instructions = block.instructions.splice(position).slice(1);
  for (const instruction of after.instructions) instruction.block = after;
  after.successors = block.successors;
  for (const successor of after.successors) {
    const { predecessors } = successor;
    predecessors[predecessors.indexOf(block)] = after;
  }
  block.successors = [];
  return after;
}

/**
 * Replaces `call`, a call of `callee` in `caller`, by the callee's body. Operands that referred to
 * the call's results have a replacement afterwards (resolveOperands); dominators are out of date.
 */
export function inlineCall(
  caller: IrFunction,
  call: Instruction,
  callee: { readonly fn: IrFunction; readonly wasm: WasmFunction },
): void {
  const { block } = call;
  if (block === undefined) throw new RangeError('the call stands in no block');
  const after = splitAfter(caller, call, block);
  const copy = new BodyCopy(caller, callee.fn, call, callee.wasm);
  const returns = copy.run();
  const enter = caller.create(Op.Jump, [], call.source);
  enter.block = block;
  block.instructions.push(enter);
  connect(block, copy.copyOf(callee.fn.entry));

  const { resultKinds } = callee.fn;
  const words: Instruction[][] = resultKinds.map(() => []);
  for (const from of returns) {
    const { terminator } = from;
    terminator.operands.forEach((value, word) => words[word].push(value));
    from.instructions.pop();
    const leave = caller.create(Op.Jump, [], terminator.source);
    leave.block = from;
    from.instructions.push(leave);
    connect(from, after);
  }
  const results = words.map((values, word) => {
    const kind = resultKinds[word];
    // Without a return what follows is never reached, and its operands do not matter.
    if (values.length === 0) {
      return kind === ValueKind.Word ? caller.constant(0) : caller.floatConstant(kind, 0n);
    }
    if (values.every((value) => value === values[0])) return values[0];
    const phi = caller.create(Op.Phi, values, call.source);
    phi.kind = kind;
    phi.block = after;
    after.instructions.unshift(phi);
    return phi;
  });
  call.block = undefined;
  if (results.length > 0) [call.replacement] = results;
  if (results.length > 1) {
    after.instructions = after.instructions.filter((instruction) => {
      if (instruction.op !== Op.ResultHigh || instruction.operands[0] !== call) return true;
      instruction.block = undefined;
      [, instruction.replacement] = results;
      return false;
    });
  }
}
