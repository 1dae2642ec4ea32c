/** Machine code of one function while it is written, and its final layout. */
import {
  RelocationType,
  type Relocation,
  type TrapReason,
  type TrapSite,
} from '../../linker/object.ts';
import {
  type InstructionOperands,
  type Mnemonic,
  encodeInstruction,
} from '../../assembler/encode.ts';
import type { Block } from '../ir/function.ts';
import { Condition, negate } from '../ir/instruction.ts';
import { NO_SOURCE, type Source } from '../ir/source.ts';
import { ZERO } from './registers.ts';

/** What a relocation refers to. */
export interface SymbolReference {
  readonly type: RelocationType;
  readonly symbol: string;
  readonly addend: number;
}

/** A place in the code: a block or a trap to jump to, or what debug information tells about it. */
export type Label = Block | TrapLabel | CodeMark | FrameMark;

/** An out-of-line `ebreak`, one for each reason and source position. */
export interface TrapLabel {
  readonly reason: TrapReason;
  readonly source: Source | undefined;
}

/** A boundary in the code at which a local changes its place. */
export class CodeMark {
  readonly kind = 'mark';
}

/** From here on the caller's registers are found so. */
export class FrameMark {
  readonly kind = 'frame';

  constructor(
    /** Bytes from sp to the canonical frame address. */
    readonly size: number,
    /** Registers in memory, by offset from the canonical frame address in bytes. */
    readonly saved: readonly { readonly register: number; readonly offset: number }[],
  ) {}
}

interface CodeItem {
  readonly kind: 'instruction' | 'jump' | 'branch' | 'label';
  readonly source: Source | undefined;
  readonly mnemonic: Mnemonic;
  /** Of a branch. */
  readonly condition: Condition;
  readonly operands: InstructionOperands;
  readonly reference: SymbolReference | undefined;
  readonly trap: TrapReason | undefined;
  readonly target: Label | undefined;
  /** Bytes; a branch beyond its reach grows. */
  size: number;
  offset: number;
}

export interface CodeSource {
  readonly offset: number;
  readonly source: Source | undefined;
}

export interface FinishedCode {
  readonly bytes: Uint8Array;
  readonly relocations: readonly Relocation[];
  readonly trapSites: readonly TrapSite[];
  /** From `offset` in the code on, where it comes from. */
  readonly sources: readonly CodeSource[];
  readonly labels: ReadonlyMap<Label, number>;
  /** Ascending; before the first one sp is the frame address and all registers are the caller's. */
  readonly frames: readonly { readonly offset: number; readonly mark: FrameMark }[];
}

const WORD = 4;
/** Reach of a conditional branch: ±4 KiB. */
const BRANCH_REACH = 1 << 12;
/** Reach of `jal`: ±1 MiB. */
const JUMP_REACH = 1 << 20;

const BRANCH_MNEMONICS: readonly Mnemonic[] = ['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'];

/** A function is larger than its own jumps reach. */
export class CodeTooLargeError extends Error {
  override readonly name = 'CodeTooLargeError';
}

export class CodeBuffer {
  private readonly items: CodeItem[] = [];
  private readonly traps: TrapLabel[] = [];
  /** Given to what is emitted from here on. */
  source: Source | undefined = NO_SOURCE;

  emit(
    mnemonic: Mnemonic,
    operands: InstructionOperands,
    reference?: SymbolReference,
    trap?: TrapReason,
  ): void {
    this.items.push({
      kind: 'instruction',
      source: this.source,
      mnemonic,
      condition: Condition.Eq,
      operands,
      reference,
      trap,
      target: undefined,
      size: WORD,
      offset: 0,
    });
  }

  jump(target: Label): void {
    this.push('jump', 'jal', { rd: ZERO }, target);
  }

  branch(condition: Condition, rs1: number, rs2: number, target: Label): void {
    this.push('branch', BRANCH_MNEMONICS[condition], { rs1, rs2 }, target, condition);
  }

  /** A branch over the next `instructions` instructions, which must not be branches themselves. */
  skip(condition: Condition, rs1: number, rs2: number, instructions: number): void {
    const immediate = (instructions + 1) * WORD;
    this.emit(BRANCH_MNEMONICS[condition], { rs1, rs2, immediate });
  }

