/** What is kept of drives goes to their files: whole, in one step, and never over somebody else's. */
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitOverlays } from './commit.ts';
import { openDrives, type OpenDrives } from './drives.ts';
import { acquireLock } from './file-lock.ts';

const SECTOR = 512;
const BYTES = 300 * SECTOR;
const GROUP_MAY_READ = 0o640;

let folder = '';
let path = '';
let open: OpenDrives;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-commit-'));
  path = join(folder, 'disk.img');
  writeFileSync(path, new Uint8Array(BYTES).fill(7));
  chmodSync(path, GROUP_MAY_READ);
  open = openDrives([{ path, snapshot: true, readOnly: false }], () => undefined);
});

afterEach(() => {
  open.close();
  rmSync(folder, { recursive: true });
});

const write = (sector: number, value: number): void => {
  open.drives[0].disk.write(sector * SECTOR, new Uint8Array(SECTOR).fill(value));
};
const commit = (which = ''): readonly string[] => commitOverlays(open.overlays, which);
const sectorOfFile = (sector: number): number => readFileSync(path)[sector * SECTOR];

describe('commit', () => {
  it('writes what was written, keeps the mode, and leaves nothing else behind', () => {
    write(3, 1);
    open.drives[0].disk.writeZeroes(200 * SECTOR, SECTOR);
    expect(sectorOfFile(3)).toBe(7);
    expect(commit()).toEqual([`drive 1: ${BYTES} bytes are in ${path}`]);
    const expected = new Uint8Array(BYTES).fill(7);
    expected.fill(1, 3 * SECTOR, 4 * SECTOR).fill(0, 200 * SECTOR, 201 * SECTOR);
    expect(Buffer.compare(readFileSync(path), expected)).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(GROUP_MAY_READ);
    expect(readdirSync(folder)).toEqual(['disk.img']);
    expect(commit('1')).toEqual([`drive 1: nothing has been written that ${path} has not`]);
  });

  it('writes the present after going back, not what had been committed before', () => {
    const { written } = open.drives[0].disk;
    write(0, 1);
    const early = written?.save() ?? new Map<number, Uint8Array>();
    write(0, 2);
    write(250, 2);
    commit();
    expect([sectorOfFile(0), sectorOfFile(250)]).toEqual([2, 2]);
    written?.restore(early);
    commit();
    expect([sectorOfFile(0), sectorOfFile(250)]).toEqual([1, 7]);
  });

  it('refuses a file that is in use, or that somebody else has changed', () => {
    write(0, 1);
    const lock = acquireLock(`${path}.lock`);
    expect(() => commit()).toThrow(`drive 1: ${path} is in use by process ${process.pid}`);
    if (typeof lock !== 'number') lock.release();
    writeFileSync(path, new Uint8Array(BYTES).fill(9));
    expect(() => commit()).toThrow('somebody else has changed');
    expect(sectorOfFile(0)).toBe(9);
    expect(readdirSync(folder)).toEqual(['disk.img']);
  });

  it('says which drives there are', () => {
    expect(() => commit('2')).toThrow('there is no "2" to commit: there is drive 1');
    expect(() => commitOverlays([], '')).toThrow('there is no drive whose writes are kept');
  });
});
