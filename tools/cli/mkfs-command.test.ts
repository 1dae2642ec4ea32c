import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { Ext2Reader } from '../images/ext2/reader.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCE = join(ROOT, 'userland/disk');
const folder = mkdtempSync(join(tmpdir(), 'vitrine-mkfs-'));
const image = join(folder, 'disk.img');

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function mkfs(...words: string[]): { status: number | null; output: string } {
  const args = [join(ROOT, 'bin/vitrine.mjs'), 'mkfs', ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

test('an image has what the folder has, with the size, block size and label asked for', () => {
  const flags = ['--size', '4M', '--block-size', '1024', '--label', 'data'];
  expect(mkfs('--from', SOURCE, image, ...flags)).toEqual({ status: 0, output: '' });
  const bytes = readFileSync(image);
  expect(bytes.length).toBe(4 << 20);
  expect(bytes.subarray(1024 + 120, 1024 + 124).toString()).toBe('data');
  const motd = new Ext2Reader(bytes).read('/motd');
  expect(Buffer.from(motd).equals(readFileSync(join(SOURCE, 'motd')))).toBe(true);
});

test.each([
  ['no folder', ['--from', join(folder, 'nothing'), image], 'no such file or folder'],
  ['a file', ['--from', join(SOURCE, 'motd'), image], 'not a folder'],
  ['no --from', [image], "required option '--from <folder>'"],
  ['too small', ['--from', SOURCE, image, '--size', '16K'], 'mkfs: '],
  ['a size that is none', ['--from', SOURCE, image, '--size', 'much'], 'is no size'],
  ['a block size', ['--from', SOURCE, image, '--block-size', '512'], '1024 and 4096'],
  ['a long label', ['--from', SOURCE, image, '--label', 'a'.repeat(17)], 'ext2 allows 16'],
  ['nowhere to write', ['--from', SOURCE, join(folder, 'no/disk.img')], 'is no folder'],
  ['over a folder', ['--from', SOURCE, folder], 'cannot be written'],
])('%s is refused in one line', (_, words, message) => {
  const { status, output } = mkfs(...words);
  expect(output).toContain(message);
  expect(output).toMatch(/^vitrine: [^\n]*\n$/);
  expect(status).toBe(2);
});

describeWithWitness('e2fsck', 'e2fsck', () => {
  test('finds nothing wrong', () => {
    writeFileSync(image, '');
    expect(mkfs('--from', SOURCE, image).status).toBe(0);
    const { status, stdout } = spawnSync('e2fsck', ['-fn', image], { encoding: 'utf8' });
    expect(stdout).not.toMatch(/Fix|WARNING|error/i);
    expect(status).toBe(0);
  });
});
