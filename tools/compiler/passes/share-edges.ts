/**
 * Branches that bring the same values to a join share one way there, with its moves: every
 * `if (…) return null` of a function would otherwise load its own zero.
 */
import { computeDominators, dominates } from '../ir/control-flow.ts';
import type { Block, IrFunction } from '../ir/function.ts';
import { Op } from '../ir/instruction.ts';

/** Nothing of its own that sharing would delay by a jump. */
function canShare({ terminator, instructions }: Block): boolean {
  if (terminator.op === Op.Branch) return true;
  if (terminator.op !== Op.Jump) return false;
  return instructions.every(({ op }) => op === Op.Jump || op === Op.LocalValue);
}

/** The predecessors by what they bring. */
function groupEdges(block: Block): Map<string, Block[]> {
  const phis = block.phis();
  const groups = new Map<string, Block[]>();
  block.predecessors.forEach((from, index) => {
    if (!canShare(from)) return;
    const key = phis.map(({ operands }) => operands[index].id).join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [from]);
    else group.push(from);
  });
  return groups;
}

function share(fn: IrFunction, block: Block, group: readonly Block[]): void {
  const phis = block.phis();
  const shared = fn.createBlock();
  fn.blocks.push(shared);
  const jump = fn.create(Op.Jump, [], group[0].terminator.source);
  jump.block = shared;
  shared.instructions.push(jump);
  shared.successors.push(block);
  const first = block.predecessors.indexOf(group[0]);
  for (const phi of phis) phi.operands.push(phi.operands[first]);
  block.predecessors.push(shared);
  for (const from of group) {
    const index = block.predecessors.indexOf(from);
    block.predecessors.splice(index, 1);
    for (const phi of phis) phi.operands.splice(index, 1);
    from.successors[from.successors.indexOf(block)] = shared;
    shared.predecessors.push(from);
  }
}

/** Loops keep their ways in and back. Dominators are out of date afterwards. */
export function shareEdges(fn: IrFunction): void {
  computeDominators(fn);
  for (const block of fn.blocks.slice()) {
    const { predecessors, instructions } = block;
    if (predecessors.length < 3 || instructions[0].op !== Op.Phi) continue;
    if (predecessors.some((from) => dominates(block, from))) continue;
    for (const group of groupEdges(block).values()) {
      if (group.length > 1 && group.length < block.predecessors.length) share(fn, block, group);
    }
  }
}
