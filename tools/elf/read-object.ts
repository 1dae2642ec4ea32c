/**
 * Reads relocatable ELF32 objects for RISC-V, as gcc and as make them (gABI, "Object Files"; RISC-V
 * ELF psABI), into what the linker takes. Names become unique where the file has several alike.
 */
import {
  type ObjectFile,
  type ObjectSection,
  type ObjectSymbol,
  type Relocation,
  RelocationType,
  type SectionKind,
} from '../linker/object.ts';
import { ElfError } from './elf-error.ts';
import {
  GRP_COMDAT,
  RELA_SIZE,
  RelaRecord,
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHF_GNU_RETAIN,
  SHF_MERGE,
  SHF_STRINGS,
  SHF_TLS,
  SHF_WRITE,
  SHN_ABS,
  SHN_COMMON,
  SHN_UNDEF,
  SHT_GROUP,
  SHT_NOBITS,
  SHT_NOTE,
  SHT_RELA,
} from './elf-format.ts';
import { cutMergeable, type Piece } from './mergeable-pieces.ts';
import { type ElfFile, type ElfSection, type ElfSymbol, readElfObject } from './read-elf.ts';

const ABSOLUTE_SECTION = '*ABS*';

/** Sections that must stay although nothing refers to them. */
const KEPT = /^\.(?:init|fini|preinit_array|init_array|fini_array|ctors|dtors)(?:\.|$)/;

/** Unwind tables: the debugger has its own, and there is no C++ runtime that would read them. */
const DROPPED = /^\.(?:eh_frame|gcc_except_table)/;

const knownTypes = new Map<number, RelocationType>(
  Object.values(RelocationType).flatMap((type): [number, RelocationType][] =>
    typeof type === 'number' ? [[type, type]] : [],
  ),
);

/** What relocations that images have no use for are for, by their numbers in the psABI. */
function refusal(type: number): string {
  const GOT_HI20 = 20;
  const TLS_FIRST = 21;
  const TLS_GD_HI20 = 22;
  const TPREL_FIRST = 29;
  const TPREL_LAST = 32;
  if (type === GOT_HI20) return 'it goes through a global offset table: compile with -fno-pic';
  const isThreadLocal =
    (type >= TLS_FIRST && type <= TLS_GD_HI20) || (type >= TPREL_FIRST && type <= TPREL_LAST);
  return isThreadLocal ? 'images have no thread-local variables' : 'it is none of static RV32 code';
}

function kindOf({ type, flags }: ElfSection): SectionKind {
  if (type === SHT_NOTE) return 'note';
  if ((flags & SHF_EXECINSTR) !== 0) return 'text';
  if ((flags & SHF_WRITE) !== 0) return type === SHT_NOBITS ? 'bss' : 'data';
  return type === SHT_NOBITS ? 'bss' : 'rodata';
}

class ObjectReader {
  readonly #elf: ElfFile;
  readonly #name: string;
  /** The pieces of each section that is loaded, by their offsets. */
  readonly #pieces = new Map<number, readonly Piece[]>();
  readonly #groups = new Map<number, string>();
  readonly #symbolNames: readonly string[];
  readonly #relocations = new Map<number, Relocation[]>();
  /** Symbols for places that relocations name by section and addend. */
  readonly #placeSymbols = new Map<string, ObjectSymbol>();

  constructor(elf: ElfFile, name: string) {
    this.#elf = elf;
    this.#name = name;
    this.#symbolNames = uniqueNames(elf.symbols);
  }

