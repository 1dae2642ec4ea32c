/** libsys in memory: read once, mapped into every program. */
import { Errno } from '../../abi/errno.enums';
import { LIBSYS } from '../../abi/program.structs';
import { MapAccess } from '../../abi/syscall.enums';
import { Elf32Phdr } from '../../runtime/elf';
import { createMemory, mapInto, mapWhole, PAGE_BYTES, unmap } from '../../runtime/objects';
import { fileRead, readFile } from './file-reader';

/** Where its pages are filled. */
const WINDOW: usize = 0x5000_0000;
const MOST_SEGMENTS: u32 = 4;

/** Pages that all programs share. */
@unmanaged
class Segment {
  pages: u32;
  address: u32;
  access: u32;
}

const segments = memory.data(<i32>MOST_SEGMENTS * offsetof<Segment>(), 4);
let count: u32 = 0;

function segmentAt(index: u32): Segment {
  return changetype<Segment>(segments + <usize>index * <usize>offsetof<Segment>());
}

/** Reads the ELF file at `path`. ENOENT; ENOEXEC: it is not what programs expect; ENOMEM. */
export function prepareLibsys(path: usize, length: u32): i32 {
  const error = readFile(path, length);
  if (error < 0) return error;
  const file = fileRead();
  if (file.entry != <u32>LIBSYS) return -Errno.ENOEXEC;
  for (let i: u32 = 0; i < file.segmentCount; i++) {
    const segment = file.segment(i);
    if (!segment.isLoaded) continue;
    // What one program could write, all would see.
    if (segment.isWritable || count == MOST_SEGMENTS) return -Errno.ENOEXEC;
    const failure = fill(segment, file.contents(segment));
    if (failure < 0) return failure;
  }
  return 0;
}

function fill(segment: Elf32Phdr, contents: usize): i32 {
  const kept = segmentAt(count);
  kept.address = segment.p_vaddr & ~(PAGE_BYTES - 1);
  kept.access = MapAccess.Read | (segment.isExecutable ? MapAccess.Execute : 0);
  const place = segment.p_vaddr - kept.address;
  const bytes = (place + segment.p_memsz + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
  const pages = createMemory(bytes);
  if (pages < 0) return pages;
  kept.pages = pages;
  const error = mapWhole(pages, WINDOW, MapAccess.Read | MapAccess.Write);
  if (error < 0) return error;
  memory.copy(WINDOW + place, contents, segment.p_filesz);
  unmap(WINDOW, bytes);
  count += 1;
  return 0;
}

/** Maps libsys into a program. ENOMEM; EEXIST: the program lies there itself. */
export function mapLibsys(process: u32): i32 {
  for (let i: u32 = 0; i < count; i++) {
    const segment = segmentAt(i);
    const error = mapInto(process, segment.pages, segment.address, 0, 0, segment.access);
    if (error < 0) return error;
  }
  return 0;
}
