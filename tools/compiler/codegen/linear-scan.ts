/**
 * Linear-scan register allocation on SSA form with lifetime holes and interval splitting
 * (C. Wimmer, M. Franz: "Linear Scan Register Allocation on SSA Form", CGO 2010). An interval that
 * ends up without register lives in its value's stack slot; a constant is made again instead.
 */
import { Op, ValueKind } from '../ir/instruction.ts';
import { type Interval, NO_REGISTER } from './interval.ts';
import type { BlockSpan, ClobberPoint, Liveness } from './liveness.ts';
import {
  ALLOCATION_ORDER,
  FLOAT_ALLOCATION_ORDER,
  REGISTER_COUNT,
  SECOND_SCRATCH,
  clobbers,
  isCalleeSaved,
} from './registers.ts';

class LinearScan {
  /** Not yet reached, the earliest start last. */
  private readonly unhandled: Interval[];
  private active: Interval[] = [];
  private inactive: Interval[] = [];
  private readonly usedCalleeSaved = new Set<number>();
  private readonly registers: readonly number[];

  constructor(
    private readonly liveness: Liveness,
    keepSecondScratch: boolean,
  ) {
    this.registers = keepSecondScratch
      ? ALLOCATION_ORDER.filter((register) => register !== SECOND_SCRATCH)
      : ALLOCATION_ORDER;
    this.unhandled = liveness.intervals
      .filter((interval): interval is Interval => interval !== undefined)
      .sort((a, b) => b.start - a.start || b.value.id - a.value.id);
  }

  run(): void {
    for (
      let current = this.unhandled.pop();
      current !== undefined;
      current = this.unhandled.pop()
    ) {
      this.advance(current.start);
      if (this.allocateFree(current) || this.allocateBlocked(current)) {
        this.active.push(current);
        const { register, web } = current;
        if (!web.registers.includes(register)) web.registers.push(register);
        if (isCalleeSaved(register)) this.usedCalleeSaved.add(register);
      }
    }
  }

  private advance(position: number): void {
    const { active, inactive } = this;
    this.active = [];
    this.inactive = [];
    for (const list of [active, inactive]) {
      for (const interval of list) {
        if (interval.end <= position) continue;
        if (interval.covers(position)) this.active.push(interval);
        else this.inactive.push(interval);
      }
    }
  }

