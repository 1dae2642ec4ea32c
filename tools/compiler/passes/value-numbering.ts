/**
 * Merges equal computations along the dominator tree and simplifies again with what was learnt.
 * Loads merge only where all ways, none of them back in a loop, bring the same value, and only while
 * no store that could change the place, no call and no intrinsic stands between: a loop that waits
 * for memory to change looks at it each turn. Lengths of arrays, which do not change, merge anywhere.
 */
import { computeDominators, dominates } from '../ir/control-flow.ts';
import { type Block, type IrFunction, resolveOperands } from '../ir/function.ts';
import {
  Condition,
  type Instruction,
  Op,
  comparisonOp,
  conditionOf,
  hasEffect,
  isComparison,
  isConstant,
  isLoad,
  isPure,
  isStore,
  negate,
  resolve,
} from '../ir/instruction.ts';
import { type Emitter, simplifyBinary } from '../ir/simplify.ts';
import { simplifyFloat } from '../ir/simplify-float.ts';
import { KnownMemory } from './known-memory.ts';
import { NO_SOURCE, type Source } from '../ir/source.ts';

function keyOf(instruction: Instruction): string {
  const { op, operands, immediate, condition, symbol, mnemonic } = instruction;
  let key = `${op}:${immediate}:${condition}:${symbol ?? mnemonic ?? ''}`;
  for (const operand of operands) key += `,${operand.id}`;
  return key;
}

/** The key that the comparison has as a value. */
function keyOfComparison(condition: Condition, a: Instruction, b: Instruction): string {
  return `${comparisonOp(condition)}:0:${Condition.Eq}:,${a.id},${b.id}`;
}

/** A value that an expression is known to have in the blocks that `block` dominates. */
interface Known {
  readonly block: Block;
  readonly value: Instruction;
}

function isBinary(op: Op): boolean {
  return op >= Op.Add && op <= Op.Geu;
}

/** Of a StaticArray: of its object header, the size in bytes, just before the elements. */
const SIZE_OFFSET = -4;
const SIZE_GETTER = '~lib/rt/common/OBJECT#get:rtSize';
const STATIC_ARRAY = '~lib/staticarray/StaticArray<';

/**
 * Where asc's library looks up the length of a StaticArray, which is what it was made with as long as
 * it lives: no store changes it, nor does another hart.
 */
function isArrayLength({ op, immediate, source }: Instruction): boolean {
  if (op !== Op.LoadWord || immediate !== SIZE_OFFSET) return false;
  if (source?.fn.name !== SIZE_GETTER) return false;
  return source.inlinedAt?.fn.name.startsWith(STATIC_ARRAY) === true;
}

class ValueNumbering implements Emitter {
  private readonly known = new Map<string, Known[]>();
  /** Forgotten at every effect that could change it, and where control flow joins. */
  private memory = KnownMemory.empty();
  private readonly memoryAtEnd = new Map<Block, KnownMemory>();
  private block: Block;
  private output: Instruction[] = [];
  private source: Source | undefined = NO_SOURCE;

  constructor(readonly fn: IrFunction) {
    this.block = fn.entry;
  }

  run(): void {
    for (const block of this.fn.blocks) {
      this.block = block;
      this.output = [];
      this.enter(block);
      for (const instruction of block.instructions) this.visit(instruction);
      this.memoryAtEnd.set(block, this.memory);
      block.instructions = this.output;
    }
  }

  /** What the only way into the block tells: memory as it was there, and what the branch decided. */
  private enter(block: Block): void {
    const { predecessors } = block;
    if (predecessors.length !== 1) {
      this.memory = this.memoryAtJoin(predecessors);
      return;
    }
    const [from] = predecessors;
    this.memory = this.memoryAtEnd.get(from)?.copy() ?? KnownMemory.empty();
    const { terminator, successors } = from;
    if (terminator.op !== Op.Branch || successors[0] === successors[1]) return;
    this.learn(terminator, block === successors[0]);
  }

  /** Nothing at the head of a loop, which is entered again from where memory may have changed. */
  private memoryAtJoin(predecessors: readonly Block[]): KnownMemory {
    const ends: KnownMemory[] = [];
    for (const from of predecessors) {
      const end = this.memoryAtEnd.get(from);
      if (end === undefined) return KnownMemory.empty();
      ends.push(end);
    }
    return ends.length === 0 ? KnownMemory.empty() : KnownMemory.common(ends);
  }

