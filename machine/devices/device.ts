/**
 * What a device is: one declaration of its registers and of its complete state, and the two
 * functions the bus calls. Decoding, tracing, documentation, `--hash` and snapshots walk the
 * declaration, so a fact about a device stands in one place.
 */

import type { HostEnd, Storage } from './host-end.ts';

/** How a guest may use a register or field: read-write, read-only, write-only, write-1-to-clear. */
export type RegisterAccess = 'rw' | 'ro' | 'wo' | 'w1c';

/** A bit field of a register, named as the device's specification names it. */
export interface FieldDeclaration {
  readonly name: string;
  /** Lowest bit. */
  readonly lsb: number;
  /** Width in bits. */
  readonly width: number;
  readonly doc?: string;
}

/** One register, or a regular array of them. */
export interface RegisterDeclaration {
  readonly name: string;
  /** Byte offset from the device's base address. */
  readonly offset: number;
  /** Width in bytes. */
  readonly width: 1 | 2 | 4 | 8;
  readonly access: RegisterAccess;
  readonly doc: string;
  readonly fields?: readonly FieldDeclaration[];
  /** For an array of registers: its dimensions, outermost first; `offset` is element 0's. */
  readonly dimensions?: readonly RegisterDimension[];
}

/** One dimension of an array of registers, such as "one per hart". */
export interface RegisterDimension {
  /** What the index counts: `hart`, `source`, `context`. */
  readonly name: string;
  /** What element 0 is called; 0 if absent. */
  readonly first?: number;
  readonly count: number;
  /** Distance between two elements in bytes. */
  readonly stride: number;
}

/**
 * One piece of a device's state: a scalar, or with `length` an array of that many elements.
 * `cycle` is an instant of guest time in cycles, or "never" (Infinity).
 */
export interface StateDeclaration {
  readonly name: string;
  readonly type: 'u8' | 'u32' | 'u64' | 'cycle';
  readonly length?: number;
  /** Value after reset, of every element; 0 if absent, for `cycle` "never". */
  readonly reset?: number;
  readonly doc: string;
}

export interface DeviceDeclaration {
  readonly name: string;
  /** Where the registers and bits are specified. */
  readonly source: string;
  /** The device tree's `compatible` strings, most specific first. */
  readonly compatible: readonly string[];
  /** Bytes of physical address space. */
  readonly size: number;
  /** Widths of access in bytes that the device accepts; others fault. */
  readonly accessWidths: readonly (1 | 2 | 4 | 8)[];
  /**
   * What an access of 8 bytes, where that is accepted, is to the device: two of 4, low half first,
   * which is also what it is if absent, or one of 4 at the same offset that reads 0 above.
   */
  readonly doubleAccess?: 'two words' | 'one word';
  readonly registers: readonly RegisterDeclaration[];
  readonly state: readonly StateDeclaration[];
}

/**
 * A wire that a device drives and an interrupt controller or hart samples. A device may set the
 * level that it already has: to an interrupt controller, each call with `true` is an assertion.
 */
export interface InterruptLine {
  set(level: boolean): void;
}

/** A moment that a device waits for. At most one is pending per alarm; setting again moves it. */
export interface Alarm {
  /** The cycle it is set to, or Infinity. */
  readonly due: number;
  set(cycle: number): void;
  clear(): void;
}

/** Guest time as devices see it: now in cycles, and alarms. Ties fire in order of creation. */
export interface Timebase {
  /** Cycles since reset; an integer below 2^53. */
  readonly now: number;
  alarm(name: string, onDue: () => void): Alarm;
}

export interface Device {
  readonly declaration: DeviceDeclaration;
  /** What the host keeps for it; nothing if absent. */
  readonly hostEnds?: readonly HostEnd[];
  /** What it keeps its contents in, if it has any that outlive a reset: a disk. */
  readonly storage?: Storage;
  /**
   * A guest's read of `width` bytes at `offset`; the value is an unsigned 32-bit number.
   * The bus has checked that `offset` is inside the device and aligned, that `width` is among
   * `accessWidths`, and that the device accepts the access. One of 8 bytes comes as
   * `DeviceDeclaration.doubleAccess` says.
   */
  read(offset: number, width: number): number;
  write(offset: number, width: number, value: number): void;
  /**
   * Whether the device takes an access of a width among `accessWidths`, for devices where that
   * depends on the place or the direction; others fault. If absent, it takes all.
   */
  accepts?(offset: number, width: number, isWrite: boolean): boolean;
  /** Back to the state after power-on. */
  reset(): void;
  /** The current value of each state declaration, in its order, for hashing and snapshots. */
  saveState(): StateValues;
  /** The inverse of `saveState`. */
  restoreState(values: StateValues): void;
}

/** State by name; a scalar is an array of one; `u64` are bigints, `cycle` numbers (Infinity: never). */
export type StateValues = Readonly<Record<string, readonly (number | bigint)[]>>;
