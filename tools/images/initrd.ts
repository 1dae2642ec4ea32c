/** What is in the initrd of the microkernel: the user images, and the files of `userland/disk`. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BOOT_FOLDER } from '../../userland/abi/initrd.ts';
import type { Inputs } from './build-record.ts';
import { writeCpio, type CpioFile } from './cpio.ts';
import { sha256 } from './file-hashes.ts';
import { DISK, RELEASE } from './folders.ts';

/** A file of the initrd and the repository path that it is made from. */
export interface InitrdFile {
  readonly path: string;
  readonly source: string;
  readonly executable: boolean;
}

/** The files of the initrd, in the order of their paths. */
export function initrdFiles(root: string, programs: readonly string[]): InitrdFile[] {
  const files: InitrdFile[] = [];
  for (const name of programs) {
    files.push({
      path: `${BOOT_FOLDER}${name}`,
      source: `${RELEASE}/${name}.elf`,
      executable: true,
    });
  }
  const disk = join(root, DISK);
  if (existsSync(disk)) {
    for (const entry of readdirSync(disk, { recursive: true, encoding: 'utf8' })) {
      if (!statSync(join(disk, entry)).isFile()) continue;
      const path = entry.replaceAll('\\', '/');
      files.push({ path, source: `${DISK}/${path}`, executable: false });
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The archive, and the hashes of what it was made from. */
export function makeInitrd(
  root: string,
  files: readonly InitrdFile[],
): { archive: Uint8Array; inputs: Inputs } {
  const inputs: Record<string, string> = {};
  const entries = files.map(({ path, source, executable }): CpioFile => {
    const contents = new Uint8Array(readFileSync(join(root, source)));
    inputs[source] = sha256(contents);
    return { path, contents, executable };
  });
  return { archive: writeCpio(entries), inputs };
}