  private enqueue(interval: Interval): void {
    const { unhandled } = this;
    let low = 0;
    let high = unhandled.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (unhandled[middle].start > interval.start) low = middle + 1;
      else high = middle;
    }
    unhandled.splice(low, 0, interval);
  }

  /** First clobber of `register` at which `interval` is live. */
  private firstClobber(interval: Interval, register: number): number {
    const { clobberPoints } = this.liveness;
    for (let i = firstAtOrAfter(clobberPoints, interval.start); i < clobberPoints.length; i++) {
      const { position, kind } = clobberPoints[i];
      if (position >= interval.end) break;
      if (clobbers(kind, register) && interval.covers(position)) return position;
    }
    return Infinity;
  }

  private clobberLimits(interval: Interval): number[] {
    const limits: number[] = new Array<number>(REGISTER_COUNT).fill(Infinity);
    const { clobberPoints } = this.liveness;
    if (firstAtOrAfter(clobberPoints, interval.start) < clobberPoints.length) {
      for (const register of this.registersFor(interval)) {
        limits[register] = this.firstClobber(interval, register);
      }
    }
    return limits;
  }

  /** The registers that can hold the value, in order of preference. */
  private registersFor({ value }: Interval): readonly number[] {
    return value.kind === ValueKind.Word ? this.registers : FLOAT_ALLOCATION_ORDER;
  }

  /** Gives `current` a register that is free at its start, splitting it where that is taken. */
  private allocateFree(current: Interval): boolean {
    const freeUntil = this.clobberLimits(current);
    for (const interval of this.active) freeUntil[interval.register] = 0;
    for (const interval of this.inactive) {
      const limit = interval.intersection(current);
      if (limit < freeUntil[interval.register]) freeUntil[interval.register] = limit;
    }
    const choice = this.chooseFree(current, freeUntil);
    if (choice === NO_REGISTER) return false;
    if (freeUntil[choice] < current.end) {
      const place = this.splitPlace(current, current.start + 1, freeUntil[choice]);
      if (place <= current.start) return false;
      this.enqueue(current.splitAt(place));
    }
    current.register = choice;
    return true;
  }

  private chooseFree(current: Interval, freeUntil: readonly number[]): number {
    const { end, start } = current;
    const { hints, web } = current;
    const wanted = [...hints, ...web.registers, ...web.hints];
    const previous = previousPart(current)?.register ?? NO_REGISTER;
    if (previous !== NO_REGISTER) wanted.unshift(previous);
    for (const register of wanted) {
      if (register !== NO_REGISTER && freeUntil[register] >= end) return register;
    }
    let best = NO_REGISTER;
    let bestLimit = 0;
    for (const register of this.registersFor(current)) {
      const limit = freeUntil[register];
      if (limit >= end) {
        if (!isCalleeSaved(register) || this.usedCalleeSaved.has(register)) return register;
        if (bestLimit < end) {
          best = register;
          bestLimit = Infinity;
        }
      } else if (limit > bestLimit) {
        best = register;
        bestLimit = limit;
      }
    }
    // A part too short to hold the first use would only be copied around.
    const needed = Math.max(start + 2, Math.min(current.nextUse(start), end));
    return bestLimit >= needed ? best : NO_REGISTER;
  }

  /** Takes a register from whoever needs it last, or leaves `current` without one. */
  private allocateBlocked(current: Interval): boolean {
    const { start } = current;
    const firstUse = current.nextUse(start);
    if (firstUse === Infinity) return false;
    const usedAt = this.clobberLimits(current);
    const blockedAt = usedAt.slice();
    for (const interval of this.active) {
      const next = interval.nextUse(start);
      const { register } = interval;
      if (next < usedAt[register]) usedAt[register] = next;
    }
    for (const interval of this.inactive) {
      if (interval.intersection(current) === Infinity) continue;
      const next = interval.nextUse(start);
      const { register } = interval;
      if (next < usedAt[register]) usedAt[register] = next;
    }
    const registers = this.registersFor(current);
    let choice = registers[0];
    for (const register of registers) if (usedAt[register] > usedAt[choice]) choice = register;
    if (usedAt[choice] < firstUse || (usedAt[choice] === firstUse && firstUse > start + 1)) {
      // Everything else is needed sooner: wait in memory until the first use.
      this.enqueue(current.splitAt(this.splitPlace(current, start + 1, firstUse - 1)));
      return false;
    }
    current.register = choice;
    if (blockedAt[choice] < current.end) {
      this.enqueue(current.splitAt(this.splitPlace(current, start + 1, blockedAt[choice])));
    }
    this.evict(current, choice);
    return true;
  }

  /** Sends those who hold `register` to memory, until their next use. */
  private evict(current: Interval, register: number): void {
    const { start } = current;
    this.active = this.active.filter((interval) => {
      if (interval.register !== register) return true;
      const earliest = Math.max(interval.previousUse(start) + 1, interval.start + 1);
      const place = this.splitPlace(interval, earliest, start);
      const rest = place <= interval.start ? this.withdraw(interval) : interval.splitAt(place);
      this.sendToMemory(rest, start);
      return false;
    });
    this.inactive = this.inactive.filter((interval) => {
      if (interval.register !== register || interval.intersection(current) === Infinity)
        return true;
      // Its hole ends later: the rest looks for a register of its own.
      const rest = interval.splitAt(start);
      this.enqueue(rest);
      return false;
    });
  }

  private withdraw(interval: Interval): Interval {
    interval.register = NO_REGISTER;
    return interval;
  }

  /** Leaves `interval` without register; what follows its next use comes back at or after `now`. */
  private sendToMemory(interval: Interval, now: number): void {
    const next = interval.nextUse(interval.start);
    if (next === Infinity) return;
    const place = this.splitPlace(interval, Math.max(interval.start + 1, now), next - 1);
    if (place > interval.start) this.enqueue(interval.splitAt(place));
    else this.enqueue(interval);
  }

  /**
   * Where to split between `earliest` and `latest`: a block start outside of loops if there is
   * one, else as late as possible, in a gap.
   */
  private splitPlace(interval: Interval, earliest: number, latest: number): number {
    const { spans } = this.liveness;
    const last = spanAt(spans, latest);
    const gap = (latest - 1) | 1;
    let best = latest === spans[last].from ? latest : gap;
    let bestDepth = spans[last].block.loopDepth;
    for (let i = last; i > 0 && spans[i].from >= earliest; i--) {
      const depth = spans[i].block.loopDepth;
      if (spans[i].from > latest || depth >= bestDepth || spans[i].from >= interval.end) continue;
      best = spans[i].from;
      bestDepth = depth;
    }
    return best;
  }
}

function previousPart(interval: Interval): Interval | undefined {
  const { parent } = interval;
  if (parent === undefined) return undefined;
  return parent.parts[parent.parts.indexOf(interval) - 1] ?? parent;
}

function firstAtOrAfter(points: readonly ClobberPoint[], position: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (points[middle].position < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the block that contains `position`. */
function spanAt(spans: readonly BlockSpan[], position: number): number {
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (spans[middle].from <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A value that is cheaper made again than loaded from the stack. */
export function isRematerialisable(interval: Interval): boolean {
  const { op } = interval.value;
  return (
    op === Op.Constant || op === Op.HighPart || op === Op.SymbolAddress || op === Op.FloatConstant
  );
}

/**
 * Assigns registers to the intervals, splitting them as needed.
 * @param keepSecondScratch leave SECOND_SCRATCH free, for frames beyond the reach of immediates.
 */
export function allocateRegisters(liveness: Liveness, keepSecondScratch: boolean): void {
  new LinearScan(liveness, keepSecondScratch).run();
}
