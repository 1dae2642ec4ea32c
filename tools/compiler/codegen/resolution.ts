/**
 * After allocation: the moves between the parts of split values, along edges, into phis, and to
 * and from the places that the calling convention fixes.
 */
import type { Block, IrFunction } from '../ir/function.ts';
import { type Instruction, Op, ValueKind } from '../ir/instruction.ts';
import { type Interval, NO_REGISTER } from './interval.ts';
import { isRematerialisable } from './linear-scan.ts';
import { type Liveness, clobberOf } from './liveness.ts';
import type { Move } from './parallel-move.ts';
import { type Place, PlaceKind, framePlace, isRegister } from './place.ts';
import { argumentPlaces } from './argument-places.ts';
import { A0, A1, Clobber, FA0 } from './registers.ts';

export class Allocation {
  /** In the gap at a position. */
  readonly gapMoves = new Map<number, Move[]>();
  readonly startMoves = new Map<Block, Move[]>();
  /** Before the jump that ends a block. */
  readonly endMoves = new Map<Block, Move[]>();
  spillSlots = 0;
  /** Slots of two words, for values in floating-point registers. */
  doubleSlots = 0;
  /** Where the caller leaves each argument. */
  private readonly incoming: readonly Place[];
  private readonly slots = new Map<Interval, Place>();

  constructor(
    private readonly fn: IrFunction,
    readonly liveness: Liveness,
  ) {
    this.incoming = argumentPlaces(fn.parameterClasses, PlaceKind.Incoming);
    this.assignSlots();
    this.connectParts();
    this.connectBlocks();
    this.connectConvention();
  }

  /** Whether moves stand in a block besides its instructions. */
  hasMoves(block: Block): boolean {
    const from = this.liveness.spanOf.get(block)?.from ?? 0;
    return this.startMoves.has(block) || this.endMoves.has(block) || this.gapMoves.has(from + 1);
  }

  /** The stack slot of a value that is ever in memory. */
  slotOf(value: Interval): Place | undefined {
    return this.slots.get(value);
  }

  /** The register that `instruction` leaves its value in. */
  definition(instruction: Instruction): Place {
    const interval = this.liveness.intervals[instruction.id];
    return interval === undefined ? 0 : this.placeOfPart(interval);
  }

  /** Where `value` is just before `position`; constants without a place are themselves. */
  placeAt(value: Instruction, position: number): Place | Instruction {
    const first = value.block === undefined ? undefined : this.liveness.intervals[value.id];
    if (first === undefined) return value;
    return this.placeAtPosition(first, position - 1);
  }

  private placeAtPosition(first: Interval, position: number): Place | Instruction {
    let part = first;
    for (const later of first.parts) {
      if (later.start > position) break;
      part = later;
    }
    if (part.register === NO_REGISTER && isRematerialisable(first)) return first.value;
    return this.placeOfPart(part);
  }

  private placeOfPart(part: Interval): Place {
    if (part.register !== NO_REGISTER) return part.register;
    const slot = this.slots.get(part.first);
    if (slot === undefined) throw new RangeError('a value without register has no slot');
    return slot;
  }

  /** Values that are ever in memory share slots where they do not live at the same time. */
  private assignSlots(): void {
    const spilled: Interval[] = [];
    for (const interval of this.liveness.intervals) {
      if (interval === undefined || isRematerialisable(interval)) continue;
      const inMemory = [interval, ...interval.parts].some((part) => part.register === NO_REGISTER);
      if (!inMemory) continue;
      const { value } = interval;
      if (this.comesFromStack(value)) {
        this.slots.set(interval, this.incoming[value.immediate]);
      } else {
        spilled.push(interval);
      }
    }
    spilled.sort((a, b) => a.start - b.start || a.value.id - b.value.id);
    const words: number[] = [];
    const doubles: number[] = [];
    for (const interval of spilled) {
      const isWord = interval.value.kind === ValueKind.Word;
      const occupiedUntil = isWord ? words : doubles;
      const end = [interval, ...interval.parts][interval.parts.length].end;
      let slot = occupiedUntil.findIndex((until) => until <= interval.start);
      if (slot < 0) slot = occupiedUntil.length;
      occupiedUntil[slot] = end + 1;
      const kind = isWord ? PlaceKind.Spill : PlaceKind.DoubleSpill;
      this.slots.set(interval, framePlace(kind, slot));
    }
    this.spillSlots = words.length;
    this.doubleSlots = doubles.length;
  }

