/**
 * The monolithic kernel on our machine. A program takes the place of the shell in an initrd; the
 * system as a person sees it is in test/kernels.test.ts.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createVirtMachine } from '../../machine/boards/virt.ts';
import type { Machine } from '../../machine/machine.ts';
import { readElf, type ElfFile } from '../../tools/elf/read-elf.ts';
import { compileImage } from '../../tools/images/compile-image.ts';
import { writeCpio } from '../../tools/images/cpio.ts';
import { parseImageDescription } from '../../tools/images/image-description.ts';

const MEBIBYTE = 1024 * 1024;
const KERNEL = 0x8040_0000;
/** `sw zero, 0(zero)` */
const STORE_TO_NULL = 0x0000_2023;

async function buildImage(folder: string): Promise<Uint8Array> {
  const path = `${folder}/image.json`;
  const description = parseImageDescription(readFileSync(path, 'utf8'), path);
  const result = await compileImage(process.cwd(), description);
  if (result.kind !== 'done') throw new Error(JSON.stringify(result));
  return result.outputs[0].contents;
}

function parse(bytes: Uint8Array): ElfFile {
  const { elf, error } = readElf(bytes);
  if (elf === undefined) throw error;
  return elf;
}

let firmware: ElfFile;
let kernel: ElfFile;
let libsys: Uint8Array;
let hostile: Uint8Array;

beforeAll(async () => {
  firmware = parse(await buildImage('kernels/firmware'));
  kernel = parse(await buildImage('kernels/mono'));
  libsys = await buildImage('userland/libsys/libsys-mono');
  hostile = await buildImage('kernels/mono/test-programs/hostile');
}, 60_000);

interface Outcome {
  readonly machine: Machine;
  readonly output: string;
  /** The machine's exit code; undefined if it did not end within the budget. */
  readonly code: number | undefined;
}

interface Word {
  readonly address: number;
  readonly value: number;
}

/** @param change a word of the kernel that is another than in the image */
function boot(initrd: Uint8Array | undefined, ramBytes = 16 * MEBIBYTE, change?: Word): Outcome {
  const start = KERNEL + ramBytes / 2;
  const sent: number[] = [];
  const { machine } = createVirtMachine({
    ramBytes,
    harts: 1,
    serial: { transmit: (byte) => sent.push(byte) },
    kernelEntry: KERNEL,
    ...(initrd === undefined ? {} : { initrd: { start, end: start + initrd.length } }),
  });
  for (const { segments } of [firmware, kernel]) {
    for (const { physicalAddress, bytes } of segments) {
      expect(machine.writePhysical(physicalAddress, bytes)).toBe(true);
    }
  }
  if (change !== undefined) {
    const word = new Uint8Array(new Uint32Array([change.value]).buffer);
    expect(machine.writePhysical(change.address, word)).toBe(true);
  }
  if (initrd !== undefined) expect(machine.writePhysical(start, initrd)).toBe(true);
  const result = machine.run(300_000_000, { idle: 'skip' });
  return {
    machine,
    output: String.fromCharCode(...sent).replaceAll('\r\n', '\n'),
    code: result.reason === 'poweroff' ? result.code : undefined,
  };
}

/** As `boot`, of a kernel in which the first function with such a name begins with a fault. */
function bootBroken(functionName: string): Outcome {
  const found = kernel.symbols.find(({ name }) => name.includes(functionName));
  if (found === undefined) throw new Error(`the kernel has no ${functionName}`);
  const change = { address: found.address, value: STORE_TO_NULL };
  return boot(archive({ libsys, sh: hostile }), undefined, change);
}

interface Files {
  readonly libsys?: Uint8Array;
  readonly sh?: Uint8Array;
}

function archive(files: Files): Uint8Array {
  const entry = (path: string, contents: Uint8Array | undefined) =>
    contents === undefined ? [] : [{ path, contents, executable: true }];
  return writeCpio([
    ...entry('boot/libsys', files.libsys),
    ...entry('boot/bin/sh', files.sh),
    { path: 'motd', contents: new TextEncoder().encode('hello\n'), executable: false },
  ]);
}

describe('the monolithic kernel', () => {
  it('gives whoever means it ill an error, and goes on', () => {
    const { output, code } = boot(archive({ libsys, sh: hostile }));
    expect(output.split('\n').slice(2)).toEqual([
      'Vitrine mono 0.1.0: 16 MiB RAM, 1 hart, 10000000 Hz timebase',
      expect.stringMatching(/^\d+ checks, 0 failed$/),
      '',
    ]);
    expect(code).toBe(0);
  });

  it.each([
    ['no initrd', undefined, 'no initrd, or it is no cpio archive (newc)'],
    ['an initrd that is none', new Uint8Array(8192), 'no initrd, or it is no cpio archive (newc)'],
    ['an initrd without libsys', (): Files => ({ sh: hostile }), 'the initrd has no boot/libsys'],
    [
      'a program in its place',
      (): Files => ({ libsys: hostile, sh: hostile }),
      'boot/libsys in the initrd is not what programs expect',
    ],
  ])('ends with one line: %s', (_, contents, reason) => {
    const initrd = typeof contents === 'function' ? archive(contents()) : contents;
    const { output, code } = boot(initrd);
    expect(output.split('\n').at(-2)).toBe(`kernel panic: ${reason}`);
    expect(code).not.toBe(0);
  });

  it('says that there is no shell, and of what kind the one is that it cannot start', () => {
    const none = boot(archive({ libsys }));
    expect(none.output).toContain('/boot/bin/sh: error 2\n');
    const text = boot(archive({ libsys, sh: new Uint8Array(100) }));
    expect(text.output).toContain('/boot/bin/sh: error 8\n');
  });

  it('ends where a task faults that holds a lock', () => {
    // Whatever the console does, it does with its lock.
    const { output, code } = bootBroken('/ConsoleService#progress');
    expect(output.split('\n').at(-2)).toMatch(/^kernel panic: store page fault, pc 0x80/);
    expect(code).not.toBe(0);
  });

  it('ends the task alone that faults without one, and goes on', () => {
    const { output } = bootBroken('/syscalls/checkRange');
    expect(output).toMatch(/^oops: store page fault, pc 0x80/m);
    expect(output).toContain('no shell can be started any more\n');
  });

  it('runs in little RAM', () => {
    const { output, code } = boot(archive({ libsys, sh: hostile }), 10 * MEBIBYTE);
    expect(output).toContain(' 0 failed\n');
    expect(code).toBe(0);
  });
});
