/** Programs that a program starts: a child is a port of the process server (protocol `process`). */
import { Errno } from '../../abi/errno.enums';
import { StartHandle } from '../../abi/syscall.enums';
import { CREATE_ENVIRONMENT_MAX, CREATE_WORDS_MAX, ProcessClient } from 'stubs/process';
import { TextBuilder } from '../text-builder';
import { descriptor, folderAddress, folderLength, startHandle } from './data-page';
import { close_handle } from './libsys';
import { makePath, path } from './paths';

const SLASH: u8 = 0x2f;
/** Where programs are that are called by their names alone; without a good disk, in the initrd. */
const PROGRAM_FOLDER: string = '/bin/';
const INITRD_PROGRAM_FOLDER: string = '/boot/bin/';
const STANDARD_DESCRIPTORS: u32 = 3;

const words = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(<i32>CREATE_WORDS_MAX),
  CREATE_WORDS_MAX,
);
const environment = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(<i32>CREATE_ENVIRONMENT_MAX),
  CREATE_ENVIRONMENT_MAX,
);

/** The server itself, for what is not asked of a child. */
export function processServer(): ProcessClient {
  return ProcessClient.at(startHandle(StartHandle.Process));
}

/** Begins the arguments of the next child. */
export function beginWords(): void {
  words.clear();
}

export function addWord(address: usize, length: u32): void {
  words.bytes(address, length).byte(0);
}

/** A part of an argument, which `endWord` ends. */
export function addPart(address: usize, length: u32): void {
  words.bytes(address, length);
}

export function endWord(): void {
  words.byte(0);
}

export function addLiteral(literal: string): void {
  words.text(literal).byte(0);
}

/**
 * Makes a child of the words: the first names the program, by a path if there is a `/` in it, else in
 * /bin or /boot/bin. Its handle, or a negative Errno: ENOENT, E2BIG, or what `create` ended with.
 */
export function createChild(flags: u32): i64 {
  if (words.truncated) return -Errno.E2BIG;
  let nameLength: u32 = 0;
  let isPath = false;
  while (load<u8>(words.address + nameLength) != 0) {
    if (load<u8>(words.address + nameLength) == SLASH) isPath = true;
    nameLength += 1;
  }
  if (isPath) {
    const error = makePath(words.address, nameLength);
    if (error < 0) return error;
    return createAtPath(flags);
  }
  const child = createIn(PROGRAM_FOLDER, nameLength, flags);
  if (child >= 0 || child == -Errno.E2BIG) return child;
  const other = createIn(INITRD_PROGRAM_FOLDER, nameLength, flags);
  return other == -Errno.ENOENT ? child : other;
}

/** Makes a child of the program of that name in a folder. */
function createIn(folder: string, nameLength: u32, flags: u32): i64 {
  path.clear();
  path.text(folder).bytes(words.address, nameLength);
  return path.truncated ? -Errno.ENAMETOOLONG : createAtPath(flags);
}

function createAtPath(flags: u32): i64 {
  environment.clear();
  environment.text('PWD=').bytes(folderAddress(), folderLength()).byte(0);
  return processServer().create(
    path.address,
    path.length,
    words.address,
    words.length,
    environment.address,
    environment.length,
    flags,
  );
}

/** Gives a child a descriptor, unless `handle` is 0. */
export function giveDescriptor(child: u32, slot: u32, handle: u32): i32 {
  return handle == 0 ? 0 : ProcessClient.at(child).give(slot, handle);
}

/** Starts a child of the words with this program's own standard descriptors; its handle or an error. */
export function spawn(flags: u32): i64 {
  const child = createChild(flags);
  if (child < 0) return child;
  for (let slot: u32 = 0; slot < STANDARD_DESCRIPTORS; slot++) {
    giveDescriptor(<u32>child, slot, descriptor(slot));
  }
  const error = ProcessClient.at(<u32>child).start();
  if (error >= 0) return child;
  close_handle(<u32>child);
  return error;
}

/** Waits for a child and gives its handle up; its status or a negative Errno. */
export function waitFor(child: u32): i32 {
  const status = ProcessClient.at(child).wait();
  close_handle(child);
  return status;
}
