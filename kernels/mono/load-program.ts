/** Fills a process from an ELF file, which whatever service has it copies right into the new pages. */
import { Errno } from '../../userland/abi/errno.enums';
import { OpenFlags } from '../../userland/abi/files.enums';
import { MapAccess } from '../../userland/abi/syscall.enums';
import { FileClient, READ_CONTENTS_MAX } from 'stubs/file';
import { FilesClient } from 'stubs/files';
import { releasePort } from 'environment/call';
import {
  ElfHeader,
  ProgramHeader,
  SegmentFlags,
  isExecutable,
  isLoaded,
  programHeader,
} from '../core/elf';
import { allocateFrame, allocateFrames, releaseFrame, releaseFrames } from '../core/frames';
import { currentHart } from '../core/hart';
import { PAGE_SHIFT, PAGE_SIZE, USER_START, pageDown, pageUp } from '../core/paging';
import { mapRun } from '../core/user-mappings';
import { Port } from '../inside/port-table';
import { readNotes } from './elf-notes';
import { resolvePath } from './paths';
import { Process } from './process';
import { STACK_TOP } from './processes';

const PT_NOTE: u32 = 4;
/**
 * Maps and fills the segments of the file at `path`. ENOENT, EACCES for a folder, ENOEXEC, ENOMEM, or what the service that
 * has the file answers. A process left half loaded is to be ended.
 */
export function loadProgram(process: Process, path: usize, length: u32): i32 {
  const files = resolvePath(path, length);
  if (files == 0) return -Errno.ENOENT;
  const opened = FilesClient.at(files).open(path, length, OpenFlags.Read);
  if (opened < 0) return <i32>opened;
  // The beginning of the file, with its headers: others may be loaded meanwhile.
  const head = allocateFrame();
  const error = head == 0 ? -Errno.ENOMEM : loadFile(process, FileClient.at(<u32>opened), head);
  if (head != 0) releaseFrame(head);
  releasePort(changetype<Port>(<u32>opened));
  return error;
}

function loadFile(process: Process, file: FileClient, head: u32): i32 {
  const bytes = readAt(file, 0, head, PAGE_SIZE);
  if (bytes == -Errno.EISDIR) return -Errno.EACCES;
  if (bytes < 0) return bytes;
  if (!isExecutable(head, bytes)) return -Errno.ENOEXEC;
  const header = changetype<ElfHeader>(head);
  const count = header.phnum as u32;
  for (let index: u32 = 0; index < count; index++) {
    const segment = programHeader(head, index);
    const error = isLoaded(segment) ? loadSegment(process, file, head, segment) : 0;
    if (error < 0) return error;
  }
  process.entry = header.entry;
  return 0;
}

/** Segments need not start at a page, but no two may share one. */
function loadSegment(process: Process, file: FileClient, head: u32, segment: ProgramHeader): i32 {
  const address = segment.vaddr;
  const isInPlace = address >= USER_START && address < STACK_TOP;
  if (!isInPlace || segment.memsz > STACK_TOP - address) return -Errno.ENOEXEC;
  if (segment.filesz > segment.memsz) return -Errno.ENOEXEC;
  const start = pageDown(address);
  const pages = pageUp(address + segment.memsz - start) >> PAGE_SHIFT;
  const base = allocateFrames(pages);
  if (base == 0) return -Errno.ENOMEM;
  const got = readAt(file, segment.offset, base + (address - start), segment.filesz);
  let error = got < 0 ? got : 0;
  if (error == 0 && <u32>got != segment.filesz) error = -Errno.ENOEXEC;
  if (error == 0) takeNotes(process, head, segment, base + (address - start));
  if (error == 0) error = mapRun(currentHart(), process, start, base, pages, accessOf(segment));
  // The mappings hold the frames now.
  releaseFrames(base, pages);
  return error == -Errno.EEXIST ? -Errno.ENOEXEC : error;
}

/** Takes what notes tell that lie in the segment, which the kernel sees at `place`. */
function takeNotes(process: Process, head: u32, segment: ProgramHeader, place: u32): void {
  const count = changetype<ElfHeader>(head).phnum as u32;
  for (let index: u32 = 0; index < count; index++) {
    const notes = programHeader(head, index);
    if (notes.type != PT_NOTE || !holds(segment, notes.vaddr, notes.filesz)) continue;
    readNotes(process, place + (notes.vaddr - segment.vaddr), notes.filesz);
  }
  if (process.trapSiteBytes == 0 || !holds(segment, process.trapSites, process.trapSiteBytes)) {
    return;
  }
  process.trapSitesAt = place + (process.trapSites - segment.vaddr);
}

/** Whether the range lies in what the file has of a segment, at a whole word. */
function holds(segment: ProgramHeader, address: u32, length: u32): bool {
  const offset = address - segment.vaddr;
  if ((address & 3) != 0 || address < segment.vaddr || offset > segment.filesz) return false;
  return length <= segment.filesz - offset;
}

/** Reads up to `length` bytes from an offset: how many there were, or a negative Errno. */
function readAt(file: FileClient, offset: u32, to: u32, length: u32): i32 {
  let done: u32 = 0;
  const error = length == 0 ? 0 : file.seek(offset);
  if (error < 0) return error;
  while (done < length) {
    const got = file.read(to + done, min(length - done, READ_CONTENTS_MAX));
    if (got < 0) return got;
    if (got == 0) break;
    done += <u32>got;
  }
  return <i32>done;
}

function accessOf(segment: ProgramHeader): u32 {
  let access: u32 = 0;
  if ((segment.flags & SegmentFlags.R) != 0) access |= MapAccess.Read;
  if ((segment.flags & SegmentFlags.W) != 0) access |= MapAccess.Write;
  if ((segment.flags & SegmentFlags.X) != 0) access |= MapAccess.Execute;
  return access;
}
