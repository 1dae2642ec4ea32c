/**
 * The seam between the machine and a board: what a board is given to build its devices with, and
 * what it hands back.
 */
import type { Device, Timebase } from '../devices/device.ts';
import type { HartInterrupts, TimeSource } from '../hart/interrupts.ts';
import type { PhysicalMemory } from './physical-memory.ts';

/** What a board's devices are wired to. */
export interface Wiring {
  readonly timebase: Timebase;
  /** Interrupt pins, one entry per hart. */
  readonly harts: readonly HartInterrupts[];
  /** RAM, as devices that master the bus see it. */
  readonly memory: PhysicalMemory;
  /**
   * Calls `onStore` before any of `length` bytes of RAM change, whoever stores them, in the middle of
   * the instruction that does. The bytes are in RAM and within one page.
   */
  watchStores(address: number, length: number, onStore: () => void): void;
  /** Ends the running slice after the current instruction: something outside should look. */
  requestStop(): void;
  /** Switches the machine off after the current instruction; 0 means success. */
  requestPowerOff(code: number): void;
  /** Asks for a reset after the current instruction; the run ends with the reason `reset`. */
  requestReset(): void;
}

/** A device and the physical address of its first register. */
export interface PlacedDevice {
  readonly base: number;
  readonly device: Device;
}

/** What a board has built. */
export interface BoardDevices {
  /** In a fixed order, which is the order of their states in the state hash. */
  readonly devices: readonly PlacedDevice[];
  /** What the `time` CSR reads. */
  readonly timeSource: TimeSource;
  /** Where every hart's pc stands after a reset: the reset ROM. */
  readonly resetVector: number;
}

/** Builds a board on a machine's wiring. Called once, by the machine's constructor. */
export type Board = (wiring: Wiring) => BoardDevices;