  read(): ObjectFile {
    this.#readGroups();
    const { sections, symbols } = this.#elf;
    for (const [index, section] of sections.entries()) this.#cut(section, index);
    for (const section of sections) this.#readRelocations(section);
    const read = [...this.#pieces].flatMap(([index, pieces]) =>
      pieces.map((piece) => this.#section(sections[index], index, piece, pieces.length)),
    );
    const named = symbols.flatMap((symbol, index) => this.#symbol(symbol, index));
    const commons = symbols.flatMap((symbol) =>
      symbol.sectionIndex === SHN_COMMON ? [commonSection(symbol)] : [],
    );
    return {
      name: this.#name,
      flags: this.#elf.flags,
      sections: [...read, ...commons],
      symbols: [...named, ...this.#placeSymbols.values()],
    };
  }

  #readGroups(): void {
    for (const [index, section] of this.#elf.sections.entries()) {
      if (section.type !== SHT_GROUP) continue;
      const view = viewOf(section.bytes);
      const signature = this.#elf.symbols.at(section.info - 1)?.name;
      if (signature === undefined || section.info === 0 || section.bytes.length % 4 !== 0) {
        throw new ElfError('bad section', `group in section ${index} has no valid signature`);
      }
      if (view.byteLength < 4 || (view.getUint32(0, true) & GRP_COMDAT) === 0) continue;
      for (let offset = 4; offset < view.byteLength; offset += 4) {
        this.#groups.set(view.getUint32(offset, true), signature);
      }
    }
  }

  #cut(section: ElfSection, index: number): void {
    const { name, flags, type, size, entrySize, bytes, align } = section;
    const isLoaded = (flags & SHF_ALLOC) !== 0 && type !== SHT_GROUP && !DROPPED.test(name);
    if (!isLoaded) return;
    if ((flags & SHF_TLS) !== 0) {
      throw new ElfError('bad section', `${name} holds thread-local variables: images have none`);
    }
    if (align > 1 && !Number.isInteger(Math.log2(align))) {
      throw new ElfError('bad section', `${name} is aligned to ${align}, no power of two`);
    }
    const isMergeable =
      (flags & SHF_MERGE) !== 0 &&
      (flags & SHF_WRITE) === 0 &&
      entrySize > 0 &&
      type !== SHT_NOBITS;
    const isWhole =
      !isMergeable ||
      this.#elf.sections.some(({ type: other, info }) => other === SHT_RELA && info === index);
    this.#pieces.set(
      index,
      isWhole ? [{ offset: 0, size }] : cutMergeable(bytes, entrySize, (flags & SHF_STRINGS) !== 0),
    );
  }

