/** Systems of the hybrid kernel with placements that are not in the repository. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileImage } from '../tools/images/compile-image.ts';
import { HYBRID, MICRO_SYSTEMS, STUBS } from '../tools/images/folders.ts';
import { parseImageDescription } from '../tools/images/image-description.ts';
import { initrdContents, makeInitrd } from '../tools/images/initrd.ts';
import { placementSource } from '../tools/images/inside.ts';
import { parseSystemDescription, PROCESS_KEYS } from '../tools/images/manifest.ts';
import { outside } from '../tools/images/placements.ts';
import { readManifest } from '../tools/images/repository.ts';

const SYSTEM = `${MICRO_SYSTEMS}/default.json`;

/** What can be in a kernel, as the monolithic one shows. */
export const MOVABLE = ['console', 'block', 'fs', 'initrd', 'power', 'tmpfs', 'clock', 'pipe'];

/** The description of the system that has some of the services inside. */
export function placementText(root: string, inside: readonly string[]): string {
  const text = readFileSync(join(root, SYSTEM), 'utf8');
  return JSON.stringify(JSON.parse(text), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('name' in value)) return value;
    if (!inside.some((name) => name === value.name)) return value;
    const kept = Object.entries(value).filter(([key]) => !PROCESS_KEYS.includes(key));
    return { ...Object.fromEntries(kept), place: 'kernel' };
  });
}

export interface PlacedSystem {
  readonly kernel: string;
  readonly initrd: string;
}

/** Builds such a system's kernel and initrd into `folder`; everything else has to be built. */
export async function buildPlaced(
  root: string,
  folder: string,
  inside: readonly string[],
): Promise<PlacedSystem> {
  const name = `hybrid-${inside.join('-')}`;
  const system = parseSystemDescription(placementText(root, inside), `${name}.json`);
  const read = (path: string): string | null =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : null;
  const path = `${HYBRID}/image.json`;
  const image = parseImageDescription(readFileSync(join(root, path), 'utf8'), path);
  const binding = new Map([[`${STUBS}/${name}/inside.ts`, placementSource(system, read)]]);
  const result = await compileImage(root, { ...image, name, placement: name }, binding);
  if (result.kind !== 'done') throw new Error(result.message);
  const kernel = join(folder, `${name}.elf`);
  writeFileSync(kernel, result.outputs[0].contents);
  const users = outside(system);
  const { archive } = makeInitrd(root, initrdContents(root, users, readManifest(root, users)));
  const initrd = join(folder, `${name}.cpio`);
  writeFileSync(initrd, archive);
  return { kernel, initrd };
}
