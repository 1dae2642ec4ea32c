/** Reads what the command line names: kernels, firmware, initrds. Their contents are not trusted. */
import { readFileSync, statSync } from 'node:fs';
import { RAM_BASE } from '../../machine/bus/physical-memory.ts';
import { DeviceTreeError, readDeviceTree } from '../../machine/boards/device-tree-reader.ts';
import { readElf, type ElfFile } from '../elf/read-elf.ts';
import { CpioError, readCpio } from '../images/cpio.ts';
import type { BootFile, Part } from './boot-plan.ts';
import { InputError } from './command-error.ts';
import { hasImageHeader, imageMemorySize } from './linux-image.ts';

/** Nothing larger fits into any machine's RAM. */
const LARGEST_FILE = 2032 * 2 ** 20;

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];
/** "07070", with which every kind of cpio archive in text form begins. */
const CPIO_MAGIC = [0x30, 0x37, 0x30, 0x37, 0x30];

/** As QEMU has it. */
const LARGEST_DEVICE_TREE = 0x10_0000;

const HEADER_PAGE_BYTES = 4096;

/** A flat file says nothing about itself; text is none, unless its name says that it is. */
const FLAT_NAME = /\.(bin|img)$/i;
/** As far as a file is looked at for bytes that text does not have. */
const TELLING_BYTES = 4096;
const CONTROL_CHARACTERS_END = 0x20;
const TEXT_CONTROLS = [0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x1b];

/** A file to boot, and what tools may want of it: its symbols. */
export interface LoadedBootFile {
  readonly file: BootFile;
  readonly elf: ElfFile | undefined;
}

/** In the place of a kernel, for a machine that starts from flash. */
export const NO_KERNEL: LoadedBootFile = {
  file: { kind: 'elf', path: 'no kernel', parts: [] },
  elf: undefined,
};

/**
 * Reads a regular file.
 * @param role for messages: `kernel`, `firmware`, …
 * @throws InputError naming the file and what is wrong
 */
export function readInputFile(path: string, role: string): Uint8Array {
  const stat = attempt(path, () => statSync(path, { throwIfNoEntry: false }));
  if (stat === undefined) throw new InputError(`${path}: there is no such ${role} file`);
  if (stat.isDirectory()) {
    const article = /^[aeiou]/i.test(role) ? 'an' : 'a';
    throw new InputError(`${path} is a directory, not ${article} ${role} file`);
  }
  if (!stat.isFile()) throw new InputError(`${path} is not a regular file`);
  if (stat.size > LARGEST_FILE) {
    throw new InputError(`${path} has ${stat.size} bytes, more than any machine's RAM`);
  }
  return attempt(path, () => new Uint8Array(readFileSync(path)));
}

/** What `read` returns; what the system says against it becomes one line. */
function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new InputError(`${path} cannot be read (${reason})`, { cause: error });
  }
}

/**
 * Reads a kernel or firmware: ELF, a boot image as Linux has it, or a flat file.
 * @throws InputError naming the file and what is wrong
 */
export function readBootFile(path: string, role: string): LoadedBootFile {
  return parseBootFile(path, readInputFile(path, role));
}

/** The same, from a file's contents. */
export function parseBootFile(path: string, bytes: Uint8Array): LoadedBootFile {
  if (bytes.length === 0) throw new InputError(`${path} is empty`);
  if (ELF_MAGIC.every((byte, index) => bytes[index] === byte) || /\.elf$/i.test(path))
    return readElfToBoot(path, bytes);
  if (hasImageHeader(bytes)) {
    const memorySize = imageMemorySize(path, bytes);
    return { file: { kind: 'image', path, bytes, memorySize }, elf: undefined };
  }
  if (FLAT_NAME.test(path) || !isText(bytes)) {
    return { file: { kind: 'flat', path, bytes }, elf: undefined };
  }
  throw new InputError(
    `${path} is not an ELF file, and not a flat one either: it is text (a flat file ends in .bin)`,
  );
}

function isText(bytes: Uint8Array): boolean {
  return bytes
    .subarray(0, TELLING_BYTES)
    .every((byte) => byte >= CONTROL_CHARACTERS_END || TEXT_CONTROLS.includes(byte));
}

/**
 * Reads a device tree, which harts find as it is in the file.
 * @throws InputError naming the file, and where in it is what cannot be
 */
export function readDeviceTreeFile(path: string): Uint8Array {
  const bytes = readInputFile(path, 'device tree');
  if (bytes.length > LARGEST_DEVICE_TREE) {
    throw new InputError(`${path} has ${bytes.length} bytes: a device tree has at most 1 MiB`);
  }
  try {
    readDeviceTree(bytes);
  } catch (error) {
    if (!(error instanceof DeviceTreeError)) throw error;
    throw new InputError(`${path} is no device tree: ${error.message}`, { cause: error });
  }
  return bytes;
}

/**
 * Reads an initrd: a cpio archive, which is checked, or whatever else a kernel understands, such as a
 * compressed one.
 * @throws InputError if it cannot be read, or is a damaged cpio archive
 */
export function readInitrd(path: string): { path: string; bytes: Uint8Array } {
  const bytes = readInputFile(path, 'initrd');
  const isCpio = CPIO_MAGIC.every((byte, index) => bytes[index] === byte);
  if (!isCpio && !/\.cpio$/i.test(path)) return { path, bytes };
  try {
    readCpio(bytes);
  } catch (error) {
    if (!(error instanceof CpioError)) throw error;
    throw new InputError(`${path} is not a cpio archive: ${error.message}`, { cause: error });
  }
  return { path, bytes };
}

function readElfToBoot(path: string, bytes: Uint8Array): LoadedBootFile {
  const { elf, error } = readElf(bytes);
  if (error !== undefined) {
    throw new InputError(`${path}: ${error.message}`, { cause: error });
  }
  if (elf.segments.length === 0) throw new InputError(`${path} has no segment to load`);
  const parts = elf.segments.map((segment, index): Part => {
    const { physicalAddress: address, memorySize } = segment;
    const part = { what: `${path} segment ${index}`, address, bytes: segment.bytes, memorySize };
    const holdsFileHeader = segment.bytes.byteOffset === bytes.byteOffset;
    return holdsFileHeader ? withoutFileHeader(part) : part;
  });
  return { file: { kind: 'elf', path, parts }, elf };
}

/**
 * Linkers that were not told otherwise put the ELF header on a page before the text, which for text
 * at the start of RAM is a page where nothing is. QEMU drops such bytes, and so do we.
 */
function withoutFileHeader(part: Part): Part {
  const excess = RAM_BASE - part.address;
  if (excess <= 0 || excess > HEADER_PAGE_BYTES || excess >= part.memorySize) return part;
  const { what, bytes, memorySize } = part;
  return {
    what,
    address: RAM_BASE,
    bytes: bytes.subarray(excess),
    memorySize: memorySize - excess,
  };
}
