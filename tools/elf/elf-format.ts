/**
 * ELF32 as the System V ABI (gABI) defines it, and the RISC-V ELF psABI's part: the constants and
 * record layouts that the reader and the writer share. All fields are little-endian.
 */

export const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46] as const;

/** Offsets in `e_ident`. */
export const EI_CLASS = 4;
export const EI_DATA = 5;
export const EI_VERSION = 6;

export const ELFCLASS32 = 1;
export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
export const ELFDATA2MSB = 2;
export const EV_CURRENT = 1;

export const ET_REL = 1;
export const ET_EXEC = 2;
export const ET_DYN = 3;

export const EM_RISCV = 243;

/** Offsets in the file header. */
export const FileHeader = {
  type: 16,
  machine: 18,
  version: 20,
  entry: 24,
  programHeaderOffset: 28,
  sectionHeaderOffset: 32,
  flags: 36,
  headerSize: 40,
  programHeaderSize: 42,
  programHeaderCount: 44,
  sectionHeaderSize: 46,
  sectionHeaderCount: 48,
  sectionNameIndex: 50,
} as const;
export const FILE_HEADER_SIZE = 52;

/** Offsets in a program header. */
export const ProgramHeader = {
  type: 0,
  offset: 4,
  virtualAddress: 8,
  physicalAddress: 12,
  fileSize: 16,
  memorySize: 20,
  flags: 24,
  align: 28,
} as const;
export const PROGRAM_HEADER_SIZE = 32;

export const PT_LOAD = 1;
export const PT_NOTE = 4;

export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

/** Offsets in a section header. */
export const SectionHeader = {
  name: 0,
  type: 4,
  flags: 8,
  address: 12,
  offset: 16,
  size: 20,
  link: 24,
  info: 28,
  align: 32,
  entrySize: 36,
} as const;
export const SECTION_HEADER_SIZE = 40;

export const SHT_NULL = 0;
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_RELA = 4;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_GROUP = 17;
/** RISC-V ELF psABI: for which extensions the code was made. */
export const SHT_RISCV_ATTRIBUTES = 0x70000003;

export const SHF_WRITE = 1;
export const SHF_ALLOC = 2;
export const SHF_EXECINSTR = 4;
export const SHF_MERGE = 0x10;
export const SHF_STRINGS = 0x20;
export const SHF_INFO_LINK = 0x40;
export const SHF_TLS = 0x400;
/** `__attribute__((retain))`: not to be garbage-collected. */
export const SHF_GNU_RETAIN = 0x200000;

export const SHN_UNDEF = 0;
export const SHN_ABS = 0xfff1;
/** A variable without a value; `st_value` is its alignment. */
export const SHN_COMMON = 0xfff2;

/** Offsets in a symbol. */
export const SymbolRecord = {
  name: 0,
  value: 4,
  size: 8,
  info: 12,
  other: 13,
  sectionIndex: 14,
} as const;
export const SYMBOL_SIZE = 16;

export const STB_LOCAL = 0;
export const STB_GLOBAL = 1;
export const STB_WEAK = 2;

export const STT_NOTYPE = 0;
export const STT_OBJECT = 1;
export const STT_FUNC = 2;
export const STT_SECTION = 3;

/** First word of a section group whose duplicates are dropped. */
export const GRP_COMDAT = 1;

/** Offsets in a relocation with addend; `info` is the symbol shifted by 8, and the type. */
export const RelaRecord = { offset: 0, info: 4, addend: 8 } as const;
export const RELA_SIZE = 12;

export const NOTE_HEADER_SIZE = 12;
export const NOTE_ALIGNMENT = 4;
