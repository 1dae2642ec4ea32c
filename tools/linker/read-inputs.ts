/** The files that a person links: objects, archives, and assembly sources. */
import { assemble, formatAssemblyError } from '../assembler/assemble.ts';
import { ElfError } from '../elf/elf-error.ts';
import { isArchive, readArchive } from '../elf/read-archive.ts';
import { readObject } from '../elf/read-object.ts';
import { GLOBAL_POINTER } from './linker-symbols.ts';
import type { ObjectFile } from './object.ts';

export interface LinkInputs {
  readonly objects: readonly ObjectFile[];
  /** Members of archives: only what is referred to becomes part of the image. */
  readonly libraries: readonly ObjectFile[];
}

export interface InputFile {
  readonly name: string;
  readonly contents: Uint8Array;
  /** Reads a file that an assembly source includes. */
  readonly readInclude?: (name: string) => string | undefined;
  /** Reads the bytes of a file that it includes. */
  readonly readBinary?: (name: string) => Uint8Array | undefined;
}

/** What is wrong with an input; the message names the file and the place in it. */
export class InputFileError extends Error {
  override readonly name = 'InputFileError';
}

/** True if the file is assembly rather than an object, by its name. */
export function isAssembly(name: string): boolean {
  return /\.(?:s|asm)$/i.test(name);
}

/**
 * Assembles a source.
 * @throws InputFileError with all errors, a line each with its source line below.
 */
export function assembleInput(input: InputFile): ObjectFile {
  const { name, contents, readInclude, readBinary } = input;
  const options = { ...(readInclude && { readInclude }), ...(readBinary && { readBinary }) };
  const { object, errors } = assemble(new TextDecoder().decode(contents), name, options);
  if (errors === undefined) return object;
  throw new InputFileError(errors.map(formatAssemblyError).join('\n'));
}

/**
 * Reads files in the order in which they are to be linked.
 * @throws InputFileError
 */
export function readInputs(files: readonly InputFile[]): LinkInputs {
  const objects: ObjectFile[] = [];
  const libraries: ObjectFile[] = [];
  for (const file of files) {
    const { name, contents } = file;
    if (isAssembly(name)) objects.push(assembleInput(file));
    else if (isArchive(contents)) {
      for (const member of named(name, () => readArchive(contents))) {
        const full = `${name}(${member.name})`;
        libraries.push(named(full, () => readObject(member.bytes, full)));
      }
    } else objects.push(named(name, () => readObject(contents, name)));
  }
  return { objects, libraries };
}

/** Puts the file's name before what is wrong with it. */
function named<Result>(name: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
    throw new InputFileError(`${name}: ${error.message}`, { cause: error });
  }
}

/** Whether start-up code sets gp: it is what refers to `__global_pointer$`. */
export function usesGlobalPointer({ objects }: LinkInputs): boolean {
  return objects.some(({ sections }) =>
    sections.some(({ relocations }) => relocations.some(({ symbol }) => symbol === GLOBAL_POINTER)),
  );
}
