/** A section of code that relaxation may shorten. */
import type { InputSection, SymbolIndex } from './live-sections.ts';
import { LinkFailure } from './link-error.ts';
import { GLOBAL_POINTER } from './linker-symbols.ts';
import { describePlace } from './live-sections.ts';
import { EF_RISCV_RVC, type Relocation, RelocationType } from './object.ts';
import { correctOwnBranches, findOwnBranches, type OwnBranch } from './own-branches.ts';
import { RelaxableAddress } from './relaxable-address.ts';
import { RelaxableJump } from './relaxable-jump.ts';
import type { RelaxationSite } from './relaxation-site.ts';
import { findUpperPart, type RelocationScope } from './relocate.ts';
import { type Deletion, SectionEdits } from './section-edits.ts';

const WORD = 4;
const NOP = 0x00000013;
const C_NOP = 0x0001;

export interface RelaxationOptions {
  readonly index: SymbolIndex;
  /** Upper parts in other sections that lower parts refer to: they stay. */
  readonly sharedUppers: ReadonlySet<Relocation>;
  readonly hasGlobalPointer: boolean;
  /** False: only the padding of alignments goes. */
  readonly shortens: boolean;
}

/** What a section has become. */
export interface RelaxedSection {
  readonly bytes: Uint8Array;
  /** Offsets are still those of the object. */
  readonly relocations: readonly Relocation[];
}

function isAbsoluteLower(type: RelocationType): boolean {
  return type === RelocationType.R_RISCV_LO12_I || type === RelocationType.R_RISCV_LO12_S;
}

export function isPcRelativeLower(type: RelocationType): boolean {
  return (
    type === RelocationType.R_RISCV_PCREL_LO12_I || type === RelocationType.R_RISCV_PCREL_LO12_S
  );
}

function isCall(type: RelocationType): boolean {
  return type === RelocationType.R_RISCV_CALL || type === RelocationType.R_RISCV_CALL_PLT;
}

export class RelaxableSection {
  readonly input: InputSection;
  readonly #options: RelaxationOptions;
  readonly #view: DataView;
  readonly #alignments: readonly Relocation[];
  readonly #sites: RelaxationSite[] = [];
  #ownBranches: readonly OwnBranch[] = [];
  #edits: SectionEdits = new SectionEdits([]);

  /** @returns undefined if there is nothing in the section that could be shortened. */
  static of(input: InputSection, options: RelaxationOptions): RelaxableSection | undefined {
    if (input.section.kind !== 'text' || input.section.relocations.length === 0) return undefined;
    const section = new RelaxableSection(input, options);
    return section.#sites.length > 0 || section.#alignments.length > 0 ? section : undefined;
  }

  private constructor(input: InputSection, options: RelaxationOptions) {
    this.input = input;
    this.#options = options;
    const { bytes, relocations, relaxable } = input.section;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#alignments = relocations
      .filter(({ type }) => type === RelocationType.R_RISCV_ALIGN)
      .sort((left, right) => left.offset - right.offset);
    if (options.shortens) this.#findSites();
    if (relaxable !== true || this.#sites.length === 0) return;
    const branches = findOwnBranches(input.section);
    if (branches === undefined) this.#sites.length = 0;
    else this.#ownBranches = branches;
  }

  /** Where the section's bytes are with the present forms of its sites. */
  computeEdits(): SectionEdits {
    const deletions = this.#sites
      .flatMap((site) => [...site.deletions()])
      .sort((left, right) => left.offset - right.offset);
    this.#edits = new SectionEdits(
      this.#alignments.length === 0 ? deletions : this.#withPadding(deletions),
    );
    return this.#edits;
  }

