/** Which files are target code, whose dialect is checked. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROTOCOLS } from './folders.ts';

const FOLDERS = ['kernels', 'userland'];

/** Protocols are read by the generator of stubs, and tests run in Node. */
export function isTargetCode(path: string): boolean {
  if (!path.endsWith('.ts') || path.endsWith('.d.ts') || path.endsWith('.test.ts')) return false;
  return !path.startsWith(`${PROTOCOLS}/`);
}

/** Repository paths of all target code, in order. */
export function listTargetCode(root: string): string[] {
  return FOLDERS.filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (name) => `${folder}/${name.replaceAll('\\', '/')}`,
      ),
    )
    .filter(isTargetCode)
    .sort();
}
