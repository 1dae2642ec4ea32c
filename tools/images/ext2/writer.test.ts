import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arbitraryTree, pattern } from './arbitrary-trees.ts';
import { Ext2InputError, type Ext2InputProblem } from './errors.ts';
import { Ext2Reader } from './reader.ts';
import { listImage, listTree } from './tree-listing.ts';
import { directory, file, symlink, type DirectoryNode, type TreeNode } from './tree.ts';
import { buildExt2 } from './writer.ts';
import type { Ext2Options } from './options.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** A directory of one node for each item, named after it. */
function directoryOf<T>(items: readonly T[], node: (item: T) => TreeNode): DirectoryNode {
  return directory(
    Object.fromEntries(items.map((item): [string, TreeNode] => [String(item), node(item)])),
  );
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function build(tree: DirectoryNode, options: Ext2Options = {}): Ext2Reader {
  return new Ext2Reader(buildExt2(tree, options));
}

function errorOf(tree: DirectoryNode, options: Ext2Options = {}): Ext2InputError {
  try {
    buildExt2(tree, options);
  } catch (error) {
    if (error instanceof Ext2InputError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('buildExt2', () => {
  test('any tree reads back as it was, and gives the same bytes in any order', () => {
    fc.assert(
      fc.property(arbitraryTree, fc.constantFrom(1024, 4096), (tree, blockSize) => {
        const image = buildExt2(tree, { blockSize });
        expect(listImage(new Ext2Reader(image))).toEqual(listTree(tree));
        const reversed = { ...tree, entries: [...tree.entries].reverse() };
        expect(Buffer.compare(buildExt2(reversed, { blockSize }), image)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  test('around the ends of direct, single and double indirect blocks', () => {
    const edges = [0, 1, KIB, 12 * KIB, (12 + 256) * KIB, (12 + 2 * 256) * KIB];
    const sizes = new Set(edges.flatMap((edge) => [Math.max(edge - 1, 0), edge, edge + 1]));
    const tree = directoryOf([...sizes], (size) => file(pattern(size)));
    const reader = build(tree, { blockSize: 1024 });
    expect(listImage(reader)).toEqual(listTree(tree));
    // 269 data blocks, one single, one double indirect block and one below that.
    expect(reader.stat(`/${268 * KIB + 1}`).allocated).toBe((269 + 3) * KIB);
  });

  test('a triple indirect file, sparse', () => {
    const triple = (12 + 256 + 256 * 256) * KIB;
    const contents = new Uint8Array(triple + 300 * KIB + 5);
    // The last byte under each level and the first under the next, and the end.
    for (const at of [12 * KIB, 268 * KIB, triple, triple + 256 * KIB, contents.length]) {
      contents[at - 1] = 1;
      if (at < contents.length) contents[at] = 2;
    }
    const image = buildExt2(directory({ sparse: file(contents) }), { blockSize: 1024 });
    expect(image.length).toBeLessThan(2 * MIB);
    const reader = new Ext2Reader(image);
    expect(Buffer.compare(reader.read('/sparse'), contents)).toBe(0);
    // 9 data blocks; 1 single, 1 + 2 double, 1 + 1 + 2 triple indirect ones.
    expect(reader.stat('/sparse').allocated).toBe((9 + 8) * KIB);
    expect([...reader.read('/sparse', triple - 2, 4)]).toEqual([0, 1, 2, 0]);
  });

  test('a file of zeros takes no block', () => {
    const reader = build(directory({ zeros: file(new Uint8Array(100_000)) }));
    expect(reader.stat('/zeros')).toMatchObject({ size: 100_000, allocated: 0 });
    expect(reader.read('/zeros').every((byte) => byte === 0)).toBe(true);
  });

  test('symbolic links of up to 59 bytes lie in the inode, longer ones in a block', () => {
    const tree = directoryOf([1, 59, 60, 1023], (length) => symlink('t'.repeat(length)));
    const reader = build(tree, { blockSize: 1024 });
    expect(listImage(reader)).toEqual(listTree(tree));
    expect(reader.stat('/59').allocated).toBe(0);
    expect(reader.stat('/60').allocated).toBe(KIB);
  });

  test('a directory of 7,000 names, through double indirect blocks', () => {
    const names = upTo(7000).map((index) => `a rather long name, number ${index}`);
    const tree = directoryOf(names, () => file(''));
    const reader = build(tree, { blockSize: 1024 });
    expect(reader.stat('/').size).toBeGreaterThan(268 * KIB);
    expect(listImage(reader)).toEqual(listTree(tree));
  });

  test('files over several block groups', () => {
    const tree = directory({ a: file(pattern(9 * MIB)), b: file(pattern(9 * MIB)) });
    const reader = build(tree, { blockSize: 1024 });
    expect(reader.superblock.groupCount).toBe(3);
    expect(listImage(reader)).toEqual(listTree(tree));
  });

  test('names are bytes, of up to 255', () => {
    const names = [new Uint8Array([0xe9, 0xff]), new Uint8Array(255).fill(0xff)];
    const entries = names.map((name) => ({ name, node: file('') }));
    const listed = build({ ...directory(), entries }).list('/');
    expect(listed.map(({ name }) => name).slice(1)).toEqual(names);
  });

  test('modes and times, those before 1970 as well', () => {
    const reader = build(
      directory(
        { f: file('', { mode: 0o4711, mtime: -5 }), d: directory({}, { mode: 0o1777 }) },
        { mode: 0o750, mtime: 9 },
      ),
    );
    expect(reader.stat('/')).toMatchObject({ mode: 0o750, mtime: 9, uid: 0, gid: 0, links: 4 });
    expect(reader.stat('/f')).toMatchObject({ mode: 0o4711, mtime: -5, links: 1 });
    expect(reader.stat('/d')).toMatchObject({ mode: 0o1777, links: 2 });
  });

  test('lost+found is made, with room, or what the tree has is used', () => {
    expect(build(directory()).stat('/lost+found')).toMatchObject({
      inode: 11,
      mode: 0o700,
      size: 16 * KIB,
    });
    const own = build(directory({ 'lost+found': directory({ x: file('found') }) }));
    expect(own.stat('/lost+found').inode).toBe(11);
    expect(Buffer.from(own.read('/lost+found/x')).toString()).toBe('found');
    expect(errorOf(directory({ 'lost+found': file('') }))).toMatchObject({ problem: 'bad-name' });
  });
});

describe('the size', () => {
  test('leaves free what was asked for', () => {
    const tree = directory({ f: file(pattern(100_000)) });
    for (const freeBytes of [0, 1, 5 * MIB]) {
      const { freeBlocks, blockSize } = build(tree, { freeBytes }).superblock;
      expect(freeBlocks * blockSize).toBeGreaterThanOrEqual(freeBytes);
      expect(freeBlocks * blockSize).toBeLessThan(freeBytes + 4096);
    }
  });

  test('is the one given, where the files fit; else the error says what would do', () => {
    const tree = directory({ f: file(pattern(100_000)) });
    expect(buildExt2(tree, { size: 3 * MIB }).length).toBe(3 * MIB);
    const error = errorOf(tree, { size: 40 * KIB, blockSize: 1024 });
    expect(error.problem).toBe('image-too-small');
    const least = Number(/they take (\d+)/.exec(error.message)?.[1]);
    expect(listImage(build(tree, { size: least, blockSize: 1024 }))).toEqual(listTree(tree));
    expect(errorOf(tree, { size: least - KIB, blockSize: 1024 }).problem).toBe('image-too-small');
  });

  test('at the edge of a group, what the error says would do does', () => {
    for (const blocks of [8150, 8160, 8192, 8193, 8250, 8300]) {
      const tree = directory({ f: file(pattern(blocks * KIB)) });
      const error = errorOf(tree, { size: 8 * MIB, blockSize: 1024 });
      const least = Number(/they take (\d+)/.exec(error.message)?.[1]);
      expect(build(tree, { size: least, blockSize: 1024 }).stat('/f').size).toBe(blocks * KIB);
    }
  });

  test('many empty files get the inodes they need', () => {
    const tree = directoryOf(upTo(9000), () => file(''));
    const reader = build(tree, { blockSize: 1024, freeBytes: 0 });
    expect(reader.superblock.inodesCount).toBeGreaterThanOrEqual(9011);
    expect(reader.list('/').length).toBe(9001);
  });
});

describe('label and UUID', () => {
  const tree = directory({ f: file('1') });

  test('are in the superblock', () => {
    const uuid = Uint8Array.from({ length: 16 }, (_, index) => index);
    expect(build(tree, { label: 'größer', uuid }).superblock).toMatchObject({
      label: 'größer',
      uuid,
    });
  });

  test('the UUID follows from the contents', () => {
    const uuid = Buffer.from(build(tree).superblock.uuid).toString('hex');
    expect(uuid).toMatch(/^[0-9a-f]{12}8[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    expect(Buffer.from(build(tree).superblock.uuid).toString('hex')).toBe(uuid);
    const other = build(directory({ f: file('2') })).superblock.uuid;
    expect(Buffer.from(other).toString('hex')).not.toBe(uuid);
  });
});

describe('input that no image can be made of', () => {
  const named = (name: string): DirectoryNode =>
    directory({ d: { ...directory(), entries: [{ name: Buffer.from(name), node: file('') }] } });

  test.each<[Ext2InputProblem, string, DirectoryNode]>([
    ['name-too-long', `/d/${'é'.repeat(128)}`, named('é'.repeat(128))],
    ['bad-name', '/d/', named('')],
    ['bad-name', '/d/..', named('..')],
    ['bad-name', '/d/a/b', named('a/b')],
    ['bad-name', '/d/a\0b', named('a\0b')],
    [
      'duplicate-name',
      '/x',
      { ...directory(), entries: [1, 2].map(() => ({ name: Buffer.from('x'), node: file('') })) },
    ],
    ['bad-symlink', '/l', directory({ l: symlink('') })],
    ['bad-symlink', '/l', directory({ l: symlink('a\0') })],
    ['bad-symlink', '/l', directory({ l: symlink('a'.repeat(4096)) })],
    ['bad-time', '/f', directory({ f: file('', { mtime: 2 ** 31 }) })],
    ['bad-time', '/f', directory({ f: file('', { mtime: 0.5 }) })],
    ['file-too-large', '/f', directory({ f: file(new Uint8Array(2 ** 31)) })],
  ])('%s: %j', (problem, path, tree) => {
    const error = errorOf(tree);
    expect(error).toMatchObject({ problem, path });
    expect(error.message.startsWith(`${JSON.stringify(path)}: `)).toBe(true);
    expect(error.message).not.toContain('\n');
  });

  test('more inodes than were asked for, with the first file too many', () => {
    const tree = directory({ a: file(''), b: file(''), c: file('') });
    expect(errorOf(tree, { inodes: 13 })).toMatchObject({ problem: 'too-many-inodes', path: '/c' });
    expect(build(tree, { inodes: 14 }).list('/').length).toBe(4);
  });

  test('more inodes than an image of this size can have', () => {
    const tree = directoryOf(upTo(9000), () => file(''));
    const error = errorOf(tree, { size: 8 * MIB, blockSize: 1024 });
    expect(error.problem).toBe('too-many-inodes');
    expect(error.message).toMatch(/^"\/\d+": one file more than fits: the image has 8192 inodes$/);
  });

  test('more subdirectories than a directory can have', () => {
    const tree = directory({ d: directoryOf(upTo(31_999), () => directory()) });
    expect(errorOf(tree)).toMatchObject({ problem: 'too-many-links', path: '/d' });
  });

  test.each<[string, Ext2Options]>([
    // @ts-expect-error: what a command line might pass on
    ['a block size of 2048: choose 1024 or 4096', { blockSize: 2048 }],
    ['a size of 5000 bytes: choose a multiple of the block size, 4096', { size: 5000 }],
    ['-1 free bytes: choose a whole number', { freeBytes: -1 }],
    ['1.5 inodes: choose a whole number', { inodes: 1.5 }],
    ['a UUID of 3 bytes: it must have 16', { uuid: new Uint8Array(3) }],
    ['a time of -1: choose seconds since 1970, below 2 to the 32nd', { time: -1 }],
    ['the label "ääääääääx" has 17 bytes: ext2 allows 16, and no NUL', { label: 'ääääääääx' }],
  ])('%s', (message, options) => {
    expect(errorOf(directory(), options)).toMatchObject({ problem: 'bad-option', message });
  });

  test('an image larger than the host can hold', () => {
    expect(errorOf(directory(), { size: 2 ** 43 }).problem).toBe('image-too-large');
  });
});
