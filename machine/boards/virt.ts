/**
 * A whole `virt` machine: what the command line and tests build. The memory map is in
 * virt-memory-map.ts, the wiring in virt-board.ts.
 */
import type { PhysicalMemory } from '../bus/physical-memory.ts';
import type { GoldfishRtc } from '../devices/goldfish-rtc.ts';
import { GuestErrorLog, type GuestErrorHook } from '../devices/guest-error.ts';
import type { Htif } from '../devices/htif.ts';
import type { Uart16550 } from '../devices/uart16550.ts';
import type { VirtioConsole } from '../devices/virtio/console.ts';
import type { VirtioNet } from '../devices/virtio/net.ts';
import { Machine } from '../machine.ts';
import type { InorderParameters } from '../timing/inorder/parameters.ts';
import {
  buildVirtBoard,
  type PlacedDeviceTree,
  type VirtBoard,
  type VirtBoardOptions,
} from './virt-board.ts';
import { MAXIMUM_HARTS } from './virt-memory-map.ts';

export type VirtMachineOptions = Omit<VirtBoardOptions, 'report'> & {
  /** Told what the guest does wrong with a device, besides the log that the machine keeps. */
  readonly onGuestError?: GuestErrorHook;
  /** The in-order clock model with these parameters; the functional one if absent. */
  readonly inorder?: InorderParameters | undefined;
};

export interface VirtMachine {
  readonly machine: Machine;
  /** Its `offer` is where the host's input enters the machine. */
  readonly uart: Uart16550;
  /** The interface of test programs, if the guest is one. */
  readonly htif: Htif | undefined;
  /** Its `offer` is where frames enter the machine. */
  readonly net: VirtioNet | undefined;
  /** Its `offer` is where input for the virtio console enters the machine. */
  readonly console: VirtioConsole | undefined;
  /** Its `keepTime` is to be called before a reset that the guest asked for. */
  readonly rtc: GoldfishRtc;
  /** Already in RAM; to be put there again after a reset, as the images are. */
  readonly deviceTree: PlacedDeviceTree;
  /** What the guest did wrong with devices. */
  readonly guestErrors: GuestErrorLog;
}

/** Puts the device tree where the reset ROM says it is. */
export function loadDeviceTree(memory: PhysicalMemory, { address, blob }: PlacedDeviceTree): void {
  if (!memory.writeBytes(address, blob)) {
    throw new RangeError(`the device tree at 0x${address.toString(16)} is not inside RAM`);
  }
}

/**
 * Builds a machine in its state after power-on, with the device tree in RAM and nothing else.
 * @throws RangeError for an impossible number of harts, a device tree that cannot be, or
 *   virtio devices that cannot be where they are to be; RamSizeError for an impossible size of RAM
 */
export function createVirtMachine(options: VirtMachineOptions): VirtMachine {
  const { harts, ramBytes, onGuestError, inorder } = options;
  if (!Number.isInteger(harts) || harts < 1 || harts > MAXIMUM_HARTS) {
    throw new RangeError(`${harts} harts: there may be 1 to ${MAXIMUM_HARTS}`);
  }
  const guestErrors = new GuestErrorLog();
  const report: GuestErrorHook = (error) => {
    guestErrors.report(error);
    onGuestError?.(error);
  };
  // The machine calls its board function once, in its constructor.
  const built: VirtBoard[] = [];
  const machine = new Machine({ ramBytes, harts, inorder }, (wiring) => {
    const board = buildVirtBoard({ ...options, report }, wiring);
    built.push(board);
    return board.placement;
  });
  const [{ uart, htif, net, console, rtc, deviceTree }] = built;
  machine.reset();
  loadDeviceTree(machine.memory, deviceTree);
  return { machine, uart, htif, net, console, rtc, deviceTree, guestErrors };
}
