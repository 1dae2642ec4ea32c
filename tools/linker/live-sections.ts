/** Which sections an image needs, and what each symbol name means in each object. */
import { type LinkError, LinkFailure } from './link-error.ts';
import type { ObjectFile, ObjectSection, ObjectSymbol, Relocation } from './object.ts';

export const ABSOLUTE_SECTION = '*ABS*';

/** A section with the object it belongs to. */
export interface InputSection {
  readonly object: ObjectFile;
  readonly section: ObjectSection;
}

/** What a name refers to. */
export type Definition =
  | { readonly kind: 'place'; readonly input: InputSection; readonly offset: number }
  | { readonly kind: 'absolute'; readonly value: number }
  /** A symbol that the linker itself supplies. */
  | { readonly kind: 'linker'; readonly name: string };

/** For messages: `trap.s (.text.trap + 0x10)`. */
export function describePlace({ object, section }: InputSection, offset: number): string {
  return `${object.name} (${section.name} + 0x${offset.toString(16)})`;
}

/** One object, prepared for look-ups by name. */
interface IndexedObject {
  readonly sections: ReadonlyMap<string, InputSection>;
  readonly symbols: ReadonlyMap<string, ObjectSymbol>;
}

/** All symbols of a link. Libraries stand behind the objects: they fill gaps, and never clash. */
export class SymbolIndex {
  readonly #objects = new Map<ObjectFile, IndexedObject>();
  readonly #globals = new Map<string, { object: ObjectFile; symbol: ObjectSymbol }>();
  readonly #linkerSymbols: ReadonlySet<string>;
  readonly #duplicates: LinkError[] = [];
  /** The object whose sections count, of each group. */
  readonly #groups = new Map<string, ObjectFile>();
  /** The first of the sections with the same contents. */
  readonly #merged = new Map<string, InputSection>();
  readonly #standIns = new Map<InputSection, InputSection>();

  constructor(
    objects: readonly ObjectFile[],
    libraries: readonly ObjectFile[],
    linkerSymbols: ReadonlySet<string>,
  ) {
    this.#linkerSymbols = linkerSymbols;
    for (const object of objects) this.#addObject(object, false);
    for (const library of libraries) this.#addObject(library, true);
  }

  /** Strong symbols that two objects define. */
  get duplicates(): readonly LinkError[] {
    return this.#duplicates;
  }

  sectionsOf(object: ObjectFile): Iterable<InputSection> {
    return this.#objects.get(object)?.sections.values() ?? [];
  }

  /**
   * What `name` means in `object`.
   * @returns undefined if nothing defines it.
   */
  resolve(object: ObjectFile, name: string): Definition | undefined {
    const own = this.#objects.get(object)?.symbols.get(name);
    if (own?.section !== undefined && own.binding === 'local') return this.#define(object, own);
    const global = this.#globals.get(name);
    if (global !== undefined) return this.#define(global.object, global.symbol);
    if (this.#linkerSymbols.has(name)) return { kind: 'linker', name };
    if (own?.binding === 'weak') return { kind: 'absolute', value: 0 };
    return undefined;
  }

  /** What `name` means to every object, such as the entry. */
  resolveGlobal(name: string): Definition | undefined {
    const global = this.#globals.get(name);
    return global && this.#define(global.object, global.symbol);
  }

  #define(object: ObjectFile, symbol: ObjectSymbol): Definition {
    const { section = ABSOLUTE_SECTION, value } = symbol;
    if (section === ABSOLUTE_SECTION) return { kind: 'absolute', value };
    const input = this.#objects.get(object)?.sections.get(section);
    if (input === undefined) {
      throw new LinkFailure(
        'undefined symbol',
        `${object.name}: symbol ${symbol.name} lies in section ${section}, which does not exist`,
      );
    }
    return { kind: 'place', input: this.#standIns.get(input) ?? input, offset: value };
  }

  #addObject(object: ObjectFile, isLibrary: boolean): void {
    const sections = new Map<string, InputSection>();
    const discarded = new Set<string>();
    for (const section of object.sections) {
      if (section.group !== undefined) {
        const owner = this.#groups.get(section.group) ?? object;
        this.#groups.set(section.group, owner);
        if (owner !== object) {
          discarded.add(section.name);
          continue;
        }
      }
      const input = { object, section };
      sections.set(section.name, input);
      if (section.mergeable === true) this.#merge(input);
    }
    const symbols = new Map<string, ObjectSymbol>();
    for (const symbol of object.symbols) {
      const isDiscarded = symbol.section !== undefined && discarded.has(symbol.section);
      symbols.set(symbol.name, isDiscarded ? { ...symbol, section: undefined } : symbol);
    }
    this.#objects.set(object, { sections, symbols });
    for (const symbol of symbols.values()) {
      if (symbol.section === undefined || symbol.binding === 'local') continue;
      const known = this.#globals.get(symbol.name);
      if (known === undefined || this.#takesPrecedence(symbol, known.symbol, isLibrary)) {
        this.#globals.set(symbol.name, { object, symbol });
      } else if (!isLibrary && isStrong(symbol) && isStrong(known.symbol)) {
        const message = `symbol ${symbol.name} is defined by ${known.object.name} and by ${object.name}`;
        this.#duplicates.push({ kind: 'duplicate symbol', message });
      }
    }
  }

