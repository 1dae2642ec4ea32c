/**
 * Inlining, callees before callers: a function is put in place of calls as it is after everything
 * has been put into it. Intrinsics and memory accesses keep their order, because whole blocks are
 * put in place of the call.
 */
import { bottomUpOrder, directCalls } from '../ir/call-graph.ts';
import { computeDominators, computeLoops } from '../ir/control-flow.ts';
import { type IrFunction, resolveOperands } from '../ir/function.ts';
import { type Instruction, Op, isConstant } from '../ir/instruction.ts';
import type { IrModule, ModuleFunction } from '../ir/module.ts';
import { inlineCall } from './inline-call.ts';

/** Machine instructions that calling takes: the call, the return, saving of what it destroys. */
const CALL_COST = 2;
/** What a constant argument is hoped to save in the callee. */
const CONSTANT_ARGUMENT_BONUS = 2;
/** A body of this size in place of a call is worth it anywhere … */
const SMALL_SIZE = 6;
/** … and of this size if the call stands in a loop. */
const SIZE_IN_LOOP = 60;
/** A function with one call goes there, unless it is larger than this. */
const MAX_SINGLE_SIZE = 300;
/** A function grows to no more than this. */
const MAX_CALLER_SIZE = 2000;

/** About how many machine instructions a function takes without its entry and exit. */
export function estimatedSize(fn: IrFunction): number {
  let size = 0;
  for (const { instructions } of fn.blocks) {
    for (const instruction of instructions) size += instructionSize(instruction);
  }
  return size;
}

function instructionSize({ op, operands }: Instruction): number {
  switch (op) {
    case Op.Phi:
    case Op.Parameter:
    case Op.ResultHigh:
    case Op.LocalValue:
    case Op.Return:
    case Op.Jump:
      return 0;
    case Op.Select:
      return 2;
    case Op.Call:
    case Op.CallIndirect:
      return 2 + operands.length;
    case Op.Intrinsic:
      return Math.max(1, operands.length);
    default:
      return 1;
  }
}

class Inliner {
  /** Calls of each function that are left. */
  private readonly callCounts = new Map<string, number>();
  private readonly sizes = new Map<string, number>();
  /** Functions whose address something takes. */
  private readonly addressed: ReadonlySet<string>;

  constructor(
    private readonly module: IrModule,
    private readonly prepare: (fn: IrFunction) => void,
  ) {
    const addressed = new Set<string>(module.roots);
    for (const { fn } of module.functions.values()) {
      for (const call of directCalls(module, fn)) this.count(call.symbol, 1);
      for (const { instructions } of fn.blocks) {
        for (const { operands } of instructions) {
          for (const { op, symbol } of operands) {
            if (op === Op.SymbolAddress && symbol !== undefined) addressed.add(symbol);
          }
        }
      }
    }
    for (const symbol of module.tableFunctions()) addressed.add(symbol);
    this.addressed = addressed;
  }

  private count(symbol: string | undefined, change: number): void {
    if (symbol === undefined) return;
    this.callCounts.set(symbol, (this.callCounts.get(symbol) ?? 0) + change);
  }

  run(): void {
    const { order, component } = bottomUpOrder(this.module);
    for (const symbol of order) {
      const entry = this.module.functions.get(symbol);
      if (entry === undefined) continue;
      const inCycle = (callee: string) => component.get(callee) === component.get(symbol);
      if (this.inlineInto(entry, inCycle)) this.prepare(entry.fn);
      this.sizes.set(symbol, estimatedSize(entry.fn));
    }
    this.module.removeUnreachable();
  }

  private inlineInto({ fn }: ModuleFunction, inCycle: (callee: string) => boolean): boolean {
    computeDominators(fn);
    computeLoops(fn);
    const depths = new Map<Instruction, number>();
    const calls = directCalls(this.module, fn);
    for (const call of calls) depths.set(call, call.block?.loopDepth ?? 0);
    let size = estimatedSize(fn);
    let changed = false;
    for (const call of calls) {
      const callee = this.module.functions.get(call.symbol ?? '');
      if (callee === undefined || inCycle(callee.symbol)) continue;
      const added = this.sizes.get(callee.symbol) ?? 0;
      if (!this.isWorthIt(callee, call, depths.get(call) ?? 0)) continue;
      if (size + added > MAX_CALLER_SIZE && added > SMALL_SIZE) continue;
      this.count(callee.symbol, -1);
      const last = this.callCounts.get(callee.symbol) === 0 && !this.isKept(callee.symbol);
      if (!last)
        for (const inner of directCalls(this.module, callee.fn)) this.count(inner.symbol, 1);
      inlineCall(fn, call, callee);
      size += added;
      changed = true;
    }
    if (changed) resolveOperands(fn);
    return changed;
  }

  private isKept(symbol: string): boolean {
    return this.addressed.has(symbol);
  }

  private isWorthIt(callee: ModuleFunction, call: Instruction, depth: number): boolean {
    const { symbol } = callee;
    const size = this.sizes.get(symbol);
    if (size === undefined) return false;
    if (size <= CALL_COST + call.operands.length) return true;
    if (this.callCounts.get(symbol) === 1 && !this.isKept(symbol)) return size <= MAX_SINGLE_SIZE;
    const constants = call.operands.filter(isConstant).length;
    const rated = size - constants * CONSTANT_ARGUMENT_BONUS - call.operands.length;
    return rated <= (depth > 0 ? SIZE_IN_LOOP : SMALL_SIZE);
  }
}

/**
 * Inlines in all functions of the module and forgets those that nothing calls any more.
 * @param prepare simplifies a function that has changed, so that its size is what it will be
 */
export function inlineCalls(module: IrModule, prepare: (fn: IrFunction) => void): void {
  new Inliner(module, prepare).run();
}
