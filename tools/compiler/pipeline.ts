/** The passes over one function, in order. */
import { computeDominators } from './ir/control-flow.ts';
import type { IrFunction } from './ir/function.ts';
import type { IrModule } from './ir/module.ts';
import { takeLocalValues } from './ir/local-values.ts';
import { type EmittedFunction, FarFrameError, emitFunction } from './codegen/emit.ts';
import { allocateRegisters } from './codegen/linear-scan.ts';
import { computeLiveness } from './codegen/liveness.ts';
import { Allocation } from './codegen/resolution.ts';
import { selectInstructions } from './codegen/select.ts';
import { orderBlocks } from './passes/block-order.ts';
import { splitCriticalEdges } from './passes/critical-edges.ts';
import { removeDeadCode, removeTrivialPhis } from './passes/dead-code.ts';
import { reduceInduction } from './passes/induction.ts';
import { foldBranches } from './passes/fold-branches.ts';
import { forwardJoins } from './passes/forward-joins.ts';
import { inlineCalls } from './passes/inliner.ts';
import { hoistInvariants } from './passes/loop-invariants.ts';
import { mergeBlocks } from './passes/merge-blocks.ts';
import { shareEdges } from './passes/share-edges.ts';
import { threadJumps } from './passes/thread-jumps.ts';
import { numberValues } from './passes/value-numbering.ts';
import type { Target } from './target.ts';

/** A named step over a function, so that tests can watch or disturb each. */
export interface Pass {
  readonly name: string;
  readonly run: (fn: IrFunction) => void;
}

/** Before a function is inlined, and again after others have been inlined in it. */
const EARLY_PASSES: readonly Pass[] = [
  { name: 'merge-blocks', run: mergeBlocks },
  { name: 'trivial-phis', run: removeTrivialPhis },
  { name: 'early-value-numbering', run: numberValues },
  { name: 'fold-branches', run: foldBranches },
  { name: 'forward-joins', run: forwardJoins },
  { name: 'thread-jumps', run: threadJumps },
  { name: 'trivial-phis-after-threading', run: removeTrivialPhis },
  { name: 'fold-branches-after-threading', run: foldBranches },
  { name: 'early-dead-code', run: removeDeadCode },
];

const PASSES: readonly Pass[] = [
  { name: 'value-numbering', run: numberValues },
  { name: 'fold-branches-again', run: foldBranches },
  { name: 'forward-joins-again', run: forwardJoins },
  { name: 'thread-jumps-again', run: threadJumps },
  { name: 'trivial-phis-after-threading-again', run: removeTrivialPhis },
  { name: 'fold-branches-after-threading-again', run: foldBranches },
  { name: 'merge-blocks-again', run: mergeBlocks },
  { name: 'trivial-phis-again', run: removeTrivialPhis },
  { name: 'loop-invariants', run: hoistInvariants },
  { name: 'induction', run: reduceInduction },
  { name: 'value-numbering-after-loops', run: numberValues },
  { name: 'dead-code', run: removeDeadCode },
  { name: 'share-edges', run: shareEdges },
  { name: 'critical-edges', run: splitCriticalEdges },
  { name: 'block-order', run: orderBlocks },
  { name: 'instruction-selection', run: selectInstructions },
  { name: 'dead-code-after-selection', run: removeDeadCode },
];

/** Called after each pass, and before the first with the name `construction`. */
export type PassObserver = (pass: string, fn: IrFunction) => void;

function runPasses(passes: readonly Pass[], fn: IrFunction, observe?: PassObserver): void {
  for (const pass of passes) {
    pass.run(fn);
    observe?.(pass.name, fn);
  }
}

/** What concerns all functions together: calls are inlined. */
export function optimiseModule(module: IrModule, observe?: PassObserver): void {
  const prepare = (fn: IrFunction): void => runPasses(EARLY_PASSES, fn, observe);
  for (const { fn } of module.functions.values()) {
    computeDominators(fn);
    observe?.('construction', fn);
    prepare(fn);
  }
  inlineCalls(module, prepare);
}

/** From SSA to machine code; `fn` is used up. */
export function generateCode(
  fn: IrFunction,
  target: Target,
  observe?: PassObserver,
): EmittedFunction {
  runPasses(PASSES, fn, observe);
  fn.localBindings = takeLocalValues(fn);
  try {
    return allocateAndEmit(fn, target, false);
  } catch (error) {
    if (!(error instanceof FarFrameError)) throw error;
    return allocateAndEmit(fn, target, true);
  }
}

function allocateAndEmit(
  fn: IrFunction,
  target: Target,
  keepSecondScratch: boolean,
): EmittedFunction {
  const liveness = computeLiveness(fn);
  allocateRegisters(liveness, keepSecondScratch);
  return emitFunction(fn, new Allocation(fn, liveness), target, keepSecondScratch);
}
