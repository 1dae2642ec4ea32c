/**
 * Reads an ELF32 executable for RISC-V that may come from anywhere: everything is checked before
 * it is used, and nothing is allocated that the size of the file does not bound.
 */
import { ElfError } from './elf-error.ts';
import {
  EI_CLASS,
  EI_DATA,
  EI_VERSION,
  ELF_MAGIC,
  ELFCLASS32,
  ELFCLASS64,
  ELFDATA2LSB,
  ELFDATA2MSB,
  EM_RISCV,
  ET_DYN,
  ET_EXEC,
  ET_REL,
  EV_CURRENT,
  FILE_HEADER_SIZE,
  FileHeader,
  NOTE_ALIGNMENT,
  NOTE_HEADER_SIZE,
  PF_R,
  PF_W,
  PF_X,
  PROGRAM_HEADER_SIZE,
  ProgramHeader,
  PT_LOAD,
  PT_NOTE,
  SECTION_HEADER_SIZE,
  SectionHeader,
  SHN_UNDEF,
  SHT_NOBITS,
  SHT_NULL,
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

/** A part of the file that is loaded into memory. */
export interface ElfSegment {
  readonly virtualAddress: number;
  readonly physicalAddress: number;
  /** Contents, a view of the file; memory beyond it up to `memorySize` is zero. */
  readonly bytes: Uint8Array;
  readonly memorySize: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
}

export interface ElfSection {
  readonly name: string;
  /** `sh_type`. */
  readonly type: number;
  /** `sh_flags`. */
  readonly flags: number;
  readonly address: number;
  readonly size: number;
  readonly link: number;
  /** `sh_info`. */
  readonly info: number;
  /** `sh_addralign`. */
  readonly align: number;
  /** `sh_entsize`. */
  readonly entrySize: number;
  /** Contents, a view of the file; empty for SHT_NOBITS. */
  readonly bytes: Uint8Array;
}

export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly binding: 'local' | 'global' | 'weak' | 'other';
  readonly type: 'notype' | 'object' | 'func' | 'section' | 'other';
  /** `st_shndx`. */
  readonly sectionIndex: number;
}

export interface ElfNote {
  readonly name: string;
  readonly type: number;
  readonly descriptor: Uint8Array;
}

export interface ElfFile {
  readonly entry: number;
  /** `e_flags`: which extensions and calling convention the code needs. */
  readonly flags: number;
  /** PT_LOAD segments with a size, in the order of the file. */
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
  readonly notes: readonly ElfNote[];
}

export type ElfResult =
  | { readonly elf: ElfFile; readonly error?: undefined }
  | { readonly elf?: undefined; readonly error: ElfError };

const ADDRESS_SPACE_END = 2 ** 32;

/** No symbol or section of ours comes near; it bounds the work that a hostile table can cause. */
const MAXIMUM_NAME_LENGTH = 4096;

const machineNames: Partial<Readonly<Record<number, string>>> = {
  3: 'Intel 80386',
  8: 'MIPS',
  20: 'PowerPC',
  40: 'Arm',
  62: 'x86-64',
  183: 'AArch64',
};

function hexadecimal(address: number): string {
  return `0x${address.toString(16).padStart(8, '0')}`;
}

/** Checks `e_ident` and the fields that say what kind of file this is. */
function checkIdentity(file: Uint8Array): void {
  if (ELF_MAGIC.some((byte, index) => file[index] !== byte)) {
    throw new ElfError('not ELF', 'not an ELF file: it does not begin with 7f 45 4c 46');
  }
  const fileClass = file[EI_CLASS];
  if (file.length > EI_CLASS && fileClass !== ELFCLASS32) {
    const what =
      fileClass === ELFCLASS64 ? 'a 64-bit ELF file' : `an ELF file of class ${fileClass}`;
    throw new ElfError('wrong class', `${what} (EI_CLASS at offset 4): the machine is 32-bit`);
  }
  const order = file[EI_DATA];
  if (file.length > EI_DATA && order !== ELFDATA2LSB) {
    const what =
      order === ELFDATA2MSB ? 'a big-endian ELF file' : `an ELF file of byte order ${order}`;
    throw new ElfError(
      'wrong byte order',
      `${what} (EI_DATA at offset 5): RISC-V is little-endian`,
    );
  }
  if (file.length < FILE_HEADER_SIZE) {
    const message = `truncated: ${file.length} bytes, the ELF header alone has ${FILE_HEADER_SIZE}`;
    throw new ElfError('truncated header', message);
  }
  if (file[EI_VERSION] !== EV_CURRENT) {
    const message = `ELF version ${file[EI_VERSION]} (at offset 6) is not 1`;
    throw new ElfError('wrong version', message);
  }
}

