import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ext2ImageError, Ext2LookupError } from './errors.ts';
import { Ext2Reader } from './reader.ts';
import { directory, file, symlink } from './tree.ts';
import { buildExt2 } from './writer.ts';

const KIB = 1024;
/** From the specification once more, so that these tests check the declarations too. */
const SUPERBLOCK = 1024;
const INODE_BYTES = 128;
const DIRECTORY_MODE = 0x4000;

const tree = directory({
  a: directory({ inner: file('inner text') }),
  double: file(new Uint8Array(300 * KIB).fill(1)),
  fast: symlink('a/inner'),
  slow: symlink('s'.repeat(100)),
});
const intact = buildExt2(tree, { blockSize: 1024, freeBytes: 16 * KIB });

/** Where things are in `intact`, taken from its bytes. */
const view = new DataView(intact.buffer);
const inodeTable = view.getUint32(2 * KIB + 8, true) * KIB;
const inodeAt = (number: number): number => inodeTable + (number - 1) * INODE_BYTES;
const firstBlockOf = (inode: number): number => view.getUint32(inodeAt(inode) + 40, true) * KIB;
const inodeOf = (path: string): number => new Ext2Reader(intact).stat(path).inode;

/** The image with some of its bytes changed. */
function damaged(change: (view: DataView, image: Uint8Array) => void): Uint8Array {
  const image = intact.slice();
  change(new DataView(image.buffer), image);
  return image;
}

/** Reads all that there is in an image. */
function readAll(image: Uint8Array): void {
  const reader = new Ext2Reader(image, { mostBytes: 1024 * KIB });
  for (const entry of reader.walk()) {
    if (entry.kind === 'file') reader.read(entry);
    if (entry.kind === 'symlink') reader.readLink(entry);
  }
}

describe('Ext2Reader', () => {
  const reader = new Ext2Reader(intact);

  test('lists, tells and reads', () => {
    const names = reader.list('/').map(({ name }) => Buffer.from(name).toString());
    expect(names).toEqual(['a', 'double', 'fast', 'lost+found', 'slow']);
    expect(reader.stat('a/inner')).toMatchObject({ kind: 'file', size: 10, mode: 0o644 });
    expect(Buffer.from(reader.read('/a/inner')).toString()).toBe('inner text');
    expect(Buffer.from(reader.readLink('/fast')).toString()).toBe('a/inner');
    expect([...reader.walk()].map(({ path }) => path)).toEqual([
      '/a',
      '/double',
      '/fast',
      '/lost+found',
      '/slow',
      '/a/inner',
    ]);
  });

  test('reads what it has told of, without a path', () => {
    const [inner] = reader.list('/a');
    expect(Buffer.from(reader.read(inner)).toString()).toBe('inner text');
    expect(() => reader.list(inner)).toThrow(
      `"inode ${inner.inode}": not a directory: this is a file`,
    );
    expect(() => reader.stat({ ...inner, inode: 1_000_000 })).toThrow(RangeError);
  });

  test('reads a part, up to the end', () => {
    expect(Buffer.from(reader.read('/a/inner', 6)).toString()).toBe('text');
    expect(Buffer.from(reader.read('/a/inner', 2, 3)).toString()).toBe('ner');
    expect(reader.read('/a/inner', 11, 3).length).toBe(0);
    expect(reader.read('/double', 268 * KIB - 1, 2)).toEqual(new Uint8Array([1, 1]));
    expect(() => reader.read('/a/inner', -1)).toThrow(RangeError);
  });

  test.each([
    ['ENOENT', '/b', () => reader.stat('/b')],
    ['ENOTDIR', '/fast/inner', () => reader.stat('/fast/inner')],
    ['ENOTDIR', '/double', () => reader.list('/double')],
    ['EISDIR', '/a', () => reader.read('/a')],
    ['EINVAL', '/fast', () => reader.read('/fast')],
    ['EINVAL', '/double', () => reader.readLink('/double')],
  ])('%s for %s', (code, path, action) => {
    expect(action).toThrow(Ext2LookupError);
    expect(action).toThrow(expect.objectContaining({ code, path }));
  });
});

