/**
 * Instruction selection: brings every operation into a form that is one machine instruction (or a
 * short fixed sequence), with immediates and address offsets folded, and puts constants into
 * registers where one is needed. Zero stays an operand: it is x0.
 */
import { dominates } from '../ir/control-flow.ts';
import type { Block, IrFunction } from '../ir/function.ts';
import {
  Condition,
  type Instruction,
  Op,
  isConstant,
  isMemoryAccess,
  isStore,
  isZero,
} from '../ir/instruction.ts';

const IMMEDIATE_MINIMUM = -2048;
const IMMEDIATE_MAXIMUM = 2047;
const LOW_PART_BITS = 12;
/** Addends of one symbol that share a high part: objects are aligned to at least this. */
const SHARED_PART_MASK = ~7;

export function fitsImmediate(value: number): boolean {
  return value >= IMMEDIATE_MINIMUM && value <= IMMEDIATE_MAXIMUM;
}

/** The multiple of 4096 from which the rest of `value` fits a signed 12-bit immediate. */
export function highPart(value: number): number {
  return ((value + (1 << (LOW_PART_BITS - 1))) >> LOW_PART_BITS) << LOW_PART_BITS;
}

/** Between floating-point registers, or from or to them. */
function isFloatOperation(op: Op): boolean {
  return op >= Op.Float && op <= Op.MakeDouble;
}

/** An intrinsic that is one instruction. */
function takesRegisters({ op, intrinsic }: Instruction): boolean {
  return op === Op.Intrinsic && intrinsic?.shape !== 'ecall';
}

class Selector {
  private output: Instruction[] = [];
  private block: Block;
  /** By block and key, the constants that registers hold there. */
  private readonly materialised = new Map<Block, Map<string, Instruction>>();

  constructor(private readonly fn: IrFunction) {
    this.block = fn.entry;
  }

  run(): void {
    // A definition comes before its uses, so that hoisted constants meet finished blocks only.
    const order = this.fn.blocks.slice().sort((a, b) => a.dominatorDepth - b.dominatorDepth);
    for (const block of order) {
      this.block = block;
      this.output = [];
      for (const instruction of block.instructions) this.visit(instruction);
      block.instructions = this.output;
    }
  }

  private emit(instruction: Instruction): Instruction {
    instruction.block = this.block;
    this.output.push(instruction);
    return instruction;
  }

  private visit(instruction: Instruction): void {
    const { op, operands } = instruction;
    if (isMemoryAccess(op)) {
      this.selectAddress(instruction);
      if (isStore(op)) this.toRegister(operands, 1, instruction);
      this.emit(instruction);
    } else if (op >= Op.Add && op <= Op.Geu) {
      this.selectBinary(instruction);
    } else if (op === Op.Branch || op === Op.TrapIf) {
      this.selectTest(instruction);
      this.emit(instruction);
    } else if (op === Op.Select) {
      this.selectTest(instruction);
      this.toRegister(operands, 2, instruction);
      this.toRegister(operands, 3, instruction);
      this.emit(instruction);
    } else if (isFloatOperation(op) || takesRegisters(instruction)) {
      operands.forEach((_, index) => this.toRegister(operands, index, instruction));
      this.emit(instruction);
    } else {
      // Phis, calls and returns take constants in the moves that pass their operands.
      this.emit(instruction);
    }
  }

  private toRegister(operands: Instruction[], index: number, user: Instruction): void {
    const value = operands[index];
    if (isZero(value)) return;
    if (value.op === Op.Constant) {
      operands[index] = this.materialise(`${value.immediate}`, value, Op.Constant, user);
    } else if (value.op === Op.SymbolAddress) {
      const key = `${value.symbol ?? ''}+${value.immediate}`;
      operands[index] = this.materialise(key, value, Op.SymbolAddress, user);
    } else if (value.op === Op.FloatConstant) {
      const key = `float ${value.kind}:${value.immediateHigh}:${value.immediate}`;
      operands[index] = this.materialise(key, value, Op.FloatConstant, user);
    }
  }

  /** An instruction that puts `model` into a register, shared within a block and out of loops. */
  private materialise(key: string, model: Instruction, op: Op, user: Instruction): Instruction {
    const place = this.placeFor(this.block);
    let held = this.materialised.get(place);
    if (held === undefined) {
      held = new Map();
      this.materialised.set(place, held);
    }
    const existing = held.get(key);
    if (existing !== undefined) return existing;
    const instruction = this.fn.create(op, [], user.source);
    instruction.copyAttributes(model);
    instruction.block = place;
    if (place === this.block) this.output.push(instruction);
    else place.instructions.splice(place.instructions.length - 1, 0, instruction);
    held.set(key, instruction);
    return instruction;
  }

  /** Before the outermost loop around `block` that makes no calls, else `block`. */
  private placeFor(block: Block): Block {
    let place = block;
    for (let { loop } = block; loop !== undefined && !loop.hasCall; loop = loop.parent) {
      let before = loop.header.immediateDominator;
      while (before !== undefined && before.loopDepth >= loop.depth) {
        before = before.immediateDominator;
      }
      if (before === undefined || !dominates(before, block)) break;
      place = before;
    }
    return place;
  }

