/** Where one pass over the source stands: its sections, its symbols, the line it is at. */
import type { ObjectFile, ObjectSymbol, RelocationType, SectionKind } from '../linker/object.ts';
import { type SourceLine, StatementError } from './assembly-error.ts';
import { type Base, type ExpressionScope, sameBase, type Value } from './expression.ts';
import { SectionBuilder } from './section-builder.ts';
import { PRIVATE_PREFIX, type SymbolTable } from './symbol-table.ts';

/** The section of symbols with an absolute value. */
const ABSOLUTE_SECTION = '*ABS*';

/** Section kinds by the first part of the name, as GNU as knows them. */
const kindByPrefix: Partial<Readonly<Record<string, SectionKind>>> = {
  text: 'text',
  init: 'text',
  rodata: 'rodata',
  srodata: 'rodata',
  data: 'data',
  sdata: 'data',
  bss: 'bss',
  sbss: 'bss',
  note: 'note',
};

export interface SectionOptions {
  readonly kind?: SectionKind;
  readonly keep?: boolean;
}

export class AssemblyState implements ExpressionScope {
  readonly symbols: SymbolTable;
  /** Ordinals of the branches that need a jump to reach their target; grows from pass to pass. */
  readonly longBranches: Set<number>;
  /** The line being processed. */
  place: SourceLine;
  #branchCount = 0;
  #statementOffset = 0;
  readonly #sections = new Map<string, SectionBuilder>();
  #section: SectionBuilder;
  #previousSection: SectionBuilder;
  readonly #sectionStack: SectionBuilder[] = [];
  /** Places in sections that relocations refer to, as private symbols. */
  readonly #placeSymbols = new Map<string, ObjectSymbol>();
  readonly #externalSymbols = new Set<string>();

  constructor(symbols: SymbolTable, longBranches: Set<number>, place: SourceLine) {
    this.symbols = symbols;
    this.longBranches = longBranches;
    this.place = place;
    this.#section = this.#findSection('.text', {});
    this.#previousSection = this.#section;
  }

  get section(): SectionBuilder {
    return this.#section;
  }

  /** `.` stays here while the statement, or a number of a list, fills the section. */
  beginStatement(): void {
    this.#statementOffset = this.#section.size;
  }

  currentPlace(): Value {
    return this.placeInSection(this.#statementOffset);
  }

  symbolValue(name: string): Value {
    return this.symbols.lookUp(name);
  }

  localLabelValue(label: string, forward: boolean): Value {
    return this.symbols.lookUpLocalLabel(label, forward);
  }

  /** The place `offset` bytes into the current section. */
  placeInSection(offset: number): Value {
    return { base: { kind: 'section', name: this.#section.name }, offset: BigInt(offset) };
  }

  /** Counts the branches, so that one is known again in the next pass. */
  nextBranchOrdinal(): number {
    this.#branchCount += 1;
    return this.#branchCount;
  }

  /** Continues in section `name`, which the first mention creates. */
  enterSection(name: string, options: SectionOptions = {}): void {
    const next = this.#findSection(name, options);
    this.#previousSection = this.#section;
    this.#section = next;
    this.beginStatement();
  }

  pushSection(name: string, options: SectionOptions): void {
    this.#sectionStack.push(this.#section);
    this.enterSection(name, options);
  }

  popSection(): void {
    const section = this.#sectionStack.pop();
    if (section === undefined) throw new StatementError('.popsection without .pushsection');
    this.enterSection(section.name);
  }

  /** Goes back to the section before the last change. */
  enterPreviousSection(): void {
    this.enterSection(this.#previousSection.name);
  }

  /** Marks the instruction that follows with the line being processed. */
  markPosition(): void {
    this.#section.markPosition(this.place.file, this.place.line);
  }

  /** Records that the field at `offset` of the current section takes the address `value`. */
  relocate(offset: number, type: RelocationType, value: Value): void {
    if (value.base === undefined) {
      throw new StatementError('an address is needed here, not a number');
    }
    this.#section.relocations.push({
      offset,
      type,
      symbol: this.#relocationSymbol(value.base),
      addend: Number(value.offset),
    });
  }

  /** As `relocate`, with a symbol that stands exactly at the place of `value`. */
  relocateToPlace(offset: number, type: RelocationType, value: Value): void {
    if (value.base?.kind !== 'section') {
      throw new StatementError('the label of an auipc in this file is needed here');
    }
    const section = value.base.name;
    const name = `${PRIVATE_PREFIX}${section}+${value.offset.toString()}`;
    this.#placeSymbols.set(name, localSymbol(name, section, Number(value.offset)));
    this.#section.relocations.push({ offset, type, symbol: name, addend: 0 });
  }

  /** The object as this pass has left it. */
  buildObject(name: string): ObjectFile {
    const sections = [...this.#sections.values()].filter(
      (section) => section.size > 0 || this.#isMentioned(section),
    );
    return {
      name,
      sections: sections.map((section) => section.build()),
      symbols: [
        ...sections.map((section) => localSymbol(section.name, section.name, 0)),
        ...this.#placeSymbols.values(),
        ...this.#namedSymbols(),
      ],
    };
  }

  #isMentioned(section: SectionBuilder): boolean {
    const base: Base = { kind: 'section', name: section.name };
    return [...this.symbols.values.values()].some((value) => sameBase(value.base, base));
  }

  *#namedSymbols(): Generator<ObjectSymbol> {
    for (const [name, value] of this.symbols.values) {
      const attributes = this.symbols.attributes.get(name);
      if (name.startsWith(PRIVATE_PREFIX) || value.base?.kind === 'symbol') continue;
      yield {
        name,
        section: value.base?.name ?? ABSOLUTE_SECTION,
        value: Number(BigInt.asUintN(32, value.offset)),
        size: Number(attributes?.size ?? 0n),
        binding: attributes?.binding ?? 'local',
        type: attributes?.type ?? 'notype',
      };
    }
    for (const name of this.#externalSymbols) {
      if (this.symbols.values.has(name)) continue;
      const binding = this.symbols.attributes.get(name)?.binding === 'weak' ? 'weak' : 'global';
      yield { name, section: undefined, value: 0, size: 0, binding, type: 'notype' };
    }
  }

  #relocationSymbol(base: Base): string {
    if (base.kind === 'symbol') this.#externalSymbols.add(base.name);
    return base.name;
  }

  #findSection(name: string, { kind, keep = false }: SectionOptions): SectionBuilder {
    const known = this.#sections.get(name);
    if (known !== undefined) {
      if (kind !== undefined && kind !== known.kind) {
        throw new StatementError(`section ${name} was ${known.kind} before, is ${kind} here`);
      }
      known.keep ||= keep;
      return known;
    }
    const usualKind = kindByPrefix[name.replace(/^\./, '').split('.', 1).join('')];
    const section = new SectionBuilder(name, kind ?? usualKind ?? 'data', keep);
    this.#sections.set(name, section);
    return section;
  }
}

function localSymbol(name: string, section: string, value: number): ObjectSymbol {
  return { name, section, value, size: 0, binding: 'local', type: 'notype' };
}
