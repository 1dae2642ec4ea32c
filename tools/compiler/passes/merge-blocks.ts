/** Joins a block to its only successor where that has no other predecessor. */
import { reversePostOrder } from '../ir/control-flow.ts';
import { type IrFunction, resolveOperands } from '../ir/function.ts';
import { Op } from '../ir/instruction.ts';

/** Leaves `fn.blocks` in reverse post-order, unreachable blocks dropped. */
export function mergeBlocks(fn: IrFunction): void {
  fn.blocks = reversePostOrder(fn);
  const merged = new Set<number>();
  for (const block of fn.blocks) {
    if (merged.has(block.id)) continue;
    while (block.terminator.op === Op.Jump) {
      const next = block.successors[0];
      if (next === block || next.predecessors.length !== 1) break;
      block.instructions.pop();
      for (const instruction of next.instructions) {
        if (instruction.op === Op.Phi) {
          instruction.replacement = instruction.operands[0];
          continue;
        }
        instruction.block = block;
        block.instructions.push(instruction);
      }
      block.successors = next.successors;
      for (const successor of next.successors) {
        successor.predecessors = successor.predecessors.map((from) =>
          from === next ? block : from,
        );
      }
      merged.add(next.id);
    }
  }
  fn.blocks = fn.blocks.filter((block) => !merged.has(block.id));
  resolveOperands(fn);
}
