/** A program's own page: its arguments, its descriptors, where it is (abi/program.structs.ts). */
import { Errno } from '../../abi/errno.enums';
import { Text } from '../../abi/message.structs';
import { DESCRIPTORS, FOLDER_BYTES, PROGRAM_DATA, ProgramData } from '../../abi/program.structs';
import { StartHandle } from '../../abi/syscall.enums';
import { isText } from '../bytes';

const DESCRIPTOR_TABLE: usize = PROGRAM_DATA + offsetof<ProgramData>();
const START_HANDLES: usize = DESCRIPTOR_TABLE + <usize>DESCRIPTORS * 4;
const FOLDER: usize = START_HANDLES + <usize>StartHandle.Count * 4;

function data(): ProgramData {
  return changetype<ProgramData>(PROGRAM_DATA);
}

export function argumentCount(): u32 {
  return data().argc;
}

/** Argument `index`; number 0 is the program's name. */
export function argument(index: u32): Text {
  return changetype<Text>(data().argv + <usize>index * <usize>offsetof<Text>());
}

/** Whether an argument is there and is this word. */
export function argumentIs(index: u32, literal: string): bool {
  if (index >= argumentCount()) return false;
  return isText(argument(index).address, argument(index).length, literal);
}

/** Environment text `index`, `NAME=value`; null beyond the last. */
export function environmentText(index: u32): Text | null {
  const text = changetype<Text>(data().envp + <usize>index * <usize>offsetof<Text>());
  return text.address == 0 ? null : text;
}

/** The program's own number. */
export function ownProcess(): u32 {
  return data().process;
}

/** One of the handles that every program is given; 0 if it has no such thing. */
export function startHandle(place: StartHandle): u32 {
  return load<u32>(START_HANDLES + <usize>place * 4);
}

/** The handle of a descriptor; 0, which every call refuses, if it is closed. */
export function descriptor(index: u32): u32 {
  return index < DESCRIPTORS ? load<u32>(DESCRIPTOR_TABLE + <usize>index * 4) : 0;
}

/** Puts a handle into the table. What was there is forgotten, not closed. */
export function setDescriptor(index: u32, handle: u32): void {
  store<u32>(DESCRIPTOR_TABLE + <usize>index * 4, handle);
}

/** Path of the current folder: absolute, without `/` at its end unless it is the root. */
export function folderAddress(): usize {
  return FOLDER;
}

export function folderLength(): u32 {
  return data().folderLength;
}

/** Makes an absolute path the current folder. ENAMETOOLONG. */
export function setFolder(path: usize, length: u32): i32 {
  if (length > FOLDER_BYTES) return -Errno.ENAMETOOLONG;
  memory.copy(FOLDER, path, length);
  data().folderLength = length;
  return 0;
}