  private selectBinary(instruction: Instruction): void {
    const { op, operands, source } = instruction;
    const [a, b] = operands;
    switch (op) {
      case Op.Eq:
      case Op.Ne:
        this.selectEquality(instruction);
        return;
      case Op.Ge:
      case Op.Geu: {
        const less = this.fn.create(op === Op.Ge ? Op.Lt : Op.Ltu, [a, b], source);
        this.selectBinary(less);
        this.becomeImmediate(instruction, Op.Xor, less, 1);
        return;
      }
      case Op.And:
        if (isConstant(b) && this.selectMask(instruction, a, b.immediate)) return;
        break;
    }
    const foldable =
      op === Op.Add ||
      op === Op.And ||
      op === Op.Or ||
      op === Op.Xor ||
      op === Op.Lt ||
      op === Op.Ltu;
    const isShift = op === Op.Sll || op === Op.Srl || op === Op.Sra;
    if (isConstant(b) && !isZero(b) && (isShift || (foldable && fitsImmediate(b.immediate)))) {
      this.toRegister(operands, 0, instruction);
      this.becomeImmediate(instruction, op, operands[0], isShift ? b.immediate & 31 : b.immediate);
      return;
    }
    this.toRegister(operands, 0, instruction);
    this.toRegister(operands, 1, instruction);
    this.emit(instruction);
  }

  private becomeImmediate(
    instruction: Instruction,
    op: Op,
    operand: Instruction,
    immediate: number,
  ): void {
    instruction.op = op;
    instruction.operands = [operand];
    instruction.immediate = immediate;
    this.emit(instruction);
  }

  /** Low-bit masks too large for an immediate: shifted out and back. */
  private selectMask(instruction: Instruction, a: Instruction, mask: number): boolean {
    if (fitsImmediate(mask) || mask === -1 || (mask & (mask + 1)) !== 0) return false;
    const shift = Math.clz32(mask);
    const left = this.fn.create(Op.Sll, [a], instruction.source);
    left.immediate = shift;
    this.toRegister(left.operands, 0, instruction);
    this.emit(left);
    this.becomeImmediate(instruction, Op.Srl, left, shift);
    return true;
  }

  /** Comparison with zero is one instruction; others subtract or exclusive-or first. */
  private selectEquality(instruction: Instruction): void {
    const { operands, source } = instruction;
    const equal = instruction.op === Op.Eq;
    const [a, b] = operands;
    let difference = a;
    if (!isZero(b)) {
      if (isConstant(b) && fitsImmediate(-b.immediate)) {
        difference = this.fn.create(Op.Add, [a], source);
        difference.immediate = -b.immediate;
      } else {
        difference = this.fn.create(Op.Xor, [a, b], source);
        this.toRegister(difference.operands, 1, instruction);
      }
      this.toRegister(difference.operands, 0, instruction);
      this.emit(difference);
    } else {
      this.toRegister(operands, 0, instruction);
      difference = operands[0];
    }
    if (equal) {
      this.becomeImmediate(instruction, Op.Ltu, difference, 1);
    } else {
      instruction.op = Op.Ltu;
      instruction.operands = [this.fn.constant(0), difference];
      this.emit(instruction);
    }
  }

  /** Brings the two compared operands into registers; comparisons with 1 become ones with zero. */
  private selectTest(instruction: Instruction): void {
    const { operands, condition } = instruction;
    const [a, b] = operands;
    if (isConstant(b) && b.immediate === 1) {
      const zero = this.fn.constant(0);
      if (condition === Condition.Ge) {
        instruction.condition = Condition.Lt;
        operands[0] = zero;
        operands[1] = a;
      } else if (condition === Condition.Lt) {
        instruction.condition = Condition.Ge;
        operands[0] = zero;
        operands[1] = a;
      }
    }
    this.toRegister(operands, 0, instruction);
    this.toRegister(operands, 1, instruction);
  }

  /** Leaves base + 12-bit offset, or high part + low part of an absolute address. */
  private selectAddress(instruction: Instruction): void {
    const { operands } = instruction;
    let base = operands[0];
    while (base.op === Op.Add && base.operands.length === 2 && isConstant(base.operands[1])) {
      instruction.immediate = (instruction.immediate + base.operands[1].immediate) | 0;
      base = base.operands[0];
    }
    // An addition that was selected already carries its constant itself.
    while (base.op === Op.Add && base.operands.length === 1 && base.symbol === undefined) {
      const sum = (instruction.immediate + base.immediate) | 0;
      if (!fitsImmediate(sum)) break;
      instruction.immediate = sum;
      base = base.operands[0];
    }
    operands[0] = base;
    if (base.op === Op.SymbolAddress) {
      instruction.symbol = base.symbol;
      instruction.immediate = (instruction.immediate + base.immediate) | 0;
      const shared = instruction.immediate & SHARED_PART_MASK;
      const model = this.fn.symbolAddress(base.symbol ?? '', shared);
      const key = `hi ${base.symbol ?? ''}+${shared}`;
      operands[0] = this.materialise(key, model, Op.HighPart, instruction);
      return;
    }
    if (isConstant(base)) {
      const address = (base.immediate + instruction.immediate) | 0;
      const high = highPart(address);
      instruction.immediate = (address - high) | 0;
      operands[0] = this.fn.constant(high);
    } else if (!fitsImmediate(instruction.immediate)) {
      const high = highPart(instruction.immediate);
      instruction.immediate = (instruction.immediate - high) | 0;
      const sum = this.fn.create(Op.Add, [base, this.fn.constant(high)], instruction.source);
      this.toRegister(sum.operands, 1, instruction);
      operands[0] = this.emit(sum);
    }
    this.toRegister(operands, 0, instruction);
  }
}

/** Needs blocks in order, with dominators and loops; afterwards every operand is machine-like. */
export function selectInstructions(fn: IrFunction): void {
  new Selector(fn).run();
}
