/**
 * The public face of the computer: build it, run it, look at it. Everything that drives a machine
 * (the command line, tests, debuggers) does so through this file.
 */
import type { Board, PlacedDevice, Wiring } from './bus/board.ts';
import { DeviceBus } from './bus/device-bus.ts';
import { EventQueue } from './bus/event-queue.ts';
import type { PhysicalMemory } from './bus/physical-memory.ts';
import { Ram } from './bus/ram.ts';
import { Reservations } from './bus/reservations.ts';
import { StoreWatch } from './bus/store-watch.ts';
import { BlockCache } from './engine/block-cache.ts';
import { InorderEngine } from './engine/inorder-engine.ts';
import { Interpreter } from './engine/interpreter.ts';
import { Attention } from './hart/hart-state.ts';
import { Hart, HartCore } from './hart/hart.ts';
import type { Access } from './hart/privilege.ts';
import { MachineWord, MAXIMUM_HARTS, PAGE_SIZE, Region } from './hart/state-layout.ts';
import type { Runaway } from './hart/trap-unit.ts';
import { MachineState, type SavedTiming } from './history/machine-state.ts';
import { compareInstants, Phase, type Instant } from './history/instant.ts';
import { Snapshots } from './history/snapshots.ts';
import { RunawayWatch } from './runaway-watch.ts';
import { describeState, hashState } from './state-hash.ts';
import { CycleClock } from './timing/clock.ts';
import type { ChargedCycles } from './timing/inorder/accounts.ts';
import { SharedMemoryTiming } from './timing/inorder/memory-timing.ts';
import type { InorderParameters } from './timing/inorder/parameters.ts';
import type { PipelineView } from './timing/inorder/pipeline-view.ts';
import {
  SHARED_TIMING_CELLS,
  TIMING_CELLS,
  TimingLimit,
  timingOffset,
} from './timing/inorder/timing-layout.ts';
import { INORDER_QUANTUM_CYCLES, Quantum, QUANTUM_CYCLES } from './timing/quantum.ts';

export interface MachineOptions {
  /** Bytes of RAM: a multiple of 4096 from 1 MiB to 2,032 MiB. */
  readonly ramBytes: number;
  /** From 1 to 8; 1 if absent. */
  readonly harts?: number;
  /** The in-order clock model with these parameters; the functional one if absent. */
  readonly inorder?: InorderParameters | undefined;
}

/** What `run` does when every hart waits for an interrupt. */
export interface RunOptions {
  /**
   * `skip` moves the clock to the next event at once, and returns `waiting` only if there is none;
   * `stop` returns `waiting` so that the host can sleep, then call `advanceIdle`.
   */
  readonly idle: 'skip' | 'stop';
  /** Executes the current hart's next instruction even if a breakpoint is at it. */
  readonly passBreakpoint?: boolean;
}

/** Why `run` returned. */
export type RunResult =
  | { readonly reason: 'budget' }
  /** Every hart waits; the next event is due at `nextEvent`, or Infinity: only input can wake one. */
  | { readonly reason: 'waiting'; readonly nextEvent: number }
  /** `requestStop` was called. */
  | { readonly reason: 'stopped' }
  /** The current hart stands before an instruction at which a breakpoint is. */
  | { readonly reason: 'breakpoint' }
  /** The guest switched the machine off; code 0 means success. It stays off until `reset`. */
  | { readonly reason: 'poweroff'; readonly code: number }
  /** The guest asked for a reset, which the host carries out with `reset` and fresh images. */
  | { readonly reason: 'reset' }
  /** The guest runs wild and will not come back. */
  | ({ readonly reason: 'runaway' } & Runaway);

/** Counts for comparisons, of all harts together, kept at trap time. Not part of the state. */
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

/** What a guest has made of the machine for good. */
export type MachineEnd =
  { readonly reason: 'poweroff'; readonly code: number } | { readonly reason: 'reset' };

/** Told of what happens, in the middle of the instruction or event; it may call `requestStop`. */
export interface MachineObserver {
  /** A hart has taken a trap: its pc and its mode are the handler's. */
  readonly onTrap?: (hart: number) => void;
  /** A hart has changed its mode, by a trap or a return from one. */
  readonly onModeSwitch?: (hart: number) => void;
  /** An event that was due happens. */
  readonly onEvent?: (name: string) => void;
}

