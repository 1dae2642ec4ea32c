/**
 * Jump threading: where a block only decides on a phi, a predecessor that brings a constant jumps
 * straight to what the decision will be. Unoptimised `a && b` is such a phi of `b` and 0.
 */
import { computeDominators, dominates } from '../ir/control-flow.ts';
import type { Block, IrFunction } from '../ir/function.ts';
import { type Instruction, Op, isConstant } from '../ir/instruction.ts';
import { evaluateCondition } from '../ir/simplify.ts';

/** Phis with a use other than the decision of their own block and the phis behind it. */
function findUsedElsewhere(fn: IrFunction): Set<Instruction> {
  const used = new Set<Instruction>();
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) {
      if (instruction.op === Op.LocalValue) continue;
      instruction.operands.forEach((operand, index) => {
        if (operand.op !== Op.Phi) return;
        const isPhi = instruction.op === Op.Phi;
        const from = isPhi ? block.predecessors[index] : block;
        const allowed = isPhi ? from !== block : instruction.op === Op.Branch;
        if (!allowed || operand.block !== from) used.add(operand);
      });
    }
  }
  return used;
}

function onlyDecides(block: Block, usedElsewhere: ReadonlySet<Instruction>): boolean {
  const { instructions, terminator, predecessors } = block;
  if (terminator.op !== Op.Branch || predecessors.length < 2) return false;
  if (predecessors.some((from) => dominates(block, from))) return false;
  if (block.successors[0] === block.successors[1]) return false;
  return instructions.every(
    (instruction) =>
      instruction === terminator ||
      instruction.op === Op.LocalValue ||
      (instruction.op === Op.Phi && !usedElsewhere.has(instruction)),
  );
}

/** The value that `value` has in `block` if it is entered from its `index`-th predecessor. */
function valueFrom(block: Block, value: Instruction, index: number): Instruction {
  return value.op === Op.Phi && value.block === block ? value.operands[index] : value;
}

function threadThrough(block: Block): boolean {
  const { terminator } = block;
  const ways = block.predecessors.length;
  for (let index = block.predecessors.length - 1; index >= 0; index--) {
    if (block.predecessors.length < 2) break;
    const from = block.predecessors[index];
    const [a, b] = terminator.operands.map((operand) => valueFrom(block, operand, index));
    if (!isConstant(a) || !isConstant(b)) continue;
    const taken = evaluateCondition(terminator.condition, a.immediate, b.immediate);
    const target = block.successors[taken ? 0 : 1];
    const { op } = from.terminator;
    // Every edge between two blocks is the only one.
    if ((op !== Op.Jump && op !== Op.Branch) || from.successors.includes(target)) continue;
    const edge = target.predecessors.indexOf(block);
    for (const phi of target.phis()) {
      phi.operands.push(valueFrom(block, phi.operands[edge], index));
    }
    target.predecessors.push(from);
    from.successors[from.successors.indexOf(block)] = target;
    block.predecessors.splice(index, 1);
    for (const phi of block.phis()) phi.operands.splice(index, 1);
  }
  return block.predecessors.length < ways;
}

/** Behind a block that is passed by, its phis say nothing about locals any more. */
function loseLocals(fn: IrFunction, passed: ReadonlySet<Block>): void {
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) {
      if (instruction.op !== Op.LocalValue) continue;
      instruction.operands = instruction.operands.filter(({ op, block: from }) => {
        return op !== Op.Phi || from === undefined || from === block || !passed.has(from);
      });
    }
  }
}

/** Needs and leaves reverse post-order. */
export function threadJumps(fn: IrFunction): void {
  computeDominators(fn);
  const usedElsewhere = findUsedElsewhere(fn);
  const passed = new Set<Block>();
  for (const block of fn.blocks) {
    if (onlyDecides(block, usedElsewhere) && threadThrough(block)) passed.add(block);
  }
  loseLocals(fn, passed);
  computeDominators(fn);
}