class ElfReader {
  readonly #file: Uint8Array;
  readonly #view: DataView;

  constructor(file: Uint8Array) {
    this.#file = file;
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  }

  read(expected: 'executable' | 'object'): ElfFile {
    checkIdentity(this.#file);
    this.#checkKind(expected);
    const { segments, notes } = this.#readPrograms();
    const sections = this.#readSections();
    return {
      entry: this.#word(FileHeader.entry),
      flags: this.#word(FileHeader.flags),
      segments,
      sections,
      symbols: this.#readSymbols(sections),
      notes,
    };
  }

  #word(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  #half(offset: number): number {
    return this.#view.getUint16(offset, true);
  }

  #checkKind(expected: 'executable' | 'object'): void {
    const machine = this.#half(FileHeader.machine);
    if (machine !== EM_RISCV) {
      const name = machineNames[machine] ?? `machine ${machine}`;
      const message = `made for ${name} (e_machine at offset 18), not for RISC-V`;
      throw new ElfError('wrong machine', message);
    }
    const type = this.#half(FileHeader.type);
    if (expected === 'object') {
      if (type === ET_REL) return;
      const what = type === ET_EXEC ? 'linked already' : `of ELF type ${type}`;
      throw new ElfError('wrong type', `${what} (e_type at offset 16), not a relocatable object`);
    }
    if (type !== ET_EXEC && type !== ET_DYN) {
      const what = type === ET_REL ? 'an object file that was not linked' : `of ELF type ${type}`;
      throw new ElfError('wrong type', `${what} (e_type at offset 16), not an executable`);
    }
  }

  /** Checks that a table lies in the file; returns its start and the size of its entries. */
  #checkTable(
    what: string,
    start: number,
    count: number,
    entrySize: number,
    expectedSize: number,
  ): void {
    if (count === 0) return;
    if (entrySize !== expectedSize) {
      const message = `${what} of ${entrySize} bytes each, not ${expectedSize}`;
      throw new ElfError('truncated header', message);
    }
    if (start + count * entrySize > this.#file.length) {
      const message =
        `truncated: ${count} ${what} at offset ${start} need ${count * entrySize} bytes, ` +
        `the file ends at ${this.#file.length}`;
      throw new ElfError('truncated header', message);
    }
  }

  #readPrograms(): { segments: ElfSegment[]; notes: ElfNote[] } {
    const start = this.#word(FileHeader.programHeaderOffset);
    const count = this.#half(FileHeader.programHeaderCount);
    const entrySize = this.#half(FileHeader.programHeaderSize);
    this.#checkTable('program headers', start, count, entrySize, PROGRAM_HEADER_SIZE);
    const segments: ElfSegment[] = [];
    const notes: ElfNote[] = [];
    for (let index = 0; index < count; index += 1) {
      const base = start + index * PROGRAM_HEADER_SIZE;
      const type = this.#word(base + ProgramHeader.type);
      if (type === PT_LOAD) {
        const segment = this.#readSegment(base, index);
        if (segment.memorySize > 0) segments.push(segment);
      } else if (type === PT_NOTE) {
        notes.push(...readNotes(this.#contents(base, index), `program header ${index}`));
      }
    }
    checkOverlaps(segments, ({ virtualAddress }) => virtualAddress, 'virtual');
    checkOverlaps(segments, ({ physicalAddress }) => physicalAddress, 'physical');
    return { segments, notes };
  }

  /** The bytes of the file that a program header names. */
  #contents(base: number, index: number): Uint8Array {
    const offset = this.#word(base + ProgramHeader.offset);
    const size = this.#word(base + ProgramHeader.fileSize);
    if (offset + size > this.#file.length) {
      const message =
        `truncated: segment ${index} occupies bytes ${offset} to ${offset + size}, ` +
        `the file ends at ${this.#file.length}`;
      throw new ElfError('truncated segment', message);
    }
    return this.#file.subarray(offset, offset + size);
  }

  #readSegment(base: number, index: number): ElfSegment {
    const bytes = this.#contents(base, index);
    const virtualAddress = this.#word(base + ProgramHeader.virtualAddress);
    const physicalAddress = this.#word(base + ProgramHeader.physicalAddress);
    const memorySize = this.#word(base + ProgramHeader.memorySize);
    const flags = this.#word(base + ProgramHeader.flags);
    if (bytes.length > memorySize) {
      const message = `segment ${index} has ${bytes.length} bytes in the file, ${memorySize} in memory`;
      throw new ElfError('bad segment', message);
    }
    if (Math.max(virtualAddress, physicalAddress) + memorySize > ADDRESS_SPACE_END) {
      const message =
        `segment ${index} at ${hexadecimal(virtualAddress)} with ${memorySize} bytes ` +
        'reaches beyond the 32-bit address space';
      throw new ElfError('bad segment', message);
    }
    return {
      virtualAddress,
      physicalAddress,
      bytes,
      memorySize,
      readable: (flags & PF_R) !== 0,
      writable: (flags & PF_W) !== 0,
      executable: (flags & PF_X) !== 0,
    };
  }

  #readSections(): ElfSection[] {
    const start = this.#word(FileHeader.sectionHeaderOffset);
    const count = start === 0 ? 0 : this.#half(FileHeader.sectionHeaderCount);
    const entrySize = this.#half(FileHeader.sectionHeaderSize);
    this.#checkTable('section headers', start, count, entrySize, SECTION_HEADER_SIZE);
    const unnamed = Array.from({ length: count }, (_, index) =>
      this.#readSection(start + index * SECTION_HEADER_SIZE, index),
    );
    const nameIndex = this.#half(FileHeader.sectionNameIndex);
    if (nameIndex === SHN_UNDEF || count === 0) {
      return unnamed.map(({ section }) => section);
    }
    if (nameIndex >= count) {
      const message = `the names lie in section ${nameIndex} (e_shstrndx), there are ${count}`;
      throw new ElfError('bad section', message);
    }
    const names = unnamed[nameIndex].section.bytes;
    return unnamed.map(({ section, nameOffset }, index) => {
      const name = readName(names, nameOffset);
      if (name === undefined) {
        throw new ElfError('bad section', `section ${index} has no valid name`);
      }
      return { ...section, name };
    });
  }

  #readSection(base: number, index: number): { section: ElfSection; nameOffset: number } {
    const type = this.#word(base + SectionHeader.type);
    const offset = this.#word(base + SectionHeader.offset);
    const size = this.#word(base + SectionHeader.size);
    const hasContents = type !== SHT_NOBITS && type !== SHT_NULL;
    if (hasContents && offset + size > this.#file.length) {
      const message =
        `truncated: section ${index} occupies bytes ${offset} to ${offset + size}, ` +
        `the file ends at ${this.#file.length}`;
      throw new ElfError('truncated section', message);
    }
    const section = {
      name: '',
      type,
      flags: this.#word(base + SectionHeader.flags),
      address: this.#word(base + SectionHeader.address),
      size,
      link: this.#word(base + SectionHeader.link),
      info: this.#word(base + SectionHeader.info),
      align: this.#word(base + SectionHeader.align),
      entrySize: this.#word(base + SectionHeader.entrySize),
      bytes: hasContents ? this.#file.subarray(offset, offset + size) : new Uint8Array(0),
    };
    return { section, nameOffset: this.#word(base + SectionHeader.name) };
  }

  #readSymbols(sections: readonly ElfSection[]): ElfSymbol[] {
    const table = sections.find(({ type }) => type === SHT_SYMTAB);
    if (table === undefined) return [];
    const strings = sections.at(table.link);
    if (strings === undefined || table.bytes.length % SYMBOL_SIZE !== 0) {
      throw new ElfError('bad symbol', 'the symbol table has no string table or a broken size');
    }
    const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
    const symbols: ElfSymbol[] = [];
    for (let base = SYMBOL_SIZE; base < table.bytes.length; base += SYMBOL_SIZE) {
      const name = readName(strings.bytes, view.getUint32(base + SymbolRecord.name, true));
      if (name === undefined) {
        throw new ElfError('bad symbol', `symbol ${base / SYMBOL_SIZE} has no valid name`);
      }
      const info = view.getUint8(base + SymbolRecord.info);
      symbols.push({
        name,
        address: view.getUint32(base + SymbolRecord.value, true),
        size: view.getUint32(base + SymbolRecord.size, true),
        binding: bindingName(info >> 4),
        type: typeName(info & 0xf),
        sectionIndex: view.getUint16(base + SymbolRecord.sectionIndex, true),
      });
    }
    return symbols;
  }
}

