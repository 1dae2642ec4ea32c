/** Edges that are led past a block: what happened in the block for debuggers only, happens on them. */
import type { Block, IrFunction } from '../ir/function.ts';
import { type Instruction, Op } from '../ir/instruction.ts';

/** The value that `value` has in `block` if it is entered from its `index`-th predecessor. */
export function valueFrom(block: Block, value: Instruction, index: number): Instruction {
  return value.op === Op.Phi && value.block === block ? value.operands[index] : value;
}

/** Repeats in `target` what `block`, entered from its `index`-th predecessor, says of locals. */
export function copyLocals(fn: IrFunction, block: Block, index: number, target: Block): void {
  for (const { op, operands, source, immediate } of block.instructions) {
    if (op !== Op.LocalValue) continue;
    const values = operands.map((value) => valueFrom(block, value, index));
    const copy = fn.create(Op.LocalValue, values, source);
    copy.immediate = immediate;
    copy.block = target;
    target.instructions.push(copy);
  }
}

/**
 * A block on the way from `from`, the `index`-th predecessor of `passed`, to `target`: from now on
 * `from` goes there instead. The caller adds it to the target's predecessors, with operands for its
 * phis, and removes the old edge from those of `passed`.
 */
export function createEdgeBlock(
  fn: IrFunction,
  from: Block,
  passed: Block,
  index: number,
  target: Block,
): Block {
  const edge = startEdgeBlock(fn, from, passed, index, target);
  from.successors[from.successors.indexOf(passed)] = edge;
  return edge;
}

/** The same, without a predecessor's successor changed: for one that is about to get several. */
export function startEdgeBlock(
  fn: IrFunction,
  from: Block,
  passed: Block,
  index: number,
  target: Block,
): Block {
  const edge = fn.createBlock();
  fn.blocks.push(edge);
  copyLocals(fn, passed, index, edge);
  const jump = fn.create(Op.Jump, [], passed.terminator.source);
  jump.block = edge;
  edge.instructions.push(jump);
  edge.predecessors.push(from);
  edge.successors.push(target);
  return edge;
}

/** Behind blocks that are passed by, their phis say nothing about locals any more. */
export function loseLocals(fn: IrFunction, passed: ReadonlySet<Block>): void {
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) {
      if (instruction.op !== Op.LocalValue) continue;
      instruction.operands = instruction.operands.filter(({ op, block: from }) => {
        return op !== Op.Phi || from === undefined || from === block || !passed.has(from);
      });
    }
  }
}
