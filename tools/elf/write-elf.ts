/** Writes a linked image as an ELF32 executable with symbols, notes and debug sections. */
import type {
  LinkedImage,
  LinkedSection,
  LinkedSegment,
  LinkedSymbol,
} from '../linker/linked-image.ts';
import {
  EI_CLASS,
  EI_DATA,
  EI_VERSION,
  ELF_MAGIC,
  ELFCLASS32,
  ELFDATA2LSB,
  EM_RISCV,
  ET_EXEC,
  EV_CURRENT,
  FILE_HEADER_SIZE,
  FileHeader,
  PF_R,
  PF_W,
  PF_X,
  PROGRAM_HEADER_SIZE,
  ProgramHeader,
  PT_LOAD,
  PT_NOTE,
  SECTION_HEADER_SIZE,
  SectionHeader,
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHF_WRITE,
  SHN_ABS,
  SHT_NOBITS,
  SHT_NOTE,
  SHT_NULL,
  SHT_PROGBITS,
  SHT_STRTAB,
  SHT_SYMTAB,
  STB_GLOBAL,
  STB_LOCAL,
  STB_WEAK,
  STT_FUNC,
  STT_NOTYPE,
  STT_OBJECT,
  SYMBOL_SIZE,
  SymbolRecord,
} from './elf-format.ts';
import { StringTable } from './string-table.ts';