/** Slices are counted down in 32 bits. */
const LONGEST_SLICE = 2 ** 30;

export class Machine {
  /** RAM, by physical address. */
  readonly memory: PhysicalMemory;
  /** The devices of the board, in its order. */
  readonly devices: readonly PlacedDevice[];
  /** Registers, CSRs and translation of each, all without side effects. */
  readonly harts: readonly Hart[];
  readonly #ram: Ram;
  /** By the number of the hart, like `harts`. */
  readonly #cores: readonly HartCore[];
  readonly #interpreters: readonly Interpreter[];
  /** What executes each hart: the interpreters, or the engines of the in-order model. */
  #engines: readonly (Interpreter | InorderEngine)[];
  #inorder: readonly InorderEngine[] | undefined;
  #parameters: InorderParameters | undefined;
  readonly #blocks: readonly BlockCache[];
  readonly #clock = new CycleClock();
  readonly #quantum: Quantum;
  readonly #events: EventQueue;
  readonly #reservations: Reservations;
  readonly #runaways: RunawayWatch;
  readonly #resetVector: number;
  readonly #observers = new Set<MachineObserver>();
  #stopRequested = false;
  #end: MachineEnd | undefined;
  /** Pictures of the whole state, and the way back to them. */
  readonly snapshots: Snapshots;

