/**
 * Joins that only join again: a block of phis that goes straight on to another join is passed by, and
 * its phis are spread over those behind it. What `return null` in an inlined function brings is then
 * a constant of the join that decides on it.
 */
import { computeDominators, dominates } from '../ir/control-flow.ts';
import type { Block, IrFunction } from '../ir/function.ts';
import { type Instruction, Op } from '../ir/instruction.ts';
import { createEdgeBlock, loseLocals, valueFrom } from './edges.ts';

/** Phis with a use other than phis of a block that follows theirs directly. */
function findUsedElsewhere(fn: IrFunction): Set<Instruction> {
  const used = new Set<Instruction>();
  for (const block of fn.blocks) {
    for (const { op, operands } of block.instructions) {
      if (op === Op.LocalValue) continue;
      operands.forEach((operand, index) => {
        if (operand.op !== Op.Phi) return;
        if (op !== Op.Phi || operand.block !== block.predecessors[index]) used.add(operand);
      });
    }
  }
  return used;
}

function isLoopHeader(block: Block): boolean {
  return block.predecessors.some((from) => dominates(block, from));
}

function onlyJoins(block: Block, usedElsewhere: ReadonlySet<Instruction>): boolean {
  const { instructions, terminator, predecessors } = block;
  if (terminator.op !== Op.Jump || predecessors.length < 2 || isLoopHeader(block)) return false;
  const [next] = block.successors;
  if (next.predecessors.length < 2 || isLoopHeader(next)) return false;
  const allows = ({ op }: Block['terminator']) => op === Op.Jump || op === Op.Branch;
  if (!predecessors.every((from) => allows(from.terminator))) return false;
  return instructions.every(
    (instruction) =>
      instruction === terminator ||
      instruction.op === Op.LocalValue ||
      (instruction.op === Op.Phi && !usedElsewhere.has(instruction)),
  );
}

function passBy(fn: IrFunction, block: Block): void {
  const [next] = block.successors;
  const edge = next.predecessors.indexOf(block);
  const phis = next.phis();
  block.predecessors.forEach((from, index) => {
    const entering = createEdgeBlock(fn, from, block, index, next);
    next.predecessors.push(entering);
    for (const phi of phis) phi.operands.push(valueFrom(block, phi.operands[edge], index));
  });
  next.predecessors.splice(edge, 1);
  for (const phi of phis) phi.operands.splice(edge, 1);
  block.predecessors = [];
}

/** Needs and leaves reverse post-order. */
export function forwardJoins(fn: IrFunction): void {
  computeDominators(fn);
  const usedElsewhere = findUsedElsewhere(fn);
  const passed = new Set<Block>();
  for (const block of fn.blocks.slice()) {
    if (!onlyJoins(block, usedElsewhere)) continue;
    passBy(fn, block);
    passed.add(block);
  }
  if (passed.size === 0) return;
  loseLocals(fn, passed);
  computeDominators(fn);
}
