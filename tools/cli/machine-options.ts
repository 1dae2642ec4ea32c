/** What every command that starts a machine can say about it, with QEMU's names where QEMU has one. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { placeDevices } from '../../machine/boards/virtio-slots.ts';
import { MemoryDisk } from '../../machine/devices/virtio/disk.ts';
import { InputError } from '../host/command-error.ts';
import { FUNCTIONAL_CPU, parseCpuOption, type CpuOption } from '../host/cpu-option.ts';
import {
  parseDeviceOptions,
  SAME_SEED,
  withSeed,
  type DeviceOption,
} from '../host/device-option.ts';
import type { DriveOption } from '../host/drive-option.ts';
import type { NetOption } from '../host/network/net-option.ts';
import { driveOptions, type MachineDriveOptions } from './drive-options.ts';
import { parseMemorySize } from './quantities.ts';

const DEFAULT_MEMORY = '128M';
const MOST_HARTS = 8;

/** How commander hands them over. */
export interface MachineOptions extends MachineDriveOptions {
  readonly machine: { readonly aclint: boolean };
  readonly memory: number;
  readonly cpu: CpuOption;
  readonly smp: number;
  readonly bios?: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly device?: readonly string[];
}

/** Adds them to a command. */
export function addMachineOptions(command: Command): Command {
  for (const option of [...driveOptions(), ...ownOptions()]) command.addOption(option);
  return command;
}

function ownOptions(): readonly Option[] {
  return [
    new Option(
      '--device <device>',
      'a virtio device: console[,to=stdio|pty|file:PATH|socket:PATH] or entropy[,seed=N], with ' +
        '[,bus=virtio-mmio-bus.N] (repeatable)',
    ).argParser(collect),
    new Option('--machine <options>', 'the board: virt[,aclint=on|off]; with aclint the SSWI too')
      .argParser(parseMachine)
      .default({ aclint: false }, 'virt'),
    new Option(
      '--cpu <model>',
      'the clock model: functional, or inorder[:u54|:u54-asid|:e31|:tiny|:ideal|:FILE.json]',
    )
      .argParser(parseCpuOption)
      .default(FUNCTIONAL_CPU, FUNCTIONAL_CPU.name),
    new Option('--memory <size>', 'RAM, 1M to 2032M')
      .argParser(parseMemorySize)
      .default(parseMemorySize(DEFAULT_MEMORY), DEFAULT_MEMORY),
    new Option('--smp <n>', `harts, 1 to ${MOST_HARTS}`).argParser(parseHarts).default(1),
    new Option('--bios <file>', 'firmware to start instead of Vitrine’s own, or none'),
    new Option('--initrd <file>', 'initial RAM disk for the kernel, as a cpio archive'),
    new Option('--append <text>', 'command line for the kernel'),
  ];
}

/** commander hands over what it has so far, undefined at first. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** As QEMU's `-machine`: the board's name first, or not at all. */
function parseMachine(text: string): { readonly aclint: boolean } {
  const match = /^(?:virt|(?:virt,)?aclint=(on|off))$/.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(`the board is virt or virt,aclint=on, not "${text}".`);
  }
  return { aclint: match.at(1) === 'on' };
}

function parseHarts(text: string): number {
  const harts = /^\d+$/.test(text) ? Number(text) : 0;
  if (harts < 1 || harts > MOST_HARTS) {
    throw new InvalidArgumentError(`the board has 1 to ${MOST_HARTS} harts, not "${text}".`);
  }
  return harts;
}

/**
 * The virtio devices that were asked for.
 * @throws InputError about one that cannot be
 */
export function readDevices({ device = [] }: MachineOptions): readonly DeviceOption[] {
  return parseDeviceOptions(device);
}

/**
 * Sees to it that all devices have a virtio slot, before any of them is opened.
 * @throws InputError naming one that has none
 */
export function checkSlots(
  drives: readonly DriveOption[],
  net: NetOption | undefined,
  devices: readonly DeviceOption[],
): void {
  const disk = new MemoryDisk(new Uint8Array(0));
  const nowhere = { transmit: () => undefined, send: () => undefined, received: () => undefined };
  const slotOf = ({ slot }: { readonly slot?: number }) => (slot === undefined ? {} : { slot });
  try {
    placeDevices({
      drives: drives.map((drive) => ({ disk, ...slotOf(drive) })),
      ...(net === undefined
        ? {}
        : { net: { port: nowhere, mac: new Uint8Array(0), ...slotOf(net) } }),
      others: withSeed(devices, SAME_SEED).map((device) =>
        device.kind === 'entropy'
          ? device
          : { kind: device.kind, port: nowhere, ...slotOf(device) },
      ),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(error.message, { cause: error });
  }
}
