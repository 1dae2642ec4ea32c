/** The benchmark's guests: assembly sources beside this file, assembled when they are needed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RAM_BASE } from '../../machine/bus/physical-memory.ts';
import { assemble, formatAssemblyError } from '../assembler/assemble.ts';
import { link, type LinkedImage } from '../linker/link.ts';

const FOLDER = 'tools/bench/guests';

/**
 * A guest that starts in machine mode at the start of RAM.
 * @param root of the repository
 * @param name of the source in `tools/bench/guests`, without `.s`
 * @param rounds how often it does what it does; as often as the source says unless given
 */
export function assembleGuest(root: string, name: string, rounds?: number): LinkedImage {
  const path = `${FOLDER}/${name}.s`;
  const options = rounds === undefined ? {} : { symbols: { ROUNDS: rounds } };
  const assembled = assemble(readFileSync(join(root, path), 'utf8'), path, options);
  if (assembled.errors !== undefined) {
    throw new Error(assembled.errors.map(formatAssemblyError).join('\n'));
  }
  const linked = link({ objects: [assembled.object], entry: '_start', textOrigin: RAM_BASE });
  if (linked.errors !== undefined) {
    throw new Error(linked.errors.map(({ message }) => `${path}: ${message}`).join('\n'));
  }
  return linked.image;
}
