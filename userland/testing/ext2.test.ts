/**
 * The file system's code on the bare machine, on disks with any damage: it ends within a budget of
 * cycles, without a trap, and says what it found.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileSources } from '../../tools/compiler/frontend.ts';
import { ARENA, TargetProgram } from '../../tools/compiler/testing/target-program.ts';
import { directory, file, symlink, type TreeNode } from '../../tools/images/ext2/tree.ts';
import { buildExt2 } from '../../tools/images/ext2/writer.ts';
import { USER_ENVIRONMENT } from '../../tools/images/folders.ts';
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
    aliases: { environment: USER_ENVIRONMENT },
    moduleName: 'ext2-probe',
    memoryBase: DATA,
    forbidAllocation: true,
  });
  if (object === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  program = new TargetProgram([object], ['mountDisk', 'walkTo', 'survey', 'sumRead'], NO_KERNEL);
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

describe.each(images)('a sound disk with blocks of $blockSize bytes', ({ image }) => {
  beforeAll(() => {
    expect(mount(image)).toBe(0);
  });

  it('is surveyed whole, within a quarter of the budget', () => {
    expect(call('survey')).toBe(116);
    expect(call('sumRead')).not.toBe(0);
    expect(program.call('survey', [], BUDGET / 4)).not.toHaveProperty('trap.cause');
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
