import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CpioError, readCpio, writeCpio, type CpioFile } from './cpio.ts';

const hello: CpioFile = {
  path: 'etc/motd',
  contents: new TextEncoder().encode('hello'),
  executable: false,
};
const init: CpioFile = { path: 'init', contents: new Uint8Array([0x7f, 1, 2]), executable: true };

const cpioIsMissing = spawnSync('cpio', ['--version']).error !== undefined;
const witnessesAreRequired = process.env['VITRINE_WITNESSES'] === 'required';

describe('cpio', () => {
  test('what is written can be read again', () => {
    expect(readCpio(writeCpio([init, hello]))).toEqual([hello, init]);
  });

  test('any files survive, whatever their sizes', () => {
    const name = fc.stringMatching(/^[a-zäß0-9]{1,9}$/);
    const path = fc.tuple(name, name).map(([directory, file]) => `${directory}_/${file}`);
    const file = fc.record({
      path,
      contents: fc.uint8Array({ maxLength: 40 }),
      executable: fc.boolean(),
    });
    const files = fc.uniqueArray(file, { selector: (entry) => entry.path });
    fc.assert(
      fc.property(files, (entries) => {
        const read = readCpio(writeCpio(entries));
        const byPath = (a: CpioFile, b: CpioFile): number => (a.path < b.path ? -1 : 1);
        expect(read).toEqual([...entries].sort(byPath));
      }),
    );
  });

  test('the order in which files are given does not matter', () => {
    expect(writeCpio([init, hello])).toEqual(writeCpio([hello, init]));
  });

  test.each([
    ['an absolute path', [{ ...hello, path: '/etc/motd' }]],
    ['a path that climbs out', [{ ...hello, path: '../motd' }]],
    ['the same path twice', [hello, hello]],
    ['a file that is a directory too', [hello, { ...hello, path: 'etc/motd/x' }]],
    ['the name of the trailer', [{ ...hello, path: 'TRAILER!!!' }]],
  ])('refuses %s', (_, files) => {
    expect(() => writeCpio(files)).toThrow(RangeError);
  });

  test('names the byte at which an archive goes wrong', () => {
    const archive = writeCpio([hello]);
    const cut = archive.subarray(0, 118 + 110);
    expect(() => readCpio(cut)).toThrow(CpioError);
    expect(() => readCpio(new TextEncoder().encode('#!/bin/sh\n'))).toThrow(
      'no cpio header (070701) at byte 0',
    );
    expect(() => readCpio(new Uint8Array(0))).toThrow('at byte 0');
    const oversized = archive.slice();
    oversized.set(new TextEncoder().encode('ffffffff'), 6 + 6 * 8);
    expect(() => readCpio(oversized)).toThrow(/"etc" is said to be 4294967295 bytes.* at byte 0/);
    const garbled = archive.slice();
    garbled[20] = 0x78;
    expect(() => readCpio(garbled)).toThrow('hexadecimal digits at byte 0');
  });

  test('never fails otherwise, whatever an archive holds', () => {
    const archive = writeCpio([hello, init]);
    const change = fc.tuple(fc.nat(archive.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.nat(archive.length), (changes, length) => {
        const damaged = archive.slice(0, length);
        for (const [offset, byte] of changes) damaged[offset] = byte;
        try {
          readCpio(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(CpioError);
        }
      }),
    );
  });

  test.skipIf(cpioIsMissing && !witnessesAreRequired)('the cpio program lists our files', () => {
    const { status, stdout, stderr } = spawnSync('cpio', ['-tv', '--quiet'], {
      input: writeCpio([init, hello]),
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n').map((line) => line.split(/\s+/))).toEqual([
      ['drwxr-xr-x', '2', 'root', 'root', '0', 'Jan', '1', '1970', 'etc'],
      ['-rw-r--r--', '1', 'root', 'root', '5', 'Jan', '1', '1970', 'etc/motd'],
      ['-rwxr-xr-x', '1', 'root', 'root', '3', 'Jan', '1', '1970', 'init'],
      [''],
    ]);
  });
});