function bindingName(binding: number): ElfSymbol['binding'] {
  switch (binding) {
    case STB_LOCAL:
      return 'local';
    case STB_GLOBAL:
      return 'global';
    case STB_WEAK:
      return 'weak';
    default:
      return 'other';
  }
}

function typeName(type: number): ElfSymbol['type'] {
  switch (type) {
    case STT_NOTYPE:
      return 'notype';
    case STT_OBJECT:
      return 'object';
    case STT_FUNC:
      return 'func';
    case STT_SECTION:
      return 'section';
    default:
      return 'other';
  }
}

/** The string at `offset`, or undefined if it does not end in the table or is absurdly long. */
function readName(table: Uint8Array, offset: number): string | undefined {
  if (offset >= table.length) return undefined;
  const window = table.subarray(offset, offset + MAXIMUM_NAME_LENGTH);
  const length = window.indexOf(0);
  return length < 0 ? undefined : new TextDecoder().decode(window.subarray(0, length));
}

function checkOverlaps(
  segments: readonly ElfSegment[],
  addressOf: (segment: ElfSegment) => number,
  which: string,
): void {
  const sorted: readonly ElfSegment[] = segments.toSorted(
    (left, right) => addressOf(left) - addressOf(right),
  );
  for (const [index, segment] of sorted.entries()) {
    const next = sorted.at(index + 1);
    if (next === undefined) return;
    const end = addressOf(segment) + segment.memorySize;
    if (end > addressOf(next)) {
      const message =
        `segments overlap: ${hexadecimal(addressOf(segment))} – ${hexadecimal(end)} and ` +
        `${hexadecimal(addressOf(next))} (${which} addresses)`;
      throw new ElfError('overlapping segments', message);
    }
  }
}

