/**
 * The build driver with a firmware of a few lines, in a repository of its own that borrows the
 * tools from this one.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readElf } from '../elf/read-elf.ts';
import { InputError, RunError } from '../host/command-error.ts';
import { build } from './build.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const FIRMWARE = 'build/firmware.elf';
const SOURCE = 'kernels/firmware/main.ts';
const GOOD = `import { double } from './double';
export function main(value: u32): u32 {
  return double(value) + 1;
}
`;
const DOUBLE = `export function double(value: u32): u32 {
  return value << 1;
}
`;

let root: string;
const write = (path: string, contents: string): void => writeFileSync(join(root, path), contents);
const terminal = { write: () => true };
const run = () => build({ root, terminal, goal: 'firmware' });
const firmware = (): Buffer => readFileSync(join(root, FIRMWARE));

beforeAll(() => {
  // The workers run from the bundle; any command brings it up to date.
  execFileSync(process.execPath, [join(REPOSITORY, 'bin/vitrine.mjs'), '--version']);
  root = mkdtempSync(join(tmpdir(), 'vitrine-build-'));
  for (const shared of ['dist', 'node_modules', 'tools']) {
    symlinkSync(join(REPOSITORY, shared), join(root, shared), 'junction');
  }
  mkdirSync(join(root, 'kernels/firmware'), { recursive: true });
  mkdirSync(join(root, 'userland/protocols'), { recursive: true });
  const description = {
    entry: '_start',
    sources: [SOURCE],
    assembly: ['kernels/firmware/start.s'],
    text: '0x80000000',
    data: '0x80040000',
  };
  write('kernels/firmware/image.json', JSON.stringify(description));
  write('kernels/firmware/start.s', '.globl _start\n_start: call main\n j _start\n');
  write(SOURCE, GOOD);
  write('kernels/firmware/double.ts', DOUBLE);
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

describe('build', () => {
  test('two at once make one good image, and the next has nothing to do', async () => {
    const written = await Promise.all([run(), run()]);
    expect(written.flat()).toContain(FIRMWARE);
    expect(readElf(firmware()).elf?.entry).toBe(0x8000_0000);
    expect(await run()).toEqual([]);
    expect(readdirSync(join(root, 'build')).sort()).toEqual(['firmware.elf', 'release', 'stubs']);
  });

  test('a file that was only touched changes nothing; an imported one counts', async () => {
    const before = firmware();
    utimesSync(join(root, SOURCE), new Date(), new Date());
    expect(await run()).toEqual([]);
    write('kernels/firmware/double.ts', DOUBLE.replace('<< 1', '* 3'));
    expect(await run()).toContain(FIRMWARE);
    expect(firmware().equals(before)).toBe(false);
  });

  test('a place that cannot be written is named in one line', async () => {
    const blocked = mkdtempSync(join(tmpdir(), 'vitrine-build-'));
    cpSync(join(root, 'kernels'), join(blocked, 'kernels'), { recursive: true });
    writeFileSync(join(blocked, 'build'), 'a file where the folder should be');
    const refused = build({ root: blocked, terminal, goal: 'firmware' });
    await expect(refused).rejects.toThrow(/^the build cannot use .*build \(EEXIST\)$/);
    await expect(refused).rejects.toThrow(RunError);
    rmSync(blocked, { recursive: true });
  });

  test('a description of a service that is nowhere is input, named in one line', async () => {
    const lamp = { name: 'lamp', source: 'userland/services/lamp', place: 'kernel' };
    const description = { services: [{ ...lamp, protocol: 'lamp', provides: ['/svc/lamp'] }] };
    mkdirSync(join(root, 'kernels/mono/images'), { recursive: true });
    write('kernels/mono/images/default.json', JSON.stringify(description));
    const refused = run();
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(
      /^kernels\/mono\/images\/default\.json: service "lamp": there is no .*\/lamp-service\.ts.*$/,
    );
    rmSync(join(root, 'kernels/mono'), { recursive: true });
    expect(await run()).toEqual([]);
  });

  test.each([
    [
      'a type error',
      SOURCE,
      GOOD.replace('+ 1', '+ nothing'),
      /^the build has failed.*\nkernels\/firmware\/main\.ts:3:26: error: .*'nothing'.*\n {2}return double\(value\) \+ nothing;/,
    ],
    [
      'an unknown instruction',
      'kernels/firmware/start.s',
      '.globl _start\n_start: jump main\n',
      /^the build has failed.*\nkernels\/firmware\/start\.s:2: .*jump.*\n\s+_start: jump main/,
    ],
  ])(
    '%s stops it, names its place, and leaves the last good image',
    async (_, path, bad, message) => {
      const good = readFileSync(join(root, path), 'utf8');
      const before = firmware();
      write(path, bad);
      await expect(run()).rejects.toThrow(message);
      expect(firmware().equals(before)).toBe(true);
      write(path, good);
      expect(await run()).toEqual([]);
      expect(firmware().equals(before)).toBe(true);
    },
  );
});
