/**
 * Strength reduction: an address that follows a loop's counter (`a + (i << 2)`, `a + i * n`)
 * becomes a value of its own that is advanced by addition each turn. Arithmetic is modulo 2^32 on
 * both sides, so that the two always agree.
 */
import { type Loop, computeDominators, computeLoops } from '../ir/control-flow.ts';
import { type Block, type IrFunction, resolveOperands } from '../ir/function.ts';
import { type Instruction, Op, isConstant, isMemoryAccess } from '../ir/instruction.ts';
import { type Emitter, simplifyBinary } from '../ir/simplify.ts';
import type { Source } from '../ir/source.ts';
import { findPreheader, isInvariant } from './loop-invariants.ts';

/** Each advanced value takes a register in the loop. */
const MAX_ADVANCED = 5;

/** A value that is linear in a counter: before the first turn `initial`, then `step` more each. */
interface Linear {
  /** Equal for values that differ by a constant only. */
  readonly key: string;
  readonly initial: () => Instruction;
  readonly step: () => Instruction;
  /** Constant to be added. */
  readonly offset: number;
  /** Instructions that a turn saves if the value is advanced instead. */
  readonly cost: number;
}

/** Appends to the end of the preheader, before its jump. */
class PreheaderEmitter implements Emitter {
  constructor(
    readonly fn: IrFunction,
    private readonly block: Block,
    private readonly source: Source | undefined,
  ) {}

  binary(op: Op, a: Instruction, b: Instruction): Instruction {
    const simpler = simplifyBinary(this, op, a, b);
    if (simpler !== undefined) return simpler;
    const instruction = this.fn.create(op, [a, b], this.source);
    instruction.block = this.block;
    const { instructions } = this.block;
    instructions.splice(instructions.length - 1, 0, instruction);
    return instruction;
  }
}

class LoopReducer {
  private readonly linear = new Map<Instruction, Linear | undefined>();
  private readonly advanced = new Map<string, Instruction>();
  /** Bases of loads and stores in the loop: worth a register of their own. */
  private readonly addresses = new Set<Instruction>();

  constructor(
    private readonly fn: IrFunction,
    private readonly loop: Loop,
    private readonly latch: Block,
    private readonly emitter: PreheaderEmitter,
    /** Place of the preheader and of the latch among the header's predecessors. */
    private readonly entryIndex: number,
    private readonly latchIndex: number,
  ) {}

  run(): void {
    for (const phi of this.loop.header.phis()) this.noteCounter(phi);
    if (this.linear.size === 0) return;
    for (const { instructions } of this.loop.blocks) {
      for (const { op, operands } of instructions) {
        if (isMemoryAccess(op)) this.addresses.add(operands[0]);
      }
    }
    for (const block of this.fn.blocks) {
      if (!this.loop.blocks.has(block)) continue;
      for (const instruction of block.instructions.slice()) this.visit(instruction, block);
    }
  }

  /** A phi that grows by a constant each turn. */
  private noteCounter(phi: Instruction): void {
    const initial = phi.operands[this.entryIndex];
    const next = phi.operands[this.latchIndex];
    if (next.op !== Op.Add || next.operands[0] !== phi || !isConstant(next.operands[1])) return;
    const step = next.operands[1];
    this.linear.set(phi, {
      key: `${phi.id}`,
      initial: () => initial,
      step: () => step,
      offset: 0,
      cost: 0,
    });
  }

  private linearOf(value: Instruction): Linear | undefined {
    return this.linear.get(value);
  }

  private visit(instruction: Instruction, block: Block): void {
    const { op, operands } = instruction;
    if (operands.length !== 2) return;
    const [a, b] = operands;
    const first = this.linearOf(a);
    const second = this.linearOf(b);
    const result =
      first !== undefined && isInvariant(b, this.loop)
        ? this.combine(op, first, b)
        : second !== undefined && isInvariant(a, this.loop) && (op === Op.Add || op === Op.Mul)
          ? this.combine(op, second, a)
          : undefined;
    if (result === undefined) return;
    this.linear.set(instruction, result);
    if (result.cost >= 2 && this.addresses.has(instruction))
      this.replace(instruction, result, block);
  }

  private combine(op: Op, linear: Linear, other: Instruction): Linear | undefined {
    const { emitter } = this;
    const { initial, step, key, cost, offset } = linear;
    switch (op) {
      case Op.Add:
        if (isConstant(other)) return { ...linear, offset: (offset + other.immediate) | 0 };
        return {
          key: `${key}+${other.id}`,
          initial: () => emitter.binary(Op.Add, initial(), other),
          step,
          offset,
          cost: cost + 1,
        };
      case Op.Sll:
        if (!isConstant(other)) return undefined;
        return {
          key: `${key}<<${other.immediate}`,
          initial: () => emitter.binary(Op.Sll, initial(), other),
          step: () => emitter.binary(Op.Sll, step(), other),
          offset: offset << other.immediate,
          cost: cost + 1,
        };
      case Op.Mul:
        if (offset !== 0) return undefined;
        return {
          key: `${key}*${other.id}`,
          initial: () => emitter.binary(Op.Mul, initial(), other),
          step: () => emitter.binary(Op.Mul, step(), other),
          offset,
          cost: cost + 1,
        };
      default:
        return undefined;
    }
  }

  private replace(instruction: Instruction, linear: Linear, block: Block): void {
    const { fn } = this;
    let pointer = this.advanced.get(linear.key);
    if (pointer === undefined) {
      if (this.advanced.size >= MAX_ADVANCED) return;
      pointer = this.advance(linear);
      this.advanced.set(linear.key, pointer);
    }
    if (linear.offset === 0) {
      instruction.replacement = pointer;
      block.instructions.splice(block.instructions.indexOf(instruction), 1);
    } else {
      instruction.op = Op.Add;
      instruction.operands = [pointer, fn.constant(linear.offset)];
    }
  }

  private advance(linear: Linear): Instruction {
    const { fn, loop, latch } = this;
    const { source } = loop.header.terminator;
    const phi = fn.create(Op.Phi, [], source);
    const next = fn.create(Op.Add, [phi, linear.step()], latch.terminator.source);
    phi.operands[this.entryIndex] = linear.initial();
    phi.operands[this.latchIndex] = next;
    phi.block = loop.header;
    next.block = latch;
    loop.header.instructions.unshift(phi);
    latch.instructions.splice(latch.instructions.length - 1, 0, next);
    return phi;
  }
}

/** Loops with one way in and one way back, without calls, which would take the registers. */
export function reduceInduction(fn: IrFunction): void {
  computeDominators(fn);
  for (const loop of computeLoops(fn).reverse()) {
    const { header, blocks, hasCall } = loop;
    const preheader = findPreheader(loop);
    if (hasCall || preheader === undefined || header.predecessors.length !== 2) continue;
    const entryIndex = header.predecessors.indexOf(preheader);
    const latch = header.predecessors[1 - entryIndex];
    if (!blocks.has(latch)) continue;
    const emitter = new PreheaderEmitter(fn, preheader, preheader.terminator.source);
    new LoopReducer(fn, loop, latch, emitter, entryIndex, 1 - entryIndex).run();
    resolveOperands(fn);
  }
}