  /** Strong definitions come before common ones, these before weak ones. */
  #takesPrecedence(symbol: ObjectSymbol, known: ObjectSymbol, isLibrary: boolean): boolean {
    if (known.isCommon === true && symbol.isCommon === true) return symbol.size > known.size;
    if (isLibrary) return false;
    return strength(symbol) > strength(known);
  }

  #merge(input: InputSection): void {
    const { kind, align, bytes } = input.section;
    const key = `${kind} ${align} ${Buffer.from(bytes).toString('latin1')}`;
    const first = this.#merged.get(key);
    if (first === undefined) this.#merged.set(key, input);
    else this.#standIns.set(input, first);
  }
}

/** True if a second definition of the same name is an error. */
function isStrong({ binding, isCommon }: ObjectSymbol): boolean {
  return binding === 'global' && isCommon !== true;
}

function strength(symbol: ObjectSymbol): number {
  if (isStrong(symbol)) return 2;
  return symbol.isCommon === true ? 1 : 0;
}

/**
 * The sections that the image needs: those reached from `roots` through relocations, those marked
 * `keep`, and static data at fixed addresses, which code reaches without relocations. In the
 * order of the objects and of the sections in them.
 */
export function findLiveSections(
  objects: readonly ObjectFile[],
  libraries: readonly ObjectFile[],
  index: SymbolIndex,
  roots: readonly InputSection[],
): { readonly live: readonly InputSection[]; readonly errors: readonly LinkError[] } {
  const reached = new Set<InputSection>();
  const usedObjects = new Set<ObjectFile>();
  const pending: InputSection[] = [];
  const undefinedUses = new Map<string, string[]>();

  const reach = (input: InputSection): void => {
    if (reached.has(input)) return;
    reached.add(input);
    pending.push(input);
    useObject(input.object);
  };
  const useObject = (object: ObjectFile): void => {
    if (usedObjects.has(object)) return;
    usedObjects.add(object);
    for (const input of index.sectionsOf(object)) {
      if (input.section.keep === true || input.section.address !== undefined) reach(input);
    }
  };
  const follow = (input: InputSection, { symbol, offset }: Relocation): void => {
    if (symbol === '') return;
    const definition = index.resolve(input.object, symbol);
    if (definition?.kind === 'place') reach(definition.input);
    if (definition !== undefined) return;
    const uses = undefinedUses.get(symbol) ?? [];
    uses.push(describePlace(input, offset));
    undefinedUses.set(symbol, uses);
  };

  for (const object of objects) useObject(object);
  for (const root of roots) reach(root);
  for (let input = pending.pop(); input !== undefined; input = pending.pop()) {
    for (const relocation of input.section.relocations) follow(input, relocation);
  }

  const live = [...objects, ...libraries].flatMap((object) =>
    [...index.sectionsOf(object)].filter((input) => reached.has(input)),
  );
  const errors = [...undefinedUses].map(([symbol, uses]): LinkError => {
    const [first] = uses;
    const more = uses.length > 1 ? ` and ${uses.length - 1} more places` : '';
    const message = `undefined symbol ${symbol}, referred to by ${first}${more}`;
    return { kind: 'undefined symbol', message };
  });
  return { live, errors };
}
