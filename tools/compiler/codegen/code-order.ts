/**
 * The order of the code: as allocated, but without blocks that turned out empty, and with loops
 * that test at their top turned so that the test stands at the bottom and each turn takes one
 * branch.
 */
import type { Loop } from '../ir/control-flow.ts';
import type { Block, IrFunction } from '../ir/function.ts';
import { Op } from '../ir/instruction.ts';

export class CodeOrder {
  readonly blocks: readonly Block[];
  private readonly forwarded = new Map<Block, Block>();

  /** @param hasMoves whether allocation left moves in a block that has no other instruction */
  constructor(fn: IrFunction, hasMoves: (block: Block) => boolean) {
    for (const block of fn.blocks) {
      const isEmpty = block.instructions.length === 1 && block.terminator.op === Op.Jump;
      if (!isEmpty || block === fn.entry || hasMoves(block)) continue;
      this.forward(block);
    }
    let order: readonly Block[] = fn.blocks.filter((block) => !this.forwarded.has(block));
    for (const header of order) {
      const { loop } = header;
      if (loop?.header === header) order = this.rotate(order, loop);
    }
    this.blocks = order;
  }

  /** Empty blocks that jump in a circle stay: the circle is an endless loop of the program. */
  private forward(block: Block): void {
    const [target] = block.successors;
    if (this.target(target) !== block) this.forwarded.set(block, target);
  }

  /** Where a jump to `block` really goes. */
  target(block: Block): Block {
    let target = block;
    for (
      let next = this.forwarded.get(target);
      next !== undefined;
      next = this.forwarded.get(next)
    ) {
      target = next;
    }
    return target;
  }

  private rotate(order: readonly Block[], loop: Loop): readonly Block[] {
    const { header, blocks } = loop;
    if (header.terminator.op !== Op.Branch) return order;
    if (header.successors.every((successor) => blocks.has(successor))) return order;
    const start = order.indexOf(header);
    let end = start;
    while (end + 1 < order.length && blocks.has(order[end + 1])) end++;
    const last = order[end];
    const closes = last.terminator.op === Op.Jump && this.target(last.successors[0]) === header;
    if (end === start || !closes) return order;
    const inside = order.slice(start + 1, end + 1);
    return [...order.slice(0, start), ...inside, header, ...order.slice(end + 1)];
  }
}