describe('a damaged image', () => {
  test.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(0), 'superblock at byte 1024: not an ext2 image: too short'],
    [
      'of something else',
      new Uint8Array(8 * KIB),
      'superblock at byte 1080: s_magic is 0: not an ext2 image',
    ],
    [
      'cut off',
      intact.subarray(0, intact.length - KIB),
      'superblock at byte 1028: s_blocks_count is',
    ],
    [
      'with blocks of 8 KiB',
      damaged((bytes) => bytes.setUint32(SUPERBLOCK + 24, 3, true)),
      'superblock at byte 1048: s_log_block_size is 3',
    ],
    [
      'with extents',
      damaged((bytes) => bytes.setUint32(SUPERBLOCK + 96, 0x42, true)),
      'superblock at byte 1120: s_feature_incompat is 66: it needs features',
    ],
    [
      'with groups of no blocks',
      damaged((bytes) => bytes.setUint32(SUPERBLOCK + 32, 0, true)),
      's_blocks_per_group is 0: not 1 to 8192',
    ],
    [
      'with a wrong number of inodes',
      damaged((bytes) => bytes.setUint32(SUPERBLOCK, 99, true)),
      'superblock at byte 1024: s_inodes_count is 99',
    ],
    [
      'with inodes of 96 bytes',
      damaged((bytes) => bytes.setUint16(SUPERBLOCK + 88, 96, true)),
      's_inode_size is 96: not a power of 2 from 128 to 1024',
    ],
    [
      'with an inode table behind the end',
      damaged((bytes) => bytes.setUint32(2 * KIB + 8, 1 << 20, true)),
      'descriptor of group 0 at byte 2048: its inode table',
    ],
    [
      'with a root that is a file',
      damaged((bytes) => bytes.setUint16(inodeAt(2), 0x8000, true)),
      'the root is not a directory',
    ],
    [
      'with a free inode that is named',
      damaged((bytes) => bytes.setUint16(inodeAt(inodeOf('/a')) + 26, 0, true)),
      'in use, and free by its count of links',
    ],
    [
      'with an inode of no type',
      damaged((bytes) => bytes.setUint16(inodeAt(inodeOf('/a')), 0x3000, true)),
      'no file type is 0x3000',
    ],
    [
      'with a directory named as a file',
      damaged((bytes) => bytes.setUint16(inodeAt(inodeOf('/double')), DIRECTORY_MODE, true)),
      'is a file, and it is a directory',
    ],
    [
      'with a directory of half a block',
      damaged((bytes) => bytes.setUint32(inodeAt(2) + 4, 512, true)),
      'inode 2 at byte',
    ],
    [
      'with a hole in a directory',
      damaged((bytes) => bytes.setUint32(inodeAt(2) + 40, 0, true)),
      'block 0 of a directory is a hole',
    ],
    [
      'with a directory larger than itself',
      damaged((bytes) => bytes.setUint32(inodeAt(2) + 4, 0x7fff_fc00, true)),
      'a directory of 2147482624 bytes',
    ],
    [
      'with an entry of no length',
      damaged((bytes) => bytes.setUint16(firstBlockOf(2) + 4, 0, true)),
      'directory of inode 2 at byte',
    ],
    [
      'with an entry beyond its block',
      damaged((bytes) => bytes.setUint16(firstBlockOf(2) + 4, 2 * KIB, true)),
      "rec_len 2048 goes beyond the block's end",
    ],
    [
      'with a name that does not fit',
      damaged((bytes) => bytes.setUint8(firstBlockOf(2) + 6, 200)),
      'a name of 200 bytes does not fit into rec_len 12',
    ],
    [
      'with a directory without "."',
      damaged((bytes) => bytes.setUint8(firstBlockOf(2) + 8, 0x78)),
      'a directory must open with "." and ".."',
    ],
    [
      'with "." elsewhere',
      damaged((bytes) => bytes.setUint32(firstBlockOf(2), 11, true)),
      '"." leads to inode 11',
    ],
    [
      'with an inode that does not exist',
      damaged((bytes) => bytes.setUint32(firstBlockOf(2) + 24, 1_000_000, true)),
      'inode 1000000: there are',
    ],
    [
      'with a loop of directories',
      damaged((bytes) => bytes.setUint32(firstBlockOf(2) + 24, 2, true)),
      'inode 2 at byte',
    ],
    [
      'with a block pointer behind the end',
      damaged((bytes) => bytes.setUint32(inodeAt(inodeOf('/double')) + 40, 1 << 20, true)),
      'its block pointer 1048576 is not within blocks 2 to',
    ],
    [
      'with a pointer behind the end in an indirect block',
      damaged((bytes) => {
        const indirect = bytes.getUint32(inodeAt(inodeOf('/double')) + 40 + 12 * 4, true);
        bytes.setUint32(indirect * KIB + 8, 1 << 20, true);
      }),
      'its block pointer 1048576 is not within blocks 2 to',
    ],
    [
      'with a file of 2 GiB',
      damaged((bytes) => bytes.setUint32(inodeAt(inodeOf('/double')) + 4, 1 << 30, true)),
      '1073741824 bytes to read, more than the limit of 1048576',
    ],
    [
      'with a fast link of 60 bytes',
      damaged((bytes) => bytes.setUint32(inodeAt(inodeOf('/fast')) + 4, 60, true)),
      'a symbolic link of 60 bytes without a block',
    ],
    [
      'with a NUL in a link',
      damaged((bytes) => bytes.setUint8(inodeAt(inodeOf('/fast')) + 40, 0)),
      'a NUL in the target of a symbolic link',
    ],
  ])('%s', (_, image, message) => {
    expect(() => readAll(image)).toThrow(Ext2ImageError);
    expect(() => readAll(image)).toThrow(message);
  });

  test('gives a typed error or is read, whatever was changed', () => {
    // Where a change matters: superblock, descriptors, inodes, directories, indirect blocks.
    const places: readonly [start: number, length: number][] = [
      [SUPERBLOCK, 104],
      [2 * KIB, 32],
      [inodeAt(2), INODE_BYTES],
      [inodeAt(11), 6 * INODE_BYTES],
      [firstBlockOf(2), 120],
      [firstBlockOf(inodeOf('/a')), 40],
      [view.getUint32(inodeAt(inodeOf('/double')) + 40 + 13 * 4, true) * KIB, 16],
    ];
    const change = fc.record({
      at: fc
        .constantFrom(...places)
        .chain(([start, length]) => fc.integer({ min: start, max: start + length - 1 })),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 11, 12, 0x40, 0x80, 0xff)),
    });
    let errors = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const image = damaged((_, bytes) => {
          for (const { at, byte } of changes) bytes[at] = byte;
        });
        try {
          readAll(image);
        } catch (error) {
          expect(error).toBeInstanceOf(Ext2ImageError);
          errors += 1;
        }
      }),
      { numRuns: 600 },
    );
    expect(errors).toBeGreaterThan(60);
  });

  test('is not taken for one, wherever it is cut off', () => {
    fc.assert(
      fc.property(fc.nat(intact.length - 1), (length) => {
        expect(() => new Ext2Reader(intact.subarray(0, length))).toThrow(Ext2ImageError);
      }),
      { numRuns: 100 },
    );
  });
});
