/**
 * The order of the code: as allocated, except that a loop which tests at its top is turned so that
 * the test stands at the bottom and each turn takes one branch.
 */
import { type Loop } from '../ir/control-flow.ts';
import type { Block, IrFunction } from '../ir/function.ts';
import { Op } from '../ir/instruction.ts';

function rotate(order: readonly Block[], loop: Loop): readonly Block[] {
  const { header, blocks } = loop;
  if (header.terminator.op !== Op.Branch) return order;
  if (header.successors.every((successor) => blocks.has(successor))) return order;
  const start = order.indexOf(header);
  let end = start;
  while (end + 1 < order.length && blocks.has(order[end + 1])) end++;
  const last = order[end];
  const closes = last.terminator.op === Op.Jump && last.successors[0] === header;
  if (end === start || !closes) return order;
  const inside = order.slice(start + 1, end + 1);
  return [...order.slice(0, start), ...inside, header, ...order.slice(end + 1)];
}

/** The blocks in the order in which their code stands. */
export function rotateLoops(fn: IrFunction): readonly Block[] {
  let order: readonly Block[] = fn.blocks;
  for (const header of fn.blocks) {
    const { loop } = header;
    if (loop?.header === header) order = rotate(order, loop);
  }
  return order;
}
