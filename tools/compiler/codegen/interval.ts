/**
 * Where a value lives, as ranges of positions, and which of those want it in a register.
 *
 * Positions: every block starts at an even one, its instructions stand at the even ones after it;
 * odd ones are the gaps in which values move. A value used at p has a range that ends at p, one
 * defined at p starts there (the result of a call at p + 1), so that operands that die give their
 * register to the result.
 */
import type { Instruction } from '../ir/instruction.ts';

export const NO_REGISTER = -1;

/** Values that phis join: as many as possible should share a register, so that nothing is copied. */
export class Web {
  /** Registers that members have been given. */
  readonly registers: number[] = [];
  /** Registers that members want for other reasons. */
  readonly hints: number[] = [];
  private joined: Web | undefined;

  /** The web that this one has become part of. */
  get root(): Web {
    if (this.joined === undefined) return this;
    let root = this.joined;
    while (root.joined !== undefined) root = root.joined;
    this.joined = root;
    return root;
  }

  join(other: Web): void {
    const [a, b] = [this.root, other.root];
    if (a !== b) b.joined = a;
  }
}

export class Interval {
  /** Start and end of each range, ascending and not adjacent; half open. */
  ranges: number[] = [];
  /** Positions of uses and of the definition that need a register, ascending. */
  uses: number[] = [];
  register = NO_REGISTER;
  /** Parts that were split off, in order; kept at the first part, which is not among them. */
  parts: Interval[] = [];
  /** Registers this value would like, best first. */
  hints: number[] = [];
  /** Shared by values that would best have one register. */
  web = new Web();

  constructor(
    readonly value: Instruction,
    /** The first part of a split value; undefined for the first part itself. */
    readonly parent?: Interval,
  ) {}

  get first(): Interval {
    return this.parent ?? this;
  }

  get start(): number {
    return this.ranges[0];
  }

  get end(): number {
    return this.ranges[this.ranges.length - 1];
  }

  /** While building from the end: the value lives from `from` up to `to`. */
  prependRange(from: number, to: number): void {
    const { ranges } = this;
    // Reversed while building: the last pair is the earliest range, as [to, from].
    const last = ranges.length;
    if (last > 0 && ranges[last - 1] <= to) {
      ranges[last - 1] = Math.min(from, ranges[last - 1]);
      ranges[last - 2] = Math.max(to, ranges[last - 2]);
    } else {
      ranges.push(to, from);
    }
  }

  /** While building: the definition, which cuts the earliest range. */
  defineAt(position: number): void {
    const { ranges } = this;
    if (ranges.length === 0) ranges.push(position + 1, position);
    else ranges[ranges.length - 1] = position;
  }

  finishBuilding(): void {
    this.ranges.reverse();
    this.uses.reverse();
  }

  covers(position: number): boolean {
    const { ranges } = this;
    for (let i = 0; i < ranges.length; i += 2) {
      if (position < ranges[i]) return false;
      if (position < ranges[i + 1]) return true;
    }
    return false;
  }

  /** First position that both cover; Infinity if none. */
  intersection(other: Interval): number {
    const a = this.ranges;
    const b = other.ranges;
    for (let i = 0, j = 0; i < a.length && j < b.length;) {
      if (a[i + 1] <= b[j]) i += 2;
      else if (b[j + 1] <= a[i]) j += 2;
      else return Math.max(a[i], b[j]);
    }
    return Infinity;
  }

  /** First use at or after `position` that needs a register; Infinity if none. */
  nextUse(position: number): number {
    for (const use of this.uses) if (use >= position) return use;
    return Infinity;
  }

  /** Last use before `position`; -1 if none. */
  previousUse(position: number): number {
    let result = -1;
    for (const use of this.uses) {
      if (use >= position) break;
      result = use;
    }
    return result;
  }

  /** Cuts at `position`, after the start and before the end; returns the later part. */
  splitAt(position: number): Interval {
    const later = new Interval(this.value, this.first);
    later.hints = this.hints;
    later.web = this.web;
    const { ranges } = this;
    let i = 0;
    while (ranges[i + 1] <= position) i += 2;
    if (ranges[i] < position) {
      later.ranges = [position, ...ranges.slice(i + 1)];
      this.ranges = [...ranges.slice(0, i + 1), position];
    } else {
      later.ranges = ranges.slice(i);
      this.ranges = ranges.slice(0, i);
    }
    later.uses = this.uses.filter((use) => use >= later.start);
    this.uses = this.uses.filter((use) => use < later.start);
    const { parts } = this.first;
    let place = parts.length;
    while (place > 0 && parts[place - 1].start > later.start) place--;
    parts.splice(place, 0, later);
    return later;
  }
}
