/**
 * The order of the code: loops stay together, the likelier successor follows its predecessor,
 * blocks that end in a trap go last, and a loop that tests at its top is turned so that the test
 * stands at the bottom and each turn takes one branch.
 */
import {
  type Loop,
  computeDominators,
  computeLoops,
  reversePostOrder,
} from '../ir/control-flow.ts';
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

/** The test at the top of a loop moves behind the loop's last block. */
function rotate(order: Block[], loop: Loop): Block[] {
  const { header } = loop;
  const start = order.indexOf(header);
  if (header.terminator.op !== Op.Branch) return order;
  if (header.successors.every((successor) => loop.blocks.has(successor))) return order;
  let end = start;
  while (end + 1 < order.length && loop.blocks.has(order[end + 1])) end++;
  const last = order[end];
  const closes = last.terminator.op === Op.Jump && last.successors[0] === header;
  if (end === start || !closes) return order;
  const inside = order.slice(start + 1, end + 1);
  return [...order.slice(0, start), ...inside, header, ...order.slice(end + 1)];
}

/** Establishes the order of `fn.blocks`, and `block.order`; dominators and loops are current after. */
export function orderBlocks(fn: IrFunction): void {
  computeDominators(fn);
  const loops = computeLoops(fn);
  const cold = findColdBlocks(fn);
  const rank = (block: Block) => (cold.has(block) ? -1 : block.loopDepth);
  // What is visited last comes first: the innermost loop, and of equals the fall-through.
  let order = reversePostOrder(fn, (block) =>
    block.successors
      .map((successor, index) => ({ successor, index }))
      .sort((a, b) => rank(a.successor) - rank(b.successor) || a.index - b.index)
      .map(({ successor }) => successor),
  );
  order = [...order.filter((block) => !cold.has(block)), ...order.filter((b) => cold.has(b))];
  for (const loop of loops) order = rotate(order, loop);
  fn.blocks = order;
}
