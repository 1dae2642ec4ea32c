/** The file that a build leaves behind: an image with its debug information. */
import type { LinkedImage } from '../linker/linked-image.ts';
import { writeFrameSection } from './dwarf/write-frames.ts';
import { writeInfoSections } from './dwarf/write-info.ts';
import { writeLineSection } from './dwarf/write-lines.ts';
import { writeElf } from './write-elf.ts';

/**
 * An ELF32 executable with symbols and debug information.
 * @param name What debuggers call the compile unit, such as `micro`.
 */
export function writeExecutable(image: LinkedImage, name: string): Uint8Array {
  const lines = writeLineSection(image.positions);
  const info = writeInfoSections(image, name, lines.fileNumbers);
  return writeElf(image, [
    { name: '.debug_info', bytes: info.info },
    { name: '.debug_abbrev', bytes: info.abbreviations },
    { name: '.debug_line', bytes: lines.bytes },
    { name: '.debug_str', bytes: info.strings },
    { name: '.debug_loc', bytes: info.locations },
    { name: '.debug_ranges', bytes: info.ranges },
    { name: '.debug_frame', bytes: writeFrameSection(image.debug.functions) },
  ]);
}
