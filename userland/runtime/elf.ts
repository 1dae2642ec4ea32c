/**
 * ELF32 executables in memory (System V ABI, chapter 4 and 5; RISC-V psABI): headers, segments and
 * notes, each checked against the size of the file before it is followed.
 */
import { Errno } from '../abi/errno.enums';
import { isText } from './bytes';

const ELF_MAGIC: u32 = 0x464c_457f;
const ELFCLASS32: u8 = 1;
const ELFDATA2LSB: u8 = 1;
const ET_EXEC: u16 = 2;
const EM_RISCV: u16 = 243;
const PT_LOAD: u32 = 1;
const PT_NOTE: u32 = 4;
const PF_X: u32 = 1;
const PF_W: u32 = 2;
const PF_R: u32 = 4;
/** Note "GNU" of this type: the build id. */
const NT_GNU_BUILD_ID: u32 = 3;
const BUILD_ID_BYTES: u32 = 20;
/** Note "Vitrine" of this type: address and size of `.trap_sites`. */
const NT_TRAP_SITES: u32 = 1;

@unmanaged
class Elf32Ehdr {
  e_ident_magic: u32;
  e_ident_class: u8;
  e_ident_data: u8;
  e_ident_version: u8;
  e_ident_osabi: u8;
  e_ident_pad: u64;
  e_type: u16;
  e_machine: u16;
  e_version: u32;
  e_entry: u32;
  e_phoff: u32;
  e_shoff: u32;
  e_flags: u32;
  e_ehsize: u16;
  e_phentsize: u16;
  e_phnum: u16;
}

@unmanaged
export class Elf32Phdr {
  p_type: u32;
  p_offset: u32;
  p_vaddr: u32;
  p_paddr: u32;
  p_filesz: u32;
  p_memsz: u32;
  p_flags: u32;
  p_align: u32;

  get isLoaded(): bool {
    return this.p_type == PT_LOAD && this.p_memsz != 0;
  }

  get isReadable(): bool {
    return (this.p_flags & PF_R) != 0;
  }

  get isWritable(): bool {
    return (this.p_flags & PF_W) != 0;
  }

  get isExecutable(): bool {
    return (this.p_flags & PF_X) != 0;
  }
}

@unmanaged
class Elf32Nhdr {
  n_namesz: u32;
  n_descsz: u32;
  n_type: u32;
}

/** An ELF file in memory that `open` has found to be one of ours. */
@unmanaged
export class ElfFile {
  private address: usize;
  private bytes: u32;

  static on(memoryOfFile: usize, address: usize, bytes: u32): ElfFile {
    const file = changetype<ElfFile>(memoryOfFile);
    file.address = address;
    file.bytes = bytes;
    return file;
  }

  /** 0, or ENOEXEC: not an RV32 little-endian executable whose headers lie inside it. */
  check(): i32 {
    if (this.bytes < offsetof<Elf32Ehdr>()) return -Errno.ENOEXEC;
    const header = this.header;
    const good =
      header.e_ident_magic == ELF_MAGIC &&
      header.e_ident_class == ELFCLASS32 &&
      header.e_ident_data == ELFDATA2LSB &&
      header.e_type == ET_EXEC &&
      header.e_machine == EM_RISCV &&
      header.e_phentsize == offsetof<Elf32Phdr>() &&
      this.holds(header.e_phoff, <u32>header.e_phnum * <u32>offsetof<Elf32Phdr>());
    if (!good) return -Errno.ENOEXEC;
    for (let i: u32 = 0; i < this.segmentCount; i++) {
      const segment = this.segment(i);
      if (!this.holds(segment.p_offset, segment.p_filesz)) return -Errno.ENOEXEC;
      if (segment.p_filesz > segment.p_memsz) return -Errno.ENOEXEC;
    }
    return 0;
  }

  get entry(): u32 {
    return this.header.e_entry;
  }

  get segmentCount(): u32 {
    return this.header.e_phnum;
  }

  segment(index: u32): Elf32Phdr {
    const table = this.address + this.header.e_phoff;
    return changetype<Elf32Phdr>(table + <usize>index * <usize>offsetof<Elf32Phdr>());
  }

  /** Where a segment's contents lie in memory now. */
  contents(segment: Elf32Phdr): usize {
    return this.address + segment.p_offset;
  }

  /** The 20 bytes of the build id; 0 if the file has none. */
  get buildId(): usize {
    return this.note('GNU', NT_GNU_BUILD_ID, BUILD_ID_BYTES);
  }

  /** Where the file's copy of `.trap_sites` lies, and through `trapSiteBytes` how long it is; 0: none. */
  get trapSites(): usize {
    const note = this.note('Vitrine', NT_TRAP_SITES, 8);
    return note == 0 ? 0 : this.loadedAt(load<u32>(note), load<u32>(note + 4));
  }

  get trapSiteBytes(): u32 {
    const note = this.note('Vitrine', NT_TRAP_SITES, 8);
    return note == 0 ? 0 : load<u32>(note + 4);
  }

  private get header(): Elf32Ehdr {
    return changetype<Elf32Ehdr>(this.address);
  }

  private holds(offset: u32, length: u32): bool {
    return offset <= this.bytes && length <= this.bytes - offset;
  }

  /** Where the bytes that will be at `address` lie in the file; 0 if they are in no segment. */
  private loadedAt(address: u32, length: u32): usize {
    for (let i: u32 = 0; i < this.segmentCount; i++) {
      const segment = this.segment(i);
      if (!segment.isLoaded || address < segment.p_vaddr) continue;
      const offset = address - segment.p_vaddr;
      if (offset <= segment.p_filesz && length <= segment.p_filesz - offset) {
        return this.contents(segment) + offset;
      }
    }
    return 0;
  }

  /** The description of a note with at least `least` bytes of it; 0 if there is none. */
  private note(name: string, type: u32, least: u32): usize {
    for (let i: u32 = 0; i < this.segmentCount; i++) {
      const segment = this.segment(i);
      if (segment.p_type != PT_NOTE) continue;
      const found = findNote(this.contents(segment), segment.p_filesz, name, type, least);
      if (found != 0) return found;
    }
    return 0;
  }
}

function findNote(notes: usize, bytes: u32, name: string, type: u32, least: u32): usize {
  const headerBytes = <u32>offsetof<Elf32Nhdr>();
  let at: u32 = 0;
  while (bytes - at >= headerBytes) {
    const header = changetype<Elf32Nhdr>(notes + at);
    // In 64 bits: a damaged size must not wrap around.
    const description = <u64>at + <u64>headerBytes + alignUp(header.n_namesz);
    const end = description + alignUp(header.n_descsz);
    if (end > <u64>bytes) return 0;
    // The name's size counts a terminating zero byte.
    const isWanted =
      header.n_type == type &&
      header.n_descsz >= least &&
      header.n_namesz != 0 &&
      isText(notes + at + headerBytes, header.n_namesz - 1, name);
    if (isWanted) return notes + <usize>description;
    at = <u32>end;
  }
  return 0;
}

function alignUp(value: u32): u64 {
  return (<u64>value + 3) & ~(<u64>3);
}
