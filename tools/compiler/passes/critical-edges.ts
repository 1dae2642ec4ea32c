/** Splits critical edges, so that every edge has a block end or a block start to itself. */
import type { IrFunction } from '../ir/function.ts';
import { Op } from '../ir/instruction.ts';
import { NO_SOURCE } from '../ir/source.ts';

/** After this, a block with several successors has only successors with one predecessor. */
export function splitCriticalEdges(fn: IrFunction): void {
  for (const block of fn.blocks.slice()) {
    if (block.successors.length < 2) continue;
    block.successors.forEach((successor, index) => {
      if (successor.predecessors.length < 2) return;
      const middle = fn.createBlock();
      const jump = fn.create(Op.Jump, [], NO_SOURCE);
      jump.block = middle;
      middle.instructions.push(jump);
      middle.predecessors.push(block);
      middle.successors.push(successor);
      block.successors[index] = middle;
      // The phi operands of the edge keep their place.
      successor.predecessors[successor.predecessors.indexOf(block)] = middle;
      for (const table of fn.branchTables) {
        const { symbol } = block.terminator;
        if (block.terminator.op !== Op.JumpTable || table.symbol !== symbol) continue;
        table.targets = table.targets.map((target) => (target === successor ? middle : target));
      }
      fn.blocks.push(middle);
    });
  }
}