  /**
   * Builds a machine around a board; it stands at its reset vector.
   * @throws RamSizeError, BoardError; RangeError for an impossible number of harts
   */
  constructor(options: MachineOptions, board: Board) {
    const { ramBytes, harts = 1 } = options;
    if (!Number.isInteger(harts) || harts < 1 || harts > MAXIMUM_HARTS) {
      throw new RangeError(`${harts} harts: there may be 1 to ${MAXIMUM_HARTS}`);
    }
    this.#ram = new Ram(ramBytes);
    this.memory = this.#ram;
    this.#cores = Array.from({ length: harts }, (_, i) => new HartCore(this.#ram.buffer, i));
    const states = this.#cores.map(({ state }) => state);
    this.#reservations = new Reservations(this.#ram, states);
    const cells = new Float64Array(this.#ram.buffer, Region.Machine, MachineWord.End / 2);
    this.#quantum = new Quantum(this.#clock, states, cells, this.#reservations);
    this.#events = new EventQueue(this.#quantum);
    const { devices, timeSource, resetVector } = board(this.#wiring());
    this.devices = devices;
    this.#resetVector = resetVector;
    const bus = new DeviceBus(devices, this.#ram.base, this.#ram.size);
    this.harts = this.#cores.map(
      (core) => new Hart(core, this.#ram, bus, this.#clock, timeSource, this.#events),
    );
    this.#runaways = new RunawayWatch(this.harts);
    this.#blocks = states.map((state) => new BlockCache(state, this.#ram, harts));
    this.#interpreters = this.harts.map(
      ({ state, memory, traps, system }, i) =>
        new Interpreter(state, this.#ram, this.#clock, memory, traps, system, this.#blocks[i]),
    );
    this.#engines = this.#interpreters;
    this.snapshots = new Snapshots(
      this.#ram,
      new MachineState({
        buffer: this.#ram.buffer,
        harts: this.harts,
        blocks: this.#blocks,
        quantum: this.#quantum,
        events: this.#events,
        reservations: this.#reservations,
        runaways: this.#runaways,
        devices: this.devices,
        readEnd: () => this.#end,
        writeEnd: (end) => {
          this.#end = end;
        },
        readTiming: () => this.#saveTiming(),
        writeTiming: (timing) => {
          this.#restoreTiming(timing);
        },
      }),
    );
    this.#resetHarts();
    this.useClockModel(options.inorder);
  }

  #wiring(): Wiring {
    return {
      timebase: this.#events,
      harts: this.#cores.map(({ interrupts }) => interrupts),
      memory: this.#ram,
      watchStores: (address, length, onStore) => {
        new StoreWatch(this.#ram, this.#ram.offsetOf(address), length, onStore);
      },
      requestStop: () => {
        this.requestStop();
      },
      requestPowerOff: (code) => {
        this.#end = { reason: 'poweroff', code };
        this.#interrupt();
      },
      requestReset: () => {
        this.#end = { reason: 'reset' };
        this.#interrupt();
      },
    };
  }

  #resetHarts(): void {
    for (const hart of this.harts) {
      hart.reset(this.#resetVector);
    }
    this.#quantum.reset();
    this.#reservations.reset();
    this.#runaways.reset();
  }

  /** Cycles since reset that every hart has reached. */
  get cycle(): number {
    return this.#quantum.cycle;
  }

  /** Instructions retired since reset, by all harts together. */
  get instructionsRetired(): number {
    return this.harts.reduce((sum, { retired }) => sum + retired, 0);
  }

  /** The number of the hart whose turn it is. */
  get currentHart(): number {
    return this.#quantum.current;
  }

  /** The parameters of the in-order clock model; undefined: the functional one is in use. */
  get clockModel(): InorderParameters | undefined {
    return this.#parameters;
  }

  /**
   * Changes the clock model. Call it between runs, which is between instructions; pipeline, caches
   * and predictors of the in-order model start empty.
   * @param parameters of the in-order model; undefined: the functional one
   */
  useClockModel(parameters: InorderParameters | undefined): void {
    this.#parameters = parameters;
    this.#quantum.useLength(parameters === undefined ? QUANTUM_CYCLES : INORDER_QUANTUM_CYCLES);
    for (const { counters } of this.harts) {
      counters.events = undefined;
    }
    if (parameters === undefined) {
      this.#inorder = undefined;
      this.#engines = this.#interpreters;
      return;
    }
    const lines = new Int32Array(this.#ram.buffer, Region.SharedTiming, TimingLimit.SharedLines);
    lines.fill(0);
    const shared = new SharedMemoryTiming(lines, parameters);
    this.#inorder = this.harts.map(
      (hart, i) =>
        new InorderEngine(hart, this.#ram, this.#clock, this.#blocks[i], parameters, shared),
    );
    for (const engine of this.#inorder) {
      engine.start();
    }
    this.#engines = this.#inorder;
  }

  #saveTiming(): SavedTiming | undefined {
    if (this.#parameters === undefined || this.#inorder === undefined) return undefined;
    return {
      parameters: this.#parameters,
      engines: this.#inorder.map((engine) => engine.snapshot()),
      shared: this.#sharedTiming.slice(),
    };
  }

  #restoreTiming(timing: SavedTiming | undefined): void {
    this.useClockModel(timing?.parameters);
    if (timing === undefined) return;
    this.#sharedTiming.set(timing.shared);
    this.#inorder?.forEach((engine, i) => {
      engine.restore(timing.engines[i]);
    });
  }

  /** The second-level cache's cells. */
  get #sharedTiming(): Uint8Array {
    const bytes = TimingLimit.SharedLines * Int32Array.BYTES_PER_ELEMENT;
    return new Uint8Array(this.#ram.buffer, Region.SharedTiming, bytes);
  }

  /** What is in the pipeline of a hart at its present cycle; undefined in the functional model. */
  pipeline(hart = this.currentHart): PipelineView | undefined {
    return this.#inorder?.at(hart)?.view;
  }

  /** Where a hart's cycles went since the in-order model was chosen; empty in the functional one. */
  chargedCycles(hart: number): readonly ChargedCycles[] {
    return this.#inorder?.at(hart)?.charged ?? [];
  }

  /** Lets one cycle pass for every hart. */
  stepCycle(): RunResult {
    return this.run(1, { idle: 'skip', passBreakpoint: true });
  }

  /** The cycle of the next event, or Infinity. */
  get nextEvent(): number {
    return this.#events.nextDue;
  }

  /** What waits in the event queue, in order of creation. */
  get pendingEvents(): readonly { readonly name: string; readonly due: number }[] {
    return this.#events.pending();
  }

  /** Where the machine stands, for `runToInstant`. */
  get instant(): Instant {
    const quantum = this.#quantum;
    const local = quantum.now;
    const start = this.harts.length === 1 ? local : quantum.start;
    if (!quantum.isOver) return { start, hart: quantum.current, local, phase: Phase.Begun };
    const phase = this.nextEvent > local ? Phase.Settled : Phase.Before;
    return { start, hart: quantum.current, local, phase };
  }

  /** Whether every hart stands in `wfi` with nothing pending that would wake it. */
  get isWaiting(): boolean {
    return this.#quantum.isOver && this.harts.every(({ isWaiting }) => isWaiting);
  }

  /**
   * Runs until every hart has come `budget` cycles further, or less if something ends the slice
   * earlier. Slices of any lengths lead through the same states. One that ends with its budget ends
   * where the last hart in order has come to that cycle, the others being ahead within a quantum.
   */
  run(budget: number, options: RunOptions): RunResult {
    const passes = options.passBreakpoint === true;
    return this.#run(this.cycle + budget, LONGEST_SLICE, passes, options.idle);
  }

  /** Runs up to the cycle `end`; if `longest` is 1, one instruction, trap or cycle of waiting. */
  #run(end: number, longest: number, passes: boolean, idle: RunOptions['idle']): RunResult {
    for (const { state } of this.#cores) {
      state.attention &= ~Attention.Stop;
    }
    this.#stopRequested = false;
    const first = this.currentHart;
    const engine = this.#engines[first];
    engine.passesBreakpoint = passes && this.#blocks[first].hasBreakpoint(this.harts[first].pc);
    for (let isDone = false; ;) {
      const ended = this.#ended;
      if (ended !== undefined) {
        return ended;
      }
      if (isDone || this.cycle >= end) {
        return { reason: 'budget' };
      }
      if (this.#quantum.isOver) {
        this.#events.fireDue();
        if (this.#ended !== undefined) {
          continue;
        }
        const nextEvent = this.#events.nextDue;
        if (this.isWaiting) {
          if (idle === 'stop' || nextEvent === Infinity) {
            return { reason: 'waiting', nextEvent };
          }
          engine.passesBreakpoint = false;
          this.#quantum.passIdle(Math.min(nextEvent, end, this.cycle + longest));
          isDone = longest === 1;
          continue;
        }
        if (longest > 1) {
          this.#passStalls(Math.min(nextEvent, end));
          if (this.#quantum.now >= Math.min(nextEvent, end)) continue;
        }
        this.#quantum.begin(nextEvent);
      }
      if (this.harts[this.currentHart].isWaiting) {
        engine.passesBreakpoint = false;
      } else {
        const result = this.#takeTurn(end, longest);
        if (result !== undefined) {
          return result;
        }
        isDone = longest === 1;
      }
      this.#passWaiting(end);
    }
  }

  /**
   * Runs to an instant at which this machine has stood, or one that went the same way; unless
   * something ends the run earlier. The reason `budget` says that it has come there.
   */
  runToInstant(target: Instant, options: RunOptions): RunResult {
    const { start, hart, local, phase } = target;
    const passes = options.passBreakpoint === true;
    const isInLastTurn = hart === this.harts.length - 1;
    const end = isInLastTurn ? local : start;
    let result: RunResult = { reason: 'budget' };
    if (this.cycle < end) result = this.#run(end, LONGEST_SLICE, passes, options.idle);
    const quantum = this.#quantum;
    while (result.reason === 'budget' && compareInstants(this.instant, target) < 0) {
      if (quantum.isOver && quantum.now === start) {
        this.#events.fireDue();
        if (this.#ended !== undefined || phase !== Phase.Begun) return this.#ended ?? result;
        quantum.begin(this.nextEvent);
      } else if (
        !quantum.isOver &&
        quantum.current < hart &&
        this.harts[quantum.current].isWaiting
      ) {
        quantum.endTurn();
      } else {
        result = this.#run(Infinity, 1, passes, options.idle);
      }
    }
    return result;
  }

  /** Tells somebody what happens, until the function that is returned is called. */
  observe(observer: MachineObserver): () => void {
    this.#observers.add(observer);
    this.#watchTraps();
    return () => {
      this.#observers.delete(observer);
      this.#watchTraps();
    };
  }

  /** Traps and events are announced only while somebody wants to know. */
  #watchTraps(): void {
    const observers = [...this.#observers];
    for (const [hart, { traps }] of this.harts.entries()) {
      traps.onTrap = observers.some(({ onTrap }) => onTrap !== undefined)
        ? () => {
            for (const observer of observers) observer.onTrap?.(hart);
          }
        : undefined;
      traps.onModeSwitch = observers.some(({ onModeSwitch }) => onModeSwitch !== undefined)
        ? () => {
            for (const observer of observers) observer.onModeSwitch?.(hart);
          }
        : undefined;
    }
    this.#events.onEvent = (name) => {
      for (const observer of observers) observer.onEvent?.(name);
    };
  }

  /**
   * Calls a function before any of these bytes of RAM change, in the middle of what stores them,
   * until the function that is returned is called.
   * @throws RangeError unless the bytes are in RAM, within one page
   */
  watchStores(address: number, length: number, onStore: () => void): () => void {
    const isInOnePage =
      Math.floor(address / PAGE_SIZE) === Math.floor((address + length - 1) / PAGE_SIZE);
    if (length < 1 || !isInOnePage || !this.#ram.contains(address, length)) {
      throw new RangeError(
        `${length} bytes at 0x${address.toString(16)} are not in one page of RAM`,
      );
    }
    const watch = new StoreWatch(this.#ram, this.#ram.offsetOf(address), length, onStore);
    return () => {
      watch.end();
    };
  }

  /** What the guest has made of the machine for good; undefined: it runs, or could. */
  get end(): MachineEnd | undefined {
    return this.#end;
  }

  /** What a device or the host has asked for, if anything. */
  get #ended(): RunResult | undefined {
    return this.#end ?? (this.#stopRequested ? { reason: 'stopped' } : undefined);
  }

  /** Between quanta of the in-order model: passes over cycles in which no hart begins anything. */
  #passStalls(end: number): void {
    const engines = this.#inorder;
    if (engines === undefined || engines.length === 1) return;
    const { now } = this.#quantum;
    let until = end;
    for (let i = 0; i < engines.length; i++) {
      if (!this.harts[i].isWaiting) until = Math.min(until, now + engines[i].untilNext);
    }
    if (until > now) this.#quantum.passIdle(until);
  }

