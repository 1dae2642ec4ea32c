/** The images against e2fsprogs, the reference implementation's tools: both ways. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeWithWitness } from '../../../test/witness.ts';
import { arbitraryTree, pattern } from './arbitrary-trees.ts';
import type { Ext2Options } from './options.ts';
import { readTree } from './read-tree.ts';
import { Ext2Reader } from './reader.ts';
import { listImage, listTree } from './tree-listing.ts';
import { directory, file, symlink, type DirectoryNode, type TreeNode } from './tree.ts';
import { buildExt2 } from './writer.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

let folder = '';
let imagePath = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-ext2-'));
  imagePath = join(folder, 'image');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} returned ${String(status)}:\n${stdout}${stderr}`);
  return stdout;
}

/** Writes the image, and fails with e2fsck's complaints if it has any. */
function check(tree: DirectoryNode, options: Ext2Options): string {
  writeFileSync(imagePath, buildExt2(tree, options));
  return run('e2fsck', '-fn', imagePath);
}

/** What debugfs copies out of the image. */
function dumped(): DirectoryNode {
  const target = join(folder, 'dumped');
  mkdirSync(target);
  run('debugfs', '-R', `rdump / ${target}`, imagePath);
  const tree = readTree(target, { modes: 'source', mtime: 'source' });
  rmSync(target, { recursive: true });
  const isLostAndFound = (name: Uint8Array): boolean =>
    Buffer.from(name).toString() === 'lost+found';
  return { ...tree, entries: tree.entries.filter(({ name }) => !isLostAndFound(name)) };
}

describeWithWitness('e2fsck', 'e2fsck', () => {
  test('finds images of any tree clean', () => {
    fc.assert(
      fc.property(
        arbitraryTree,
        fc.constantFrom(1024, 4096),
        fc.integer({ min: 0, max: 9 * MIB }),
        (tree, blockSize, freeBytes) => {
          check(tree, { blockSize, freeBytes, label: 'any' });
        },
      ),
      { numRuns: 15 },
    );
  });

  test('finds images clean whose last group is short, missing, or just long enough', () => {
    const tree = directory({ f: file(pattern(5000)) });
    for (const blocks of [8192, 8193, 8194, 8350, 8450, 16384, 16385, 16700]) {
      check(tree, { blockSize: 1024, size: blocks * KIB });
    }
  });

  test('finds the backups of superblock and descriptors where sparse_super has them', () => {
    check(directory({ f: file('1') }), { blockSize: 1024, size: 10 * 8 * MIB });
    for (const group of [1, 3, 5, 7, 9]) {
      const backup = String(1 + group * 8192);
      run('e2fsck', '-fn', '-b', backup, '-B', '1024', imagePath);
    }
  });

  test('finds a triple indirect file, large directories and full groups clean', () => {
    const sparse = new Uint8Array((12 + 256 + 256 * 256) * KIB + 300 * KIB);
    for (const at of [0, 12 * KIB, 268 * KIB, 70_000 * KIB, sparse.length - 1]) sparse[at] = 1;
    const nodes = Array.from({ length: 7000 }, (_, index): [string, TreeNode] => [
      `a rather long name, number ${index}`,
      index % 100 === 0 ? directory() : file(''),
    ]);
    const tree = directory({
      sparse: file(sparse),
      large: directory(Object.fromEntries(nodes)),
      full: file(pattern(17 * MIB)),
    });
    check(tree, { blockSize: 1024, freeBytes: 0 });
  });

  test('finds the label and UUID that were given', () => {
    const uuid = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    check(directory(), { label: 'vitrine', uuid });
    const listed = run('dumpe2fs', '-h', imagePath);
    expect(listed).toMatch(/^Filesystem volume name: +vitrine$/m);
    expect(listed).toMatch(/^Filesystem UUID: +00112233-4455-6677-8899-aabbccddeeff$/m);
    expect(listed).toMatch(/^Filesystem features: +filetype sparse_super$/m);
    expect(listed).toMatch(/^Filesystem state: +clean$/m);
  });
});

