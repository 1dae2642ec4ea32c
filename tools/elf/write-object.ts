/**
 * Writes an object as a relocatable ELF32 file for RISC-V (gABI; RISC-V ELF psABI), which GNU's
 * tools read as they read their own.
 */
import type { ObjectFile, ObjectSection, ObjectSymbol, SectionKind } from '../linker/object.ts';
import {
  EI_CLASS,
  EI_DATA,
  EI_VERSION,
  ELF_MAGIC,
  ELFCLASS32,
  ELFDATA2LSB,
  EM_RISCV,
  ET_REL,
  EV_CURRENT,
  FILE_HEADER_SIZE,
  FileHeader,
  RELA_SIZE,
  RelaRecord,
  SECTION_HEADER_SIZE,
  SectionHeader,
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHF_GNU_RETAIN,
  SHF_INFO_LINK,
  SHF_WRITE,
  SHN_ABS,
  SHN_UNDEF,
  SHT_NOBITS,
  SHT_NOTE,
  SHT_NULL,
  SHT_PROGBITS,
  SHT_RELA,
  SHT_STRTAB,
  SHT_SYMTAB,
  STB_GLOBAL,
  STB_LOCAL,
  STB_WEAK,
  STT_FUNC,
  STT_NOTYPE,
  STT_OBJECT,
  STT_SECTION,
  SYMBOL_SIZE,
  SymbolRecord,
} from './elf-format.ts';
import { StringTable } from './string-table.ts';

const TABLE_ALIGNMENT = 4;

const flagsByKind: Readonly<Record<SectionKind, number>> = {
  text: SHF_ALLOC | SHF_EXECINSTR,
  rodata: SHF_ALLOC,
  data: SHF_ALLOC | SHF_WRITE,
  bss: SHF_ALLOC | SHF_WRITE,
  note: 0,
};

const bindings = { local: STB_LOCAL, global: STB_GLOBAL, weak: STB_WEAK } as const;
const types = { notype: STT_NOTYPE, object: STT_OBJECT, func: STT_FUNC } as const;

/** One row of the section header table, with its contents. */
interface Row {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly size: number;
  readonly align: number;
  readonly bytes: Uint8Array;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
}

function row(name: string, type: number, bytes: Uint8Array, rest: Partial<Row> = {}): Row {
  const usual = { flags: 0, size: bytes.length, align: 1, link: 0, info: 0, entrySize: 0 };
  return { ...usual, name, type, bytes, ...rest };
}

function contentsRow({ name, kind, align, bytes, size, keep }: ObjectSection): Row {
  const contentsType = kind === 'note' ? SHT_NOTE : SHT_PROGBITS;
  const flags = flagsByKind[kind] | (keep === true ? SHF_GNU_RETAIN : 0);
  return row(name, kind === 'bss' ? SHT_NOBITS : contentsType, bytes, { size, align, flags });
}

/** The symbols of an object in the order of the format: sections, locals, others. */
class SymbolTable {
  readonly strings = new StringTable();
  readonly firstGlobal: number;
  readonly bytes: Uint8Array;
  readonly #indexByName = new Map<string, number>();

  constructor({ sections, symbols }: ObjectFile) {
    const sectionIndex = new Map(sections.map(({ name }, index) => [name, 1 + index]));
    // A section's own symbol has no name in the file, but its section's number.
    const isSection = ({ name, section }: ObjectSymbol): boolean => name === section;
    const named = symbols.filter((symbol) => !isSection(symbol));
    const locals = named.filter(({ binding }) => binding === 'local');
    const others = named.filter(({ binding }) => binding !== 'local');
    this.firstGlobal = 1 + sections.length + locals.length;
    this.bytes = new Uint8Array((this.firstGlobal + others.length) * SYMBOL_SIZE);
    const view = new DataView(this.bytes.buffer);
    for (const [index, { name }] of sections.entries()) {
      this.#indexByName.set(name, 1 + index);
      writeSymbol(view, 1 + index, { name: 0, value: 0, size: 0, info: STT_SECTION }, 1 + index);
    }
    for (const [index, symbol] of [...locals, ...others].entries()) {
      const { name, value, size, binding, type, section } = symbol;
      const number = 1 + sections.length + index;
      this.#indexByName.set(name, number);
      const info = (bindings[binding] << 4) | types[type];
      const home = section === undefined ? SHN_UNDEF : (sectionIndex.get(section) ?? SHN_ABS);
      writeSymbol(view, number, { name: this.strings.add(name), value, size, info }, home);
    }
  }

  indexOf(name: string): number {
    return this.#indexByName.get(name) ?? 0;
  }
}

