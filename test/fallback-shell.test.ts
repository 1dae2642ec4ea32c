/** Without a disk that can be used, the shell of the initrd comes up, under every kernel. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPlacements } from '../tools/images/placements.ts';
import { ConsoleSession } from './console-session.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VITRINE = join(ROOT, 'bin/vitrine.mjs');
const KERNELS = ['micro', 'mono', ...listPlacements(ROOT).map((name) => `hybrid:${name}`)];
/** Of ext2: the superblock, and the magic number in it. In the block behind are the group descriptors. */
const SUPERBLOCK = 1024;
const SUPERBLOCK_BYTES = 1024;
const MAGIC = 56;
const LARGEST_BLOCK = 4096;
/** What the shell shows first, if it has the file. */
const MOTD = readFileSync(join(ROOT, 'userland/disk/motd'), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'vitrine-fallback-'));

function damaged(name: string, damage: (disk: Uint8Array) => void): void {
  const disk = new Uint8Array(readFileSync(join(ROOT, 'build/disk.img')));
  damage(disk);
  writeFileSync(join(folder, name), disk);
}

beforeAll(async () => {
  const build = new ConsoleSession(process.execPath, [VITRINE, 'build']);
  expect(await build.ended).toBe(0);
  damaged('magic', (disk) => disk.fill(0, SUPERBLOCK + MAGIC, SUPERBLOCK + MAGIC + 2));
  damaged('tables', (disk) => disk.fill(0, SUPERBLOCK + SUPERBLOCK_BYTES, 2 * LARGEST_BLOCK));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What is shown between the kernel's first line and the first prompt, while a command works. */
async function complaints(kernel: string, drive: string): Promise<string[]> {
  const args = ['boot', kernel, '--drive', drive, '--exec', 'echo "all is well" | cat'];
  const session = new ConsoleSession(process.execPath, [VITRINE, ...args]);
  expect(await session.ended).toBe(0);
  const [start, rest] = session.transcript.split('vitrine> ', 2);
  expect(rest).toBe('echo "all is well" | cat\nall is well\n');
  return start.replace(MOTD, '').split('\n').slice(3, -1);
}

describe.each(KERNELS)('%s', (kernel) => {
  it('starts without a disk', async () => {
    expect(await complaints(kernel, 'none')).toEqual([]);
  });

  it.each([
    ['without a file system', 'magic', 'the disk has no ext2 file system'],
    ['that is damaged', 'tables', 'the inode table lies outside the disk in group 0'],
  ])('starts with a disk %s, and says so in a line', async (_, name, problem) => {
    const drive = `${join(folder, name)},snapshot=on`;
    expect(await complaints(kernel, drive)).toEqual([`fs: /svc/block: ${problem}`]);
  });
});
