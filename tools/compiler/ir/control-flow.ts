/** Facts about the control-flow graph: reverse post-order, dominators, natural loops. */
import type { Block, IrFunction } from './function.ts';
import { Op } from './instruction.ts';

export interface Loop {
  readonly header: Block;
  readonly parent: Loop | undefined;
  /** 1 for an outermost loop. */
  readonly depth: number;
  readonly blocks: Set<Block>;
  readonly hasCall: boolean;
}

/** The blocks that can be reached, each after its predecessors except along back edges. */
export function reversePostOrder(
  fn: IrFunction,
  successorsOf: (block: Block) => readonly Block[] = (block) => block.successors,
): Block[] {
  const visited = new Set<Block>([fn.entry]);
  const postOrder: Block[] = [];
  const stack: { block: Block; successors: readonly Block[]; next: number }[] = [
    { block: fn.entry, successors: successorsOf(fn.entry), next: 0 },
  ];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    if (top.next === top.successors.length) {
      postOrder.push(top.block);
      stack.pop();
      continue;
    }
    const successor = top.successors[top.next++];
    if (visited.has(successor)) continue;
    visited.add(successor);
    stack.push({ block: successor, successors: successorsOf(successor), next: 0 });
  }
  return postOrder.reverse();
}

/**
 * Drops unreachable blocks, puts the others in reverse post-order, numbers them and computes
 * immediate dominators (Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm").
 */
export function computeDominators(fn: IrFunction): void {
  const order = reversePostOrder(fn);
  const reachable = new Set(order);
  for (const block of order) {
    if (block.predecessors.every((predecessor) => reachable.has(predecessor))) continue;
    const kept = block.predecessors.map((predecessor) => reachable.has(predecessor));
    for (const phi of block.phis()) phi.operands = phi.operands.filter((_, i) => kept[i]);
    block.predecessors = block.predecessors.filter((_, i) => kept[i]);
  }
  fn.blocks = order;
  order.forEach((block, index) => {
    block.order = index;
    block.immediateDominator = undefined;
  });
  fn.entry.immediateDominator = fn.entry;
  for (let changed = true; changed;) {
    changed = false;
    for (const block of order) {
      if (block === fn.entry) continue;
      let dominator: Block | undefined;
      for (const predecessor of block.predecessors) {
        if (predecessor.immediateDominator === undefined) continue;
        dominator = dominator === undefined ? predecessor : intersect(predecessor, dominator);
      }
      if (dominator !== block.immediateDominator) {
        block.immediateDominator = dominator;
        changed = true;
      }
    }
  }
  fn.entry.immediateDominator = undefined;
  for (const block of order) {
    block.dominatorDepth = (block.immediateDominator?.dominatorDepth ?? -1) + 1;
  }
}

function intersect(a: Block, b: Block): Block {
  let x = a;
  let y = b;
  while (x !== y) {
    if (x.order > y.order) x = x.immediateDominator ?? y;
    else y = y.immediateDominator ?? x;
  }
  return x;
}

/** Every path from the entry to `b` passes `a` (also if they are the same). */
export function dominates(a: Block, b: Block): boolean {
  let block: Block | undefined = b;
  while (block !== undefined && block.dominatorDepth > a.dominatorDepth) {
    block = block.immediateDominator;
  }
  return block === a;
}

/** Finds the natural loops, outer before inner; sets `loop` and `loopDepth` of every block. */
export function computeLoops(fn: IrFunction): Loop[] {
  const loops: Loop[] = [];
  for (const block of fn.blocks) {
    block.loop = undefined;
    block.loopDepth = 0;
  }
  for (const header of fn.blocks) {
    const backEdges = header.predecessors.filter((from) => dominates(header, from));
    if (backEdges.length === 0) continue;
    const blocks = new Set<Block>([header]);
    const pending = backEdges.filter((block) => block !== header);
    for (let block = pending.pop(); block !== undefined; block = pending.pop()) {
      if (blocks.has(block)) continue;
      blocks.add(block);
      pending.push(...block.predecessors);
    }
    let hasCall = false;
    for (const block of blocks) {
      hasCall ||= block.instructions.some(({ op }) => op === Op.Call || op === Op.CallIndirect);
    }
    // Headers come in reverse post-order: the loop a header is in so far encloses it.
    const parent = header.loop;
    const loop: Loop = { header, parent, depth: (parent?.depth ?? 0) + 1, blocks, hasCall };
    loops.push(loop);
    for (const block of blocks) {
      block.loop = loop;
      block.loopDepth = loop.depth;
    }
  }
  return loops;
}
