import { existsSync, readdirSync } from 'node:fs';

/** The names in a folder, in order; none if there is no such folder. */
export function listFolder(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
