/** The file that a build leaves behind: an image with its debug information. */
import type { LinkedImage } from '../linker/linked-image.ts';
import { writeInfoSections } from './dwarf/write-info.ts';
import { writeLineSection } from './dwarf/write-lines.ts';
import { writeElf } from './write-elf.ts';

/**
 * An ELF32 executable with symbols, line numbers and functions.
 * @param name What debuggers call the compile unit, such as `micro`.
 */
export function writeExecutable(image: LinkedImage, name: string): Uint8Array {
  const { bytes, fileNumbers } = writeLineSection(image.positions);
  const { info, abbreviations } = writeInfoSections(image, name, fileNumbers);
  return writeElf(image, [
    { name: '.debug_info', bytes: info },
    { name: '.debug_abbrev', bytes: abbreviations },
    { name: '.debug_line', bytes },
  ]);
}
