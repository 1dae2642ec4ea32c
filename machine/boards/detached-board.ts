/** The board without a machine, on a clock that is turned by hand: for tests of its parts. */
import { DeviceBus } from '../bus/device-bus.ts';
import { RAM_BASE, type PhysicalMemory } from '../bus/physical-memory.ts';
import type { GuestError } from '../devices/guest-error.ts';
import { ManualClock } from '../devices/manual-clock.ts';
import { buildVirtBoard, type VirtBoard, type VirtBoardOptions } from './virt-board.ts';

export interface DetachedBoard {
  readonly board: VirtBoard;
  readonly bus: DeviceBus;
  readonly clock: ManualClock;
  /** Interrupt pins that are up, by hart: bits as in `mip`. */
  readonly pins: number[];
  /** What the guest has sent. */
  readonly sent: number[];
  readonly errors: GuestError[];
}

export type DetachedBoardOptions = Omit<VirtBoardOptions, 'serial' | 'report'> & {
  /** RAM for devices that master the bus; none if absent. */
  readonly memory?: PhysicalMemory;
};

const noRam = (size: number): PhysicalMemory => ({
  base: RAM_BASE,
  size,
  contains: () => false,
  readBytes: () => false,
  writeBytes: () => false,
  read: () => undefined,
  write: () => false,
});

/** Builds it in its state after power-on. */
export function detachedBoard(options: DetachedBoardOptions): DetachedBoard {
  const clock = new ManualClock();
  const pins = Array.from({ length: options.harts }, () => 0);
  const sent: number[] = [];
  const errors: GuestError[] = [];
  const board = buildVirtBoard(
    {
      ...options,
      serial: { transmit: (byte) => sent.push(byte) },
      report: (error) => errors.push(error),
    },
    {
      timebase: clock,
      harts: pins.map((_, hart) => ({
        setPending: (bit, level) => {
          pins[hart] = level ? pins[hart] | (1 << bit) : pins[hart] & ~(1 << bit);
        },
      })),
      memory: options.memory ?? noRam(options.ramBytes),
      watchStores: () => undefined,
      requestStop: () => undefined,
      requestPowerOff: () => undefined,
      requestReset: () => undefined,
    },
  );
  const { devices } = board.placement;
  const bus = new DeviceBus(devices, RAM_BASE, options.ramBytes);
  for (const { device } of devices) device.reset();
  return { board, bus, clock, pins, sent, errors };
}
