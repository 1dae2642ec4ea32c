/** libsys, which every program reaches the kernel through: loaded once, mapped into every process. */
import { LIBSYS_PATH } from '../../userland/abi/initrd';
import { LIBSYS } from '../../userland/abi/program.structs';
import { MapAccess } from '../../userland/abi/syscall.enums';
import { ArchiveFile, findFile, isArchive } from '../core/cpio';
import {
  ElfHeader,
  ProgramHeader,
  SegmentFlags,
  isExecutable,
  isLoaded,
  isSound,
  programHeader,
} from '../core/elf';
import { allocateFrames } from '../core/frames';
import { currentHart } from '../core/hart';
import { PAGE_SHIFT, USER_END, pageDown, pageUp } from '../core/paging';
import { panic } from '../core/panic';
import { mapRun } from '../core/user-mappings';
import { initrdBytes, initrdStart } from '../inside/initrd';
import { Process } from './process';

/** Pages that all programs share. */
@unmanaged
class Segment {
  base: u32;
  pages: u32;
  address: u32;
  access: u32;
}

const MOST_SEGMENTS: u32 = 4;
const segments = memory.data(64, 4) as u32;
let count: u32 = 0;
const file = changetype<ArchiveFile>(memory.data(8, 4));

/** Loads libsys from the initrd; ends the start if there is none. */
export function loadLibsys(): void {
  const start = initrdStart();
  const end = start + initrdBytes();
  if (end == start || !isArchive(start, end)) panic('no initrd, or it is no cpio archive (newc)');
  if (!findFile(start, end, LIBSYS_PATH, file) || !isExecutable(file.start, file.size)) {
    panic('the initrd has no boot/libsys');
  }
  const header = changetype<ElfHeader>(file.start);
  if (header.entry != <u32>LIBSYS) panic('boot/libsys in the initrd is not what programs expect');
  for (let index: u32 = 0; index < (header.phnum as u32); index++) {
    const segment = programHeader(file.start, index);
    if (isLoaded(segment)) loadSegment(segment);
  }
}

/** What one program could write, all would see. */
function loadSegment(segment: ProgramHeader): void {
  const isWritable = (segment.flags & SegmentFlags.W) != 0;
  const isInPlace = segment.vaddr >= <u32>LIBSYS && segment.memsz <= USER_END - segment.vaddr;
  if (isWritable || !isInPlace || count == MOST_SEGMENTS || !isSound(segment, file.size)) {
    panic('boot/libsys in the initrd is not what programs expect');
  }
  const kept = segmentAt(count++);
  kept.address = pageDown(segment.vaddr);
  kept.pages = pageUp(segment.vaddr + segment.memsz - kept.address) >> PAGE_SHIFT;
  kept.access = MapAccess.Read;
  if ((segment.flags & SegmentFlags.X) != 0) kept.access |= MapAccess.Execute;
  kept.base = allocateFrames(kept.pages);
  if (kept.base == 0) panic('no memory for libsys');
  const place = kept.base + (segment.vaddr - kept.address);
  memory.copy(place, file.start + segment.offset, segment.filesz);
}

/** Maps libsys into a process. ENOMEM; EEXIST: the program lies there itself. */
export function mapLibsys(process: Process): i32 {
  const hart = currentHart();
  for (let index: u32 = 0; index < count; index++) {
    const kept = segmentAt(index);
    const error = mapRun(hart, process, kept.address, kept.base, kept.pages, kept.access);
    if (error < 0) return error;
  }
  return 0;
}

function segmentAt(index: u32): Segment {
  return changetype<Segment>(segments + index * offsetof<Segment>());
}
