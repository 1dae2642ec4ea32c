import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ext2InputError } from './errors.ts';
import { readTree } from './read-tree.ts';
import { listTree } from './tree-listing.ts';
import { directory, file, symlink } from './tree.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-tree-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const write = (name: string, text: string, mode = 0o644): void => {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), mode);
};

const errorOf = (action: () => unknown): Ext2InputError => {
  try {
    action();
  } catch (error) {
    if (error instanceof Ext2InputError) return error;
    throw error;
  }
  throw new Error('no error');
};

describe('readTree', () => {
  test.skipIf(process.platform === 'win32')(
    'folders, files and links, by the bytes of their names, the same for any umask',
    () => {
      mkdirSync(join(folder, 'é'));
      write('é/inner', 'text', 0o600);
      write('b', 'run', 0o775);
      write('Z', '');
      mkdirSync(join(folder, 'a'), { mode: 0o700 });

      const tree = readTree(folder);
      expect(tree.entries.map(({ name }) => Buffer.from(name).toString())).toEqual([
        'Z',
        'a',
        'b',
        'é',
      ]);
      const expected = directory({
        Z: file(''),
        a: directory(),
        b: file('run', { mode: 0o755 }),
        é: directory({ inner: file('text') }),
      });
      expect(listTree(tree)).toEqual(listTree(expected));
    },
  );

  test.skipIf(process.platform === 'win32')('modes and times of the source', () => {
    write('f', 'x', 0o4751);
    utimesSync(join(folder, 'f'), 5, 1_700_000_000.9);
    chmodSync(folder, 0o750);
    const tree = readTree(folder, { modes: 'source', mtime: 'source' });
    expect(tree.mode).toBe(0o750);
    expect(tree.entries[0]?.node).toMatchObject({ mode: 0o4751, mtime: 1_700_000_000 });
    expect(readTree(folder, { mtime: 77 }).entries[0]?.node).toMatchObject({ mtime: 77 });
  });

  test.skipIf(process.platform === 'win32')('links stay links, wherever they lead', () => {
    symlinkSync('/etc', join(folder, 'out'));
    symlinkSync('.', join(folder, 'loop'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    const expected = directory({
      dangling: symlink('nowhere'),
      loop: symlink('.'),
      out: symlink('/etc'),
    });
    expect(listTree(readTree(folder))).toEqual(listTree(expected));
  });

  test.skipIf(process.platform === 'win32')('the folder itself may be given by a link', () => {
    mkdirSync(join(folder, 'real'));
    write('real/f', '1');
    symlinkSync('real', join(folder, 'link'));
    expect(listTree(readTree(join(folder, 'link')))).toEqual(listTree(directory({ f: file('1') })));
  });

  test.skipIf(process.platform !== 'linux')('names are bytes', () => {
    const latin1 = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xe9])]);
    writeFileSync(latin1, '');
    expect(Buffer.from(readTree(folder).entries[0]?.name ?? [])).toEqual(Buffer.from([0xe9]));
  });

  test('a missing folder, and a file in its place', () => {
    const missing = join(folder, 'missing');
    expect(errorOf(() => readTree(missing))).toMatchObject({
      problem: 'unreadable',
      path: missing,
      message: `${JSON.stringify(missing)}: no such file or folder`,
    });
    write('f', '');
    expect(errorOf(() => readTree(join(folder, 'f'))).message).toMatch(/: not a folder$/);
  });

  test.skipIf(process.platform === 'win32')('a socket and a named pipe', async () => {
    const socket = join(folder, 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const error = errorOf(() => readTree(folder));
    expect(error).toMatchObject({ problem: 'unsupported-type', path: socket });
    expect(error.message).toContain('a socket; only folders');
    await new Promise((resolve) => server.close(resolve));

    const pipe = join(folder, 'pipe');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    expect(errorOf(() => readTree(folder)).message).toContain('a named pipe; only folders');
  });

  test('a file of 2 GiB is named before it is read', () => {
    write('big', '');
    truncateSync(join(folder, 'big'), 2 ** 31);
    expect(errorOf(() => readTree(folder))).toMatchObject({
      problem: 'file-too-large',
      path: join(folder, 'big'),
    });
  });
});
