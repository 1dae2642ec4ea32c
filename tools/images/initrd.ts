/**
 * What is in the initrd of a system: the manifest for init, the ELF files of its services, and the
 * files of `userland/disk`.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BOOT_FOLDER, LIBSYS_PATH, MANIFEST_PATH } from '../../userland/abi/initrd.ts';
import type { Inputs } from './build-record.ts';
import { writeCpio, type CpioFile } from './cpio.ts';
import { sha256 } from './file-hashes.ts';
import { DISK, RELEASE } from './folders.ts';
import { imageName, imagePath, type SystemDescription } from './manifest.ts';
import { hasPrograms, listPrograms, PROGRAM_FOLDER } from './programs.ts';

/** What an initrd is made of. */
export interface InitrdContents {
  /** The text of the manifest; a system without init has none. */
  readonly manifest?: string;
  readonly files: readonly InitrdFile[];
}

/** A file of the initrd and the repository path that it is made from. */
interface InitrdFile {
  readonly path: string;
  readonly source: string;
  readonly executable: boolean;
}

/** Lists what a system's initrd holds, in the order of the paths. */
export function initrdContents(
  root: string,
  system: SystemDescription,
  manifest: string,
): InitrdContents {
  const files = new Map<string, InitrdFile>();
  for (const service of system.services) {
    const source = `${RELEASE}/${imageName(service)}.elf`;
    const path = imagePath(service);
    files.set(path, { path, source, executable: true });
  }
  if (hasPrograms(system)) addPrograms(root, files, 'libsys-micro');
  addDiskFiles(root, files);
  return { manifest, files: inOrder(files) };
}

/** The same for the monolithic kernel, whose services lie in its own image. */
export function monoInitrdContents(root: string): InitrdContents {
  const files = new Map<string, InitrdFile>();
  addPrograms(root, files, 'libsys-mono');
  addDiskFiles(root, files);
  return { files: inOrder(files) };
}

/** @param libsys the name of the image through which programs reach the kernel */
function addPrograms(root: string, files: Map<string, InitrdFile>, libsys: string): void {
  const source = `${RELEASE}/${libsys}.elf`;
  files.set(LIBSYS_PATH, { path: LIBSYS_PATH, source, executable: false });
  for (const name of listPrograms(root)) {
    const path = `${BOOT_FOLDER}${PROGRAM_FOLDER}/${name}`;
    files.set(path, { path, source: `${RELEASE}/${name}.elf`, executable: true });
  }
}

function addDiskFiles(root: string, files: Map<string, InitrdFile>): void {
  const disk = join(root, DISK);
  const entries = existsSync(disk) ? readdirSync(disk, { recursive: true, encoding: 'utf8' }) : [];
  for (const entry of entries) {
    if (!statSync(join(disk, entry)).isFile()) continue;
    const path = entry.replaceAll('\\', '/');
    files.set(path, { path, source: `${DISK}/${path}`, executable: false });
  }
}

function inOrder(files: ReadonlyMap<string, InitrdFile>): InitrdFile[] {
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The archive, and the hashes of the files that it was made from. */
export function makeInitrd(
  root: string,
  contents: InitrdContents,
): { archive: Uint8Array; inputs: Inputs } {
  const inputs: Record<string, string> = {};
  const entries = contents.files.map(({ path, source, executable }): CpioFile => {
    const bytes = new Uint8Array(readFileSync(join(root, source)));
    inputs[source] = sha256(bytes);
    return { path, contents: bytes, executable };
  });
  if (contents.manifest !== undefined) {
    const manifest = new TextEncoder().encode(contents.manifest);
    entries.push({ path: MANIFEST_PATH, contents: manifest, executable: false });
  }
  return { archive: writeCpio(entries), inputs };
}