  /**
   * Passes over harts that wait, up to the cycle `end`. A quantum that takes no more time is over,
   * also where a slice ends: what comes in then finds the same state as in a longer one.
   */
  #passWaiting(end: number): void {
    const quantum = this.#quantum;
    while (!quantum.isOver && this.harts[quantum.current].isWaiting) {
      if (quantum.cycle >= end) {
        if (quantum.isLastTurn) quantum.waitInLastTurn(quantum.now);
        return;
      }
      if (quantum.isLastTurn) {
        quantum.waitInLastTurn(end);
      } else {
        quantum.endTurn();
      }
    }
  }

  /** Lets the current hart go on in its turn; what came of it, if that ends the run. */
  #takeTurn(end: number, longest: number): RunResult | undefined {
    const quantum = this.#quantum;
    const hart = this.harts[quantum.current];
    const engine = this.#engines[quantum.current];
    const turnEnd = quantum.isLastTurn ? Math.min(quantum.end, end) : quantum.end;
    // What is to take one instruction takes the time until it begins as well.
    const ahead = this.#inorder?.[quantum.current].untilNext ?? 0;
    const room = turnEnd - this.#clock.now;
    if (room > 0 && ahead >= room) {
      // Its next instruction begins in another turn.
      quantum.passTurnTo(turnEnd);
      quantum.afterRunning();
      return undefined;
    }
    const cycles = engine.passesBreakpoint || longest === 1 ? ahead + 1 : longest;
    this.#clock.startSlice(Math.min(turnEnd, this.#clock.now + cycles));
    engine.run();
    if (ahead === 0 || this.#clock.now < turnEnd) engine.passesBreakpoint = false;
    let result: RunResult | undefined;
    const { runaway } = hart.traps;
    if (engine.atBreakpoint) {
      engine.atBreakpoint = false;
      result = { reason: 'breakpoint' };
    } else if (runaway !== undefined) {
      hart.traps.runaway = undefined;
      hart.state.attention &= ~Attention.Stop;
      if (this.#runaways.isEnd(hart)) {
        result = { reason: 'runaway', ...runaway };
      } else if (runaway.kind === 'machine-trap-loop') {
        // Nothing but another hart, later, can make a difference to what it does in its turn.
        quantum.passTurnTo(turnEnd);
      }
    }
    quantum.afterRunning();
    return result;
  }

  /**
   * While every hart waits, lets time pass up to `cycle`, but never past the next event, which the
   * next `run` handles. Does nothing if a hart does not wait or `cycle` has passed.
   */
  advanceIdle(cycle: number): void {
    const target = Math.min(Math.floor(cycle), this.#events.nextDue);
    if (this.isWaiting && target > this.cycle) {
      this.#quantum.passIdle(target);
    }
  }

  /**
   * Executes one instruction or takes one trap, whether or not a breakpoint is there. If it is not
   * that hart's turn, the others go on until it is; a breakpoint ends that. If it waits all through
   * its turn, that is all that happens.
   * @param hart the current one if absent
   */
  stepInstruction(hart = this.currentHart): RunResult {
    const before = this.progressOf(hart);
    let result = this.#run(Infinity, 1, this.currentHart === hart, 'skip');
    while (result.reason === 'budget' && this.progressOf(hart) === before) {
      result = this.#run(Infinity, 1, this.currentHart === hart, 'skip');
    }
    return result;
  }

  /** A number that is another one when a hart has executed an instruction, trapped or waited. */
  progressOf(hart: number): number {
    return this.#inorder?.[hart].progress ?? this.harts[hart].cycle;
  }

  /** Lets whichever hart's turn it is do one thing: an instruction, a trap, a cycle of waiting. */
  stepTurn(): RunResult {
    return this.#run(Infinity, 1, true, 'skip');
  }

  /**
   * Makes `run` stop before the instruction at a virtual address, in any mode and address space.
   * Breakpoints are no part of the state: they change neither what the guest does nor when.
   * Instructions outside RAM are not watched.
   */
  addBreakpoint(address: number): void {
    for (const blocks of this.#blocks) {
      blocks.addBreakpoint(address);
    }
  }

  removeBreakpoint(address: number): void {
    for (const blocks of this.#blocks) {
      blocks.removeBreakpoint(address);
    }
  }

  /** Ends the running slice after the current instruction. Without one, does nothing. */
  requestStop(): void {
    this.#stopRequested = true;
    this.#interrupt();
  }

  /** Makes the engine of the current hart return after the current instruction. */
  #interrupt(): void {
    this.#cores[this.currentHart].state.attention |= Attention.Stop;
  }

  /** Power-on state for harts, devices and clock. RAM keeps its contents. */
  reset(): void {
    this.#end = undefined;
    this.#stopRequested = false;
    this.#events.clear();
    this.#resetHarts();
    // Devices last: they drive the harts' interrupt pins.
    for (const { device } of this.devices) {
      device.reset();
    }
    for (const blocks of this.#blocks) {
      blocks.dropAll();
    }
    this.useClockModel(this.#parameters);
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
    const units = this.harts.map(({ traps }) => traps.statistics);
    return {
      exceptions: sumByIndex(units.map(({ exceptions }) => exceptions)),
      interrupts: sumByIndex(units.map(({ interrupts }) => interrupts)),
      modeSwitches: units.reduce((sum, unit) => sum + unit.modeSwitches, 0),
      addressSpaceSwitches: this.harts.reduce(
        (sum, { csrs }) => sum + csrs.addressSpaceSwitches,
        0,
      ),
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

  #timingParts(parameters: InorderParameters) {
    return {
      parameters,
      harts: this.harts.map((_, i) => ({ region: timingOffset(i), cells: TIMING_CELLS })),
      shared: { region: Region.SharedTiming, cells: SHARED_TIMING_CELLS },
    };
  }

  #hashedParts() {
    this.#quantum.save();
    for (const engine of this.#inorder ?? []) {
      engine.save();
    }
    return {
      timing: this.#parameters === undefined ? undefined : this.#timingParts(this.#parameters),
      buffer: this.#ram.buffer,
      hartRegions: this.#cores.map(({ state }) => state.region),
      machineRegion: Region.Machine,
      devices: this.devices,
      alarms: this.#events.pending(),
    };
  }
}

/** Element by element. */
function sumByIndex(counts: readonly Float64Array[]): number[] {
  return [...counts[0]].map((_, i) => counts.reduce((sum, each) => sum + each[i], 0));
}
