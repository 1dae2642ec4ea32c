/** A `virt` machine with everything loaded, as the run loop drives it. */
import {
  createVirtMachine,
  type VirtMachine,
  type VirtMachineOptions,
} from '../../machine/boards/virt.ts';
import type { GuestErrorLog } from '../../machine/devices/guest-error.ts';
import type { HtifOptions } from '../../machine/devices/htif.ts';
import { InputDoor, type Input } from '../../machine/history/input.ts';
import type { Instant } from '../../machine/history/instant.ts';
import type { Machine, RunResult } from '../../machine/machine.ts';
import { checkPlaces, type BootPlan, type Part } from './boot-plan.ts';
import { InputError } from './command-error.ts';
import type { Guest, SliceEnd } from './run-loop.ts';
import { describeRunaway } from './runaway-report.ts';
import type { SymbolTable } from './symbol-table.ts';

/** What a machine is made of, beside RAM and what is loaded into it; what is absent is as on QEMU. */
export type BoardChoice = Partial<
  Omit<
    VirtMachineOptions,
    | 'ramBytes'
    | 'serial'
    | 'kernelEntry'
    | 'initrd'
    | 'bootargs'
    | 'htif'
    | 'startAddress'
    | 'onGuestError'
  >
>;

export interface VirtGuestOptions {
  readonly ramBytes: number;
  readonly plan: BootPlan;
  /** `--append`: becomes `/chosen/bootargs`. */
  readonly bootargs: string | undefined;
  /** One hart and no virtio devices if absent. */
  readonly board?: BoardChoice;
  /** Mailboxes of a test program. */
  readonly htif?: HtifOptions | undefined;
  /** Where a test program starts. */
  readonly startAddress?: number | undefined;
  /** Names for addresses in messages. */
  readonly symbols: SymbolTable;
  /** Told of each byte that the guest sends, in the middle of the instruction that sends it. */
  readonly transmit: (byte: number) => void;
}

export class VirtGuest implements Guest {
  /** Where everything comes in that comes from outside while the machine runs. */
  readonly door: InputDoor;
  /** How often the machine has been reset. */
  resets = 0;
  private readonly virt: VirtMachine;
  private readonly parts: readonly Part[];
  private readonly symbols: SymbolTable;

  /**
   * Builds the machine and loads it.
   * @throws InputError if there can be no such machine, or the device tree has no place beside what is
   *   loaded
   */
  constructor(options: VirtGuestOptions) {
    const { ramBytes, plan, bootargs, transmit, symbols, board, htif, startAddress } = options;
    this.virt = build({
      harts: 1,
      ...board,
      ramBytes,
      serial: { transmit },
      ...(plan.kernelEntry === undefined ? {} : { kernelEntry: plan.kernelEntry }),
      ...(plan.initrd === undefined ? {} : { initrd: plan.initrd }),
      ...(bootargs === undefined ? {} : { bootargs }),
      ...(htif === undefined ? {} : { htif }),
      ...(startAddress === undefined ? {} : { startAddress }),
    });
    this.symbols = symbols;
    this.door = new InputDoor(
      () => this.machine.instant,
      (input) => {
        this.deliver(input);
      },
    );
    const { address, blob } = this.virt.deviceTree;
    const tree = { what: 'the device tree', address, bytes: blob, memorySize: blob.length };
    this.parts = [...plan.parts, tree];
    checkPlaces(this.parts, ramBytes);
    this.load();
  }

  get machine(): Machine {
    return this.virt.machine;
  }

  /** The device tree, as the guest finds it. */
  get deviceTree(): Uint8Array {
    return this.virt.deviceTree.blob;
  }

  /** The number of the test with which a test program has ended; 0 if it is none, or has passed. */
  get failedTest(): number {
    return this.virt.htif?.failedTest ?? 0;
  }

  /** What the guest did wrong with devices. */
  get errors(): GuestErrorLog {
    return this.virt.guestErrors;
  }

  get cycle(): number {
    return this.machine.cycle;
  }

  run(end: number): SliceEnd {
    return this.sliceEnd(this.machine.run(end - this.machine.cycle, { idle: 'stop' }));
  }

  /** Runs to an instant at which such a guest has stood, unless something ends the slice earlier. */
  runToInstant(instant: Instant): SliceEnd {
    return this.sliceEnd(this.machine.runToInstant(instant, { idle: 'stop' }));
  }

  private sliceEnd(result: RunResult): SliceEnd {
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
    this.door.offer({ kind: 'serial', bytes });
  }

  get typedAhead(): number {
    return this.virt.uart.backlog;
  }

  /** Bytes typed at the virtio console that its driver has not taken yet. */
  get typedAheadAtConsole(): number {
    return this.virt.console?.backlog ?? 0;
  }

  /** A frame from the wire. */
  receiveFrame(frame: Uint8Array): void {
    this.door.offer({ kind: 'frame', bytes: frame });
  }

  /** Bytes for the virtio console. */
  typeAtConsole(bytes: Uint8Array): void {
    this.door.offer({ kind: 'console', bytes });
  }

  private deliver({ kind, bytes }: Input): void {
    switch (kind) {
      case 'serial':
        this.virt.uart.offer(bytes);
        break;
      case 'console':
        this.virt.console?.offer(bytes);
        break;
      case 'frame':
        this.virt.net?.offer(bytes);
        break;
    }
  }

  reset(): void {
    this.resets++;
    // If its guest has asked for it, the clock goes on; else the machine has been off.
    if (this.machine.end?.reason === 'reset') this.virt.rtc.keepTime();
    this.machine.reset();
    this.virt.htif?.reset();
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

/** @throws InputError if there can be no such machine */
function build(options: VirtMachineOptions): VirtMachine {
  try {
    return createVirtMachine(options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(`there can be no such machine: ${error.message}`, { cause: error });
  }
}
