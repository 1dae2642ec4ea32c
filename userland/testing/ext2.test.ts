/**
 * The file system's code on the bare machine, on disks with any damage: it ends within a budget of
 * cycles, without a trap, and says what it found.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileSources } from '../../tools/compiler/frontend.ts';
import { ARENA, TargetProgram } from '../../tools/compiler/testing/target-program.ts';
import { directory, file, symlink, type TreeNode } from '../../tools/images/ext2/tree.ts';
import { buildExt2 } from '../../tools/images/ext2/writer.ts';
import { describeWithWitness } from '../../test/witness.ts';
import { Errno } from '../abi/errno.enums.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SECTOR_BYTES = 512;
/** Data of the program: behind its text, below the arena. */
const DATA = 0x8008_0000;
/** In the arena: a path, and behind it the disk. */
const PATH = ARENA;
const DISK = ARENA + 0x2000;
/** A sound disk takes less than a quarter of it. */
const BUDGET = 20_000_000;
/** The log is nowhere: what the kernel would do with it is not tested here. */
const NO_KERNEL = `
    .globl system_operation
system_operation:
    li a0, 0
    ret
    .globl system_call
system_call:
    li a0, 0
    ret
`;

const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${index}\n`).join('');

const tree = directory({
  motd: file('hello\n'),
  empty: file(''),
  long: file(lines(30_000)),
  holes: file(new Uint8Array(100_000).fill(0).map((_, index) => (index === 90_000 ? 1 : 0))),
  folder: directory({
    inner: directory({ deep: file(lines(50)) }),
    up: symlink('../motd'),
  }),
  many: directory(
    Object.fromEntries(
      Array.from({ length: 100 }, (_, index): [string, TreeNode] => [
        `a-file-with-a-long-name-${index}`,
        file(`${index}`),
      ]),
    ),
  ),
  fast: symlink('/folder/inner/deep'),
  slow: symlink(`${'./'.repeat(100)}folder/inner/deep`),
  circle: symlink('circle'),
  ping: symlink('pong'),
  pong: symlink('/folder/../ping'),
  dangling: symlink('nowhere'),
});

const images = ([1024, 4096] as const).map((blockSize) => ({
  blockSize,
  image: buildExt2(tree, { blockSize, freeBytes: 16 * 1024 }),
}));

let program: TargetProgram;

beforeAll(async () => {
  const { object, diagnostics } = await compileSources({
    entries: ['userland/testing/ext2-probe.ts', 'userland/runtime/abort.ts'],
    abort: 'userland/runtime/abort/abort',
    root: ROOT,
    readFile: (path) => {
      try {
        return readFileSync(`${ROOT}/${path}`, 'utf8');
      } catch {
        return null;
      }
    },
    aliases: { environment: 'userland/environment/user' },
    moduleName: 'ext2-probe',
    memoryBase: DATA,
    forbidAllocation: true,
  });
  if (object === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  program = new TargetProgram(
    [object],
    [
      ...['mountDisk', 'walkTo', 'fileSize', 'blockAt', 'survey', 'sumRead'],
      ...['askMeanwhile', 'countReads', 'countServed'],
    ],
    NO_KERNEL,
  );
});

function call(name: string, ...words: number[]): number {
  const outcome = program.call(name, words, BUDGET);
  if (outcome.trap === undefined) return outcome.low;
  throw new Error(`${name}: trap ${outcome.trap.cause} at 0x${outcome.trap.pc.toString(16)}`);
}

/** Puts a disk into memory as it is and mounts it. */
function mount(image: Uint8Array): number {
  program.writeMemory(DISK, image);
  return call('mountDisk', DISK, Math.floor(image.length / SECTOR_BYTES));
}

function walkTo(path: string): number {
  const bytes = new TextEncoder().encode(path);
  program.writeMemory(PATH, bytes);
  return call('walkTo', PATH, bytes.length);
}

/** The bytes of the file at a path, block by block. */
function readFile(path: string, blockSize: number): Uint8Array {
  expect(walkTo(path), path).toBeGreaterThan(0);
  const size = call('fileSize');
  const contents = new Uint8Array(Math.ceil(size / blockSize) * blockSize);
  for (let at = 0; at < size; at += blockSize) {
    const address = call('blockAt', at / blockSize) >>> 0;
    if (address === 0) continue;
    expect(address).toBeGreaterThan(DATA);
    expect(address).toBeLessThan(ARENA);
    contents.set(program.readMemory(address, blockSize), at);
  }
  return contents.subarray(0, size);
}

describe.each(images)('a sound disk with blocks of $blockSize bytes', ({ blockSize, image }) => {
  beforeAll(() => {
    expect(mount(image)).toBe(0);
  });

  it('is surveyed whole, within a quarter of the budget', () => {
    expect(call('survey')).toBe(116);
    expect(call('sumRead')).not.toBe(0);
    expect(program.call('survey', [], BUDGET / 4)).not.toHaveProperty('trap.cause');
  });

  it('has the contents that were put there', () => {
    const text = (path: string): string => new TextDecoder().decode(readFile(path, blockSize));
    expect(text('/motd')).toBe('hello\n');
    expect(text('/empty')).toBe('');
    expect(text('/long')).toBe(lines(30_000));
    expect(text('/fast')).toBe(lines(50));
    const holes = readFile('/holes', blockSize);
    expect([holes.length, holes.indexOf(1), holes.lastIndexOf(1)]).toEqual([
      100_000, 90_000, 90_000,
    ]);
  });

  it('has every path lead where it should', () => {
    const deep = walkTo('/folder/inner/deep');
    expect(deep).toBeGreaterThan(10);
    for (const path of ['fast', '/slow', '//folder/./inner//deep/', '/folder/../fast']) {
      expect(walkTo(path), path).toBe(deep);
    }
    expect(walkTo('/')).toBe(2);
    expect(walkTo('/../..')).toBe(2);
    expect(walkTo('/folder/up')).toBe(walkTo('/motd'));
    expect(walkTo('/nothing')).toBe(-Errno.ENOENT);
    expect(walkTo('/dangling')).toBe(-Errno.ENOENT);
    expect(walkTo('/motd/more')).toBe(-Errno.ENOTDIR);
    expect(walkTo('/circle')).toBe(-Errno.ELOOP);
    expect(walkTo('/ping')).toBe(-Errno.ELOOP);
    expect(walkTo(`/${'n'.repeat(256)}`)).toBe(-Errno.ENAMETOOLONG);
    expect(walkTo('/'.repeat(5000))).toBe(-Errno.ENAMETOOLONG);
  });
});

it('what the cache has is served while others wait for the disk', () => {
  const blockSize = 1024;
  const contents = new Uint8Array(300 * blockSize).fill(1);
  const small = file(new Uint8Array(blockSize).fill(2));
  const image = buildExt2(directory({ small, large: file(contents) }), { blockSize });
  expect(mount(image)).toBe(0);
  expect(walkTo('/small')).toBeGreaterThan(0);
  expect(call('askMeanwhile', 0)).toBe(0);
  expect(readFile('/large', blockSize).every((byte) => byte === 1)).toBe(true);
  expect(call('countReads')).toBeGreaterThan(15);
  expect(call('countServed')).toBe(call('countReads'));
});

it('a file through three levels of tables', () => {
  const blockSize = 1024;
  const contents = new Uint8Array((12 + 256 + 256 * 256 + 300) * blockSize);
  /** The last block of each level, and the first and last of the third. */
  const marked = [11, 12 + 255, 12 + 256 + 65_535, 12 + 256 + 65_536, 12 + 256 + 65_536 + 299];
  marked.forEach((index, mark) =>
    contents.fill(mark + 1, index * blockSize, (index + 1) * blockSize),
  );
  expect(mount(buildExt2(directory({ deep: file(contents) }), { blockSize }))).toBe(0);
  expect(walkTo('/deep')).toBeGreaterThan(0);
  marked.forEach((index, mark) => {
    const block = program.readMemory(call('blockAt', index) >>> 0, blockSize);
    expect(block.every((byte) => byte === mark + 1)).toBe(true);
  });
  expect(call('blockAt', 12)).toBe(0);
  expect(call('blockAt', 12 + 256 + 65_536 - 2)).toBe(0);
});

describeWithWitness('mke2fs', 'disks that mke2fs made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-ext2-'));
  const files = { motd: 'hello\n', 'sub/long': lines(12_000), 'sub/deep/short': 'x', empty: '' };
  const links = { fast: 'sub/deep/short', slow: `${'./'.repeat(100)}sub/long`, circle: 'circle' };

  beforeAll(() => {
    for (const [path, contents] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), contents);
    }
    for (const [path, target] of Object.entries(links)) symlinkSync(target, join(folder, path));
    for (let index = 0; index < 200; index++) {
      writeFileSync(join(folder, `sub/file-number-${index}`), `${index}`);
    }
    return () => {
      rmSync(folder, { recursive: true });
    };
  });

  it.each([
    ['1 KiB', 1024, []],
    ['2 KiB', 2048, []],
    ['4 KiB', 4096, []],
    ['1 KiB, revision 0', 1024, ['-r', '0']],
    ['1 KiB, no types, large inodes', 1024, ['-O', '^filetype', '-I', '256']],
    ['1 KiB, indexed directories and ext3 attributes', 1024, ['-O', 'dir_index,ext_attr']],
  ])('blocks of %s', (_, blockSize, flags) => {
    const path = join(folder, '..', `vitrine-ext2-${process.pid}.img`);
    const size = `${(1900 * 1024) / blockSize}`;
    const words = ['-q', '-F', '-t', 'ext2', '-b', `${blockSize}`, '-d', folder, ...flags];
    try {
      execFileSync('mke2fs', [...words, path, size], { stdio: 'pipe' });
      expect(mount(readFileSync(path))).toBe(0);
    } finally {
      rmSync(path, { force: true });
    }
    for (const [name, contents] of Object.entries(files)) {
      expect(new TextDecoder().decode(readFile(`/${name}`, blockSize)), name).toBe(contents);
    }
    expect(new TextDecoder().decode(readFile('/slow', blockSize))).toBe(files['sub/long']);
    expect(walkTo('/fast')).toBe(walkTo('/sub/deep/short'));
    expect(walkTo('/circle')).toBe(-Errno.ELOOP);
    for (let index = 0; index < 200; index += 13) {
      const found = readFile(`/sub/file-number-${index}`, blockSize);
      expect(new TextDecoder().decode(found)).toBe(`${index}`);
    }
    // lost+found, the files, the links, the two folders and the numbered files.
    expect(call('survey')).toBe(1 + 4 + 3 + 2 + 200);
  });
});

describe('no ext2 file system', () => {
  it.each([
    ['zeros', new Uint8Array(65536), -Errno.ENXIO],
    ['a disk of one sector', new Uint8Array(512), -Errno.ENXIO],
    ['a disk that was cut off', images[0].image.slice(0, 32 * 1024), -Errno.EIO],
  ])('%s', (_, image, error) => {
    expect(mount(image)).toBe(error);
  });

  it('a file system with journal or extents', () => {
    const image = images[0].image.slice();
    new DataView(image.buffer).setUint32(1024 + 96, 0x42, true);
    expect(mount(image)).toBe(-Errno.ENXIO);
  });
});

/** A place in the image that says something about others: superblock, descriptors, tables, directories. */
const place = (image: Uint8Array): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.integer({ min: 1024, max: 1024 + 104 }) },
    { weight: 1, arbitrary: fc.integer({ min: 2048, max: 2048 + 32 }) },
    { weight: 6, arbitrary: fc.integer({ min: 4096, max: Math.min(image.length, 65536) - 5 }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: image.length - 5 }) },
  );
const value = fc.oneof(
  fc.constantFrom(0, 1, 2, 4, 8, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
  fc.integer({ min: 0, max: 400 }),
  fc.nat({ max: 0xffff_ffff }),
);

describe.each(images)('damage to blocks of $blockSize bytes', ({ image }) => {
  const damage = fc.array(fc.tuple(place(image), fc.constantFrom(1, 2, 4), value), {
    minLength: 1,
    maxLength: 6,
  });

  it('neither traps nor goes on for ever', () => {
    const expected = [0, -Errno.EIO, -Errno.ENXIO];
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = image.slice();
        const view = new DataView(damaged.buffer);
        for (const [at, width, number] of changes) {
          if (width === 1) view.setUint8(at, number & 0xff);
          else if (width === 2) view.setUint16(at, number & 0xffff, true);
          else view.setUint32(at, number, true);
        }
        const state = mount(damaged);
        expect(expected).toContain(state);
        if (state !== 0) return;
        expect(call('survey')).toBeGreaterThanOrEqual(-Errno.EIO);
        for (const path of ['/slow', '/circle', '/many/a-file-with-a-long-name-77']) {
          expect(walkTo(path)).toBeGreaterThanOrEqual(-Errno.ELOOP);
        }
      }),
      { numRuns: 150 },
    );
  });
});