describeWithWitness('debugfs', 'debugfs', () => {
  test('copies any tree out as it was', () => {
    fc.assert(
      fc.property(arbitraryTree, fc.constantFrom(1024, 4096), (tree, blockSize) => {
        writeFileSync(imagePath, buildExt2(tree, { blockSize }));
        // It does not set the times of directories and symbolic links.
        expect(listTree(withoutTimes(dumped()))).toEqual(listTree(withoutTimes(tree)));
      }),
      { numRuns: 10 },
    );
  });

  test('copies a triple indirect file out as it was', () => {
    const contents = new Uint8Array((12 + 256 + 256 * 256) * KIB + 300 * KIB);
    for (const at of [0, 12 * KIB, 268 * KIB, 65_804 * KIB, contents.length - 1]) contents[at] = 7;
    writeFileSync(imagePath, buildExt2(directory({ f: file(contents) }), { blockSize: 1024 }));
    const copy = join(folder, 'copy');
    run('debugfs', '-R', `dump /f ${copy}`, imagePath);
    expect(Buffer.compare(readFileSync(copy), contents)).toBe(0);
  });

  test('shows owners, modes, times and types', () => {
    const tree = directory({
      f: file('', { mode: 0o4751, mtime: 1_700_000_000 }),
      l: symlink('target', { mtime: 1_700_000_001 }),
    });
    writeFileSync(imagePath, buildExt2(tree));
    const inode = run('debugfs', '-R', 'stat /f', imagePath);
    expect(inode).toMatch(/Type: regular +Mode: +04751/);
    expect(inode).toMatch(/User: +0 +Group: +0 /);
    expect(inode).toMatch(/mtime: 0x6553f100 /);
    expect(run('debugfs', '-R', 'stat /l', imagePath)).toMatch(/Fast link dest: "target"/);
  });
});

describeWithWitness('mke2fs', 'mke2fs', () => {
  test.each([
    ['1 KiB blocks', ['-b', '1024', '-O', '^dir_index,^resize_inode']],
    ['4 KiB blocks, hashed directories', ['-b', '4096', '-O', 'dir_index']],
    ['2 KiB blocks, inodes of 128 bytes', ['-b', '2048', '-I', '128']],
    [
      'no file types, every group with a superblock',
      ['-b', '1024', '-O', '^filetype,^sparse_super,^resize_inode'],
    ],
    ['revision 0', ['-b', '1024', '-r', '0', '-I', '128']],
  ])('the reader reads what it writes: %s', (_, options) => {
    const source = join(folder, 'source');
    mkdirSync(join(source, 'sub', 'deeper'), { recursive: true });
    writeFileSync(join(source, 'sub', 'single'), pattern(200 * KIB));
    writeFileSync(join(source, 'sub', 'double'), pattern(600 * KIB));
    writeFileSync(join(source, 'sub', 'deeper', 'ünïcode'), 'text');
    for (let index = 0; index < 300; index += 1) writeFileSync(join(source, `name ${index}`), '');
    run('ln', '-s', 'sub/single', join(source, 'fast'));
    run('ln', '-s', 'x/'.repeat(60), join(source, 'slow'));

    run('mke2fs', '-q', '-t', 'ext2', '-d', source, ...options, imagePath, '10M');
    const reader = new Ext2Reader(readFileSync(imagePath));
    const expected = readTree(source, { modes: 'source', mtime: 'source' });
    expect(listImage(reader)).toEqual(listTree(expected));
  });
});

/** `node` with the times of directories and links set to 0. */
function withoutTimes(node: DirectoryNode): DirectoryNode {
  const entries = node.entries.map(({ name, node: child }) => {
    if (child.kind === 'directory') return { name, node: withoutTimes(child) };
    return { name, node: child.kind === 'symlink' ? { ...child, mtime: 0 } : child };
  });
  return { ...node, entries, mtime: 0 };
}