  place(label: Label): void {
    this.push('label', 'jal', {}, label);
  }

  /** Where to go to trap: placed behind the function's code. */
  trapLabel(reason: TrapReason): TrapLabel {
    const { source } = this;
    let label = this.traps.find((trap) => trap.reason === reason && trap.source === source);
    if (label === undefined) {
      label = { reason, source };
      this.traps.push(label);
    }
    return label;
  }

  private push(
    kind: CodeItem['kind'],
    mnemonic: Mnemonic,
    operands: InstructionOperands,
    target: Label,
    condition = Condition.Eq,
  ): void {
    this.items.push({
      kind,
      source: this.source,
      mnemonic,
      condition,
      operands,
      reference: undefined,
      trap: undefined,
      target,
      size: kind === 'label' ? 0 : WORD,
      offset: 0,
    });
  }

  /** Offsets for the current sizes. */
  private layout(labels: Map<Label, number>): number {
    let offset = 0;
    for (const item of this.items) {
      item.offset = offset;
      offset += item.size;
      if (item.kind === 'label' && item.target !== undefined) labels.set(item.target, item.offset);
    }
    return offset;
  }

  /**
   * Fixes the size of every branch and encodes.
   * @throws CodeTooLargeError if a jump does not reach its target.
   */
  finish(): FinishedCode {
    for (const trap of this.traps) {
      this.source = trap.source;
      this.place(trap);
      this.emit('ebreak', {}, undefined, trap.reason);
    }
    const labels = new Map<Label, number>();
    const distance = (item: CodeItem) =>
      item.target === undefined ? 0 : (labels.get(item.target) ?? 0) - item.offset;
    let size = this.layout(labels);
    for (let changed = true; changed;) {
      changed = false;
      for (const item of this.items) {
        if (item.kind !== 'branch' || item.size !== WORD) continue;
        const far = distance(item);
        if (far >= -BRANCH_REACH && far < BRANCH_REACH) continue;
        item.size = 2 * WORD;
        changed = true;
      }
      if (changed) size = this.layout(labels);
    }
    return this.encode(size, labels, distance);
  }

  private encode(
    size: number,
    labels: ReadonlyMap<Label, number>,
    distance: (item: CodeItem) => number,
  ): FinishedCode {
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    const relocations: Relocation[] = [];
    const trapSites: TrapSite[] = [];
    const sources: CodeSource[] = [];
    const frames: { readonly offset: number; readonly mark: FrameMark }[] = [];
    const jumpWord = (far: number): number => {
      if (far < -JUMP_REACH || far >= JUMP_REACH) {
        throw new CodeTooLargeError('a function is larger than 1 MiB of machine code');
      }
      return encodeInstruction('jal', { rd: ZERO, immediate: far });
    };
    for (const item of this.items) {
      const { kind, offset, mnemonic, operands } = item;
      if (kind === 'label') {
        if (item.target instanceof FrameMark) frames.push({ offset, mark: item.target });
        continue;
      }
      if (sources.length === 0 || sources[sources.length - 1].source !== item.source) {
        sources.push({ offset, source: item.source });
      }
      switch (kind) {
        case 'instruction':
          view.setUint32(offset, encodeInstruction(mnemonic, operands), true);
          break;
        case 'jump':
          view.setUint32(offset, jumpWord(distance(item)), true);
          break;
        case 'branch': {
          const far = distance(item);
          if (item.size === WORD) {
            view.setUint32(
              offset,
              encodeInstruction(mnemonic, { ...operands, immediate: far }),
              true,
            );
            break;
          }
          const inverse = BRANCH_MNEMONICS[negate(item.condition)];
          const over = { ...operands, immediate: 2 * WORD };
          view.setUint32(offset, encodeInstruction(inverse, over), true);
          view.setUint32(offset + WORD, jumpWord(far - WORD), true);
          break;
        }
      }
      if (item.reference !== undefined) relocations.push({ offset, ...item.reference });
      if (item.trap !== undefined) trapSites.push({ offset, reason: item.trap });
    }
    return { bytes, relocations, trapSites, sources, labels, frames };
  }
}
