/**
 * What the microkernel promises to processes, the hybrid kernel promises too, with services inside: the
 * same program in the place of init checks it (kernels/micro/test-programs).
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createVirtMachine } from '../../machine/boards/virt.ts';
import { readElf, type ElfFile } from '../../tools/elf/read-elf.ts';
import { build } from '../../tools/images/build.ts';
import { compileImage } from '../../tools/images/compile-image.ts';
import { writeCpio } from '../../tools/images/cpio.ts';
import { DEFAULT_PLACEMENT, hybridFiles } from '../../tools/images/folders.ts';
import { parseImageDescription } from '../../tools/images/image-description.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = 'kernels/micro/test-programs/image.json';
const KERNEL = 0x8040_0000;
const MEBIBYTE = 1024 * 1024;
const RAM_BYTES = 32 * MEBIBYTE;
const INITRD = KERNEL + RAM_BYTES / 2;

function readImage(path: string): ElfFile {
  const { elf, error } = readElf(readFileSync(`${ROOT}/${path}`));
  if (elf === undefined) throw error;
  return elf;
}

/** The placement of which the test program outside is a part. */
const OUTSIDE_PLACEMENT = 'fs';
const OUTSIDE_PROGRAM = 'kernels/hybrid/test-programs/image.json';

let images: readonly ElfFile[];
let outsideImages: readonly ElfFile[];
let initrd: Uint8Array;
let outsideInitrd: Uint8Array;

/** An initrd with a program in the place of init. */
async function initrdOf(program: string): Promise<Uint8Array> {
  const description = parseImageDescription(readFileSync(`${ROOT}/${program}`, 'utf8'), program);
  const result = await compileImage(ROOT, description);
  if (result.kind !== 'done') throw new Error(result.message);
  const [{ contents }] = result.outputs;
  return writeCpio([{ path: 'boot/init', contents, executable: true }]);
}

beforeAll(async () => {
  await build({ root: ROOT, terminal: process.stderr, goal: 'everything' });
  const { firmware, kernel } = hybridFiles(DEFAULT_PLACEMENT);
  images = [readImage(firmware), readImage(kernel)];
  outsideImages = [readImage(firmware), readImage(hybridFiles(OUTSIDE_PLACEMENT).kernel)];
  initrd = await initrdOf(PROGRAM);
  outsideInitrd = await initrdOf(OUTSIDE_PROGRAM);
}, 120_000);

interface Outcome {
  readonly output: string;
  readonly code: number | undefined;
}

function run(bootargs: string, megacycles: number): Outcome {
  return boot(images, initrd, bootargs, megacycles);
}

function boot(
  images: readonly ElfFile[],
  initrd: Uint8Array,
  bootargs: string,
  megacycles: number,
): Outcome {
  const sent: number[] = [];
  const { machine } = createVirtMachine({
    ramBytes: RAM_BYTES,
    harts: 1,
    serial: { transmit: (byte) => sent.push(byte) },
    kernelEntry: KERNEL,
    initrd: { start: INITRD, end: INITRD + initrd.length },
    bootargs,
  });
  for (const { segments } of images) {
    for (const { physicalAddress, bytes } of segments) {
      expect(machine.writePhysical(physicalAddress, bytes)).toBe(true);
    }
  }
  expect(machine.writePhysical(INITRD, initrd)).toBe(true);
  const result = machine.run(megacycles * 1_000_000, { idle: 'skip' });
  return {
    output: String.fromCharCode(...sent).replaceAll('\r\n', '\n'),
    code: result.reason === 'poweroff' ? result.code : undefined,
  };
}

describe('the hybrid kernel', () => {
  it('calls services outside, whatever those make of it', () => {
    const { output, code } = boot(outsideImages, outsideInitrd, '', 300);
    expect(output).toMatch(/passed\n$/);
    expect(code).toBe(0);
  });

  it('lets no process have the interrupt of a service inside', () => {
    // The first that this test asks for is the UART's.
    const { output, code } = run('interrupts', 50);
    expect(output).toContain('failed:\nno root\n');
    expect(code).toBe(1);
  });

  it.each([
    ['messages', 10],
    ['lending', 10],
    ['notifications', 10],
    ['deadlines', 50],
    ['handles', 10],
    ['pointers', 10],
    ['mapping', 20],
    ['faults', 50],
    ['restart', 300],
    ['destruction', 300],
    ['exhaustion', 600],
    ['ports', 100],
    ['priorities', 300],
    ['speed', 10],
    ['fuzz', 2000],
  ])('keeps what the microkernel promises: %s', (name, megacycles) => {
    const { output, code } = run(name, megacycles);
    expect(output).toMatch(/passed\n$/);
    expect(code).toBe(0);
  });
});
