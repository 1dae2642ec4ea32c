/**
 * Firmware in the second bank of flash: firmware in RAM goes on there, and it finds the kernel, the
 * initrd and the command line under `fw_cfg`, as on QEMU.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assemble } from '../../tools/assembler/assemble.ts';
import { link } from '../../tools/linker/link.ts';
import { describeWithWitness } from '../witness.ts';

const QEMU = 'qemu-system-riscv32';
const VITRINE = fileURLToPath(new URL('../../bin/vitrine.mjs', import.meta.url));
const RAM = 0x8000_0000;
const SECOND_BANK = 0x2200_0000;
const BANK_BYTES = 0x200_0000;
const HANG_MILLISECONDS = 60_000;

/** Goes on where the `fw_dynamic` record says. */
const FIRMWARE = `
    .globl _start
  _start:
    lw t0, 8(a2)
    jr t0
`;

/** Sends entries of fw_cfg: {key, bytes}; then what they have said ends the run. */
const FLASH = `
    .globl _start
  _start:
    li s0, 0x10100000
    li s1, 0x10000000
    la s2, wanted
  entry:
    lhu t0, 0(s2)
    lhu s3, 2(s2)
    addi s2, s2, 4
    beqz t0, over
    slli t1, t0, 8
    sh t1, 8(s0)
  byte:
    lbu t0, 0(s0)
    sb t0, 0(s1)
    addi s3, s3, -1
    bnez s3, byte
    j entry
  over:
    li t0, 10
    sb t0, 0(s1)
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
  1:
    j 1b
  wanted:
    .half 0x08, 4, 0x11, 6, 0x0b, 4, 0x12, 4, 0x14, 4, 0x15, 3, 0, 0
`;

function code(source: string, textOrigin: number): Uint8Array {
  const { object, errors } = assemble(source, 'flash.s');
  if (object === undefined) throw new Error(JSON.stringify(errors[0]));
  const { image, errors: problems } = link({ objects: [object], entry: '_start', textOrigin });
  if (image === undefined) throw new Error(JSON.stringify(problems[0]));
  return image.segments[0].bytes;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-flash-'));
  const bank = new Uint8Array(BANK_BYTES);
  bank.set(code(FLASH, SECOND_BANK));
  const files = { 'bios.bin': code(FIRMWARE, RAM), bank, kernel: 'kernel', initrd: 'disk' };
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(command: string, words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, words, {
    ...{ cwd: folder, timeout: HANG_MILLISECONDS, killSignal: 'SIGKILL', encoding: 'latin1' },
    input: '',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

const onOurs = (...words: string[]): string =>
  run(process.execPath, [VITRINE, 'boot', ...words, '--pflash', 'bank,unit=1,readonly=on']);

const NAMED = ['--bios', 'bios.bin', '--initrd', 'initrd', '--append'];
const FOUND = '\x06\0\0\0kernel\x04\0\0\0disk';
/** Of the keys and bytes above. */
const NOTHING = '\0'.repeat(4 + 6 + 4 + 4 + 4 + 3);

it('starts the kernel', () => {
  expect(onOurs('kernel', ...NAMED, 'hi')).toBe(`${FOUND}\x03\0\0\0hi\0\n`);
});

it('can do without one, on our firmware', () => {
  expect(onOurs().endsWith(`${NOTHING}\n`)).toBe(true);
});

describeWithWitness(QEMU, 'firmware in the second bank', () => {
  it.each(['hi', ''])('finds what it finds on QEMU, with the command line "%s"', (line) => {
    const theirs = run(QEMU, [
      ...['-machine', 'virt', '-cpu', 'rv32,h=off', '-bios', 'bios.bin', '-kernel', 'kernel'],
      ...['-initrd', 'initrd', '-append', line, '-serial', 'stdio'],
      ...['-drive', 'if=pflash,unit=1,format=raw,readonly=on,file=bank'],
      ...['-display', 'none', '-monitor', 'none'],
    ]);
    expect(theirs.startsWith(FOUND)).toBe(true);
    expect(onOurs('kernel', ...NAMED, line)).toBe(theirs);
  });
});
