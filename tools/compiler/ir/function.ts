/** Functions and basic blocks of the intermediate representation. */
import type { Loop } from './control-flow.ts';
import {
  type ArgumentClass,
  Instruction,
  Op,
  type ValueKind,
  floatBits,
  resolve,
} from './instruction.ts';
import type { LocalBinding } from './local-values.ts';
import { NO_SOURCE, type Source } from './source.ts';

export class Block {
  /** Phis first, one terminator last. */
  instructions: Instruction[] = [];
  predecessors: Block[] = [];
  successors: Block[] = [];
  /** Position in the order in force; set by whoever establishes one. */
  order = -1;
  immediateDominator: Block | undefined = undefined;
  /** Depth in the dominator tree; set with `immediateDominator`. */
  dominatorDepth = 0;
  /** The innermost loop around the block, and how many there are; set by computeLoops. */
  loop: Loop | undefined = undefined;
  loopDepth = 0;

  constructor(readonly id: number) {}

  get terminator(): Instruction {
    return this.instructions[this.instructions.length - 1];
  }

  phis(): Instruction[] {
    const result: Instruction[] = [];
    for (const instruction of this.instructions) {
      if (instruction.op !== Op.Phi) break;
      result.push(instruction);
    }
    return result;
  }
}

/** A table of code addresses in `.rodata`, made for a `br_table`. */
export interface BranchTable {
  readonly symbol: string;
  targets: Block[];
}

export class IrFunction {
  readonly entry: Block;
  /** All blocks; after orderBlocks in the order of the code. */
  blocks: Block[] = [];
  readonly branchTables: BranchTable[] = [];
  /** What locals become just before an instruction; filled after the last pass (local-values.ts). */
  localBindings: ReadonlyMap<Instruction, readonly LocalBinding[]> = new Map();
  private instructionCount = 0;
  private blockCount = 0;
  private readonly constants = new Map<number, Instruction>();
  private readonly floatConstants = new Map<string, Instruction>();
  private readonly addresses = new Map<string, Instruction>();

  constructor(
    readonly symbol: string,
    /** How each argument travels: decides registers and stack places. */
    readonly parameterClasses: readonly ArgumentClass[],
    /** Kinds of the values that a return leaves: words, or one floating-point number. */
    readonly resultKinds: readonly ValueKind[],
  ) {
    this.entry = this.createBlock();
    this.blocks.push(this.entry);
  }

  get size(): number {
    return this.instructionCount;
  }

  /** A block that is not yet part of `blocks`. */
  createBlock(): Block {
    return new Block(this.blockCount++);
  }

  create(op: Op, operands: Instruction[], source: Source | undefined): Instruction {
    return new Instruction(this.instructionCount++, op, operands, source);
  }

  /** The constant `value` (taken modulo 2^32), one instruction for each number. */
  constant(value: number): Instruction {
    const key = value | 0;
    let result = this.constants.get(key);
    if (result === undefined) {
      result = this.create(Op.Constant, [], NO_SOURCE);
      result.immediate = key;
      this.constants.set(key, result);
    }
    return result;
  }

  /** The floating-point number with these bits, one instruction for each. */
  floatConstant(kind: ValueKind, bits: bigint): Instruction {
    const key = `${kind}:${bits}`;
    let result = this.floatConstants.get(key);
    if (result === undefined) {
      result = this.create(Op.FloatConstant, [], NO_SOURCE);
      result.kind = kind;
      result.immediate = Number(BigInt.asIntN(32, bits));
      result.immediateHigh = Number(BigInt.asIntN(32, bits >> 32n));
      this.floatConstants.set(key, result);
    }
    return result;
  }

  /** The floating-point constant that another function has as `model`. */
  sameFloatConstant(model: Instruction): Instruction {
    return this.floatConstant(model.kind, floatBits(model));
  }

  /** The address of `symbol` + `addend`, one instruction for each. */
  symbolAddress(symbol: string, addend = 0): Instruction {
    const key = `${symbol}+${addend}`;
    let result = this.addresses.get(key);
    if (result === undefined) {
      result = this.create(Op.SymbolAddress, [], NO_SOURCE);
      result.symbol = symbol;
      result.immediate = addend | 0;
      this.addresses.set(key, result);
    }
    return result;
  }
}

export function connect(from: Block, to: Block): void {
  from.successors.push(to);
  to.predecessors.push(from);
}

/** Puts every replaced value's stand-in where it is used. */
export function resolveOperands(fn: IrFunction): void {
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) {
      const { operands } = instruction;
      for (let i = 0; i < operands.length; i++) {
        if (operands[i].replacement !== undefined) operands[i] = resolve(operands[i]);
      }
    }
  }
}

/** Removes one edge, with the operands that phis have for it. */
export function removeEdge(from: Block, successorIndex: number): void {
  const to = from.successors[successorIndex];
  from.successors.splice(successorIndex, 1);
  const index = to.predecessors.indexOf(from);
  to.predecessors.splice(index, 1);
  for (const phi of to.phis()) phi.operands.splice(index, 1);
}
