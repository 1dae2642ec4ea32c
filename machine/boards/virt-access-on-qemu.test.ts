/**
 * Which accesses the board takes and which fault, address by address and width by width, on our
 * machine and on QEMU: one guest probes both and prints what it finds.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { assemble } from '../../tools/assembler/assemble.ts';
import { link } from '../../tools/linker/link.ts';
import { createVirtMachine } from './virt.ts';

const QEMU = 'qemu-system-riscv32';
const RAM_BASE = 0x8000_0000;
const RAM_MEBIBYTES = 16;
const HANG_MILLISECONDS = 60_000;
const BUDGET = 10_000_000;

/** Inside, at both ends of and just behind every device, and where nothing is on either board. */
const ADDRESSES = [
  ...[0x0000_0000, 0x0000_0ffc, 0x0000_1000, 0x0000_1002, 0x0000_1040, 0x0000_fffc, 0x0001_0000],
  ...[0x0010_0000, 0x0010_0001, 0x0010_0002, 0x0010_0004, 0x0010_0ffc, 0x0010_1000],
  ...[0x0010_1002, 0x0010_1010, 0x0010_1020, 0x0010_1024, 0x0010_1ffc, 0x0010_2000],
  ...[0x0200_0000, 0x0200_0001, 0x0200_0004, 0x0200_0008, 0x0200_3ffc, 0x0200_4000, 0x0200_4004],
  ...[0x0200_4002, 0x0200_4008, 0x0200_bff0, 0x0200_bff8, 0x0200_bffc, 0x0200_c000, 0x0200_fffc],
  ...[0x0c00_0000, 0x0c00_0004, 0x0c00_0005, 0x0c00_0180, 0x0c00_1000, 0x0c00_100c, 0x0c00_2000],
  ...[0x0c20_0000, 0x0c20_0004, 0x0c20_0008, 0x0c20_1004, 0x0c20_2000, 0x0c5f_fffc, 0x0c60_0000],
  ...[0x1000_0000, 0x1000_0001, 0x1000_0002, 0x1000_0003, 0x1000_0004, 0x1000_0005, 0x1000_0006],
  ...[0x1000_1000, 0x1000_1001, 0x1000_1002, 0x1000_1070, 0x1000_1100, 0x1000_11fc, 0x1000_1200],
  ...[0x1000_1ffc, 0x1000_2000, 0x1000_8000, 0x1000_81fc, 0x1000_8200, 0x1000_9000],
  ...[0x1000_0007, 0x1000_0008, 0x1000_00fc, 0x80ff_fff8, 0x80ff_fff9, 0x80ff_fffd, 0x80ff_ffff],
  ...[0x8100_0000, 0xffff_fffc, 0xffff_ffff],
];
const PROBES = ['lb t1', 'lh t1', 'lw t1', 'sb zero', 'sh zero', 'sw zero'];

/** Prints a line per address: for each probe the trap's cause as a letter from `a`, or a dot. */
const GUEST = `
    .globl _start
  _start:
    la t0, handler
    csrw mtvec, t0
    li s0, 0x10000000
    ${ADDRESSES.map(
      (address) => `
        li s3, ${address}
        ${PROBES.map((access) => `li s4, '.'\n${access}, 0(s3)\nsb s4, 0(s0)`).join('\n')}
        li s4, '\\n'
        sb s4, 0(s0)`,
    ).join('\n')}
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
  1: j 1b
    .align 2
  handler:
    csrr s4, mcause
    addi s4, s4, 'a'
    csrr t2, mepc
    addi t2, t2, 4
    csrw mepc, t2
    mret
`;

function image(): Uint8Array {
  const assembled = assemble(GUEST, 'probe.s');
  if (assembled.errors !== undefined) throw new Error(JSON.stringify(assembled.errors[0]));
  const linked = link({ objects: [assembled.object], entry: '_start', textOrigin: RAM_BASE });
  if (linked.errors !== undefined) throw new Error(JSON.stringify(linked.errors[0]));
  return linked.image.segments[0].bytes;
}

function onOurs(bytes: Uint8Array): string {
  const sent: number[] = [];
  const { machine } = createVirtMachine({
    ramBytes: RAM_MEBIBYTES * 2 ** 20,
    harts: 1,
    serial: { transmit: (byte) => sent.push(byte) },
  });
  machine.writePhysical(RAM_BASE, bytes);
  expect(machine.run(BUDGET, { idle: 'skip' })).toEqual({ reason: 'poweroff', code: 0 });
  return Buffer.from(sent).toString('latin1');
}

function onQemu(bytes: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-probe-'));
  try {
    const file = join(folder, 'probe.bin');
    writeFileSync(file, bytes);
    const { stdout, status, stderr } = spawnSync(
      QEMU,
      [
        ...['-machine', 'virt', '-m', `${RAM_MEBIBYTES}M`, '-bios', file, '-display', 'none'],
        ...['-cpu', 'rv32,h=off', '-monitor', 'none', '-serial', 'stdio'],
      ],
      { timeout: HANG_MILLISECONDS, killSignal: 'SIGKILL', encoding: 'latin1', input: '' },
    );
    if (status !== 0) throw new Error(`${QEMU} ended with ${status}: ${stderr}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A line per address, with the address. */
function report(output: string): string[] {
  return output
    .split('\n')
    .slice(0, -1)
    .map((line, at) => `${ADDRESSES[at].toString(16)} ${JSON.stringify(line)}`);
}

describeWithWitness(QEMU, 'accesses that are taken and that fault', () => {
  it('are the same as on QEMU', () => {
    const bytes = image();
    const ours = report(onOurs(bytes));
    expect(ours.length).toBe(ADDRESSES.length);
    expect(ours).toEqual(report(onQemu(bytes)));
  });
});