  #section(
    { name, size, align, bytes, ...section }: ElfSection,
    index: number,
    piece: Piece,
    count: number,
  ): ObjectSection {
    const group = this.#groups.get(index);
    const keep = KEPT.test(name) || (section.flags & SHF_GNU_RETAIN) !== 0;
    const isCut = count > 1 || piece.size !== size;
    const end = piece.offset + piece.size;
    const kind = kindOf({ name, size, align, bytes, ...section });
    // A string lies where it does by chance; what its offset is a multiple of is enough for it.
    const chance = piece.offset === 0 ? align : piece.offset & -piece.offset;
    return {
      name: this.#sectionName(index, piece),
      kind,
      align: Math.max(1, isCut ? Math.min(align, chance) : align),
      bytes: kind === 'bss' ? new Uint8Array(0) : bytes.subarray(piece.offset, end),
      size: piece.size,
      ...(keep && { keep }),
      ...(isCut && { mergeable: true }),
      ...(group !== undefined && { group }),
      relocations: this.#relocations.get(index) ?? [],
      positions: [],
      trapSites: [],
    };
  }

  #sectionName(index: number, { offset }: Piece): string {
    const { name } = this.#elf.sections[index];
    const isFirst = this.#elf.sections.findIndex((other) => other.name === name) === index;
    const unique = isFirst ? name : `${name}#${index}`;
    return offset === 0 ? unique : `${unique}+${offset}`;
  }

  #readRelocations(table: ElfSection): void {
    if (table.type !== SHT_RELA || !this.#pieces.has(table.info)) return;
    const target = this.#elf.sections[table.info];
    if (table.bytes.length % RELA_SIZE !== 0) {
      throw new ElfError('bad section', `${table.name} is no table of relocations`);
    }
    const view = viewOf(table.bytes);
    const relocations: Relocation[] = [];
    for (let base = 0; base < view.byteLength; base += RELA_SIZE) {
      const offset = view.getUint32(base + RelaRecord.offset, true);
      const info = view.getUint32(base + RelaRecord.info, true);
      const addend = view.getInt32(base + RelaRecord.addend, true);
      const type = knownTypes.get(info & 0xff);
      if (type === undefined) {
        const where = `${target.name} + 0x${offset.toString(16)}`;
        const message = `relocation type ${info & 0xff} at ${where}: ${refusal(info & 0xff)}`;
        throw new ElfError('bad section', message);
      }
      relocations.push({ offset, type, ...this.#reference(info >>> 8, addend, table.name) });
    }
    this.#relocations.set(table.info, relocations);
  }

  /** What a relocation refers to; a place in a section gets a symbol of its own. */
  #reference(index: number, addend: number, table: string): Pick<Relocation, 'symbol' | 'addend'> {
    if (index === 0) return { symbol: '', addend };
    const symbol = this.#elf.symbols.at(index - 1);
    if (symbol === undefined) {
      throw new ElfError('bad symbol', `${table} refers to symbol ${index}, which does not exist`);
    }
    if (symbol.type !== 'section') return { symbol: this.#symbolNames[index - 1], addend };
    const place = this.#place(symbol.sectionIndex, symbol.address + addend);
    const name = `.L${symbol.sectionIndex}+${symbol.address + addend}`;
    if (place !== undefined) this.#placeSymbols.set(name, localSymbol(name, ...place));
    return { symbol: name, addend: 0 };
  }

  /** The section of the object and the offset in it for a place in a section of the file. */
  #place(index: number, offset: number): [string, number] | undefined {
    const pieces = this.#pieces.get(index);
    const piece = pieces?.findLast((candidate) => candidate.offset <= offset) ?? pieces?.at(0);
    return piece && [this.#sectionName(index, piece), offset - piece.offset];
  }

  #symbol(symbol: ElfSymbol, index: number): ObjectSymbol[] {
    const { address, size, sectionIndex, type, binding } = symbol;
    const name = this.#symbolNames[index];
    if (type === 'section' || name === '') return [];
    const common = {
      name,
      size,
      binding: binding === 'weak' || binding === 'local' ? binding : 'global',
      type: type === 'func' || type === 'object' ? type : 'notype',
    } as const;
    switch (sectionIndex) {
      case SHN_UNDEF:
        return [{ ...common, section: undefined, value: 0 }];
      case SHN_ABS:
        // The name of a source file is one, too.
        return type === 'other' ? [] : [{ ...common, section: ABSOLUTE_SECTION, value: address }];
      case SHN_COMMON:
        return [{ ...common, section: commonName(name), value: 0, isCommon: true }];
    }
    const place = this.#place(sectionIndex, address);
    return place === undefined ? [] : [{ ...common, section: place[0], value: place[1] }];
  }
}

/** Names under which local symbols do not hide each other; those of others stay as they are. */
function uniqueNames(symbols: readonly ElfSymbol[]): string[] {
  const taken = new Set(
    symbols.filter(({ binding }) => binding !== 'local').map(({ name }) => name),
  );
  return symbols.map(({ name, binding, type }, index) => {
    if (binding !== 'local' || type === 'section') return name;
    const isPrivate = /^(?:\.L|\$[xd])/.test(name) || name === '';
    const unique = isPrivate ? `.L${name}#${index}` : taken.has(name) ? `${name}#${index}` : name;
    taken.add(unique);
    return unique;
  });
}

function localSymbol(name: string, section: string, value: number): ObjectSymbol {
  return { name, section, value, size: 0, binding: 'local', type: 'notype' };
}

function commonName(name: string): string {
  return `.bss.common.${name}`;
}

/** Room for a COMMON symbol, whose value is its alignment. */
function commonSection({ name, address, size }: ElfSymbol): ObjectSection {
  return {
    name: commonName(name),
    kind: 'bss',
    align: Math.max(1, address),
    bytes: new Uint8Array(0),
    size,
    relocations: [],
    positions: [],
    trapSites: [],
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Reads a relocatable object.
 * @param name For messages.
 * @throws ElfError if it is broken, or needs what images do not have.
 */
export function readObject(file: Uint8Array, name: string): ObjectFile {
  return new ObjectReader(readElfObject(file), name).read();
}
