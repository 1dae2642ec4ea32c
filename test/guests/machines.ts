/** The two machines that run a guest: ours, and QEMU. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVirtMachine } from '../../machine/boards/virt.ts';
import { MemoryDisk } from '../../machine/devices/virtio/disk.ts';
import { QEMU } from '../qemu-boot.ts';
import type { Guest } from './guest.ts';

export const RAM_BASE = 0x8000_0000;
const MEBIBYTE = 1024 * 1024;
export const RAM_BYTES = 16 * MEBIBYTE;
/** The last of RAM holds the board's device tree, which is not the same on both. */
export const COMPARED_BYTES = RAM_BYTES - 2 * MEBIBYTE;

/** Far more than any guest takes. */
const BUDGET_CYCLES = 200_000_000;
/** Bounds a QEMU that hangs on a loaded machine. */
const HANG_MILLISECONDS = 120_000;

export interface GuestOptions {
  readonly harts?: number;
  /** What is on the disk in the first slot; none: there is no disk. */
  readonly disk?: Uint8Array;
  /** On QEMU, one nanosecond for each instruction, as here: for guests that look at the clock. */
  readonly countsInstructions?: boolean;
}

export interface GuestRun {
  readonly console: string;
  readonly ram: Uint8Array;
  readonly disk: Uint8Array;
}

/** @throws Error if the guest does not end with status 0 */
export function runOnVitrine({ elf }: Guest, options: GuestOptions = {}): GuestRun {
  const { harts = 1 } = options;
  const sent: number[] = [];
  const disk = options.disk?.slice();
  const { machine } = createVirtMachine({
    ramBytes: RAM_BYTES,
    harts,
    serial: { transmit: (byte) => sent.push(byte) },
    drives: disk === undefined ? [] : [{ disk: new MemoryDisk(disk) }],
  });
  for (const { physicalAddress, bytes } of elf.segments) {
    machine.writePhysical(physicalAddress, bytes);
  }
  const result = machine.run(BUDGET_CYCLES, { idle: 'skip' });
  const console = String.fromCharCode(...sent);
  if (result.reason !== 'poweroff' || result.code !== 0) {
    throw new Error(`the guest ended with ${JSON.stringify(result)}; it said:\n${console}`);
  }
  const ram = new Uint8Array(RAM_BYTES);
  machine.readPhysical(RAM_BASE, ram);
  return { console, ram, disk: disk ?? new Uint8Array() };
}

/** @throws Error if QEMU fails or the guest does not end with status 0 */
export function runOnQemu({ file }: Guest, options: GuestOptions = {}): GuestRun {
  const { harts = 1, countsInstructions = false } = options;
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-guest-'));
  try {
    const ramFile = join(folder, 'ram');
    const diskFile = join(folder, 'disk');
    if (options.disk !== undefined) writeFileSync(diskFile, options.disk);
    const memory = `memory-backend-file,id=ram,size=${RAM_BYTES},share=on,mem-path=${ramFile}`;
    const drive = [
      ...['-drive', `file=${diskFile},format=raw,if=none,id=disk`],
      ...['-device', 'virtio-blk-device,drive=disk,bus=virtio-mmio-bus.0'],
    ];
    const result = spawnSync(
      QEMU,
      [
        ...['-machine', 'virt,memory-backend=ram', '-object', memory, '-m', `${RAM_BYTES}B`],
        ...['-cpu', 'rv32,h=off', '-smp', `${harts}`, '-bios', 'none', '-kernel', file],
        ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
        ...(countsInstructions ? ['-icount', 'shift=0,sleep=off'] : []),
        ...(options.disk === undefined ? [] : drive),
      ],
      { timeout: HANG_MILLISECONDS, encoding: 'latin1', input: '' },
    );
    if (result.status !== 0) {
      const end = result.status ?? result.signal;
      throw new Error(`${QEMU} ended with ${end}: ${result.stderr}\n${result.stdout}`);
    }
    const disk = options.disk === undefined ? new Uint8Array() : readFileSync(diskFile);
    return { console: result.stdout, ram: readFileSync(ramFile), disk: new Uint8Array(disk) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
