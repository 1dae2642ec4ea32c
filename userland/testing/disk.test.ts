/** A disk in a running system: what is on it, drivers and file systems that die, disks that are no good. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleSession } from '../../test/console-session.ts';
import { QEMU, qemuBoot } from '../../test/qemu-boot.ts';
import { withNode, file } from '../../tools/images/ext2/tree.ts';
import { readTree } from '../../tools/images/ext2/read-tree.ts';
import { buildExt2 } from '../../tools/images/ext2/writer.ts';
import { describeWithWitness } from '../../test/witness.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HANG_MILLISECONDS = 60_000;
/** Far above what any of the sessions takes. */
const MOST_CYCLES = '5000000000';

const folder = mkdtempSync(join(tmpdir(), 'vitrine-disk-'));
const source = join(folder, 'source');
const image = (name: string): string => join(folder, `${name}.img`);

const numbers = Array.from({ length: 60_000 }, (_, index) => `${index}\n`).join('');
const short = Array.from({ length: 300 }, (_, index) => `line ${index} of a file\n`).join('');
const LINKS = {
  fast: 'sub/short',
  slow: `${'./'.repeat(80)}sub/deep/../short`,
  circle: 'sub/../circle',
};

function vitrine(...words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [join(ROOT, 'bin/vitrine.mjs'), ...words];
    const options = { cwd: ROOT, timeout: HANG_MILLISECONDS };
    const child = execFile(process.execPath, args, options, (error, stdout, stderr) => {
      // 1: a line has failed, which the transcript shows.
      if (error === null || error.code === 1) resolve(`${stdout.replaceAll('\r', '')}${stderr}`);
      else reject(new Error(`${error.message}\n${stdout}${stderr}`));
    });
    child.stdin?.end();
  });
}

/** What the console shows while lines are typed to a system with a disk. */
function session(drive: string, lines: readonly string[], ...flags: string[]): Promise<string> {
  const typed = lines.flatMap((line) => ['--exec', line]);
  const disk = ['--drive', drive, '--max-cycles', MOST_CYCLES];
  return vitrine('boot', 'micro', ...disk, ...flags, ...typed);
}

/** Of a transcript, what follows a line that was typed, up to the next prompt. */
function answer(transcript: string, line: string): string {
  const prompt = `vitrine> ${line}\n`;
  const start = transcript.indexOf(prompt);
  expect(start, `${line} in\n${transcript}`).toBeGreaterThanOrEqual(0);
  const rest = transcript.slice(start + prompt.length);
  return rest.slice(0, rest.indexOf('vitrine> '));
}

beforeAll(async () => {
  const files = { motd: 'a disk of its own\n', 'sub/short': short, 'sub/deep/empty': '', numbers };
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), contents);
  }
  for (const [path, target] of Object.entries(LINKS)) symlinkSync(target, join(source, path));
  await vitrine('build');
  writeFileSync(image('ours'), buildExt2(readTree(source), { blockSize: 1024 }));
}, 4 * HANG_MILLISECONDS);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What a disk of `source` must show, whoever made it. */
const LINES = [
  'ls /',
  'cat /slow',
  'cat fast | wc',
  'cat circle',
  'wc numbers',
  'ls sub/deep/',
  'cat sub/deep',
  'cat motd/more',
  'cp motd /copy',
];

function checkContents(transcript: string): void {
  const names = ['circle', 'fast', 'lost+found/', 'motd', 'numbers', 'slow', 'sub/'];
  const listed = answer(transcript, 'ls /').split('\n');
  expect(listed.filter((name) => names.includes(name)).sort()).toEqual(names);
  expect(transcript).toContain('a disk of its own\n');
  expect(answer(transcript, 'cat /slow')).toBe(short);
  const count = (text: string): RegExp => {
    const lines = text.split('\n').length - 1;
    const words = text.split(/\s+/).length - 1;
    return new RegExp(`^ *${lines} +${words} +${text.length}\\b`);
  };
  expect(answer(transcript, 'cat fast | wc')).toMatch(count(short));
  expect(answer(transcript, 'wc numbers')).toMatch(count(numbers));
  expect(answer(transcript, 'cat circle')).toContain('symbolic links lead in a circle');
  expect(answer(transcript, 'ls sub/deep/')).toBe('empty\n');
  expect(answer(transcript, 'cat sub/deep')).toContain('is a folder');
  expect(answer(transcript, 'cat motd/more')).toContain('is not a folder');
  expect(answer(transcript, 'cp motd /copy')).toContain('cannot be written');
}

describe('the files of a disk', () => {
  it('that our writer made, through the older version of virtio', async () => {
    checkContents(await session(`${image('ours')},snapshot=on`, LINES, '--virtio', 'legacy'));
  });
});

describeWithWitness('mke2fs', 'the files of a disk that mke2fs made', () => {
  it.each([2048, 4096])(
    'with blocks of %i bytes, through the newer version of virtio',
    async (blockSize) => {
      const path = image(`mke2fs-${blockSize}`);
      const words = ['-q', '-F', '-t', 'ext2', '-b', `${blockSize}`, '-d', source, path, '4M'];
      execFileSync('mke2fs', words, { stdio: 'pipe' });
      checkContents(await session(`${path},readonly=on`, LINES, '--virtio', 'modern'));
    },
  );
});

