/**
 * Programs: every folder of userland/programs that has a `main.ts` and no `image.json`. They are all
 * built alike, to lie in `/bin`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAMS } from './folders.ts';
import { parseImageDescription, type ImageDescription } from './image-description.ts';
import { listFolder } from './list-folder.ts';
import type { SystemDescription } from './manifest.ts';

/** The folder that programs lie in: of the disk, and below `boot` of the initrd. */
export const PROGRAM_FOLDER = 'bin';

/** The protocol of the server that starts programs: a system without it has none. */
const PROCESS_PROTOCOL = 'process';

/** Names of the programs that there are. */
export function listPrograms(root: string): string[] {
  return listFolder(join(root, PROGRAMS)).filter((name) => {
    const has = (file: string): boolean => existsSync(join(root, PROGRAMS, name, file));
    return has('main.ts') && !has('image.json');
  });
}

/** How a program is built: its modules, and what assembly lies beside them. */
export function programImage(root: string, name: string): ImageDescription {
  const folder = `${PROGRAMS}/${name}`;
  const runtime = 'userland/runtime/program';
  const assembly = listFolder(join(root, folder)).filter((file) => file.endsWith('.s'));
  const description = {
    entry: '_start',
    sources: [`${folder}/main.ts`, `${runtime}/start.ts`],
    assembly: [`${runtime}/start.s`, ...assembly.map((file) => `${folder}/${file}`)],
    abort: `${runtime}/abort/abort`,
    text: '0x00010000',
    data: '0x00100000',
  };
  return parseImageDescription(JSON.stringify(description), `${folder}/image.json`);
}

/** Whether a system can start programs. */
export function hasPrograms(system: SystemDescription): boolean {
  return system.services.some((service) => service.protocol === PROCESS_PROTOCOL);
}
