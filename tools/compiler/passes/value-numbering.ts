/**
 * Merges equal computations along the dominator tree and simplifies again with what was learnt.
 * Loads merge only within a block and only while no store, call or intrinsic stands between.
 */
import { computeDominators, dominates } from '../ir/control-flow.ts';
import { type Block, type IrFunction, resolveOperands } from '../ir/function.ts';
import {
  type Instruction,
  Op,
  hasEffect,
  isConstant,
  isLoad,
  isPure,
  isStore,
  resolve,
} from '../ir/instruction.ts';
import { type Emitter, simplifyBinary } from '../ir/simplify.ts';
import { NO_SOURCE, type Source } from '../ir/source.ts';

function keyOf(instruction: Instruction): string {
  const { op, operands, immediate, condition, symbol } = instruction;
  let key = `${op}:${immediate}:${condition}:${symbol ?? ''}`;
  for (const operand of operands) key += `,${operand.id}`;
  return key;
}

function isBinary(op: Op): boolean {
  return op >= Op.Add && op <= Op.Geu;
}

class ValueNumbering implements Emitter {
  private readonly known = new Map<string, Instruction[]>();
  /** What memory is known to hold, by load; forgotten at every effect that could change it. */
  private readonly memory = new Map<string, Instruction>();
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
      this.memory.clear();
      for (const instruction of block.instructions) this.visit(instruction);
      block.instructions = this.output;
    }
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
    const candidates = this.known.get(key);
    if (candidates !== undefined) {
      for (const candidate of candidates) {
        if (candidate.block !== undefined && dominates(candidate.block, this.block)) {
          return candidate;
        }
      }
      candidates.push(instruction);
    } else {
      this.known.set(key, [instruction]);
    }
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
      const simpler = isBinary(op) ? simplifyBinary(this, op, operands[0], operands[1]) : undefined;
      const value = simpler ?? this.add(instruction);
      if (value !== instruction) instruction.replacement = value;
      return;
    }
    if (isLoad(op) && !instruction.volatile) {
      this.foldAddress(instruction);
      const key = keyOf(instruction);
      const value = this.memory.get(key);
      if (value !== undefined) {
        instruction.replacement = value;
        return;
      }
      this.memory.set(key, instruction);
    } else if (isStore(op) || isLoad(op)) {
      this.foldAddress(instruction);
      this.memory.clear();
      if (op === Op.StoreWord && !instruction.volatile) this.rememberStore(instruction);
    } else if (hasEffect(instruction) && op !== Op.TrapIf) {
      this.memory.clear();
    }
    this.output.push(instruction);
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

  /** A word just stored is what a load of the same place would find. */
  private rememberStore(store: Instruction): void {
    const probe = this.fn.create(Op.LoadWord, [store.operands[0]], store.source);
    probe.immediate = store.immediate;
    probe.symbol = store.symbol;
    this.memory.set(keyOf(probe), store.operands[1]);
  }
}

/** Needs and leaves reverse post-order. */
export function numberValues(fn: IrFunction): void {
  computeDominators(fn);
  new ValueNumbering(fn).run();
  resolveOperands(fn);
}
