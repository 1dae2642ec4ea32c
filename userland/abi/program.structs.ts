/**
 * What a program finds in memory beside its own image: the data page, which is its own, and `libsys`,
 * which is everybody's. Both lie at the same addresses under every kernel.
 */
import { ProcessInformation, StartInformation } from './message.structs';

/** The page with a program's descriptors and arguments. */
export const PROGRAM_DATA: usize = 0x7ffe_f000;
export const PROGRAM_DATA_BYTES: u32 = 4096;
/** Where libsys begins: a LibsysTable. */
export const LIBSYS: usize = 0x7fff_0000;
export const LIBSYS_MAGIC: u32 = 0x5359_534c;
export const LIBSYS_VERSION: u32 = 1;

/** Descriptors of a program; 0, 1 and 2 are standard input, output and error. */
export const DESCRIPTORS: u32 = 16;
/** Longest path of the current folder. */
export const FOLDER_BYTES: u32 = 255;

/**
 * The data page; a0 points at it when the program starts. Behind it follow DESCRIPTORS handles (0:
 * closed), StartHandle.Count handles, FOLDER_BYTES + 1 bytes with the path of the current folder,
 * and then what the StartInformation points at.
 */
@unmanaged
export class ProgramData extends StartInformation {
  /** The process's number. */
  process: u32;
  /** Bytes of the current folder's path. */
  folderLength: u32;
}

/** What `list` of protocol `process` writes. */
@unmanaged
export class ProgramInformation extends ProcessInformation {
  /** Process number of the program that made it; 0: the process server. */
  parent: u32;
  /** ProcessFlags. */
  flags: u32;
}
