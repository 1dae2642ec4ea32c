/** A virtio device of any kind on a bench: RAM, a clock that is turned by hand, a wire. */

import { RAM_BASE, type PhysicalMemory } from '../../../bus/physical-memory.ts';
import { Ram } from '../../../bus/ram.ts';
import type { Device } from '../../device.ts';
import type { GuestError } from '../../guest-error.ts';
import { ManualClock } from '../../manual-clock.ts';
import type { VirtioVersion } from '../mmio-registers.ts';
import type { VirtioWiring } from '../mmio.ts';
import type { GuestBus } from './guest-driver.ts';

/** Where the bench's slot is; nothing else is outside RAM. */
export const SLOT = 0x1000_1000;
export const BENCH_RAM_BYTES = 0x10_0000;
/** Longer than anything takes, in cycles. */
const PAUSE = 20_000;

export class DeviceBench<D extends Device> implements GuestBus {
  readonly ram = new Ram(BENCH_RAM_BYTES);
  readonly clock = new ManualClock();
  readonly wire = {
    level: false,
    set(level: boolean) {
      this.level = level;
    },
  };
  readonly errors: GuestError[] = [];
  readonly device: D;

  /** @param seenByDevice what the device is given as RAM, made from the bench's */
  constructor(
    version: VirtioVersion,
    build: (wiring: VirtioWiring & { readonly name: string }) => D,
    seenByDevice = (ram: PhysicalMemory): PhysicalMemory => ram,
  ) {
    this.device = build({
      name: 'virtio-mmio.0',
      version,
      memory: seenByDevice(this.ram),
      interrupt: this.wire,
      timebase: this.clock,
      report: (error) => this.errors.push(error),
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
