/** A `virt` machine with everything loaded, as the run loop drives it. */
import { createVirtMachine, type VirtMachine } from '../../machine/boards/virt.ts';
import type { VirtDrive } from '../../machine/boards/virtio-slots.ts';
import type { GuestErrorLog } from '../../machine/devices/guest-error.ts';
import type { VirtioVersion } from '../../machine/devices/virtio/mmio-registers.ts';
import type { Machine } from '../../machine/machine.ts';
import { checkPlaces, type BootPlan, type Part } from './boot-plan.ts';
import type { Guest, SliceEnd } from './run-loop.ts';
import { describeRunaway } from './runaway-report.ts';
import type { SymbolTable } from './symbol-table.ts';

export interface VirtGuestOptions {
  readonly ramBytes: number;
  readonly plan: BootPlan;
  /** `--append`: becomes `/chosen/bootargs`. */
  readonly bootargs: string | undefined;
  /** Disks; none if absent. */
  readonly drives?: readonly VirtDrive[];
  /** Version of the virtio transport; legacy if absent. */
  readonly virtio?: VirtioVersion;
  /** Names for addresses in messages. */
  readonly symbols: SymbolTable;
  /** Told of each byte that the guest sends, in the middle of the instruction that sends it. */
  readonly transmit: (byte: number) => void;
}

export class VirtGuest implements Guest {
  private readonly virt: VirtMachine;
  private readonly parts: readonly Part[];
  private readonly symbols: SymbolTable;

  /**
   * Builds the machine and loads it.
   * @throws InputError if the device tree has no place beside what is loaded
   */
  constructor(options: VirtGuestOptions) {
    const { ramBytes, plan, bootargs, transmit, symbols, drives, virtio } = options;
    this.virt = createVirtMachine({
      ramBytes,
      harts: 1,
      serial: { transmit },
      ...(plan.kernelEntry === undefined ? {} : { kernelEntry: plan.kernelEntry }),
      ...(plan.initrd === undefined ? {} : { initrd: plan.initrd }),
      ...(bootargs === undefined ? {} : { bootargs }),
      ...(drives === undefined ? {} : { drives }),
      ...(virtio === undefined ? {} : { virtio }),
    });
    this.symbols = symbols;
    const { address, blob } = this.virt.deviceTree;
    const tree = { what: 'the device tree', address, bytes: blob, memorySize: blob.length };
    this.parts = [...plan.parts, tree];
    checkPlaces(this.parts, ramBytes);
    this.load();
  }

  get machine(): Machine {
    return this.virt.machine;
  }

  /** What the guest did wrong with devices. */
  get errors(): GuestErrorLog {
    return this.virt.guestErrors;
  }

  get cycle(): number {
    return this.machine.cycle;
  }

  run(end: number): SliceEnd {
    const result = this.machine.run(end - this.machine.cycle, { idle: 'stop' });
    switch (result.reason) {
      case 'budget':
      case 'stopped':
      case 'breakpoint':
        return { kind: 'slice' };
      case 'waiting':
        return { kind: 'idle', due: result.nextEvent };
      case 'poweroff':
        return { kind: 'power-off', code: result.code };
      case 'reset':
        return { kind: 'reset' };
      case 'runaway':
        return { kind: 'runaway', report: describeRunaway(result, this.symbols) };
    }
  }

  advanceTo(cycle: number): void {
    this.machine.advanceIdle(cycle);
  }

  requestStop(): void {
    this.machine.requestStop();
  }

  type(bytes: Uint8Array): void {
    this.virt.uart.offer(bytes);
  }

  reset(): void {
    this.machine.reset();
    this.load();
  }

  /** Puts every part where it belongs. RAM behind a part's bytes is zero after power-on. */
  private load(): void {
    for (const { address, bytes, memorySize } of this.parts) {
      this.machine.writePhysical(address, bytes);
      const rest = new Uint8Array(memorySize - bytes.length);
      this.machine.writePhysical(address + bytes.length, rest);
    }
  }
}
