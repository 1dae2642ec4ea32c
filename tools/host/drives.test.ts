import { spawn } from 'node:child_process';
import {
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from './command-error.ts';
import type { DriveOption } from './drive-option.ts';
import { openDrives, type OpenDrives } from './drives.ts';

const BYTES = 8 * 512;

let folder: string;
let path: string;
let errors: string[];
let open: OpenDrives[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-drive-'));
  path = join(folder, 'disk.img');
  writeFileSync(path, new Uint8Array(BYTES).fill(7));
  errors = [];
  open = [];
});

afterEach(() => {
  for (const drives of open) drives.close();
  rmSync(folder, { recursive: true, force: true });
});

const option = (changes: Partial<DriveOption> = {}): DriveOption => ({
  ...{ path, snapshot: false, readOnly: false },
  ...changes,
});

function openWith(...options: readonly DriveOption[]) {
  const drives = openDrives(options, (message) => errors.push(message));
  open.push(drives);
  return drives.drives.map(({ disk }) => disk);
}

const firstByte = () => readFileSync(path)[0];
const ONE = new Uint8Array(512).fill(1);

describe('a drive', () => {
  it('is the file, byte by byte', () => {
    const [disk] = openWith(option());
    expect([disk.bytes, disk.isReadOnly]).toEqual([BYTES, false]);
    const target = new Uint8Array(100);
    expect(disk.read(BYTES - 100, target)).toBe(true);
    expect(target).toEqual(new Uint8Array(100).fill(7));
    expect(disk.write(512, ONE)).toBe(true);
    expect(disk.writeZeroes(1024, 512)).toBe(true);
    expect(disk.flush()).toBe(true);
    expect([511, 512, 1023, 1024, 1535, 1536].map((at) => readFileSync(path)[at])).toEqual([
      ...[7, 1, 1, 0, 0, 7],
    ]);
  });

  it('keeps writes in memory with snapshot=on', () => {
    const [disk] = openWith(option({ snapshot: true }));
    expect(disk.write(0, ONE)).toBe(true);
    const target = new Uint8Array(512);
    disk.read(0, target);
    expect([target[0], firstByte(), disk.isReadOnly]).toEqual([1, 7, false]);
  });

  it('with readonly=on cannot be written', () => {
    const [disk] = openWith(option({ readOnly: true, snapshot: true }));
    expect(disk.isReadOnly).toBe(true);
  });

  it('that becomes shorter is an I/O error, told in one line', () => {
    const [disk] = openWith(option());
    const file = openSync(path, 'r+');
    ftruncateSync(file, 512);
    closeSync(file);
    expect(disk.read(0, new Uint8Array(1024))).toBe(false);
    expect(errors).toEqual([`${path} cannot be read at byte 0: the file has become shorter`]);
  });

  it('carries its serial number and slot to the machine', () => {
    const drives = openDrives([option({ serial: 'S1', slot: 4 })], () => undefined);
    open.push(drives);
    expect(drives.drives).toMatchObject([{ serial: 'S1', slot: 4 }]);
  });
});

describe('is refused in one line:', () => {
  const failure = (changes: Partial<DriveOption>): string => {
    try {
      openWith(option(changes));
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
    return 'no error';
  };
  const file = (name: string, bytes: number): string => {
    writeFileSync(join(folder, name), new Uint8Array(bytes));
    return join(folder, name);
  };

  it('a file that is not there', () => {
    expect(failure({ path: join(folder, 'none') })).toMatch(/none: there is no such drive file$/);
  });
  it('a directory, for reading and for writing', () => {
    mkdirSync(join(folder, 'd'));
    const message = `${join(folder, 'd')} is a directory, not a drive file`;
    expect(failure({ path: join(folder, 'd') })).toBe(message);
    expect(failure({ path: join(folder, 'd'), readOnly: true })).toBe(message);
  });
  it('what is no regular file', () => {
    expect(failure({ path: '/dev/null' })).toBe('/dev/null is not a regular file');
  });
  it('a file of odd size, and an empty one', () => {
    expect(failure({ path: file('odd', 513) })).toMatch(
      /odd has 513 bytes, which is no whole number of sectors of 512 bytes$/,
    );
    expect(failure({ path: file('empty', 0) })).toMatch(/empty is empty/);
  });
  it('one of two; what was open is closed', () => {
    expect(() => openWith(option({}), option({ path: join(folder, 'none') }))).toThrow(
      'there is no such drive file',
    );
    expect(existsSync(`${path}.lock`)).toBe(false);
  });
});

describe('a drive open for writing', () => {
  it('is locked, also under another name, until it is closed', () => {
    openWith(option());
    const message = `is in use by process ${process.pid}`;
    const link = join(folder, 'link.img');
    symlinkSync(path, link);
    expect(() => openWith(option())).toThrow(message);
    expect(() => openWith(option({ path: link }))).toThrow(message);
    expect(() => openWith(option({ readOnly: true }))).toThrow(message);
    expect(() => openWith(option({ snapshot: true }))).toThrow(message);
    open[0].close();
    expect(openWith(option())).toHaveLength(1);
  });

  it('leaves no lock behind', () => {
    openWith(option());
    expect(existsSync(`${path}.lock`)).toBe(true);
    open[0].close();
    open[0].close();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('is refused while another process has it, and not after that has died', async () => {
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    writeFileSync(`${path}.lock`, String(other.pid));
    expect(() => openWith(option())).toThrow(`is in use by process ${other.pid}`);
    const ended = new Promise((resolve) => other.once('exit', resolve));
    other.kill();
    await ended;
    expect(openWith(option())).toHaveLength(1);
    expect(readFileSync(`${path}.lock`, 'utf8')).toBe(String(process.pid));
  });

  it('does not take a file for a lock that is none', () => {
    writeFileSync(`${path}.lock`, 'my notes');
    expect(() => openWith(option())).toThrow(/cannot be locked: .*disk\.img\.lock is in the way/);
    expect(readFileSync(`${path}.lock`, 'utf8')).toBe('my notes');
  });

  it('is not locked by those who only read', () => {
    openWith(option({ readOnly: true }), option({ snapshot: true }));
    expect(existsSync(`${path}.lock`)).toBe(false);
  });
});
