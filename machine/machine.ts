/**
 * The public face of the computer: build it, run it, look at it. Everything that drives a machine
 * (the command line, tests, debuggers) does so through this file.
 */
import type { Board, PlacedDevice, Wiring } from './bus/board.ts';
import { DeviceBus } from './bus/device-bus.ts';
import { EventQueue } from './bus/event-queue.ts';
import type { PhysicalMemory } from './bus/physical-memory.ts';
import { Ram } from './bus/ram.ts';
import { StoreWatch } from './bus/store-watch.ts';
import { BlockCache } from './engine/block-cache.ts';
import { Interpreter } from './engine/interpreter.ts';
import { Attention } from './hart/hart-state.ts';
import { Hart, HartCore } from './hart/hart.ts';
import type { Access } from './hart/privilege.ts';
import { MachineWord, Region } from './hart/state-layout.ts';
import type { Runaway } from './hart/trap-unit.ts';
import { describeState, hashState } from './state-hash.ts';
import { CycleClock } from './timing/clock.ts';

export interface MachineOptions {
  /** Bytes of RAM: a multiple of 4096 from 1 MiB to 2,032 MiB. */
  readonly ramBytes: number;
}

/** What `run` does when the hart waits for an interrupt. */
export interface RunOptions {
  /**
   * `skip` moves the clock to the next event at once, and returns `waiting` only if there is none;
   * `stop` returns `waiting` so that the host can sleep, then call `advanceIdle`.
   */
  readonly idle: 'skip' | 'stop';
  /** Executes the instruction at the hart's pc even if a breakpoint is at it. */
  readonly passBreakpoint?: boolean;
}

/** Why `run` returned. */
export type RunResult =
  | { readonly reason: 'budget' }
  /** The hart waits; the next event is due at `nextEvent`, or Infinity: only input can wake it. */
  | { readonly reason: 'waiting'; readonly nextEvent: number }
  /** `requestStop` was called. */
  | { readonly reason: 'stopped' }
  /** The hart stands before an instruction at which a breakpoint is. */
  | { readonly reason: 'breakpoint' }
  /** The guest switched the machine off; code 0 means success. It stays off until `reset`. */
  | { readonly reason: 'poweroff'; readonly code: number }
  /** The guest asked for a reset, which the host carries out with `reset` and fresh images. */
  | { readonly reason: 'reset' }
  /** The guest runs wild and will not come back. */
  | ({ readonly reason: 'runaway' } & Runaway);

/** Counts for comparisons, kept at trap time. Not part of the state. */
export interface MachineStatistics {
  /** Exceptions taken, by code. */
  readonly exceptions: readonly number[];
  /** Interrupts taken, by number. */
  readonly interrupts: readonly number[];
  /** Changes of the privilege mode. */
  readonly modeSwitches: number;
  /** Writes to `satp`. */
  readonly addressSpaceSwitches: number;
}

/** Slices are counted down in 32 bits. */
const LONGEST_SLICE = 2 ** 30;

export class Machine {
  /** RAM, by physical address. */
  readonly memory: PhysicalMemory;
  /** The devices of the board, in its order. */
  readonly devices: readonly PlacedDevice[];
  readonly #ram: Ram;
  readonly #clock = new CycleClock();
  readonly #events: EventQueue;
  readonly #hart: Hart;
  readonly #engine: Interpreter;
  readonly #blocks: BlockCache;
  readonly #resetVector: number;
  /** The machine's cells, as doubles. */
  readonly #cells: Float64Array;
  #stopRequested = false;
  #end: RunResult | undefined;

