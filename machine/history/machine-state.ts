/**
 * All of a machine's state but RAM: taken, checked, and put back. What it consists of is walked from
 * the declarations, as for the state hash; what had been derived from it is dropped.
 */
import type { PlacedDevice } from '../bus/board.ts';
import type { EventQueue, PendingEvent } from '../bus/event-queue.ts';
import type { Reservations } from '../bus/reservations.ts';
import type { StateValues } from '../devices/device.ts';
import type { HostPicture } from '../devices/host-end.ts';
import type { BlockCache } from '../engine/block-cache.ts';
import type { SavedEngine } from '../engine/inorder-engine.ts';
import type { Hart } from '../hart/hart.ts';
import {
  HART_CELLS,
  MACHINE_CELLS,
  Region,
  type CellDeclaration,
  type CellType,
} from '../hart/state-layout.ts';
import type { MachineEnd } from '../machine.ts';
import type { RunawayWatch } from '../runaway-watch.ts';
import type { InorderParameters } from '../timing/inorder/parameters.ts';
import type { Quantum } from '../timing/quantum.ts';

const BYTES_OF: Readonly<Record<CellType, number>> = { u32: 4, u64: 8, f64: 8 };

/** How many bytes a cell has. */
export const bytesOfCell = ({ type, count }: CellDeclaration): number => BYTES_OF[type] * count;

/** Bytes of each cell, by its name. */
export type SavedCells = ReadonlyMap<string, Uint8Array>;

export interface SavedDevice {
  readonly name: string;
  /** Physical address. */
  readonly base: number;
  readonly values: StateValues;
  /** What the host keeps for it, by name. */
  readonly ends: ReadonlyMap<string, HostPicture>;
}

/** The in-order clock model. */
export interface SavedTiming {
  readonly parameters: InorderParameters;
  readonly engines: readonly SavedEngine[];
  /** The second-level cache. */
  readonly shared: Uint8Array;
}

export interface SavedState {
  readonly machine: SavedCells;
  readonly harts: readonly SavedCells[];
  readonly devices: readonly SavedDevice[];
  readonly events: readonly PendingEvent[];
  readonly runaways: readonly number[];
  readonly end: MachineEnd | undefined;
  /** Undefined in the functional clock model. */
  readonly timing?: SavedTiming | undefined;
}

/** A state that is not one of this machine. */
export class MachineStateError extends Error {
  override readonly name = 'MachineStateError';
}

export interface StateParts {
  readonly buffer: ArrayBuffer;
  readonly harts: readonly Hart[];
  readonly blocks: readonly BlockCache[];
  readonly quantum: Quantum;
  readonly events: EventQueue;
  readonly reservations: Reservations;
  readonly runaways: RunawayWatch;
  readonly devices: readonly PlacedDevice[];
  readonly readEnd: () => MachineEnd | undefined;
  readonly writeEnd: (end: MachineEnd | undefined) => void;
  readonly readTiming: () => SavedTiming | undefined;
  readonly writeTiming: (timing: SavedTiming | undefined) => void;
}

export class MachineState {
  constructor(private readonly parts: StateParts) {}

  /** The state between two slices. */
  save(): SavedState {
    const { quantum, harts, devices, events, runaways, readEnd, readTiming } = this.parts;
    quantum.save();
    return {
      machine: this.saveCells(Region.Machine, MACHINE_CELLS),
      harts: harts.map(({ state }) => this.saveCells(state.region, HART_CELLS)),
      devices: devices.map(({ base, device }) => ({
        name: device.declaration.name,
        base,
        values: device.saveState(),
        ends: new Map((device.hostEnds ?? []).map((end) => [end.name, end.save()])),
      })),
      events: events.pending(),
      runaways: runaways.save(),
      end: readEnd(),
      timing: readTiming(),
    };
  }

  /**
   * The inverse of `save`.
   * @throws MachineStateError, with nothing changed, about a state of another machine;
   *   DeviceStateError or HostEndError about values that cannot be
   */
  restore(saved: SavedState): void {
    const { quantum, harts, devices, events, reservations, runaways, blocks } = this.parts;
    this.check(saved);
    for (const [index, { device }] of devices.entries()) {
      const { values, ends } = saved.devices[index];
      device.restoreState(values);
      for (const end of device.hostEnds ?? []) end.restore(ends.get(end.name) ?? new Map());
    }
    this.restoreCells(Region.Machine, MACHINE_CELLS, saved.machine);
    for (const [index, hart] of harts.entries()) {
      this.restoreCells(hart.state.region, HART_CELLS, saved.harts[index]);
      hart.stateReplaced();
    }
    quantum.stateReplaced();
    reservations.stateReplaced(harts[quantum.current].state);
    runaways.restore(saved.runaways);
    // Devices that have been restored have set theirs: what was pending says the same and more.
    events.restore(saved.events);
    for (const each of blocks) each.dropAll();
    this.parts.writeEnd(saved.end);
    this.parts.writeTiming(saved.timing);
  }

  private check(saved: SavedState): void {
    const { harts, devices } = this.parts;
    if (saved.harts.length !== harts.length || saved.runaways.length !== harts.length) {
      throw new MachineStateError(`the state has ${saved.harts.length} harts, not ${harts.length}`);
    }
    const engines = saved.timing?.engines.length ?? harts.length;
    if (engines !== harts.length) {
      throw new MachineStateError(`the clock model has ${engines} harts, not ${harts.length}`);
    }
    checkCells('the machine', MACHINE_CELLS, saved.machine);
    for (const [index, cells] of saved.harts.entries()) {
      checkCells(`hart ${index}`, HART_CELLS, cells);
    }
    for (const [index, { base, device }] of devices.entries()) {
      const { name } = device.declaration;
      const found = saved.devices.at(index);
      if (found?.name !== name || found.base !== base) {
        throw new MachineStateError(`the state has no ${name} at 0x${base.toString(16)}`);
      }
    }
    if (saved.devices.length > devices.length) {
      throw new MachineStateError(`the state has a ${saved.devices[devices.length].name} too many`);
    }
  }

  private saveCells(region: number, cells: readonly CellDeclaration[]): SavedCells {
    return new Map(cells.map((cell) => [cell.name, this.bytesOf(region, cell).slice()]));
  }

  private restoreCells(region: number, cells: readonly CellDeclaration[], saved: SavedCells): void {
    for (const cell of cells) {
      const bytes = saved.get(cell.name);
      if (bytes !== undefined) this.bytesOf(region, cell).set(bytes);
    }
  }

  private bytesOf(region: number, cell: CellDeclaration): Uint8Array {
    return new Uint8Array(this.parts.buffer, region + cell.offset, bytesOfCell(cell));
  }
}

function checkCells(what: string, cells: readonly CellDeclaration[], saved: SavedCells): void {
  for (const cell of cells) {
    const { name } = cell;
    const wanted = bytesOfCell(cell);
    const found = saved.get(name)?.length ?? 0;
    if (found !== wanted) {
      throw new MachineStateError(`${what}: ${name} has ${found} bytes instead of ${wanted}`);
    }
  }
  if (saved.size > cells.length) {
    const known = new Set(cells.map(({ name }) => name));
    const unknown = [...saved.keys()].find((name) => !known.has(name)) ?? '';
    throw new MachineStateError(`${what}: nothing is known of ${unknown}`);
  }
}
