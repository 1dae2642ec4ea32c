/** The harness that runs the programs of an image, assembled by our own assembler. */
import { readFileSync } from 'node:fs';
import { assemble } from '../../tools/assembler/assemble.ts';
import { link } from '../../tools/linker/link.ts';
import { RAM_BASE } from './image.ts';

const SOURCE = new URL('harness.s', import.meta.url);

/** Machine code to be placed at RAM_BASE. */
export function assembleHarness(): Uint8Array {
  const assembly = assemble(readFileSync(SOURCE, 'utf8'), 'test/random-programs/harness.s');
  if (assembly.object === undefined) throw new Error(assembly.errors[0].message);
  const { image, errors } = link({
    objects: [assembly.object],
    entry: '_start',
    textOrigin: RAM_BASE,
  });
  if (image === undefined) throw new Error(errors[0].message);
  const [text] = image.segments;
  return text.bytes;
}
