/**
 * What the command line says about input that it cannot use: one line that names the file or the
 * option and what is wrong, exit code 2, and no stack. Every case is a real `vitrine` process.
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const VITRINE = fileURLToPath(new URL('../bin/vitrine.mjs', import.meta.url));
const FULL_DEVICE = '/dev/full';
const RAM = 0x8000_0000;
const KERNEL = 0x8040_0000;
/** `j .`: a program that never ends. */
const JUMP_TO_SELF = 0x0000_006f;

let folder: string;
const file = (name: string): string => join(folder, name);

interface Segment {
  address: number;
  bytes: number;
  memory: number;
}

/** The smallest ELF file with these segments, each filled with endless loops. */
function elf(segments: Segment[]): Buffer {
  const headers = 52 + 32 * segments.length;
  const size = segments.reduce((sum, segment) => sum + segment.bytes, headers);
  const image = Buffer.alloc(size);
  image.write('\x7fELF\x01\x01\x01', 'latin1');
  image.writeUInt16LE(2, 16); // ET_EXEC
  image.writeUInt16LE(243, 18); // EM_RISCV
  image.writeUInt32LE(1, 20);
  image.writeUInt32LE(segments[0]?.address ?? 0, 24);
  image.writeUInt32LE(52, 28);
  image.writeUInt16LE(52, 40);
  image.writeUInt16LE(32, 42);
  image.writeUInt16LE(segments.length, 44);
  let offset = headers;
  for (const [index, { address, bytes, memory }] of segments.entries()) {
    const fields = [1, offset, address, address, bytes, memory, 5, 4];
    for (const [field, value] of fields.entries()) {
      image.writeUInt32LE(value, 52 + 32 * index + 4 * field);
    }
    for (let at = 0; at < bytes; at += 4) image.writeUInt32LE(JUMP_TO_SELF, offset + at);
    offset += bytes;
  }
  return image;
}

/** A Linux Image that wants so much memory. */
function linuxImage(size: number): Buffer {
  const image = Buffer.alloc(64);
  image.writeBigUInt64LE(BigInt(size), 0x10);
  image.write('RSC\x05', 0x38, 'latin1');
  return image;
}

const bareElf = (): Buffer => elf([{ address: RAM, bytes: 64, memory: 64 }]);
const patched = (change: (image: Buffer) => void): Buffer => {
  const image = bareElf();
  change(image);
  return image;
};

/** A cpio entry in the form that initrds have. */
function cpioEntry(name: string, size: number): Buffer {
  const fields = [1, 0o100644, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  const length = Math.ceil((110 + name.length + 1) / 4) * 4 + Math.ceil(size / 4) * 4;
  return Buffer.concat([Buffer.from(`${header}${name}\0`)], length);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-bad-input-'));
  mkdirSync(file('folder'));
  const files: Record<string, Buffer | string> = {
    'good.elf': bareElf(),
    'kernel.elf': elf([{ address: KERNEL, bytes: 64, memory: 64 }]),
    'flat.bin': Buffer.alloc(64),
    'empty.bin': '',
    'text.elf': 'This is no kernel.\n',
    'README.md': '# This is no kernel either\n',
    'wide.elf': patched((image) => image.writeUInt8(2, 4)),
    'big-endian.elf': patched((image) => image.writeUInt8(2, 5)),
    'arm.elf': patched((image) => image.writeUInt16LE(40, 18)),
    'object.elf': patched((image) => image.writeUInt16LE(1, 16)),
    'short.elf': bareElf().subarray(0, 30),
    'cut-headers.elf': bareElf().subarray(0, 60),
    'cut-segment.elf': bareElf().subarray(0, 100),
    'nothing.elf': elf([]),
    'low.elf': elf([{ address: 0x10_0000, bytes: 64, memory: 64 }]),
    'high.elf': elf([{ address: RAM + 0x0800_0000 - 4, bytes: 64, memory: 64 }]),
    'huge.elf': elf([{ address: RAM, bytes: 64, memory: 0x7000_0000 }]),
    'overlapping.elf': elf([
      { address: RAM, bytes: 64, memory: 64 },
      { address: RAM + 32, bytes: 64, memory: 64 },
    ]),
    'large.cpio': Buffer.concat([cpioEntry('TRAILER!!!', 0)], 62 * 2 ** 20),
    'good.cpio': cpioEntry('TRAILER!!!', 0),
    'cut.cpio': cpioEntry('etc/motd', 1000).subarray(0, 500),
    'text.cpio': 'hello\n',
    'cut.dtb': Buffer.from('d00dfeed00000040', 'hex'),
    'odd.img': Buffer.alloc(513),
    'small.img': Buffer.alloc(1024),
    'large.Image': linuxImage(2 ** 40),
  };
  for (const [name, contents] of Object.entries(files)) writeFileSync(file(name), contents);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function vitrine(...words: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [VITRINE, ...words], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const outcome: Outcome = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (outcome.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (outcome.stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...outcome, code }));
  });
}