/** A section that is not loaded, such as `.debug_line`. */
export interface DebugSection {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Segments lie in the file at their address modulo this. */
const PAGE_SIZE = 4096;
const TABLE_ALIGNMENT = 4;

const segmentFlags = { 'r-x': PF_R | PF_X, 'r--': PF_R, 'rw-': PF_R | PF_W } as const;
const sectionFlags = {
  'r-x': SHF_ALLOC | SHF_EXECINSTR,
  'r--': SHF_ALLOC,
  'rw-': SHF_ALLOC | SHF_WRITE,
} as const;
const symbolBindings = { local: STB_LOCAL, global: STB_GLOBAL, weak: STB_WEAK } as const;
const symbolTypes = { notype: STT_NOTYPE, object: STT_OBJECT, func: STT_FUNC } as const;

/** One row of the section header table. */
interface SectionRow {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly align: number;
  readonly entrySize: number;
}

interface PlacedSegment {
  readonly segment: LinkedSegment;
  readonly offset: number;
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

/** File offsets congruent to the addresses modulo the page size. */
function placeSegments(segments: readonly LinkedSegment[], start: number): PlacedSegment[] {
  let cursor = start;
  return segments.map((segment) => {
    const gap = (((segment.address - cursor) % PAGE_SIZE) + PAGE_SIZE) % PAGE_SIZE;
    const offset = cursor + gap;
    cursor = offset + segment.bytes.length;
    return { segment, offset };
  });
}

function sectionType({ name, hasContents }: LinkedSection): number {
  if (!hasContents) return SHT_NOBITS;
  return name.startsWith('.note') ? SHT_NOTE : SHT_PROGBITS;
}

function sectionRow(section: LinkedSection, placed: readonly PlacedSegment[]): SectionRow {
  const { name, permissions, address, size, align } = section;
  const home = placed.find(
    ({ segment }) =>
      address >= segment.address && address + size <= segment.address + segment.memorySize,
  );
  if (home === undefined) throw new TypeError(`section ${name} lies in no segment`);
  return {
    name,
    type: sectionType(section),
    flags: sectionFlags[permissions],
    address,
    offset: home.offset + address - home.segment.address,
    size,
    link: 0,
    info: 0,
    align,
    entrySize: 0,
  };
}

/** Index of the symbol's section, −1 if it is absolute; several may share a name. */
function findSection(sections: readonly LinkedSection[], symbol: LinkedSymbol): number {
  const byPlace = sections.findIndex(
    ({ address, size }) => symbol.address >= address && symbol.address < address + size,
  );
  if (symbol.section === undefined || byPlace >= 0) return symbol.section ? byPlace : -1;
  return sections.findIndex(({ name }) => name === symbol.section);
}

/** The symbol table: locals first, as the format demands. */
function encodeSymbols(
  symbols: readonly LinkedSymbol[],
  sections: readonly LinkedSection[],
  strings: StringTable,
): { readonly bytes: Uint8Array; readonly firstGlobal: number } {
  const locals = symbols.filter(({ binding }) => binding === 'local');
  const others = symbols.filter(({ binding }) => binding !== 'local');
  const bytes = new Uint8Array((1 + symbols.length) * SYMBOL_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [index, symbol] of [...locals, ...others].entries()) {
    const base = (1 + index) * SYMBOL_SIZE;
    const sectionIndex = findSection(sections, symbol);
    const info = (symbolBindings[symbol.binding] << 4) | symbolTypes[symbol.type];
    view.setUint32(base + SymbolRecord.name, strings.add(symbol.name), true);
    view.setUint32(base + SymbolRecord.value, symbol.address, true);
    view.setUint32(base + SymbolRecord.size, symbol.size, true);
    view.setUint8(base + SymbolRecord.info, info);
    view.setUint16(
      base + SymbolRecord.sectionIndex,
      sectionIndex < 0 ? SHN_ABS : 1 + sectionIndex,
      true,
    );
  }
  return { bytes, firstGlobal: 1 + locals.length };
}

/** Program headers: one PT_LOAD a segment, and one PT_NOTE over all notes. */
function encodeProgramHeaders(
  placed: readonly PlacedSegment[],
  notes: readonly SectionRow[],
): Uint8Array {
  const firstNote = notes.at(0);
  const lastNote = notes.at(-1);
  const count = placed.length + (firstNote === undefined ? 0 : 1);
  const bytes = new Uint8Array(count * PROGRAM_HEADER_SIZE);
  const view = new DataView(bytes.buffer);
  const write = (index: number, fields: Readonly<Record<keyof typeof ProgramHeader, number>>) => {
    const base = index * PROGRAM_HEADER_SIZE;
    view.setUint32(base + ProgramHeader.type, fields.type, true);
    view.setUint32(base + ProgramHeader.offset, fields.offset, true);
    view.setUint32(base + ProgramHeader.virtualAddress, fields.virtualAddress, true);
    view.setUint32(base + ProgramHeader.physicalAddress, fields.physicalAddress, true);
    view.setUint32(base + ProgramHeader.fileSize, fields.fileSize, true);
    view.setUint32(base + ProgramHeader.memorySize, fields.memorySize, true);
    view.setUint32(base + ProgramHeader.flags, fields.flags, true);
    view.setUint32(base + ProgramHeader.align, fields.align, true);
  };
  for (const [index, { segment, offset }] of placed.entries()) {
    write(index, {
      type: PT_LOAD,
      offset,
      virtualAddress: segment.address,
      physicalAddress: segment.address,
      fileSize: segment.bytes.length,
      memorySize: segment.memorySize,
      flags: segmentFlags[segment.permissions],
      align: PAGE_SIZE,
    });
  }
  if (firstNote !== undefined && lastNote !== undefined) {
    const size = lastNote.address + lastNote.size - firstNote.address;
    write(placed.length, {
      type: PT_NOTE,
      offset: firstNote.offset,
      virtualAddress: firstNote.address,
      physicalAddress: firstNote.address,
      fileSize: size,
      memorySize: size,
      flags: PF_R,
      align: TABLE_ALIGNMENT,
    });
  }
  return bytes;
}

function encodeSectionHeaders(rows: readonly SectionRow[], names: StringTable): Uint8Array {
  const bytes = new Uint8Array(rows.length * SECTION_HEADER_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [index, row] of rows.entries()) {
    const base = index * SECTION_HEADER_SIZE;
    view.setUint32(base + SectionHeader.name, names.add(row.name), true);
    view.setUint32(base + SectionHeader.type, row.type, true);
    view.setUint32(base + SectionHeader.flags, row.flags, true);
    view.setUint32(base + SectionHeader.address, row.address, true);
    view.setUint32(base + SectionHeader.offset, row.offset, true);
    view.setUint32(base + SectionHeader.size, row.size, true);
    view.setUint32(base + SectionHeader.link, row.link, true);
    view.setUint32(base + SectionHeader.info, row.info, true);
    view.setUint32(base + SectionHeader.align, row.align, true);
    view.setUint32(base + SectionHeader.entrySize, row.entrySize, true);
  }
  return bytes;
}

const nullRow: SectionRow = {
  name: '',
  type: SHT_NULL,
  flags: 0,
  address: 0,
  offset: 0,
  size: 0,
  link: 0,
  info: 0,
  align: 0,
  entrySize: 0,
};

/** Collects what follows the segments in the file. */
class FileTail {
  readonly parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  #cursor: number;

