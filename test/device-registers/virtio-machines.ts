/**
 * A machine with one drive in its first virtio slot, without a processor that runs: ours, and QEMU's
 * through its qtest protocol.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { detachedBoard } from '../../machine/boards/detached-board.ts';
import { RAM_BASE } from '../../machine/bus/physical-memory.ts';
import { Ram } from '../../machine/bus/ram.ts';
import { MemoryDisk } from '../../machine/devices/virtio/disk.ts';
import type { GuestBus } from '../../machine/devices/virtio/testing/guest-driver.ts';

export const QEMU = 'qemu-system-riscv32';
export const RAM_BYTES = 0x40_0000;
export const BLOCK_SLOT = 0x1000_1000;
export const SECTORS = 3000;

export const VERSIONS = ['legacy', 'modern'] as const;
export type Version = (typeof VERSIONS)[number];

/** Every sector is full of a byte of its own. */
const contents = () => Uint8Array.from({ length: SECTORS * 512 }, (_, at) => (at >> 9) % 251);

export interface VirtioMachine extends GuestBus {
  end(): Promise<void>;
}

export interface Drive {
  readonly readOnly: boolean;
  readonly serial: string;
}

/** QEMU with its processors stopped, doing what qtest says. */
export class QtestMachine implements VirtioMachine {
  private readonly folder = mkdtempSync(join(tmpdir(), 'vitrine-virtio-'));
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly lines: Interface;
  private readonly waiting: ((line: string) => void)[] = [];

  constructor(version: Version, { readOnly, serial }: Drive) {
    const file = join(this.folder, 'disk');
    writeFileSync(file, contents());
    const drive = `file=${file},format=raw,if=none,id=disk,readonly=${readOnly ? 'on' : 'off'}`;
    const device = `virtio-blk-device,drive=disk,bus=virtio-mmio-bus.0,serial=${serial}`;
    this.process = spawn(QEMU, [
      ...[
        '-machine',
        'virt',
        '-m',
        `${RAM_BYTES / 2 ** 20}M`,
        '-smp',
        '1',
        '-bios',
        'none',
        '-S',
        '-display',
        'none',
      ],
      ...['-global', `virtio-mmio.force-legacy=${version === 'legacy' ? 'on' : 'off'}`],
      ...['-drive', drive, '-device', device],
      ...['-serial', 'null', '-qtest', 'stdio', '-qtest-log', 'none'],
    ]);
    this.lines = createInterface(this.process.stdout);
    this.lines.on('line', (line) => {
      if (line.startsWith('OK')) this.waiting.shift()?.(line);
    });
  }

  private ask(command: string): Promise<string> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.process.stdin.write(`${command}\n`);
    });
  }

  async read(address: number, width: 1 | 2 | 4): Promise<number> {
    const reply = await this.ask(`read${suffix(width)} 0x${address.toString(16)}`);
    return Number(reply.slice('OK '.length));
  }

  async write(address: number, width: 1 | 2 | 4, value: number): Promise<void> {
    await this.ask(`write${suffix(width)} 0x${address.toString(16)} 0x${value.toString(16)}`);
  }

  async readBytes(address: number, length: number): Promise<Uint8Array> {
    const reply = await this.ask(`read 0x${address.toString(16)} ${length}`);
    return Buffer.from(reply.slice('OK 0x'.length), 'hex');
  }

  async writeBytes(address: number, bytes: Uint8Array): Promise<void> {
    const data = Buffer.from(bytes).toString('hex');
    await this.ask(`write 0x${address.toString(16)} ${bytes.length} 0x${data}`);
  }

  pause(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.process.once('exit', () => {
        rmSync(this.folder, { recursive: true, force: true });
        resolve();
      });
      this.process.kill();
    });
  }
}

const suffix = (width: 1 | 2 | 4) => ({ 1: 'b', 2: 'w', 4: 'l' })[width];

/** Our board, without a hart. */
export function ourMachine(version: Version, { readOnly, serial }: Drive): VirtioMachine {
  const memory = new Ram(RAM_BYTES);
  const drives = [{ disk: new MemoryDisk(contents(), readOnly), serial }];
  const { bus, clock } = detachedBoard({
    ...{ ramBytes: RAM_BYTES, harts: 1, memory, drives },
    virtio: version,
  });
  return {
    read: (address, width) =>
      (address >= RAM_BASE ? memory.read(address, width) : bus.read(address, width)) ?? -1,
    write: (address, width, value) => {
      if (address >= RAM_BASE) memory.write(address, width, value);
      else bus.write(address, width, value);
    },
    readBytes: (address, length) => {
      const bytes = new Uint8Array(length);
      memory.readBytes(address, bytes);
      return bytes;
    },
    writeBytes: (address, bytes) => {
      memory.writeBytes(address, bytes);
    },
    pause: () => clock.advanceTo(clock.now + 100),
    end: () => Promise.resolve(),
  };
}
