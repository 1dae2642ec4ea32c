/** Reads whole ELF files, one at a time, through the protocol `files`. */
import { Errno } from '../../abi/errno.enums';
import { FileKind, OpenFlags } from '../../abi/files.enums';
import { FileInformation } from '../../abi/files.structs';
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { FileClient, READ_CONTENTS_MAX } from 'stubs/file';
import { FilesClient } from 'stubs/files';
import { NamesClient } from 'stubs/names';
import { ElfFile } from '../../runtime/elf';
import { createMemory, mapWhole, release } from '../../runtime/objects';
import { startHandle } from '../../runtime/start-information';

/** Where the file lies; the loader's window and this image lie elsewhere. */
const FILE_AT: usize = 0x4000_0000;
/** Largest file that can be a program. */
const MOST_BYTES: u32 = 512 * 1024;

const information = changetype<FileInformation>(memory.data(offsetof<FileInformation>(), 8));
const elf = memory.data(offsetof<ElfFile>(), 4);

/** Makes room for files. ENOMEM. */
export function prepareFileReader(): i32 {
  const room = createMemory(MOST_BYTES);
  if (room < 0) return room;
  return min(0, mapWhole(room, FILE_AT, MapAccess.Read | MapAccess.Write));
}

/**
 * Reads the ELF file at `path`: 0, and it is `fileRead()` until the next one is read. ENOENT, EACCES
 * for what is no file, ENOEXEC: not an executable, or too large for one.
 */
export function readFile(path: usize, length: u32): i32 {
  const opened = open(path, length);
  if (opened < 0) return <i32>opened;
  const file = FileClient.at(<u32>opened);
  const bytes = readAll(file);
  release(file.handle);
  if (bytes < 0) return bytes;
  return ElfFile.on(elf, FILE_AT, bytes).check();
}

/** The file that was read last. */
export function fileRead(): ElfFile {
  return changetype<ElfFile>(elf);
}

function open(path: usize, length: u32): i64 {
  const server = NamesClient.at(startHandle(StartHandle.Names)).resolve(path, length);
  if (server < 0) return server;
  const files = FilesClient.at(<u32>server);
  const opened = files.open(path, length, OpenFlags.Read);
  release(files.handle);
  return opened;
}

function readAll(file: FileClient): i32 {
  const size = <u32>offsetof<FileInformation>();
  const got = file.describe(changetype<usize>(information), size);
  if (got < 0) return got;
  if (information.kind != FileKind.Regular) return -Errno.EACCES;
  if (information.size > MOST_BYTES) return -Errno.ENOEXEC;
  let done: u32 = 0;
  while (done < MOST_BYTES) {
    const part = file.read(FILE_AT + done, min(MOST_BYTES - done, READ_CONTENTS_MAX));
    if (part < 0) return part;
    if (part == 0) break;
    done += part;
  }
  return <i32>done;
}
