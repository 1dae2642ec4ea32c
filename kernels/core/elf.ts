/**
 * Reads executables: ELF32, little-endian, RISC-V, statically linked (System V ABI, chapters 4 and
 * 5; RISC-V ELF psABI). The file comes from outside: every offset is checked before it is used.
 */

/** "\x7fELF" */
const ELF_MAGIC: u32 = 0x464c_457f;
const ELFCLASS32: u32 = 1;
const ELFDATA2LSB: u32 = 1;
const ET_EXEC: u32 = 2;
const EM_RISCV: u32 = 243;
const PT_LOAD: u32 = 1;

@unmanaged
export class ElfHeader {
  magic: u32;
  class: u8;
  data: u8;
  version: u8;
  osabi: u8;
  padding0: u32;
  padding1: u32;
  type: u16;
  machine: u16;
  version2: u32;
  entry: u32;
  phoff: u32;
  shoff: u32;
  flags: u32;
  ehsize: u16;
  phentsize: u16;
  phnum: u16;
}

export const enum SegmentFlags {
  X = 1,
  W = 2,
  R = 4,
}

@unmanaged
export class ProgramHeader {
  type: u32;
  offset: u32;
  vaddr: u32;
  paddr: u32;
  filesz: u32;
  memsz: u32;
  flags: u32;
  align: u32;
}

/** Whether `size` bytes at `start` begin an executable whose program headers lie within them. */
export function isExecutable(start: u32, size: u32): bool {
  if (start % 4 != 0 || size < offsetof<ElfHeader>()) return false;
  const header = changetype<ElfHeader>(start);
  if (header.magic != ELF_MAGIC || header.class != ELFCLASS32 || header.data != ELFDATA2LSB) {
    return false;
  }
  if (header.type != ET_EXEC || header.machine != EM_RISCV) return false;
  if (header.phentsize != offsetof<ProgramHeader>() || header.phoff % 4 != 0) return false;
  const bytes = (header.phnum as u32) * offsetof<ProgramHeader>();
  return header.phoff <= size && bytes <= size - header.phoff;
}

/** The program header with number `index`, which is below phnum. */
export function programHeader(start: u32, index: u32): ProgramHeader {
  const header = changetype<ElfHeader>(start);
  return changetype<ProgramHeader>(start + header.phoff + index * offsetof<ProgramHeader>());
}

/** Whether a segment takes memory. */
export function isLoaded(segment: ProgramHeader): bool {
  return segment.type == PT_LOAD && segment.memsz != 0;
}

/** Whether a segment's bytes lie in the file and fill no more than its memory. */
export function isSound(segment: ProgramHeader, fileSize: u32): bool {
  if (segment.filesz > segment.memsz) return false;
  return segment.offset <= fileSize && segment.filesz <= fileSize - segment.offset;
}