describe('bad input', () => {
  test.concurrent.each<[string, string[], RegExp]>([
    [
      'a missing file',
      ['boot', './no.elf'],
      /^vitrine: \.\/no\.elf: there is no such kernel file$/,
    ],
    ['a folder', ['boot', './folder'], /^vitrine: \.\/folder is a directory, not a kernel file$/],
    [
      'a folder for an initrd',
      ['boot', 'good.elf', '--initrd', 'folder'],
      /^vitrine: folder is a directory, not an initrd file$/,
    ],
    [
      'a file in the place of a folder',
      ['objdump', 'text.elf/inside.elf'],
      /^vitrine: text\.elf\/inside\.elf cannot be read \(ENOTDIR\)$/,
    ],
    [
      'a name that is too long',
      ['boot', 'good.elf', '--bios', 'x'.repeat(5000)],
      /^vitrine: x{5000} cannot be read \(ENAMETOOLONG\)$/,
    ],
    ['an empty file', ['boot', 'empty.bin'], /^vitrine: empty\.bin is empty$/],
    ['text called .elf', ['boot', 'text.elf'], /^vitrine: text\.elf: not an ELF file/],
    [
      'a file of another kind',
      ['boot', 'README.md'],
      /^vitrine: README\.md is not an ELF file, and not a flat one either: it is text/,
    ],
    ['a 64-bit file', ['boot', 'wide.elf'], /^vitrine: wide\.elf: a 64-bit ELF file/],
    ['a big-endian file', ['boot', 'big-endian.elf'], /^vitrine: big-endian\.elf: a big-endian/],
    ['another machine', ['boot', 'arm.elf'], /^vitrine: arm\.elf: made for Arm .* not for RISC-V$/],
    ['an object file', ['boot', 'object.elf'], /^vitrine: object\.elf: an object file/],
    ['a cut ELF header', ['boot', 'short.elf'], /^vitrine: short\.elf: truncated: 30 bytes/],
    ['cut program headers', ['boot', 'cut-headers.elf'], /^vitrine: cut-headers\.elf: truncated/],
    ['a cut segment', ['boot', 'cut-segment.elf'], /^vitrine: cut-segment\.elf: truncated/],
    ['nothing to load', ['boot', 'nothing.elf'], /^vitrine: nothing\.elf has no segment to load$/],
    [
      'a segment below RAM',
      ['boot', 'low.elf', '--bios', 'none'],
      /^vitrine: low\.elf segment 0 \(0x00100000-0x0010003f\) is not inside RAM \(0x80000000-0x87ffffff\)$/,
    ],
    [
      'a segment across the end of RAM',
      ['boot', 'high.elf'],
      /^vitrine: high\.elf .*not inside RAM/,
    ],
    ['a segment larger than RAM', ['boot', 'huge.elf'], /^vitrine: huge\.elf .*not inside RAM/],
    [
      'RAM too small for the kernel',
      ['boot', 'kernel.elf', '--bios', 'none', '--memory', '2M'],
      /^vitrine: kernel\.elf segment 0 .*not inside RAM \(0x80000000-0x801fffff\)$/,
    ],
    ['overlapping segments', ['boot', 'overlapping.elf'], /^vitrine: overlapping\.elf: .*overlap/],
    [
      'a kernel in its firmware',
      ['boot', 'good.elf', '--bios', 'flat.bin'],
      /^vitrine: .*good\.elf segment 0 .*overlap in memory$/,
    ],
    ['missing firmware', ['boot', 'good.elf', '--bios', 'no.elf'], /^vitrine: no\.elf: .*firmware/],
    ['a missing initrd', ['boot', 'good.elf', '--initrd', 'no'], /^vitrine: no: .*initrd file$/],
    [
      'an initrd that is not cpio',
      ['boot', 'good.elf', '--initrd', 'text.cpio'],
      /^vitrine: text\.cpio is not a cpio archive: no cpio header \(070701\) at byte 0$/,
    ],
    [
      'a cut initrd',
      ['boot', 'good.elf', '--initrd', 'cut.cpio'],
      /^vitrine: cut\.cpio is not a cpio archive: .* at byte 0$/,
    ],
    [
      'an initrd where the device tree has to be',
      ['boot', 'good.elf', '--initrd', 'large.cpio', '--memory', '124M'],
      /^vitrine: .*large\.cpio.*(overlap in memory|not inside RAM)/,
    ],
    [
      'a corrupt device tree',
      ['boot', 'good.elf', '--dtb', 'cut.dtb'],
      /^vitrine: cut\.dtb is no device tree: no device tree header$/,
    ],
    [
      'a device tree and a command line',
      ['boot', 'good.elf', '--dtb', 'cut.dtb', '--append', 'x'],
      /^vitrine: --dtb: --append and --initrd stand in a device tree/,
    ],
    [
      'an Image that wants too much',
      ['boot', 'large.Image'],
      /^vitrine: large\.Image: an Image of 1099511627776 bytes \(image_size at offset 16\)/,
    ],
    [
      'a disk of odd size',
      ['boot', 'good.elf', '--drive', 'odd.img'],
      /^vitrine: odd\.img has 513 bytes, which is no whole number of sectors of 512 bytes$/,
    ],
    [
      'flash of another size',
      ['boot', '--pflash', 'small.img'],
      /^vitrine: small\.img has 1024 bytes, a bank of flash 33554432: .*truncate -s 32M$/,
    ],
    [
      'two files for a bank of flash',
      ['boot', '--pflash', 'small.img,unit=1', '--pflash', 'small.img'],
      /^vitrine: --pflash: two files for unit 1$/,
    ],
    [
      'a bank of flash that is not there',
      ['boot', '--pflash', 'small.img,unit=2'],
      /^vitrine: --pflash small\.img,unit=2: the units are 0 and 1, not "2"$/,
    ],
    ['too many harts', ['boot', '--smp', '9'], /--smp.*the board has 1 to 8 harts, not "9"/],
    ['no wire', ['boot', '--net', 'user'], /^vitrine: --net user: it is none or hub:NAME$/],
    [
      'a wire outside its folder',
      ['boot', '--net', 'hub:../x'],
      /^vitrine: --net hub:\.\.\/x: a name has 1 to 32 letters/,
    ],
    ['a record of no wire', ['boot', '--pcap', 'x.pcap'], /^vitrine: --pcap records a wire/],
    ['no such device', ['boot', '--device', 'gpu'], /^vitrine: --device gpu: it is console or/],
    ['no such line', ['boot', '--serial', 'tcp:1'], /^vitrine: --serial tcp:1: it is stdio, none/],
    [
      'a line that cannot be written',
      ['boot', 'good.elf', '--serial', 'file:folder'],
      /^vitrine: folder cannot be written \(EISDIR\)$/,
    ],
    [
      'two devices in one slot',
      ['boot', 'good.elf', '--device', 'console', '--device', 'entropy,bus=virtio-mmio-bus.0'],
      /^vitrine: the entropy in virtio slot 0, which is taken$/,
    ],
    [
      'a signature of a program that has none',
      ['boot', 'good.elf', '--signature', 'x'],
      /^vitrine: --signature: good\.elf has no symbols begin_signature and end_signature$/,
    ],
    ['no size', ['boot', '--memory', 'much'], /--memory.*"much" is no size/],
    ['an impossible size', ['boot', '--memory', '4G'], /--memory.*1M to 2032M of RAM, not 4G/],
    [
      'an unknown kernel',
      ['boot', 'mirco'],
      /^vitrine: unknown kernel "mirco": did you mean micro\?$/,
    ],
    [
      'an unknown placement',
      ['boot', 'hybrid:nowhere'],
      /^vitrine: unknown placement "nowhere": there is drivers, fs, split$/,
    ],
    ['an unknown pace', ['boot', '--pace', 'fast'], /--pace.*real, free/],
    ['no number', ['boot', '--max-cycles', 'some'], /--max-cycles.*"some" is no number/],
    ['an unknown option', ['boot', '--memroy', '1G'], /unknown option '--memroy'.*--memory/],
    ['an option without its value', ['boot', '--exec'], /'--exec <line>' argument missing/],
    ['two lines in one --exec', ['boot', '--exec', 'ls\nls'], /^vitrine: --exec takes one line/],
    ['too many arguments', ['boot', 'micro', 'mono'], /too many arguments/],
    ['an unknown command', ['boto'], /unknown command 'boto'.*boot/],
    ['objdump of a missing file', ['objdump', 'no.elf'], /^vitrine: no\.elf: there is no such/],
    ['objdump of text', ['objdump', 'text.elf'], /^vitrine: text\.elf: not an ELF file/],
    ['objdump of no function', ['objdump', 'good.elf', 'main'], /has no function "main"/],
    ['a benchmark of nothing', ['bench', 'coffee'], /unknown command 'coffee'/],
  ])('%s', async (_, words, message) => {
    const { code, stdout, stderr } = await vitrine(...words);
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^vitrine: /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('the same files without the fault boot', async () => {
    const words = ['boot', 'good.elf', '--initrd', 'good.cpio', '--max-cycles', '1000'];
    expect(await vitrine(...words)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'vitrine: stopped after 1000 cycles (--max-cycles)\n',
    });
  });

  // Linux has a device that is always full.
  test.skipIf(!existsSync(FULL_DEVICE))(
    'output that cannot be written is not lost in silence',
    async () => {
      const full = openSync(FULL_DEVICE, 'w');
      const child = spawn(process.execPath, [VITRINE, 'objdump', 'good.elf'], {
        cwd: folder,
        stdio: ['ignore', full, 'pipe'],
      });
      let stderr = '';
      child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      const code = await new Promise((resolve) => child.on('close', resolve));
      closeSync(full);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: 'vitrine: standard output cannot be written (ENOSPC)\n',
      });
    },
  );

  test('VITRINE_DEBUG=1 shows where an error comes from', async () => {
    const child = spawn(process.execPath, [VITRINE, 'boot', 'no.elf'], {
      cwd: folder,
      env: { ...process.env, VITRINE_DEBUG: '1' },
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    expect(stderr).toMatch(/^\s+at .*readInputFile/m);
  });
});

describe('help', () => {
  test('every command explains itself, with an example', async () => {
    const { stdout: overview } = await vitrine('--help');
    const listed = overview.slice(overview.indexOf('Commands:'), overview.indexOf('Examples:'));
    const names = [...listed.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    const commands = names.filter((name) => name !== 'help').map((name) => [name]);
    expect(commands).toContainEqual(['boot']);
    const answers = await Promise.all(
      [...commands, ['bench', 'machine']].map(async (words) => {
        const { code, stdout, stderr } = await vitrine(...words, '--help');
        return { words, code, stderr, hasExample: /^Examples?:\n {2}vitrine /m.test(stdout) };
      }),
    );
    for (const answer of answers) {
      expect(answer).toEqual({ words: answer.words, code: 0, stderr: '', hasExample: true });
    }
  });
});
