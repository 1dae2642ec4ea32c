/** Firmware in the first bank of flash: the reset ROM goes there, and it runs where it lies. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createVirtMachine } from '../../machine/boards/virt.ts';
import { MemoryDisk } from '../../machine/devices/virtio/disk.ts';
import { assemble } from '../../tools/assembler/assemble.ts';
import { link } from '../../tools/linker/link.ts';
import { describeWithWitness } from '../witness.ts';

const QEMU = 'qemu-system-riscv32';
const FLASH = 0x2000_0000;
const BANK_BYTES = 0x200_0000;
const RAM_MEBIBYTES = 16;
const HANG_MILLISECONDS = 60_000;
const BUDGET = 1_000_000;
const BYTES_PER_MEBIBYTE = 2 ** 20;

/** Prints where it runs, programs a word of the other bank, prints its status and what it reads. */
const FIRMWARE = `
    .globl _start
  _start:
    auipc a0, 0
    call print
    li s1, 0x22000000
    li t1, 0x400040
    sw t1, 16(s1)
    li t1, 0x12abcdef
    sw t1, 16(s1)
    lw a0, 16(s1)
    call print
    li t1, 0xff
    sw t1, 0(s1)
    lw a0, 16(s1)
    call print
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
  1:
    j 1b
  print:
    li t0, 0x10000000
    li t2, 8
  2:
    srli t1, a0, 28
    slli a0, a0, 4
    addi t1, t1, 'a'
    sb t1, 0(t0)
    addi t2, t2, -1
    bnez t2, 2b
    li t1, 10
    sb t1, 0(t0)
    ret
`;

function bank(): Uint8Array {
  const assembled = assemble(FIRMWARE, 'flash.s');
  if (assembled.errors !== undefined) throw new Error(JSON.stringify(assembled.errors[0]));
  const linked = link({ objects: [assembled.object], entry: '_start', textOrigin: FLASH });
  if (linked.errors !== undefined) throw new Error(JSON.stringify(linked.errors[0]));
  const contents = new Uint8Array(BANK_BYTES).fill(0xff);
  contents.set(linked.image.segments[0].bytes);
  return contents;
}

function onOurs(contents: Uint8Array): string {
  const sent: number[] = [];
  const { machine } = createVirtMachine({
    ramBytes: RAM_MEBIBYTES * BYTES_PER_MEBIBYTE,
    harts: 1,
    serial: { transmit: (byte) => sent.push(byte) },
    flash: [new MemoryDisk(contents, true), undefined],
  });
  expect(machine.run(BUDGET, { idle: 'skip' })).toEqual({ reason: 'poweroff', code: 0 });
  return Buffer.from(sent).toString('latin1');
}

function onQemu(contents: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-flash-'));
  try {
    const [file, output] = [join(folder, 'bank'), join(folder, 'output')];
    writeFileSync(file, contents);
    const { status, stderr } = spawnSync(
      QEMU,
      [
        ...['-machine', 'virt', '-m', `${RAM_MEBIBYTES}M`, '-bios', 'none', '-display', 'none'],
        ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${file}`],
        ...['-cpu', 'rv32,h=off', '-monitor', 'none', '-serial', `file:${output}`],
      ],
      { timeout: HANG_MILLISECONDS, killSignal: 'SIGKILL', encoding: 'latin1', input: '' },
    );
    if (status !== 0) throw new Error(`${QEMU} ended with ${status}: ${stderr}`);
    return readFileSync(output, 'latin1');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In hexadecimal with letters from `a`: where it runs, the status, the word. */
const EXPECTED = ['caaaaaaa', 'aaiaaaia', 'bcklmnop', ''].join('\n');

it('firmware in flash runs', () => {
  expect(onOurs(bank())).toBe(EXPECTED);
});

describeWithWitness(QEMU, 'firmware in flash', () => {
  it('runs as on QEMU', () => {
    const contents = bank();
    expect(onOurs(contents)).toBe(onQemu(contents));
  });
});