  /** From here on the comparison that `test` makes is known. */
  private learn({ condition, operands }: Instruction, holds: boolean): void {
    const [a, b] = operands;
    this.know(keyOfComparison(condition, a, b), this.fn.constant(holds ? 1 : 0));
    this.know(keyOfComparison(negate(condition), a, b), this.fn.constant(holds ? 0 : 1));
  }

  private know(key: string, value: Instruction): void {
    const fact = { block: this.block, value };
    const facts = this.known.get(key);
    if (facts === undefined) this.known.set(key, [fact]);
    else facts.push(fact);
  }

  private lookUp(key: string): Instruction | undefined {
    for (const { block, value } of this.known.get(key) ?? []) {
      if (dominates(block, this.block)) return value;
    }
    return undefined;
  }

  binary(op: Op, a: Instruction, b: Instruction): Instruction {
    const simpler = simplifyBinary(this, op, a, b);
    if (simpler !== undefined) return simpler;
    const instruction = this.fn.create(op, [a, b], this.source);
    return this.add(instruction);
  }

  /** Puts a pure instruction here unless an equal one dominates. */
  private add(instruction: Instruction): Instruction {
    const key = keyOf(instruction);
    const candidate = this.lookUp(key);
    if (candidate !== undefined) return candidate;
    this.know(key, instruction);
    instruction.block = this.block;
    this.output.push(instruction);
    return instruction;
  }

  private visit(instruction: Instruction): void {
    const { op, operands } = instruction;
    if (op !== Op.Phi) {
      for (let i = 0; i < operands.length; i++) operands[i] = resolve(operands[i]);
    }
    this.source = instruction.source;
    if (isPure(op)) {
      const simpler = isBinary(op)
        ? simplifyBinary(this, op, operands[0], operands[1])
        : simplifyFloat(this.fn, instruction);
      const value = simpler ?? this.add(instruction);
      if (value !== instruction) instruction.replacement = value;
      return;
    }
    if (isLoad(op) && !instruction.volatile) {
      this.foldAddress(instruction);
      const value = this.memory.find(instruction) ?? this.knownLength(instruction);
      if (value !== undefined) {
        instruction.replacement = value;
        return;
      }
      this.memory.noteLoad(instruction);
      if (isArrayLength(instruction)) this.know(keyOf(instruction), instruction);
    } else if (isStore(op) || isLoad(op)) {
      this.foldAddress(instruction);
      if (instruction.volatile) this.memory.forget();
      else this.memory.noteStore(instruction);
    } else if (op === Op.TrapIf || op === Op.Branch) {
      this.simplifyTest(instruction);
      if (op === Op.TrapIf) this.learn(instruction, false);
    } else if (hasEffect(instruction)) {
      this.memory.forget();
    }
    this.output.push(instruction);
  }

  /** Found before, wherever: it does not change. */
  private knownLength(load: Instruction): Instruction | undefined {
    return isArrayLength(load) ? this.lookUp(keyOf(load)) : undefined;
  }

  /** A test of a comparison becomes the comparison; a decided one compares constants. */
  private simplifyTest(test: Instruction): void {
    const [a, b] = test.operands;
    const value =
      this.lookUp(keyOfComparison(test.condition, a, b)) ??
      simplifyBinary(this, comparisonOp(test.condition), a, b);
    if (value === undefined) return;
    const zero = this.fn.constant(0);
    const isTest = isComparison(value.op);
    test.condition = isTest ? conditionOf(value.op) : Condition.Ne;
    test.operands = isTest ? value.operands.slice() : [value, zero];
  }

  /** Constant additions to the base become part of the offset. */
  private foldAddress(instruction: Instruction): void {
    for (;;) {
      const base = instruction.operands[0];
      if (base.op !== Op.Add || !isConstant(base.operands[1])) return;
      instruction.operands[0] = base.operands[0];
      instruction.immediate = (instruction.immediate + base.operands[1].immediate) | 0;
    }
  }
}

/** Needs and leaves reverse post-order. */
export function numberValues(fn: IrFunction): void {
  computeDominators(fn);
  new ValueNumbering(fn).run();
  resolveOperands(fn);
}
