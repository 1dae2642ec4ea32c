/**
 * Where locals are while the code runs: bindings of locals to values are followed through the
 * blocks, and each value through its registers and stack slots. What comes out are pairs of marks
 * in the code; the emitter asks at every boundary between instructions which mark belongs there.
 */
import type { Block, IrFunction } from '../ir/function.ts';
import { type Instruction, Op } from '../ir/instruction.ts';
import type { LocalBinding } from '../ir/local-values.ts';
import type { Source } from '../ir/source.ts';
import type { WasmFunction } from '../wasm/module.ts';
import { CodeMark } from '../codegen/code-buffer.ts';
import { NO_REGISTER } from '../codegen/interval.ts';
import { type Place, isRegister } from '../codegen/place.ts';
import { Clobber, clobbers } from '../codegen/registers.ts';
import type { Allocation } from '../codegen/resolution.ts';

/** One word of one local of a function, or of a function inlined at a call. */
export interface LocalWord {
  readonly fn: WasmFunction;
  readonly inlinedAt: Source | undefined;
  readonly word: number;
}

export interface MarkedRange {
  readonly local: LocalWord;
  readonly start: CodeMark;
  readonly end: CodeMark;
  /** The call at the end of the range overwrites the register: where its operands begin to move. */
  readonly call: CodeMark | undefined;
  /** Constants and addresses are themselves. */
  readonly place: Place | Instruction;
}

interface BoundWord {
  readonly position: number;
  readonly variable: number;
  readonly value: Instruction | undefined;
}

/** Of a variable at a point: never bound on the way there, or differently on different ways. */
const UNBOUND = -1;
const CONFLICT = -2;

/**
 * Boundaries by number: before and after the instruction at a position. A block begins after its own
 * position and ends before that of the next one.
 */
function before(position: number): number {
  return 2 * position - 1;
}

function after(position: number): number {
  return 2 * position;
}

export class LocalPlaces {
  readonly ranges: MarkedRange[] = [];
  /** Where the function begins, and where its arguments begin to move. */
  readonly beginning = new CodeMark();
  readonly argumentsMove = new CodeMark();
  private readonly marks = new Map<number, CodeMark>();
  private readonly locals: LocalWord[] = [];
  private readonly numbers = new Map<WasmFunction, Map<Source | undefined, Map<number, number>>>();
  private readonly bound = new Map<Block, BoundWord[]>();
  /** By number: the values that variables are bound to. */
  private readonly values: Instruction[] = [];
  private readonly valueNumbers = new Map<Instruction, number>();
  /** Position behind the block at hand. */
  private blockEnd = 0;
  private readonly clobberedAt = new Map<number, Clobber>();

  constructor(
    private readonly fn: IrFunction,
    private readonly allocation: Allocation,
  ) {
    if (fn.localBindings.size === 0) return;
    for (const { position, kind } of allocation.liveness.clobberPoints) {
      this.clobberedAt.set(position, kind);
    }
    this.collect();
    this.follow();
  }

  /** What stands before the instruction at `position`, behind the moves that come before it. */
  before(position: number): CodeMark | undefined {
    return this.marks.get(before(position));
  }

  after(position: number): CodeMark | undefined {
    return this.marks.get(after(position));
  }

  private mark(boundary: number): CodeMark {
    let mark = this.marks.get(boundary);
    if (mark === undefined) {
      mark = new CodeMark();
      this.marks.set(boundary, mark);
    }
    return mark;
  }

  private numberOf({ source, word }: LocalBinding): number {
    const { fn, inlinedAt } = source;
    let bySite = this.numbers.get(fn);
    if (bySite === undefined) {
      bySite = new Map();
      this.numbers.set(fn, bySite);
    }
    let words = bySite.get(inlinedAt);
    if (words === undefined) {
      words = new Map();
      bySite.set(inlinedAt, words);
    }
    let number = words.get(word);
    if (number === undefined) {
      number = this.locals.length;
      this.locals.push({ fn, inlinedAt, word });
      words.set(word, number);
    }
    return number;
  }

  private valueNumber(value: Instruction | undefined): number {
    if (value === undefined) return CONFLICT;
    let number = this.valueNumbers.get(value);
    if (number === undefined) {
      number = this.values.length;
      this.values.push(value);
      this.valueNumbers.set(value, number);
    }
    return number;
  }