  /**
   * Builds a machine around a board; it stands at its reset vector.
   * @throws RamSizeError, BoardError
   */
  constructor(options: MachineOptions, board: Board) {
    this.#ram = new Ram(options.ramBytes);
    this.memory = this.#ram;
    this.#cells = new Float64Array(this.#ram.buffer, Region.Machine, MachineWord.End / 2);
    this.#events = new EventQueue(this.#clock);
    const core = new HartCore(this.#ram.buffer, 0);
    const { devices, timeSource, resetVector } = board(this.#wiring(core));
    this.devices = devices;
    this.#resetVector = resetVector;
    const bus = new DeviceBus(devices, this.#ram.base, this.#ram.size);
    this.#hart = new Hart(core, this.#ram, bus, this.#clock);
    this.#hart.csrs.connectTime(timeSource);
    this.#blocks = new BlockCache(core.state, this.#ram);
    this.#engine = new Interpreter(
      core.state,
      this.#ram,
      this.#clock,
      this.#hart.memory,
      this.#hart.traps,
      this.#hart.system,
      this.#blocks,
    );
    this.#hart.reset(resetVector);
  }

  #wiring(core: HartCore): Wiring {
    return {
      timebase: this.#events,
      harts: [core.interrupts],
      memory: this.#ram,
      watchStores: (address, length, onStore) => {
        new StoreWatch(this.#ram, this.#ram.offsetOf(address), length, onStore);
      },
      requestStop: () => {
        this.requestStop();
      },
      requestPowerOff: (code) => {
        this.#end = { reason: 'poweroff', code };
        core.state.attention |= Attention.Stop;
      },
      requestReset: () => {
        this.#end = { reason: 'reset' };
        core.state.attention |= Attention.Stop;
      },
    };
  }

  /** Cycles since reset. */
  get cycle(): number {
    return this.#clock.now;
  }

  /** Instructions retired since reset. */
  get instructionsRetired(): number {
    return this.#hart.retired;
  }

  /** The harts: registers, CSRs, translation, all without side effects. */
  get harts(): readonly Hart[] {
    return [this.#hart];
  }

  /** The cycle of the next event, or Infinity. */
  get nextEvent(): number {
    return this.#events.nextDue;
  }

  /** What waits in the event queue, in order of creation. */
  get pendingEvents(): readonly { readonly name: string; readonly due: number }[] {
    return this.#events.pending();
  }

  /** Whether the hart stands in `wfi` with nothing pending that would wake it. */
  get isWaiting(): boolean {
    return this.#hart.isWaiting;
  }

  /**
   * Runs for `budget` cycles, or less if something ends the slice earlier. Slices of any lengths
   * lead through the same states.
   */
  run(budget: number, options: RunOptions): RunResult {
    const end = this.cycle + budget;
    const { state } = this.#hart;
    state.attention &= ~Attention.Stop;
    this.#stopRequested = false;
    this.#engine.passesBreakpoint =
      options.passBreakpoint === true && this.#blocks.hasBreakpoint(this.#hart.pc);
    for (;;) {
      const result = this.#ended();
      if (result !== undefined) {
        return result;
      }
      if (this.cycle >= end) {
        return { reason: 'budget' };
      }
      this.#events.fireDue();
      if (this.#ended() !== undefined) {
        continue;
      }
      const nextEvent = this.#events.nextDue;
      if (this.#hart.isWaiting) {
        if (options.idle === 'stop' || nextEvent === Infinity) {
          return { reason: 'waiting', nextEvent };
        }
        this.#engine.passesBreakpoint = false;
        this.#passIdle(Math.min(nextEvent, end));
      } else {
        const longest = this.#engine.passesBreakpoint ? 1 : LONGEST_SLICE;
        this.#clock.startSlice(Math.min(nextEvent, end, this.cycle + longest));
        this.#engine.run();
        this.#engine.passesBreakpoint = false;
      }
    }
  }

  /** What a device, the host or a trap has asked for, if anything. */
  #ended(): RunResult | undefined {
    if (this.#end !== undefined) {
      return this.#end;
    }
    const { traps } = this.#hart;
    if (traps.runaway !== undefined) {
      const runaway = traps.runaway;
      traps.runaway = undefined;
      return { reason: 'runaway', ...runaway };
    }
    if (this.#engine.atBreakpoint) {
      this.#engine.atBreakpoint = false;
      return { reason: 'breakpoint' };
    }
    return this.#stopRequested ? { reason: 'stopped' } : undefined;
  }

  /** Moves the clock while the hart waits. */
  #passIdle(cycle: number): void {
    this.#hart.state.nonRetiringCycles += cycle - this.cycle;
    this.#clock.moveTo(cycle);
  }

  /**
   * While the hart waits, lets time pass up to `cycle`, but never past the next event, which the
   * next `run` handles. Does nothing if the hart does not wait or `cycle` has passed.
   */
  advanceIdle(cycle: number): void {
    const target = Math.min(Math.floor(cycle), this.#events.nextDue);
    if (this.isWaiting && target > this.cycle) {
      this.#passIdle(target);
    }
  }

  /** Executes one instruction or takes one trap, whether or not a breakpoint is there. */
  stepInstruction(): RunResult {
    return this.run(1, { idle: 'skip', passBreakpoint: true });
  }

  /**
   * Makes `run` stop before the instruction at a virtual address, in any mode and address space.
   * Breakpoints are no part of the state: they change neither what the guest does nor when.
   * Instructions outside RAM are not watched.
   */
  addBreakpoint(address: number): void {
    this.#blocks.addBreakpoint(address);
  }

  removeBreakpoint(address: number): void {
    this.#blocks.removeBreakpoint(address);
  }

  /** Ends the running slice after the current instruction. Without one, does nothing. */
  requestStop(): void {
    this.#stopRequested = true;
    this.#hart.state.attention |= Attention.Stop;
  }

  /** Power-on state for harts, devices and clock. RAM keeps its contents. */
  reset(): void {
    this.#end = undefined;
    this.#stopRequested = false;
    this.#clock.moveTo(0);
    this.#events.clear();
    this.#hart.reset(this.#resetVector);
    // Devices last: they drive the harts' interrupt pins.
    for (const { device } of this.devices) {
      device.reset();
    }
    this.#blocks.dropAll();
  }

  /** Copies physical RAM to `target`; false, with nothing copied, if the range is not all RAM. */
  readPhysical(address: number, target: Uint8Array): boolean {
    return this.#ram.readBytes(address, target);
  }

  /** Copies `source` to physical RAM; false, with nothing written, if the range is not all RAM. */
  writePhysical(address: number, source: Uint8Array): boolean {
    return this.#ram.writeBytes(address, source);
  }

  /** Where an access by a hart would go, or undefined if it would trap. Changes nothing. */
  translate(hart: number, address: number, access: Access): number | undefined {
    return this.harts.at(hart)?.translate(address, access);
  }

  get statistics(): MachineStatistics {
    const { exceptions, interrupts, modeSwitches } = this.#hart.traps.statistics;
    return {
      exceptions: [...exceptions],
      interrupts: [...interrupts],
      modeSwitches,
      addressSpaceSwitches: this.#hart.csrs.addressSpaceSwitches,
    };
  }

  /**
   * SHA-256 over RAM, harts, clock, devices and pending events, as 64 hexadecimal digits. Two
   * machines with the same hash have the same future. Do not run the machine until it is there.
   */
  stateHash(): Promise<string> {
    return hashState({
      ...this.#hashedParts(),
      ram: new Uint8Array(this.#ram.buffer, Region.Ram, this.#ram.size),
    });
  }

  /** What the state hash is computed from, without RAM, as text: to find where two differ. */
  describeState(): string {
    return describeState(this.#hashedParts());
  }

  #hashedParts() {
    this.#cells[MachineWord.Cycle / 2] = this.cycle;
    return {
      buffer: this.#ram.buffer,
      hartRegions: [this.#hart.state.region],
      machineRegion: Region.Machine,
      devices: this.devices,
      alarms: this.#events.pending(),
    };
  }
}
