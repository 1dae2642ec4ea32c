/**
 * One guest that drives a legacy virtio disk by interrupts, on our machine and on QEMU: it reads a
 * sector, prints it, writes it elsewhere, flushes, and overwrites its own code by a read.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { assemble } from '../../tools/assembler/assemble.ts';
import { link } from '../../tools/linker/link.ts';
import { MemoryDisk } from '../devices/virtio/disk.ts';
import { createVirtMachine } from './virt.ts';

const QEMU = 'qemu-system-riscv32';
const RAM_BASE = 0x8000_0000;
const RAM_MEBIBYTES = 16;
const HANG_MILLISECONDS = 60_000;
const BUDGET = 10_000_000;
const SECTORS = 16;
const TEXT = 'A sector of text, read by interrupt.\n\0';
/** `li a0, 'n'` and `ret`: what the code sector does once it is read over `patched`. */
const NEW_CODE = [0x06e0_0513, 0x0000_8067];

/** Descriptor table, rings, request and buffer, in RAM behind the code. */
const GUEST = `
    .globl _start
  _start:
    li sp, 0x80100000
    li s0, 0x10000000             # UART
    li s1, 0x10001000             # virtio slot 0
    li s2, 0x80200000             # descriptors, avail at +0x80, used at +0x1000
    li s3, 0x80204000             # request
    li s4, 0x80205000             # data
    li s5, 0x0c000000             # PLIC
    li s6, 0x0c200000             # its context 0

    # Reset, acknowledge, driver, no features, pages of 4 KiB, a queue of 8.
    sw zero, 0x70(s1)
    li t0, 3
    sw t0, 0x70(s1)
    sw zero, 0x20(s1)
    li t0, 4096
    sw t0, 0x28(s1)
    sw zero, 0x30(s1)
    li t0, 8
    sw t0, 0x38(s1)
    srli t0, s2, 12
    sw t0, 0x40(s1)
    li t0, 7
    sw t0, 0x70(s1)

    # Source 1 may interrupt hart 0 in machine mode; the hart only waits for it.
    li t0, 1
    sw t0, 4(s5)
    li t1, 0x0c002000
    li t0, 2
    sw t0, 0(t1)
    sw zero, 0(s6)
    li t0, 0x800
    csrw mie, t0

    call patched
    sb a0, 0(s0)
    li t0, 10
    sb t0, 0(s0)

    # Read sector 3 and print it.
    mv a0, zero
    li a1, 3
    mv a2, s4
    call request
    mv t1, s4
  1: lbu t0, 0(t1)
    beqz t0, 2f
    sb t0, 0(s0)
    addi t1, t1, 1
    j 1b

    # Write it to sector 5, and flush.
  2: li a0, 1
    li a1, 5
    mv a2, s4
    call request
    li a0, 4
    mv a1, zero
    mv a2, s4
    call request

    # Code that comes by DMA is code.
    mv a0, zero
    li a1, 7
    la a2, patched
    call request
    fence.i
    call patched
    sb a0, 0(s0)

    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
  3: j 3b

  # a0 type, a1 sector, a2 data: prints the status, the cause and the source of the interrupt.
  request:
    sw a0, 0(s3)
    sw zero, 4(s3)
    sw a1, 8(s3)
    sw zero, 12(s3)
    li t0, 0xff
    sb t0, 16(s3)
    # Descriptor 0: the header.
    sw s3, 0(s2)
    sw zero, 4(s2)
    li t0, 16
    sw t0, 8(s2)
    li t0, 0x10001                # next 1, NEXT
    sw t0, 12(s2)
    # Descriptor 1: the data, which the device writes if the type is 0.
    sw a2, 16(s2)
    sw zero, 20(s2)
    li t0, 512
    sw t0, 24(s2)
    li t0, 0x20001                # next 2, NEXT
    bnez a0, 4f
    li t0, 0x20003                # and WRITE
  4: sw t0, 28(s2)
    # Descriptor 2: the status.
    addi t0, s3, 16
    sw t0, 32(s2)
    sw zero, 36(s2)
    li t0, 1
    sw t0, 40(s2)
    li t0, 2
    sw t0, 44(s2)
    # Every ring entry is 0, the head.
    lhu t0, 0x82(s2)
    addi t0, t0, 1
    fence
    sh t0, 0x82(s2)
    fence
    sw zero, 0x50(s1)
    # Until the interrupt is pending.
  5: wfi
    csrr t0, mip
    andi t1, t0, 0x7ff
    sub t0, t0, t1
    beqz t0, 5b
    lw t2, 4(s6)                  # claim
    lw t1, 0x60(s1)
    sw t1, 0x64(s1)
    sw t2, 4(s6)                  # complete
    lbu t0, 16(s3)
    addi t0, t0, '0'
    sb t0, 0(s0)
    addi t1, t1, '0'
    sb t1, 0(s0)
    addi t2, t2, '0'
    sb t2, 0(s0)
    li t0, 10
    sb t0, 0(s0)
    ret

    .balign 4096
  patched:
    li a0, 'o'
    ret
    .zero 504
`;

