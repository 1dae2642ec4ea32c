/**
 * What goes into one image: the `image.json` beside its sources. One entry module (whose imports
 * the compiler follows), further modules, assembly, and the two addresses of its placement.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { InputError } from '../host/command-error.ts';

export interface ImageDescription {
  /** Names the output: `build/release/NAME.elf`. */
  readonly name: string;
  /** The `image.json` itself, a repository path. */
  readonly file: string;
  /** Repository paths with `/`: the entry module, then further modules compiled with it. */
  readonly sources: readonly string[];
  /** Repository paths of the assembly sources. */
  readonly assembly: readonly string[];
  /** Address of the first byte of text. */
  readonly text: number;
  /** Address of static data: asc's `--memoryBase`. */
  readonly data: number;
  /** Symbol at which the image is entered, if not the first byte of text. */
  readonly entrySymbol: string;
}
