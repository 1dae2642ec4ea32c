/** Filling a process: an ELF file's segments, a stack, and on it what the process starts with. */
import { Errno } from '../abi/errno.enums';
import { StartInformation, Text } from '../abi/message.structs';
import { MapAccess, StartHandle } from '../abi/syscall.enums';
import { fence_i } from '../abi/rv';
import { ElfFile, Elf32Phdr } from './elf';
import { createMemory, mapInto, mapWhole, PAGE_BYTES, release, setBuildId, unmap } from './objects';

/** A process's memory lies between page 0, which is never mapped, and its stack. */
const LOWEST_ADDRESS: u32 = 0x1000;
/** Stacks grow down from here. */
export const STACK_TOP: u32 = 0x7ff0_0000;
/** The stack pointer is 16-byte aligned at every call (psABI). */
const STACK_ALIGNMENT: u32 = 16;

/** Where the loader maps a process's new pages while it fills them: nothing else lies there. */
const WINDOW: usize = 0x6000_0000;

/**
 * Maps an ELF file's segments into a process and fills them; tells the kernel its build id.
 *
 * @returns the entry address, or ENOEXEC, ENOMEM. A process left half loaded is to be reset.
 */
export function loadImage(process: u32, file: ElfFile): i32 {
  const error = file.check();
  if (error < 0) return error;
  for (let i: u32 = 0; i < file.segmentCount; i++) {
    const segment = file.segment(i);
    if (!segment.isLoaded) continue;
    const failure = loadSegment(process, file, segment);
    if (failure < 0) return failure;
  }
  // The process may fetch what was written as data.
  fence_i();
  if (file.buildId != 0) setBuildId(process, file.buildId);
  return <i32>file.entry;
}

function loadSegment(process: u32, file: ElfFile, segment: Elf32Phdr): i32 {
  const start = segment.p_vaddr & ~(PAGE_BYTES - 1);
  const end = <u64>segment.p_vaddr + <u64>segment.p_memsz;
  if (segment.p_vaddr < LOWEST_ADDRESS || end > <u64>STACK_TOP) return -Errno.ENOEXEC;
  const bytes = ((<u32>end + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1)) - start;
  const pages = createMemory(bytes);
  if (pages < 0) return pages;
  let error = mapWhole(pages, WINDOW, MapAccess.Read | MapAccess.Write);
  if (error >= 0) {
    const place = WINDOW + (segment.p_vaddr - start);
    memory.copy(place, file.contents(segment), segment.p_filesz);
    unmap(WINDOW, bytes);
    error = mapInto(process, pages, start, 0, bytes, accessOf(segment));
    // Two segments in one page: not a file that our linker made.
    if (error == -Errno.EEXIST) error = -Errno.ENOEXEC;
  }
  // The pages live as long as they are mapped.
  release(pages);
  return error;
}

function accessOf(segment: Elf32Phdr): MapAccess {
  let access: u32 = 0;
  if (segment.isReadable) access |= MapAccess.Read;
  if (segment.isWritable) access |= MapAccess.Write;
  if (segment.isExecutable) access |= MapAccess.Execute;
  return access;
}

/**
 * A process's stack, while it is filled from the top: strings first, then the tables that point at
 * them, last the StartInformation, below which the stack pointer begins.
 */
@unmanaged
export class InitialStack {
  private pages: u32;
  private bytes: u32;
  /** Bytes from the stack's bottom up to what is filled already. */
  private filledFrom: u32;

  /** Makes a stack of whole pages. ENOMEM. */
  static create(memoryOfStack: usize, bytes: u32): i32 {
    const stack = changetype<InitialStack>(memoryOfStack);
    const pages = createMemory(bytes);
    if (pages < 0) return pages;
    stack.pages = pages;
    stack.bytes = bytes;
    stack.filledFrom = bytes;
    const error = mapWhole(pages, WINDOW, MapAccess.Read | MapAccess.Write);
    if (error < 0) release(pages);
    return min(error, 0);
  }

  /**
   * Writes what the process finds in a0: `argc` words of `line`, which are separated by single
   * spaces, and the table of handles.
   *
   * @returns the address of StartInformation in the process; also the first stack pointer.
   */
  fill(line: usize, lineLength: u32, handles: usize): u32 {
    const text = this.take(lineLength, 1);
    memory.copy(WINDOW + text, line, lineLength);
    const argc = countWords(line, lineLength);
    const argv = this.take(argc * <u32>offsetof<Text>(), 4);
    splitWords(line, lineLength, STACK_TOP - this.bytes + text, WINDOW + argv);
    const environment = this.take(<u32>offsetof<Text>(), 4);
    const table = this.take(<u32>StartHandle.Count * <u32>sizeof<u32>(), 4);
    memory.copy(WINDOW + table, handles, <usize>StartHandle.Count * sizeof<u32>());
    const place = this.take(<u32>offsetof<StartInformation>(), STACK_ALIGNMENT);
    const information = changetype<StartInformation>(WINDOW + place);
    const bottom = STACK_TOP - this.bytes;
    information.argc = argc;
    information.argv = bottom + argv;
    information.envp = bottom + environment;
    information.handles = bottom + table;
    return bottom + place;
  }

  /** Maps the stack into the process it is for. */
  moveTo(process: u32): i32 {
    unmap(WINDOW, this.bytes);
    const access = MapAccess.Read | MapAccess.Write;
    const error = mapInto(process, this.pages, STACK_TOP - this.bytes, 0, this.bytes, access);
    release(this.pages);
    return min(error, 0);
  }

  private take(bytes: u32, alignment: u32): u32 {
    this.filledFrom = (this.filledFrom - bytes) & ~(alignment - 1);
    return this.filledFrom;
  }
}

const SPACE: u8 = 0x20;

function countWords(line: usize, length: u32): u32 {
  let words: u32 = length == 0 ? 0 : 1;
  for (let i: u32 = 0; i < length; i++) {
    if (load<u8>(line + i) == SPACE) words += 1;
  }
  return words;
}

/** Writes a Text for each word of `line`, as it will lie at `address`. */
function splitWords(line: usize, length: u32, address: usize, texts: usize): void {
  let start: u32 = 0;
  for (let i: u32 = 0; i <= length; i++) {
    if (i < length && load<u8>(line + i) != SPACE) continue;
    const text = changetype<Text>(texts);
    text.address = address + start;
    text.length = i - start;
    texts += offsetof<Text>();
    start = i + 1;
    if (i == length) return;
  }
}
