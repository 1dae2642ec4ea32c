/**
 * The order in which registers are allocated: definitions before uses, loops together, the
 * likelier successor directly after its predecessor, blocks that end in a trap last. The code
 * follows it but for the rotation of loops (codegen/rotate-loops.ts).
 */
import { computeDominators, computeLoops, reversePostOrder } from '../ir/control-flow.ts';
import type { Block, IrFunction } from '../ir/function.ts';
import { Op } from '../ir/instruction.ts';

/** Blocks from which every path ends in a trap. */
function findColdBlocks(fn: IrFunction): Set<Block> {
  const cold = new Set<Block>();
  for (const block of fn.blocks.slice().reverse()) {
    const { op } = block.terminator;
    if (op === Op.Trap) cold.add(block);
    else if (block.successors.length > 0 && block.successors.every((next) => cold.has(next))) {
      cold.add(block);
    }
  }
  cold.delete(fn.entry);
  return cold;
}

/** Establishes the order of `fn.blocks`; dominators and loops are current after. */
export function orderBlocks(fn: IrFunction): void {
  computeDominators(fn);
  computeLoops(fn);
  const cold = findColdBlocks(fn);
  const rank = (block: Block) => (cold.has(block) ? -1 : block.loopDepth);
  // What is visited last comes first: the innermost loop, and of equals the fall-through.
  const order = reversePostOrder(fn, (block) =>
    block.successors
      .map((successor, index) => ({ successor, index }))
      .sort((a, b) => rank(a.successor) - rank(b.successor) || a.index - b.index)
      .map(({ successor }) => successor),
  );
  fn.blocks = [...order.filter((block) => !cold.has(block)), ...order.filter((b) => cold.has(b))];
}
