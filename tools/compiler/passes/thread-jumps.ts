/**
 * Jump threading: where a block only decides, a predecessor for which the decision is known jumps
 * straight to what it will be: because it brings a constant (unoptimised `a && b` is a phi of `b` and
 * 0), or because a branch before has decided the same. One that brings the result of a comparison
 * decides itself.
 */
import { computeDominators, dominates } from '../ir/control-flow.ts';
import type { Block, IrFunction } from '../ir/function.ts';
import {
  Condition,
  type Instruction,
  Op,
  conditionOf,
  isComparison,
  isConstant,
  isZero,
  negate,
} from '../ir/instruction.ts';
import { evaluateCondition } from '../ir/simplify.ts';
import { createEdgeBlock, loseLocals, startEdgeBlock, valueFrom } from './edges.ts';

/** As often as threading makes more threading possible, but not without end. */
const MAX_ROUNDS = 4;
/** How far up the dominator tree decisions are looked for. */
const MAX_DOMINATORS = 24;

/** `condition`(a, b). */
interface Test {
  readonly condition: Condition;
  readonly a: Instruction;
  readonly b: Instruction;
}

/** Phis with a use other than the decision of their own block and the phis behind it. */
function findUsedElsewhere(fn: IrFunction): Set<Instruction> {
  const used = new Set<Instruction>();
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) {
      if (instruction.op === Op.LocalValue) continue;
      instruction.operands.forEach((operand, index) => {
        if (operand.op !== Op.Phi) return;
        const isPhi = instruction.op === Op.Phi;
        const from = isPhi ? block.predecessors[index] : block;
        const allowed = isPhi ? from !== block : instruction.op === Op.Branch;
        if (!allowed || operand.block !== from) used.add(operand);
      });
    }
  }
  return used;
}

function onlyDecides(block: Block, usedElsewhere: ReadonlySet<Instruction>): boolean {
  const { instructions, terminator, predecessors } = block;
  if (terminator.op !== Op.Branch || predecessors.length < 2) return false;
  if (predecessors.some((from) => dominates(block, from))) return false;
  if (block.successors[0] === block.successors[1]) return false;
  return instructions.every(
    (instruction) =>
      instruction === terminator ||
      instruction.op === Op.LocalValue ||
      (instruction.op === Op.Phi && !usedElsewhere.has(instruction)),
  );
}

/** Whether a comparison holds or does not. */
function isTruthTest({ condition, a, b }: Test): boolean {
  const isEquality = condition === Condition.Eq || condition === Condition.Ne;
  return isEquality && isComparison(a.op) && isZero(b);
}

class JumpThreader {
  private readonly passed = new Set<Block>();

  constructor(private readonly fn: IrFunction) {}

  /** Whether anything has changed. */
  run(): boolean {
    const { fn, passed } = this;
    computeDominators(fn);
    const usedElsewhere = findUsedElsewhere(fn);
    for (const block of fn.blocks.slice()) {
      if (onlyDecides(block, usedElsewhere)) this.threadThrough(block);
    }
    if (passed.size === 0) return false;
    loseLocals(fn, passed);
    computeDominators(fn);
    return true;
  }

  private threadThrough(block: Block): void {
    for (let index = block.predecessors.length - 1; index >= 0; index--) {
      if (block.predecessors.length < 2) return;
      const from = block.predecessors[index];
      const { op } = from.terminator;
      if (op !== Op.Jump && op !== Op.Branch) continue;
      const test = this.testFrom(block, index);
      const decision = this.decide(test, from, block);
      if (decision !== undefined) {
        const target = block.successors[decision ? 0 : 1];
        this.lead(createEdgeBlock(this.fn, from, block, index, target), block, index, target);
      } else if (op === Op.Jump && isTruthTest(test)) {
        this.decideIn(from, test, block, index);
      } else continue;
      this.passed.add(block);
      block.predecessors.splice(index, 1);
      for (const phi of block.phis()) phi.operands.splice(index, 1);
    }
  }

  private testFrom(block: Block, index: number): Test {
    const { condition, operands } = block.terminator;
    const [a, b] = operands.map((operand) => valueFrom(block, operand, index));
    return { condition, a, b };
  }

  /** What the test comes to on the edge between the blocks; undefined if that is not known. */
  private decide({ condition, a, b }: Test, from: Block, to: Block): boolean | undefined {
    if (isConstant(a) && isConstant(b)) {
      return evaluateCondition(condition, a.immediate, b.immediate);
    }
    let below = to;
    let block: Block | undefined = from;
    for (let steps = 0; block !== undefined && steps < MAX_DOMINATORS; steps++) {
      const { terminator, successors } = block;
      const [x, y] = terminator.operands;
      if (terminator.op === Op.Branch && x === a && y === b && successors[0] !== successors[1]) {
        const way = successors.indexOf(below);
        // Behind a join, nothing is known of the branches before; behind a block that is passed by,
        // the tree that says what dominates what is out of date.
        const only = below.predecessors.length === 1 && !this.passed.has(below);
        if (way >= 0 && (below === to || only)) {
          if (terminator.condition === condition) return way === 0;
          if (terminator.condition === negate(condition)) return way === 1;
        }
      }
      below = block;
      block = block.immediateDominator;
    }
    return undefined;
  }

  /** `edge` leads from the `index`-th predecessor of `block` to `target`. */
  private lead(edge: Block, block: Block, index: number, target: Block): void {
    const way = target.predecessors.indexOf(block);
    for (const phi of target.phis()) {
      phi.operands.push(valueFrom(block, phi.operands[way], index));
    }
    target.predecessors.push(edge);
  }

  /** In place of its jump, `from` gets the branch of `block` on a comparison. */
  private decideIn(from: Block, { condition, a }: Test, block: Block, index: number): void {
    const { fn } = this;
    const holds = conditionOf(a.op);
    const jump = from.terminator;
    const branch = fn.create(Op.Branch, a.operands.slice(), block.terminator.source);
    branch.condition = condition === Condition.Eq ? negate(holds) : holds;
    branch.block = from;
    from.instructions[from.instructions.indexOf(jump)] = branch;
    jump.block = undefined;
    from.successors = [];
    for (const target of block.successors) {
      const edge = startEdgeBlock(fn, from, block, index, target);
      from.successors.push(edge);
      this.lead(edge, block, index, target);
    }
  }
}

/** Needs and leaves reverse post-order. */
export function threadJumps(fn: IrFunction): void {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (!new JumpThreader(fn).run()) return;
  }
}
