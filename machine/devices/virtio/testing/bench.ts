/** A virtio block device on a bench: RAM, a clock that is turned by hand, a wire, a disk. */

import { RAM_BASE, type PhysicalMemory } from '../../../bus/physical-memory.ts';
import { Ram } from '../../../bus/ram.ts';
import type { GuestError } from '../../guest-error.ts';
import { ManualClock } from '../../manual-clock.ts';
import { VirtioBlock } from '../block.ts';
import type { Disk } from '../disk.ts';
import { DISK_SPEEDS, type DiskSpeed } from '../disk-speed.ts';
import type { GuestBus } from './guest-driver.ts';

/** Where the bench's slot is; nothing else is outside RAM. */
export const SLOT = 0x1000_1000;
export const BENCH_RAM_BYTES = 0x10_0000;
/** Longer than a request takes, in cycles. */
const PAUSE = 1500;

/** A wire that counts how often it is asserted. */
class CountingWire {
  level = false;
  assertions = 0;

  set(level: boolean): void {
    this.level = level;
    if (level) this.assertions++;
  }
}

export class Bench implements GuestBus {
  readonly ram = new Ram(BENCH_RAM_BYTES);
  readonly clock = new ManualClock();
  readonly wire = new CountingWire();
  readonly errors: GuestError[] = [];
  readonly device: VirtioBlock;

  /** @param seenByDevice what the device is given as RAM, made from the bench's */
  constructor(
    disk: Disk,
    version: 'legacy' | 'modern',
    serial = '',
    seenByDevice = (ram: PhysicalMemory): PhysicalMemory => ram,
    speed: DiskSpeed = DISK_SPEEDS.instant,
  ) {
    this.device = new VirtioBlock({
      name: 'virtio-mmio.0',
      version,
      memory: seenByDevice(this.ram),
      interrupt: this.wire,
      timebase: this.clock,
      report: (error) => this.errors.push(error),
      disk,
      serial,
      speed,
    });
    this.device.reset();
  }

  read(address: number, width: 1 | 2 | 4): number {
    if (address >= RAM_BASE) return this.ram.read(address, width) ?? -1;
    return this.device.read(address - SLOT, width);
  }

  write(address: number, width: 1 | 2 | 4, value: number): void {
    if (address >= RAM_BASE) this.ram.write(address, width, value);
    else this.device.write(address - SLOT, width, value);
  }

  readBytes(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.ram.readBytes(address, bytes);
    return bytes;
  }

  writeBytes(address: number, bytes: Uint8Array): void {
    this.ram.writeBytes(address, bytes);
  }

  pause(): void {
    this.clock.advanceTo(this.clock.now + PAUSE);
  }
}