describe('a server of the disk that dies', () => {
  it('while it is read: the driver unnoticed, the file system with its open files', async () => {
    const transcript = await session(`${image('ours')},snapshot=on`, [
      'cat numbers | wc & crash block',
      'sleep 1',
      'cat numbers | wc & crash fs',
      'cat numbers > /tmp/copy & crash fs',
      'sleep 1',
      'wc numbers',
      'ps',
    ]);
    // The read that the driver died of was made again.
    expect(transcript).toMatch(/^ *60000 +60000 +348890/m);
    expect(transcript).toMatch(/block died: store page fault .*; restarted/);
    expect(transcript.match(/fs died: store page fault .*; restarted/g)).toHaveLength(2);
    expect(answer(transcript, 'wc numbers')).toMatch(/^ *60000 +60000 +348890/);
    expect(transcript).toMatch(/^ *\d+ +block +running +\d+ +1 /m);
    expect(transcript).toMatch(/^ *\d+ +fs +running +\d+ +2 /m);
  });
});

describe('the driver, with six callers at once', () => {
  const TRIAL = ['--initrd', join('build', 'release', 'micro-block-trial.cpio')];
  const PARTS = 6 * 4;
  const PART_BYTES = 65536;
  const path = image('trial');
  const outcomes = (transcript: string): string[] =>
    [...transcript.matchAll(/^block-trial \d: (.*)$/gm)].map(([, outcome]) => outcome);

  it('writes and reads what each of them wants', async () => {
    writeFileSync(path, new Uint8Array(PARTS * PART_BYTES));
    expect(outcomes(await session(path, ['ps', 'ps'], ...TRIAL))).toEqual(Array(6).fill('well'));
    const contents = readFileSync(path);
    for (let part = 0; part < PARTS; part++) {
      const sector = part * (PART_BYTES / 512);
      // The last of the twelve rounds in which this part was written.
      expect(contents.readUInt32LE(part * PART_BYTES)).toBe(
        ((sector << 16) | (8 + (part % 4))) >>> 0,
      );
    }
  });

  it('writes nothing to a disk that can only be read', async () => {
    const transcript = await session(`${path},readonly=on`, ['ps', 'ps'], ...TRIAL);
    expect(outcomes(transcript)).toEqual(Array(6).fill('error 30'));
  });
});

describe('a disk that is no good', () => {
  it('one without ext2 is named in one line, and the system runs without', async () => {
    writeFileSync(image('zeros'), new Uint8Array(1 << 20));
    const transcript = await session(image('zeros'), ['ls /', 'cat /motd', 'echo all is well']);
    expect(transcript.match(/^fs: .*/gm)).toEqual([
      'fs: /svc/block: the disk has no ext2 file system',
    ]);
    expect(answer(transcript, 'cat /motd')).toContain('there is nothing behind it');
    expect(answer(transcript, 'echo all is well')).toBe('all is well\n');
  });

  it('a damaged directory is an error of the device, and a line says where', async () => {
    const tree = withNode(readTree(source), 'broken/xyzzy', file('unreachable'));
    const bytes = buildExt2(tree, { blockSize: 1024 });
    const at = Buffer.from(bytes.buffer).indexOf('xyzzy');
    // rec_len of the directory's entry.
    bytes[at - 4] = 3;
    writeFileSync(image('damaged'), bytes);
    const lines = ['ls broken', 'cat broken/xyzzy', 'cat motd', 'wc numbers'];
    const transcript = await session(`${image('damaged')},snapshot=on`, lines);
    expect(transcript).toMatch(/^fs: \/svc\/block: a directory makes no sense in block \d+$/m);
    expect(answer(transcript, 'cat broken/xyzzy')).toContain('the device failed');
    expect(answer(transcript, 'cat motd')).toBe('a disk of its own\n');
    expect(answer(transcript, 'wc numbers')).toMatch(/^ *60000/);
  });

  it('a disk that ends before its file system does', async () => {
    writeFileSync(image('short'), readFileSync(image('ours')).subarray(0, 256 * 1024));
    const transcript = await session(`${image('short')},snapshot=on`, ['cat motd', 'echo well']);
    expect(transcript).toMatch(/^fs: \/svc\/block: superblock: more blocks than the disk has/m);
    expect(answer(transcript, 'cat motd')).toContain('the device failed');
    expect(answer(transcript, 'echo well')).toBe('well\n');
  });
});

describeWithWitness(QEMU, 'the same disk here and on QEMU', () => {
  it('lets six callers write at once', async () => {
    const path = image('qemu');
    writeFileSync(path, new Uint8Array(4 << 20));
    const initrd = join(ROOT, 'build/release/micro-block-trial.cpio');
    const qemu = new ConsoleSession(QEMU, [
      ...qemuBoot('micro', { initrd, drive: path }),
      '-serial',
      'stdio',
    ]);
    expect(await qemu.run(['sleep 0.5', 'poweroff'])).toBe(0);
    expect(qemu.transcript.match(/^block-trial \d: well$/gm)).toHaveLength(6);
  });

  it('gives the same transcript', async () => {
    const lines = [...LINES, 'crash block', 'wc numbers', 'crash fs', 'wc numbers', 'poweroff'];
    const ours = new ConsoleSession(process.execPath, [
      ...[`${ROOT}/bin/vitrine.mjs`, 'boot', 'micro', '--pace', 'free'],
      ...['--drive', `${image('ours')},snapshot=on`, '--max-cycles', MOST_CYCLES],
    ]);
    const theirs = new ConsoleSession(QEMU, [
      ...qemuBoot('micro', { drive: `${image('ours')},snapshot=on` }),
      ...['-serial', 'stdio'],
    ]);
    const [status, theirStatus] = await Promise.all([ours.run(lines), theirs.run(lines)]);
    expect(ours.errors).toBe('');
    expect([status, theirStatus]).toEqual([0, 0]);
    expect(ours.transcript).toBe(theirs.transcript);
  });
});
