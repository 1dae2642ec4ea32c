/** Decisions between constants are taken: branches become jumps, traps certain or nothing. */
import { computeDominators } from '../ir/control-flow.ts';
import { type Block, type IrFunction, removeEdge } from '../ir/function.ts';
import { type Instruction, Op, isConstant } from '../ir/instruction.ts';
import { evaluateCondition } from '../ir/simplify.ts';

/** What the test of a branch or trap comes to; undefined if that is not known. */
function outcomeOf({ operands, condition }: Instruction): boolean | undefined {
  const [a, b] = operands;
  if (!isConstant(a) || !isConstant(b)) return undefined;
  return evaluateCondition(condition, a.immediate, b.immediate);
}

/** Drops certain and impossible traps; what follows a certain one is not reached. */
function foldTraps(block: Block): void {
  for (const instruction of block.instructions.slice()) {
    if (instruction.op !== Op.TrapIf) continue;
    const outcome = outcomeOf(instruction);
    if (outcome === undefined) continue;
    const position = block.instructions.indexOf(instruction);
    if (!outcome) {
      block.instructions.splice(position, 1);
      continue;
    }
    for (let index = block.successors.length - 1; index >= 0; index--) removeEdge(block, index);
    for (const dropped of block.instructions.splice(position + 1)) dropped.block = undefined;
    instruction.op = Op.Trap;
    instruction.operands = [];
    return;
  }
}

function foldBranch(block: Block): void {
  const { terminator, successors } = block;
  if (terminator.op !== Op.Branch || successors[0] === successors[1]) return;
  const outcome = outcomeOf(terminator);
  if (outcome === undefined) return;
  removeEdge(block, outcome ? 1 : 0);
  terminator.op = Op.Jump;
  terminator.operands = [];
}

/** Leaves reverse post-order. */
export function foldBranches(fn: IrFunction): void {
  for (const block of fn.blocks) {
    foldTraps(block);
    foldBranch(block);
  }
  computeDominators(fn);
}