  constructor(start: number) {
    this.#cursor = start;
  }

  get size(): number {
    return this.#cursor;
  }

  append(bytes: Uint8Array, alignment: number): number {
    const offset = alignUp(this.#cursor, alignment);
    this.parts.push({ offset, bytes });
    this.#cursor = offset + bytes.length;
    return offset;
  }
}

/** The file of an image. `debugSections` are added as they are. */
export function writeElf(
  image: LinkedImage,
  debugSections: readonly DebugSection[] = [],
): Uint8Array {
  const noteCount = image.sections.filter(({ name }) => name.startsWith('.note')).length;
  const programHeaderCount = image.segments.length + (noteCount > 0 ? 1 : 0);
  const headersEnd = FILE_HEADER_SIZE + programHeaderCount * PROGRAM_HEADER_SIZE;
  const placed = placeSegments(image.segments, headersEnd);
  const loaded = image.sections.map((section) => sectionRow(section, placed));
  const notes = loaded.filter(({ type }) => type === SHT_NOTE);
  const tail = new FileTail(
    Math.max(headersEnd, ...placed.map(({ segment, offset }) => offset + segment.bytes.length)),
  );

  const unloadedRow = (
    name: string,
    type: number,
    bytes: Uint8Array,
    fields: Partial<SectionRow> = {},
  ): SectionRow => {
    const align = type === SHT_SYMTAB ? TABLE_ALIGNMENT : 1;
    const offset = tail.append(bytes, align);
    return { ...nullRow, name, type, offset, size: bytes.length, align, ...fields };
  };

  const rows = [nullRow, ...loaded];
  for (const { name, bytes } of debugSections) rows.push(unloadedRow(name, SHT_PROGBITS, bytes));
  const strings = new StringTable();
  const symbols = encodeSymbols(image.symbols, image.sections, strings);
  rows.push(
    unloadedRow('.symtab', SHT_SYMTAB, symbols.bytes, {
      link: rows.length + 1,
      info: symbols.firstGlobal,
      entrySize: SYMBOL_SIZE,
    }),
  );
  rows.push(unloadedRow('.strtab', SHT_STRTAB, strings.encode()));
  const names = new StringTable();
  for (const { name } of rows) names.add(name);
  names.add('.shstrtab');
  rows.push(unloadedRow('.shstrtab', SHT_STRTAB, names.encode()));
  const sectionHeaderOffset = tail.append(encodeSectionHeaders(rows, names), TABLE_ALIGNMENT);

  const file = new Uint8Array(tail.size);
  const view = new DataView(file.buffer);
  file.set(ELF_MAGIC);
  file[EI_CLASS] = ELFCLASS32;
  file[EI_DATA] = ELFDATA2LSB;
  file[EI_VERSION] = EV_CURRENT;
  view.setUint16(FileHeader.type, ET_EXEC, true);
  view.setUint16(FileHeader.machine, EM_RISCV, true);
  view.setUint32(FileHeader.version, EV_CURRENT, true);
  view.setUint32(FileHeader.entry, image.entry, true);
  view.setUint32(FileHeader.programHeaderOffset, FILE_HEADER_SIZE, true);
  view.setUint32(FileHeader.sectionHeaderOffset, sectionHeaderOffset, true);
  view.setUint32(FileHeader.flags, image.flags, true);
  view.setUint16(FileHeader.headerSize, FILE_HEADER_SIZE, true);
  view.setUint16(FileHeader.programHeaderSize, PROGRAM_HEADER_SIZE, true);
  view.setUint16(FileHeader.programHeaderCount, programHeaderCount, true);
  view.setUint16(FileHeader.sectionHeaderSize, SECTION_HEADER_SIZE, true);
  view.setUint16(FileHeader.sectionHeaderCount, rows.length, true);
  view.setUint16(FileHeader.sectionNameIndex, rows.length - 1, true);
  file.set(encodeProgramHeaders(placed, notes), FILE_HEADER_SIZE);
  for (const { segment, offset } of placed) file.set(segment.bytes, offset);
  for (const { offset, bytes } of tail.parts) file.set(bytes, offset);
  return file;
}