  private collect(): void {
    const { positions } = this.allocation.liveness;
    for (const block of this.fn.blocks) {
      const list: BoundWord[] = [];
      for (const instruction of block.instructions) {
        const bindings = this.fn.localBindings.get(instruction);
        if (bindings === undefined) continue;
        const position = positions[instruction.id];
        for (const binding of bindings) {
          this.noteArgument(binding);
          list.push({ position, variable: this.numberOf(binding), value: binding.value });
        }
      }
      if (list.length > 0) this.bound.set(block, list);
    }
  }

  /** Debuggers stop at the beginning of a function: its parameters are where the caller put them. */
  private noteArgument(binding: LocalBinding): void {
    const { source, value } = binding;
    if (value?.op !== Op.Parameter || source.inlinedAt !== undefined) return;
    this.ranges.push({
      local: this.locals[this.numberOf(binding)],
      start: this.beginning,
      end: this.argumentsMove,
      call: undefined,
      place: this.allocation.argumentPlace(value.immediate),
    });
  }

  /** Forward data flow over what variables are bound to, then ranges block by block. */
  private follow(): void {
    const count = this.locals.length;
    const outgoing = new Map<Block, Int32Array>();
    const { blocks } = this.fn;
    for (let changed = true; changed;) {
      changed = false;
      for (const block of blocks) {
        const state = this.incoming(block, outgoing, count);
        for (const { variable, value } of this.bound.get(block) ?? []) {
          state[variable] = this.valueNumber(value);
        }
        const known = outgoing.get(block);
        if (known !== undefined && known.every((number, i) => number === state[i])) continue;
        outgoing.set(block, state);
        changed = true;
      }
    }
    for (const block of blocks) this.rangesOf(block, this.incoming(block, outgoing, count));
  }

  private incoming(
    block: Block,
    outgoing: ReadonlyMap<Block, Int32Array>,
    count: number,
  ): Int32Array {
    const state = new Int32Array(count).fill(UNBOUND);
    for (const predecessor of block.predecessors) {
      const from = outgoing.get(predecessor);
      if (from === undefined) continue;
      for (let i = 0; i < count; i++) {
        if (state[i] === from[i] || from[i] === UNBOUND) continue;
        state[i] = state[i] === UNBOUND ? from[i] : CONFLICT;
      }
    }
    return state;
  }

  private rangesOf(block: Block, state: Int32Array): void {
    const span = this.allocation.liveness.spanOf.get(block);
    if (span === undefined) return;
    this.blockEnd = span.to;
    const since = new Int32Array(state.length).fill(span.from);
    const close = (variable: number, until: number) => {
      const number = state[variable];
      if (number < 0 || since[variable] >= until) return;
      this.addRanges(variable, this.values[number], since[variable], until);
    };
    for (const { position, variable, value } of this.bound.get(block) ?? []) {
      const number = this.valueNumber(value);
      if (number === state[variable]) continue;
      // A binding counts from the gap before its instruction, so that moves there are done.
      close(variable, position - 1);
      state[variable] = number;
      since[variable] = position - 1;
    }
    for (let variable = 0; variable < state.length; variable++) close(variable, span.to);
  }

  /** Where `value` is between two positions of a block. */
  private addRanges(variable: number, value: Instruction, from: number, to: number): void {
    const local = this.locals[variable];
    if (value.op === Op.Constant || value.op === Op.SymbolAddress) {
      this.add(local, from, to, value);
      return;
    }
    const { liveness } = this.allocation;
    const first = value.block === undefined ? undefined : liveness.intervals[value.id];
    if (first === undefined) return;
    for (const part of [first, ...first.parts]) {
      const { ranges, register } = part;
      for (let i = 0; i < ranges.length; i += 2) {
        const start = Math.max(ranges[i], from);
        const end = Math.min(ranges[i + 1], to);
        if (start >= end) continue;
        const place =
          register === NO_REGISTER ? this.allocation.slotOf(first) : (register satisfies Place);
        if (place !== undefined) this.add(local, start, end, place);
      }
    }
  }

  private endBoundary(to: number): number {
    if (to === this.blockEnd) return before(to);
    return (to & 1) === 1 ? before(to + 1) : after(to);
  }

  private add(local: LocalWord, from: number, to: number, place: Place | Instruction): void {
    const clobber = this.clobberedAt.get(to) ?? Clobber.None;
    const endsInCall = typeof place === 'number' && isRegister(place) && clobbers(clobber, place);
    const start = this.mark((from & 1) === 1 ? before(from + 1) : after(from));
    const end = this.mark(this.endBoundary(to));
    const call = endsInCall ? this.mark(before(to)) : undefined;
    this.ranges.push({ local, start, end, call, place });
  }
}