  /** Lengthens what does not reach; true if there was such. */
  settle(scope: RelocationScope): boolean {
    let isChanged = false;
    for (const site of this.#sites) isChanged = site.settle(scope) || isChanged;
    return isChanged;
  }

  finish(scope: RelocationScope): RelaxedSection {
    const { section } = this.input;
    const bytes = Uint8Array.from(section.bytes);
    const view = new DataView(bytes.buffer);
    const replaced = new Map<Relocation, Relocation | undefined>();
    for (const site of this.#sites) {
      for (const [from, to] of site.rewrite(view, scope)) replaced.set(from, to);
    }
    correctOwnBranches(bytes, this.#ownBranches, this.#edits);
    for (const alignment of this.#alignments) this.#writeNops(view, alignment);
    const relocations = section.relocations.flatMap((relocation) => {
      const now = replaced.has(relocation) ? replaced.get(relocation) : relocation;
      return now === undefined ? [] : [now];
    });
    return { bytes: this.#edits.apply(bytes), relocations };
  }

  #findSites(): void {
    const { object, section } = this.input;
    const mayCompress = ((object.flags ?? 0) & EF_RISCV_RVC) !== 0;
    const marked = new Set<number>();
    for (const { type, offset } of section.relocations) {
      if (type === RelocationType.R_RISCV_RELAX) marked.add(offset);
    }
    const isOwn = section.relaxable === true;
    const mayRelax = ({ offset }: Relocation): boolean => isOwn || marked.has(offset);
    for (const relocation of section.relocations) {
      const { type, symbol } = relocation;
      const isShortenedJump = isOwn && mayCompress && type === RelocationType.R_RISCV_JAL;
      if (!isShortenedJump && !(isCall(type) && mayRelax(relocation))) continue;
      if (this.#options.index.resolve(object, symbol) === undefined) continue;
      this.#sites.push(new RelaxableJump(this.input, relocation, this.#view, mayCompress));
    }
    this.#findAddresses(mayRelax, mayCompress);
  }

  #findAddresses(mayRelax: (relocation: Relocation) => boolean, mayCompress: boolean): void {
    const { input } = this;
    const { index, sharedUppers, hasGlobalPointer } = this.#options;
    const groups = new Map<string | Relocation, { uppers: Relocation[]; lowers: Relocation[] }>();
    const groupOf = (key: string | Relocation): { uppers: Relocation[]; lowers: Relocation[] } => {
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = { uppers: [], lowers: [] }));
      return group;
    };
    const scope = {
      symbolPlace: (from: InputSection, name: string) => {
        const definition = index.resolve(from.object, name);
        return definition?.kind === 'place' ? definition : undefined;
      },
    };
    for (const relocation of input.section.relocations) {
      const { type, symbol } = relocation;
      if (type === RelocationType.R_RISCV_HI20) groupOf(symbol).uppers.push(relocation);
      else if (isAbsoluteLower(type)) groupOf(symbol).lowers.push(relocation);
      else if (type === RelocationType.R_RISCV_PCREL_HI20)
        groupOf(relocation).uppers.push(relocation);
      else if (isPcRelativeLower(type)) {
        const upper = findUpperPart(scope, input, relocation);
        if (upper?.input === input) groupOf(upper.relocation).lowers.push(relocation);
      }
    }
    for (const [key, { uppers, lowers }] of groups) {
      const all = [...uppers, ...lowers];
      const isWhole = uppers.length > 0 && lowers.length > 0;
      const isKept = uppers.some(
        (upper) => upper.symbol === GLOBAL_POINTER || sharedUppers.has(upper),
      );
      if (!isWhole || isKept || !all.every(mayRelax)) continue;
      const targetOf = (lower: Relocation): Relocation => (typeof key === 'string' ? lower : key);
      this.#sites.push(
        new RelaxableAddress(
          { input, uppers, lowers, targetOf, mayCompress, hasGlobalPointer },
          this.#view,
        ),
      );
    }
  }

  /** Adds what goes of the padding: an alignment keeps only what its place needs. */
  #withPadding(deletions: readonly Deletion[]): Deletion[] {
    const all: Deletion[] = [];
    let removed = 0;
    let next = 0;
    const takeUpTo = (offset: number): void => {
      for (; next < deletions.length && deletions[next].offset < offset; next += 1) {
        all.push(deletions[next]);
        removed += deletions[next].count;
      }
    };
    for (const alignment of this.#alignments) {
      const { offset, addend } = alignment;
      takeUpTo(offset);
      const needed = this.#paddingNeeded(alignment, offset - removed);
      const count = addend - needed;
      if (count === 0) continue;
      all.push({ offset: offset + needed, count });
      removed += count;
    }
    takeUpTo(Infinity);
    return all;
  }

  #paddingNeeded({ offset, addend }: Relocation, at: number): number {
    const boundary = 2 ** Math.ceil(Math.log2(addend + 1));
    const needed = (boundary - (at % boundary)) % boundary;
    if (needed > addend || boundary > this.input.section.align) {
      throw new LinkFailure(
        'relocation',
        `${describePlace(this.input, offset)}: R_RISCV_ALIGN ${addend} does not fit the alignment ` +
          `of its section, ${this.input.section.align}`,
      );
    }
    return needed;
  }

  /** Nops in what stays of the padding. */
  #writeNops(view: DataView, alignment: Relocation): void {
    const { offset, addend } = alignment;
    const end = offset + this.#paddingNeeded(alignment, this.#edits.map(offset));
    let cursor = offset;
    for (; cursor + WORD <= end; cursor += WORD) view.setUint32(cursor, NOP, true);
    if (cursor < end && addend > 0) view.setUint16(cursor, C_NOP, true);
  }
}

/** Upper parts that a lower part in another section refers to. */
export function findSharedUppers(
  live: readonly InputSection[],
  index: SymbolIndex,
): ReadonlySet<Relocation> {
  const scope = {
    symbolPlace: (from: InputSection, name: string) => {
      const definition = index.resolve(from.object, name);
      return definition?.kind === 'place' ? definition : undefined;
    },
  };
  const shared = new Set<Relocation>();
  for (const input of live) {
    for (const relocation of input.section.relocations) {
      if (!isPcRelativeLower(relocation.type)) continue;
      const upper = findUpperPart(scope, input, relocation);
      if (upper !== undefined && upper.input !== input) shared.add(upper.relocation);
    }
  }
  return shared;
}
