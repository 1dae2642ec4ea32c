/** Machine code of one function while it is written. */
import {
  type RelocationType,
  type Relocation,
  type TrapReason,
  type TrapSite,
} from '../../linker/object.ts';
import type { InstructionOperands, Mnemonic } from '../../assembler/encode.ts';
import type { Block } from '../ir/function.ts';
import { Condition } from '../ir/instruction.ts';
import { NO_SOURCE, type Source } from '../ir/source.ts';
import type { Target } from '../target.ts';
import { compress } from './compress.ts';
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

/** A place that is no block: where a local changes its place, or a branch over few instructions ends. */
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

/** An instruction, a branch or jump to a label, or a label; which of them is in `kind`. */
export interface CodeItem {
  readonly kind: 'instruction' | 'jump' | 'branch' | 'label';
  readonly source: Source | undefined;
  readonly mnemonic: Mnemonic;
  /** Of a branch. */
  readonly condition: Condition;
  readonly operands: InstructionOperands;
  /** The halfword of an instruction that has a short form and no relocation. */
  readonly short: number | undefined;
  readonly reference: SymbolReference | undefined;
  readonly trap: TrapReason | undefined;
  readonly target: Label | undefined;
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

export class CodeBuffer {
  private readonly items: CodeItem[] = [];
  private readonly traps: TrapLabel[] = [];
  /** Given to what is emitted from here on. */
  source: Source | undefined = NO_SOURCE;

  constructor(private readonly target: Target) {}

  emit(
    mnemonic: Mnemonic,
    operands: InstructionOperands,
    reference?: SymbolReference,
    trap?: TrapReason,
  ): void {
    const mayBeShort = this.target.compressed && reference === undefined;
    this.items.push({
      kind: 'instruction',
      source: this.source,
      mnemonic,
      condition: Condition.Eq,
      operands,
      short: mayBeShort ? compress(mnemonic, operands) : undefined,
      reference,
      trap,
      target: undefined,
    });
  }

  jump(target: Label): void {
    this.push('jump', { rd: ZERO }, target);
  }

  branch(condition: Condition, rs1: number, rs2: number, target: Label): void {
    this.push('branch', { rs1, rs2 }, target, condition);
  }

  place(label: Label): void {
    this.push('label', {}, label);
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
    operands: InstructionOperands,
    target: Label,
    condition = Condition.Eq,
  ): void {
    this.items.push({
      kind,
      source: this.source,
      mnemonic: 'jal',
      condition,
      operands,
      short: undefined,
      reference: undefined,
      trap: undefined,
      target,
    });
  }

  /** All items, those of the traps out of line last. */
  finish(): readonly CodeItem[] {
    for (const trap of this.traps) {
      this.source = trap.source;
      this.place(trap);
      this.emit('ebreak', {}, undefined, trap.reason);
    }
    return this.items;
  }
}
