import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { diskContents, makeDisk } from './disk.ts';
import { Ext2Reader } from './ext2/reader.ts';

const root = mkdtempSync(join(tmpdir(), 'vitrine-disk-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

test('a disk has the files of userland/disk and the programs, and knows what it was made from', () => {
  mkdirSync(join(root, 'userland/disk/empty'), { recursive: true });
  mkdirSync(join(root, 'build'));
  writeFileSync(join(root, 'userland/disk/motd'), 'hello\n');
  symlinkSync('motd', join(root, 'userland/disk/link'));
  writeFileSync(join(root, 'build/cat.elf'), 'program');
  writeFileSync(join(root, 'build/init.elf'), 'first');
  const contents = diskContents(root, {
    manifest: '',
    files: [
      { path: 'boot/bin/cat', source: 'build/cat.elf', executable: true },
      { path: 'boot/init', source: 'build/init.elf', executable: true },
      { path: 'motd', source: 'userland/disk/motd', executable: false },
    ],
  });
  expect(contents.entries.map(({ path }) => path)).toEqual(['empty', 'link', 'motd']);

  const { image, inputs } = makeDisk(root, contents);
  const disk = new Ext2Reader(image);
  const text = (path: string): string => new TextDecoder().decode(disk.read(path));
  expect(text('/motd')).toBe('hello\n');
  expect(new TextDecoder().decode(disk.readLink('/link'))).toBe('motd');
  expect(text('/bin/cat')).toBe('program');
  expect(disk.stat('/bin/cat').mode & 0o111).toBe(0o111);
  expect(disk.list('/').map(({ name }) => new TextDecoder().decode(name))).not.toContain('boot');
  expect(Object.keys(inputs).sort()).toEqual(['build/cat.elf', 'userland/disk/motd']);
});
