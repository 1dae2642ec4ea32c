/** Numbers the code and computes the live interval of every value. */
import type { Block, IrFunction } from '../ir/function.ts';
import { type Instruction, Op, ValueKind, definesValue } from '../ir/instruction.ts';
import { Interval } from './interval.ts';
import { argumentPlaces, placesOfArguments } from './argument-places.ts';
import { PlaceKind, isRegister } from './place.ts';
import { ARGUMENT_REGISTERS, A0, A1, Clobber, FA0 } from './registers.ts';

export interface ClobberPoint {
  readonly position: number;
  readonly kind: Clobber;
}

export interface BlockSpan {
  readonly block: Block;
  /** The block's own position. */
  readonly from: number;
  /** `from` of the block after it. */
  readonly to: number;
}

export interface Liveness {
  /** In the order of the code. */
  readonly spans: readonly BlockSpan[];
  readonly spanOf: ReadonlyMap<Block, BlockSpan>;
  /** By instruction id; phis and parameters have their block's. */
  readonly positions: Int32Array;
  /** By instruction id; undefined for what needs no place. */
  readonly intervals: readonly (Interval | undefined)[];
  /** Ascending. */
  readonly clobberPoints: readonly ClobberPoint[];
  /** Values that live at the start of each block, phis of the block excluded. */
  readonly liveIn: ReadonlyMap<Block, readonly Instruction[]>;
}

export function clobberOf(instruction: Instruction): Clobber {
  if (instruction.op === Op.Call || instruction.op === Op.CallIndirect) return Clobber.Call;
  return instruction.intrinsic?.shape === 'ecall' ? Clobber.EnvironmentCall : Clobber.None;
}

/** Operands that are passed by moves and so may come from anywhere. */
export function takesOperandsAnywhere(instruction: Instruction): boolean {
  return (
    clobberOf(instruction) !== Clobber.None ||
    instruction.op === Op.Return ||
    instruction.op === Op.ResultHigh
  );
}

/** Constants in the hands of moves have no place of their own. */
function hasPlace(value: Instruction): boolean {
  return value.block !== undefined;
}

/** Dense numbers for values, and sets of them as bits. */
class LiveSets {
  readonly indexOf: Int32Array;
  readonly values: Instruction[] = [];
  private readonly wordCount: number;
  private readonly liveIn = new Map<Block, Uint32Array>();
  private readonly liveOut = new Map<Block, Uint32Array>();

  constructor(private readonly fn: IrFunction) {
    this.indexOf = new Int32Array(fn.size).fill(-1);
    for (const block of fn.blocks) {
      for (const instruction of block.instructions) {
        if (!definesValue(instruction)) continue;
        this.indexOf[instruction.id] = this.values.length;
        this.values.push(instruction);
      }
    }
    this.wordCount = (this.values.length + 31) >>> 5;
  }

  private empty(): Uint32Array {
    return new Uint32Array(this.wordCount);
  }

  compute(): void {
    const { fn, indexOf } = this;
    const upward = new Map<Block, Uint32Array>();
    const defined = new Map<Block, Uint32Array>();
    const phiOut = new Map<Block, Uint32Array>();
    for (const block of fn.blocks) {
      this.liveIn.set(block, this.empty());
      this.liveOut.set(block, this.empty());
      phiOut.set(block, this.empty());
    }
    for (const block of fn.blocks) {
      const use = this.empty();
      const def = this.empty();
      for (const instruction of block.instructions) {
        if (instruction.op === Op.Phi) {
          instruction.operands.forEach((operand, i) => {
            const index = hasPlace(operand) ? indexOf[operand.id] : -1;
            const out = phiOut.get(block.predecessors[i]);
            if (index >= 0 && out !== undefined) out[index >>> 5] |= 1 << (index & 31);
          });
        } else {
          for (const operand of instruction.operands) {
            const index = hasPlace(operand) ? indexOf[operand.id] : -1;
            if (index < 0 || (def[index >>> 5] & (1 << (index & 31))) !== 0) continue;
            use[index >>> 5] |= 1 << (index & 31);
          }
        }
        const index = indexOf[instruction.id];
        if (index >= 0) def[index >>> 5] |= 1 << (index & 31);
      }
      upward.set(block, use);
      defined.set(block, def);
    }
    const blocks = fn.blocks.slice().reverse();
    for (let changed = true; changed;) {
      changed = false;
      for (const block of blocks) {
        const out = this.out(block);
        out.set(phiOut.get(block) ?? out);
        for (const successor of block.successors) {
          const next = this.in(successor);
          for (let w = 0; w < out.length; w++) out[w] |= next[w];
        }
        const live = this.in(block);
        const use = upward.get(block) ?? live;
        const def = defined.get(block) ?? live;
        for (let w = 0; w < out.length; w++) {
          const word = (use[w] | (out[w] & ~def[w])) >>> 0;
          if (word === live[w]) continue;
          live[w] = word;
          changed = true;
        }
      }
    }
  }

  in(block: Block): Uint32Array {
    return this.liveIn.get(block) ?? this.empty();
  }

  out(block: Block): Uint32Array {
    return this.liveOut.get(block) ?? this.empty();
  }

