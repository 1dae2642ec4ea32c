/** All binaries whose symbols are at hand: what was booted, and what processes may be running. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readElf } from '../elf/read-elf.ts';
import { readInputFile } from '../host/boot-files.ts';
import { InputError } from '../host/command-error.ts';
import { DebugImage } from './debug-image.ts';

const ELF_ENDING = '.elf';

export class ImageLibrary {
  private readonly byBuildId = new Map<string, DebugImage>();

  /**
   * @param booted kernel first, then firmware: they are always there
   * @param others found by the build id of what a process runs
   */
  constructor(
    readonly booted: readonly DebugImage[],
    readonly others: readonly DebugImage[],
  ) {
    for (const image of [...booted, ...others]) {
      if (image.buildId !== undefined) this.byBuildId.set(image.buildId, image);
    }
  }

  get all(): readonly DebugImage[] {
    return [...this.booted, ...this.others];
  }

  withBuildId(buildId: string): DebugImage | undefined {
    return this.byBuildId.get(buildId);
  }

  named(name: string): DebugImage | undefined {
    return this.all.find((image) => image.name === name);
  }
}

/**
 * Reads a binary for its symbols; its file's name without `.elf` is its name.
 * @throws InputError if it is no ELF file
 */
export function readImage(path: string): DebugImage {
  const { elf, error } = readElf(readInputFile(path, 'symbol'));
  if (error !== undefined) throw new InputError(`${path}: ${error.message}`, { cause: error });
  return new DebugImage(basename(path, ELF_ENDING), elf);
}

/**
 * What processes may run of a folder of the build, without those whose build ids are in `known`: kernels
 * that were not booted have no code anywhere.
 */
export function readFolder(folder: string, known: readonly DebugImage[]): DebugImage[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(ELF_ENDING));
  const knownIds = new Set(known.map(({ buildId }) => buildId));
  return names
    .sort()
    .map((name) => readImage(join(folder, name)))
    .filter((image) => image.isProgram && !knownIds.has(image.buildId));
}