function image(): Uint8Array {
  const assembled = assemble(GUEST, 'disk.s');
  if (assembled.errors !== undefined) throw new Error(JSON.stringify(assembled.errors[0]));
  const linked = link({ objects: [assembled.object], entry: '_start', textOrigin: RAM_BASE });
  if (linked.errors !== undefined) throw new Error(JSON.stringify(linked.errors[0]));
  return linked.image.segments[0].bytes;
}

function diskContents(): Uint8Array {
  const contents = new Uint8Array(SECTORS * 512);
  contents.set(Buffer.from(TEXT, 'latin1'), 3 * 512);
  contents.set(new Uint8Array(Uint32Array.from(NEW_CODE).buffer), 7 * 512);
  return contents;
}

/** What a run leaves: the console and the disk. */
interface Outcome {
  readonly console: string;
  readonly disk: Uint8Array;
}

function onOurs(bytes: Uint8Array): Outcome {
  const sent: number[] = [];
  const disk = new MemoryDisk(diskContents());
  const { machine, guestErrors } = createVirtMachine({
    ramBytes: RAM_MEBIBYTES * 2 ** 20,
    harts: 1,
    serial: { transmit: (byte) => sent.push(byte) },
    drives: [{ disk }],
  });
  machine.writePhysical(RAM_BASE, bytes);
  expect(machine.run(BUDGET, { idle: 'skip' })).toEqual({ reason: 'poweroff', code: 0 });
  expect(guestErrors.first).toEqual([]);
  return { console: Buffer.from(sent).toString('latin1'), disk: disk.contents };
}

function onQemu(bytes: Uint8Array): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-disk-'));
  try {
    const program = join(folder, 'disk.bin');
    const disk = join(folder, 'disk.img');
    writeFileSync(program, bytes);
    writeFileSync(disk, diskContents());
    const { stdout, status, stderr } = spawnSync(
      QEMU,
      [
        ...['-machine', 'virt', '-m', `${RAM_MEBIBYTES}M`, '-bios', program, '-display', 'none'],
        ...['-cpu', 'rv32,h=off', '-monitor', 'none', '-serial', 'stdio'],
        ...['-drive', `file=${disk},format=raw,if=none,id=disk`],
        ...['-device', 'virtio-blk-device,drive=disk,bus=virtio-mmio-bus.0'],
      ],
      { timeout: HANG_MILLISECONDS, killSignal: 'SIGKILL', encoding: 'latin1', input: '' },
    );
    if (status !== 0) throw new Error(`${QEMU} ended with ${status}: ${stderr}`);
    return { console: stdout, disk: new Uint8Array(readFileSync(disk)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const bytes = image();

it('a guest drives a disk by interrupts', () => {
  const { console, disk } = onOurs(bytes);
  expect(console).toBe(['o', '011', TEXT.slice(0, -2), '011', '011', '011', 'n'].join('\n'));
  expect(disk.subarray(5 * 512, 6 * 512)).toEqual(disk.subarray(3 * 512, 4 * 512));
});

describeWithWitness(QEMU, 'the same guest on QEMU', () => {
  it('prints the same and leaves the same disk', () => {
    const ours = onOurs(bytes);
    const theirs = onQemu(bytes);
    expect(ours.console).toBe(theirs.console);
    expect(Buffer.compare(ours.disk, theirs.disk)).toBe(0);
  });
});