  members(set: Uint32Array): Instruction[] {
    const result: Instruction[] = [];
    set.forEach((bits, w) => {
      for (let rest = bits; rest !== 0; rest &= rest - 1) {
        result.push(this.values[(w << 5) + 31 - Math.clz32(rest & -rest)]);
      }
    });
    return result;
  }
}

function numberPositions(fn: IrFunction): { spans: BlockSpan[]; positions: Int32Array } {
  const positions = new Int32Array(fn.size);
  const spans: BlockSpan[] = [];
  let position = 0;
  for (const block of fn.blocks) {
    const from = position;
    for (const instruction of block.instructions) {
      const { op } = instruction;
      if (op === Op.Phi || op === Op.Parameter) {
        positions[instruction.id] = from;
      } else if (op === Op.ResultHigh) {
        positions[instruction.id] = position;
      } else {
        position += 2;
        positions[instruction.id] = position;
      }
    }
    position += 2;
    spans.push({ block, from, to: position });
  }
  return { spans, positions };
}

/** Needs the final order of blocks, no critical edges, and selected instructions. */
export function computeLiveness(fn: IrFunction): Liveness {
  const sets = new LiveSets(fn);
  sets.compute();
  const { spans, positions } = numberPositions(fn);
  const intervals: (Interval | undefined)[] = new Array<undefined>(fn.size).fill(undefined);
  for (const value of sets.values) intervals[value.id] = new Interval(value);
  const intervalOf = (value: Instruction) => (hasPlace(value) ? intervals[value.id] : undefined);
  const clobberPoints: ClobberPoint[] = [];
  const liveIn = new Map<Block, Instruction[]>();

  for (const { block, from, to } of spans.slice().reverse()) {
    for (const value of sets.members(sets.out(block))) intervalOf(value)?.prependRange(from, to);
    liveIn.set(block, sets.members(sets.in(block)));
    for (let i = block.instructions.length - 1; i >= 0; i--) {
      const instruction = block.instructions[i];
      const { op } = instruction;
      const position = positions[instruction.id];
      const clobber = clobberOf(instruction);
      const own = intervalOf(instruction);
      if (own !== undefined) {
        const viaMoves = op === Op.Phi || op === Op.Parameter || op === Op.ResultHigh;
        if (clobber !== Clobber.None || op === Op.ResultHigh) own.defineAt(position + 1);
        else own.defineAt(position);
        if (!viaMoves && clobber === Clobber.None) own.uses.push(position);
      }
      if (op === Op.Phi || op === Op.ResultHigh) continue;
      if (clobber !== Clobber.None) clobberPoints.push({ position, kind: clobber });
      const anywhere = takesOperandsAnywhere(instruction);
      for (const operand of instruction.operands) {
        const interval = intervalOf(operand);
        if (interval === undefined) continue;
        interval.prependRange(from, position);
        if (!anywhere && interval.uses.at(-1) !== position) interval.uses.push(position);
      }
    }
  }
  for (const interval of intervals) interval?.finishBuilding();
  addHints(fn, intervalOf);
  for (const interval of intervals) {
    if (interval === undefined) continue;
    interval.web = interval.web.root;
    interval.web.hints.push(...interval.hints);
  }
  return {
    spans,
    spanOf: new Map(spans.map((span) => [span.block, span])),
    positions,
    intervals,
    clobberPoints: clobberPoints.reverse(),
    liveIn,
  };
}

/** Where values come from and go to by convention, and which would best share a register. */
function addHints(fn: IrFunction, intervalOf: (value: Instruction) => Interval | undefined): void {
  const incoming = argumentPlaces(fn.parameterClasses, PlaceKind.Incoming);
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) {
      const own = intervalOf(instruction);
      switch (instruction.op) {
        case Op.Parameter:
          if (isRegister(incoming[instruction.immediate])) {
            own?.hints.push(incoming[instruction.immediate]);
          }
          break;
        case Op.Phi:
          for (const operand of instruction.operands) {
            const interval = intervalOf(operand);
            if (interval === undefined || own === undefined) continue;
            own.web.join(interval.web);
          }
          break;
        case Op.Call:
        case Op.CallIndirect: {
          own?.hints.push(own.value.kind === ValueKind.Word ? A0 : FA0);
          const skip = instruction.op === Op.CallIndirect ? 1 : 0;
          const operands = instruction.operands.slice(skip);
          const places = placesOfArguments(instruction, operands.length);
          operands.forEach((operand, index) => {
            if (isRegister(places[index])) intervalOf(operand)?.hints.push(places[index]);
          });
          break;
        }
        case Op.ResultHigh:
          own?.hints.push(A1);
          break;
        case Op.Select: {
          const y = intervalOf(instruction.operands[3]);
          if (y !== undefined) own?.web.join(y.web);
          break;
        }
        case Op.Intrinsic:
          if (clobberOf(instruction) === Clobber.None) break;
          own?.hints.push(A0);
          instruction.operands.forEach((operand, index) => {
            intervalOf(operand)?.hints.push(ARGUMENT_REGISTERS[index]);
          });
          break;
        case Op.Return:
          instruction.operands.forEach((operand, index) => {
            const first = operand.kind === ValueKind.Word ? A0 : FA0;
            intervalOf(operand)?.hints.push(first + index);
          });
          break;
      }
    }
  }
}
