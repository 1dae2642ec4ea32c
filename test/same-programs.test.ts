/** The programs are the same bytes under every kernel: on the disk, and as a program there reads them. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { Ext2Reader } from '../tools/images/ext2/reader.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const KERNELS = ['micro', 'hybrid:split', 'mono'];
const PROGRAM = 'true';
const BYTES_PER_LINE = 16;

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function readInGuest(kernel: string): Uint8Array {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      ...[`${ROOT}/bin/vitrine.mjs`, 'boot', kernel, '--max-cycles', '20G'],
      ...['--exec', `hexdump /bin/${PROGRAM}`],
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 24 },
  );
  if (status !== 0) throw new Error(`${kernel}: ${stdout}${stderr}`);
  // An offset, sixteen bytes in hexadecimal, the same as text.
  const lines = stdout.split('\n').flatMap((line) => {
    const shown = /^[0-9a-f]{8} +((?:[0-9a-f]{2} +)+)/.exec(line);
    return shown === null ? [] : [shown[1].trim().split(/ +/)];
  });
  for (const line of lines.slice(0, -1)) expect(line).toHaveLength(BYTES_PER_LINE);
  return Uint8Array.from(lines.flat(), (digits) => Number.parseInt(digits, 16));
}

let disk: Ext2Reader;
beforeAll(() => {
  spawnSync(process.execPath, [`${ROOT}/bin/vitrine.mjs`, 'build']);
  disk = new Ext2Reader(readFileSync(`${ROOT}/build/disk.img`));
});

it('has on the disk what was built, once for all kernels', () => {
  const names = disk
    .list('/bin')
    .map(({ name }) => new TextDecoder().decode(name))
    .filter((name) => !name.startsWith('.'));
  expect(names).toEqual(expect.arrayContaining(['sh', 'ls', 'cat', 'selftest', PROGRAM]));
  for (const name of names) {
    const { size } = disk.stat(`/bin/${name}`);
    const built = `${ROOT}/build/release/${name}.elf`;
    expect(existsSync(built), name).toBe(true);
    expect(hash(disk.read(`/bin/${name}`, 0, size)), name).toBe(hash(readFileSync(built)));
  }
});

it.each(KERNELS)('shows a program under %s the bytes that were built', (kernel) => {
  const built = readFileSync(`${ROOT}/build/release/${PROGRAM}.elf`);
  expect(hash(readInGuest(kernel))).toBe(hash(built));
});