function writeSymbol(
  view: DataView,
  index: number,
  fields: Readonly<Record<'name' | 'value' | 'size' | 'info', number>>,
  section: number,
): void {
  const base = index * SYMBOL_SIZE;
  view.setUint32(base + SymbolRecord.name, fields.name, true);
  view.setUint32(base + SymbolRecord.value, fields.value, true);
  view.setUint32(base + SymbolRecord.size, fields.size, true);
  view.setUint8(base + SymbolRecord.info, fields.info);
  view.setUint16(base + SymbolRecord.sectionIndex, section, true);
}

function encodeRelocations({ relocations }: ObjectSection, symbols: SymbolTable): Uint8Array {
  const bytes = new Uint8Array(relocations.length * RELA_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [index, { offset, type, symbol, addend }] of relocations.entries()) {
    const base = index * RELA_SIZE;
    view.setUint32(base + RelaRecord.offset, offset, true);
    view.setUint32(base + RelaRecord.info, (symbols.indexOf(symbol) << 8) | type, true);
    view.setInt32(base + RelaRecord.addend, addend, true);
  }
  return bytes;
}

/** The file of an object. Source positions and trap sites are for our own linker, and not in it. */
export function writeObject(object: ObjectFile): Uint8Array {
  const { sections } = object;
  const symbols = new SymbolTable(object);
  const withRelocations = sections.filter(({ relocations }) => relocations.length > 0);
  const symbolTableIndex = 1 + sections.length + withRelocations.length;
  const names = new StringTable();
  const rows = [
    row('', SHT_NULL, new Uint8Array(0)),
    ...sections.map(contentsRow),
    ...withRelocations.map((section) =>
      row(`.rela${section.name}`, SHT_RELA, encodeRelocations(section, symbols), {
        flags: SHF_INFO_LINK,
        link: symbolTableIndex,
        info: 1 + sections.indexOf(section),
        align: TABLE_ALIGNMENT,
        entrySize: RELA_SIZE,
      }),
    ),
    row('.symtab', SHT_SYMTAB, symbols.bytes, {
      link: symbolTableIndex + 1,
      info: symbols.firstGlobal,
      align: TABLE_ALIGNMENT,
      entrySize: SYMBOL_SIZE,
    }),
    row('.strtab', SHT_STRTAB, symbols.strings.encode()),
  ];
  for (const { name } of rows) names.add(name);
  names.add('.shstrtab');
  rows.push(row('.shstrtab', SHT_STRTAB, names.encode()));
  return layOutFile(rows, names, object.flags ?? 0);
}

function layOutFile(rows: readonly Row[], names: StringTable, flags: number): Uint8Array {
  const alignUp = (offset: number, align: number): number => Math.ceil(offset / align) * align;
  let cursor = FILE_HEADER_SIZE;
  const offsets = rows.map(({ align, bytes }) => {
    const offset = alignUp(cursor, Math.max(1, align));
    cursor = offset + bytes.length;
    return offset;
  });
  const headers = alignUp(cursor, TABLE_ALIGNMENT);
  const file = new Uint8Array(headers + rows.length * SECTION_HEADER_SIZE);
  const view = new DataView(file.buffer);
  for (const [index, section] of rows.entries()) {
    file.set(section.bytes, offsets[index]);
    const base = headers + index * SECTION_HEADER_SIZE;
    view.setUint32(base + SectionHeader.name, names.add(section.name), true);
    view.setUint32(base + SectionHeader.type, section.type, true);
    view.setUint32(base + SectionHeader.flags, section.flags, true);
    view.setUint32(base + SectionHeader.offset, index === 0 ? 0 : offsets[index], true);
    view.setUint32(base + SectionHeader.size, section.size, true);
    view.setUint32(base + SectionHeader.link, section.link, true);
    view.setUint32(base + SectionHeader.info, section.info, true);
    view.setUint32(base + SectionHeader.align, index === 0 ? 0 : section.align, true);
    view.setUint32(base + SectionHeader.entrySize, section.entrySize, true);
  }
  file.set(ELF_MAGIC);
  file[EI_CLASS] = ELFCLASS32;
  file[EI_DATA] = ELFDATA2LSB;
  file[EI_VERSION] = EV_CURRENT;
  view.setUint16(FileHeader.type, ET_REL, true);
  view.setUint16(FileHeader.machine, EM_RISCV, true);
  view.setUint32(FileHeader.version, EV_CURRENT, true);
  view.setUint32(FileHeader.sectionHeaderOffset, headers, true);
  view.setUint32(FileHeader.flags, flags, true);
  view.setUint16(FileHeader.headerSize, FILE_HEADER_SIZE, true);
  view.setUint16(FileHeader.sectionHeaderSize, SECTION_HEADER_SIZE, true);
  view.setUint16(FileHeader.sectionHeaderCount, rows.length, true);
  view.setUint16(FileHeader.sectionNameIndex, rows.length - 1, true);
  return file;
}