  /** A parameter that the caller left in memory. */
  private comesFromStack({ op, immediate }: Instruction): boolean {
    return op === Op.Parameter && !isRegister(this.incoming[immediate]);
  }

  /** Where the caller leaves one of the values that it passes. */
  argumentPlace(value: number): Place {
    return this.incoming[value];
  }

  private addGapMove(position: number, move: Move): void {
    append(this.gapMoves, position, move);
  }

  /**
   * A value that is ever in memory is stored once, where it is defined: every later part in memory
   * then needs no move.
   */
  private connectParts(): void {
    for (const interval of this.liveness.intervals) {
      if (interval === undefined) continue;
      const slot = this.slots.get(interval);
      const fromStack = this.comesFromStack(interval.value);
      if (slot !== undefined && interval.register !== NO_REGISTER && !fromStack) {
        const call = this.resultRegister(interval.value);
        const from = call ?? interval.register;
        this.addGapMove(interval.start | 1, { from, to: slot });
      }
      let previous = interval;
      for (const part of interval.parts) {
        const inGap = (part.start & 1) === 1;
        if (inGap && part.register !== NO_REGISTER && previous.end === part.start) {
          const from = this.placeAtPosition(interval, part.start - 1);
          this.addGapMove(part.start, { from, to: part.register });
        }
        previous = part;
      }
    }
  }

  /** The register in which a call leaves `value`; undefined for other values. */
  private resultRegister(value: Instruction): Place | undefined {
    if (value.op === Op.ResultHigh) return A1;
    if (clobberOf(value) === Clobber.None) return undefined;
    return value.kind === ValueKind.Word ? A0 : FA0;
  }

  private connectBlocks(): void {
    const { liveness } = this;
    for (const { block: predecessor, to: end } of liveness.spans) {
      for (const block of predecessor.successors) {
        const moves: Move[] = [];
        const from = liveness.spanOf.get(block)?.from ?? 0;
        for (const value of liveness.liveIn.get(block) ?? []) {
          const first = liveness.intervals[value.id];
          if (first === undefined || first.parts.length === 0) continue;
          const target = this.placeAtPosition(first, from);
          // Memory is always up to date.
          if (typeof target !== 'number' || target === this.slots.get(first)) continue;
          moves.push({ from: this.placeAtPosition(first, end - 1), to: target });
        }
        const index = block.predecessors.indexOf(predecessor);
        for (const phi of block.phis()) {
          const to = this.definition(phi);
          moves.push({ from: this.placeAt(phi.operands[index], end), to });
        }
        if (moves.length === 0) continue;
        if (predecessor.successors.length === 1) this.endMoves.set(predecessor, moves);
        else this.startMoves.set(block, moves);
      }
    }
  }

  /** Parameters move from where the caller left them, results from where the callee did. */
  private connectConvention(): void {
    const { entry } = this.fn;
    for (const instruction of entry.instructions) {
      if (instruction.op !== Op.Parameter) continue;
      const from = this.argumentPlace(instruction.immediate);
      append(this.startMoves, entry, { from, to: this.definition(instruction) });
    }
    for (const { block } of this.liveness.spans) {
      for (const instruction of block.instructions) {
        const from = this.resultRegister(instruction);
        const interval = this.liveness.intervals[instruction.id];
        if (from === undefined || interval === undefined) continue;
        this.addGapMove(interval.start, { from, to: this.definition(instruction) });
      }
    }
  }
}

function append<K>(map: Map<K, Move[]>, key: K, move: Move): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [move]);
  else list.push(move);
}