function readNotes(bytes: Uint8Array, where: string): ElfNote[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const notes: ElfNote[] = [];
  const pad = (size: number): number => Math.ceil(size / NOTE_ALIGNMENT) * NOTE_ALIGNMENT;
  let cursor = 0;
  while (cursor < bytes.length) {
    if (cursor + NOTE_HEADER_SIZE > bytes.length) {
      throw new ElfError('bad note', `a note of ${where} is cut off`);
    }
    const nameSize = view.getUint32(cursor, true);
    const descriptorSize = view.getUint32(cursor + 4, true);
    const nameStart = cursor + NOTE_HEADER_SIZE;
    const descriptorStart = nameStart + pad(nameSize);
    if (descriptorStart + descriptorSize > bytes.length) {
      throw new ElfError('bad note', `a note of ${where} is larger than its segment`);
    }
    const name = bytes.subarray(nameStart, nameStart + Math.max(nameSize - 1, 0));
    notes.push({
      name: new TextDecoder().decode(name),
      type: view.getUint32(cursor + 8, true),
      descriptor: bytes.subarray(descriptorStart, descriptorStart + descriptorSize),
    });
    cursor = descriptorStart + pad(descriptorSize);
  }
  return notes;
}

/** Reads and checks an executable. Never throws: whatever is wrong comes back as an `ElfError`. */
export function readElf(file: Uint8Array): ElfResult {
  try {
    return { elf: new ElfReader(file).read('executable') };
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
    return { error };
  }
}

/**
 * Reads and checks a file that is not linked yet; addresses of its symbols are offsets in their
 * sections. `symbols[n]` is symbol n + 1 of the file.
 * @throws ElfError
 */
export function readElfObject(file: Uint8Array): ElfFile {
  return new ElfReader(file).read('object');
}
