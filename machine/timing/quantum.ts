/**
 * How several harts share one time. All harts run the same quantum, a stretch of cycles, one after
 * the other in the order of their numbers; then the events that are due at its end fire, and the next
 * quantum begins. It is 1,000 cycles long, or less where an event is due earlier. A hart that waits
 * for an interrupt is passed over; where every hart comes to wait, the quantum ends with the last.
 *
 * An event that is set within a quantum for a moment within it ends the quantum there, but not before
 * the furthest cycle that a hart has reached already. With one hart no quantum need end but at
 * events.
 *
 * Where the machine stands (the quantum, whose turn it is, how far each hart has come) is part of its
 * state, so a run may stop anywhere and go on later: the states that follow are the same.
 */
import type { Clock } from '../bus/event-queue.ts';
import type { HartState } from '../hart/hart-state.ts';
import { MachineWord } from '../hart/state-layout.ts';
import type { CycleClock } from './clock.ts';

/** Cycles of a quantum of several harts. */
export const QUANTUM_CYCLES = 1000;

/** The same in the in-order clock model. */
export const INORDER_QUANTUM_CYCLES = 1;

/** Told when another hart's turn begins. */
export interface TurnWatcher {
  onTurn(from: HartState, to: HartState): void;
}

export class Quantum implements Clock {
  readonly #clock: CycleClock;
  readonly #harts: readonly HartState[];
  readonly #watcher: TurnWatcher;
  /** The machine's cells, as doubles. */
  readonly #cells: Float64Array;
  #length: number;

  constructor(
    clock: CycleClock,
    harts: readonly HartState[],
    cells: Float64Array,
    watcher: TurnWatcher,
  ) {
    this.#clock = clock;
    this.#harts = harts;
    this.#cells = cells;
    this.#watcher = watcher;
    this.#length = harts.length === 1 ? Infinity : QUANTUM_CYCLES;
  }

  /** How long a quantum is from the next on, where there are several harts. */
  useLength(cycles: number): void {
    this.#length = this.#harts.length === 1 ? Infinity : cycles;
  }

  /** The cycle of the hart whose turn it is. */
  get now(): number {
    return this.#clock.now;
  }

  /** The hart whose turn it is, by its number. */
  get current(): number {
    return this.#cells[MachineWord.CurrentHart / 2];
  }

  /** The cycle at which the quantum began; if it is over, at which it ended. */
  get start(): number {
    return this.#cells[MachineWord.QuantumStart / 2];
  }

  /** The cycle at which the quantum ends, as far as is known. */
  get end(): number {
    return this.#cells[MachineWord.QuantumEnd / 2];
  }

  set #end(cycle: number) {
    this.#cells[MachineWord.QuantumEnd / 2] = cycle;
  }

  /** The cycle that every hart has reached. */
  get cycle(): number {
    return this.isLastTurn ? this.now : this.start;
  }

  /** Whether all harts stand at the same cycle, between two quanta. */
  get isOver(): boolean {
    return this.end <= this.start;
  }

  /** Whether no hart comes after the current one in this quantum. */
  get isLastTurn(): boolean {
    return this.current === this.#harts.length - 1;
  }

  /** The furthest cycle that a hart has reached in this quantum. */
  get #reached(): number {
    let reached = this.now;
    for (let hart = 0; hart < this.current; hart++) {
      reached = Math.max(reached, this.#harts[hart].localCycle);
    }
    return reached;
  }

  /** Begins a quantum, which ends at `nextEvent` at the latest. Some hart does not wait. */
  begin(nextEvent: number): void {
    const start = this.now;
    this.#cells[MachineWord.QuantumStart / 2] = start;
    this.#end = Math.min(start + this.#length, nextEvent);
  }

  /** To be called when an engine has run: ends the hart's turn if it has done its part. */
  afterRunning(): void {
    const { now } = this;
    if (now >= this.end) {
      // Its last instruction may have set an event for a cycle that was over already.
      this.#end = now;
      this.endTurn();
    }
  }

  /** The current hart does nothing more in this quantum. */
  endTurn(): void {
    const { now, current } = this;
    if (this.isLastTurn) {
      this.#finish(this.#reached);
    } else {
      this.#harts[current].localCycle = now;
      this.#give(current + 1);
    }
  }

  /**
   * The hart of the last turn waits: its time passes up to `cycle`, or up to where the furthest
   * hart has come, which ends the quantum.
   */
  waitInLastTurn(cycle: number): void {
    if (cycle >= this.#reached) {
      this.endTurn();
    } else {
      this.passTurnTo(cycle);
    }
  }

  /** The current hart does nothing worth knowing up to `cycle`, and retires nothing. */
  passTurnTo(cycle: number): void {
    this.#passWaiting(this.#harts[this.current], this.now, cycle);
    this.#clock.moveTo(cycle);
  }

  /** Between quanta, with every hart waiting: moves all of them to `cycle`. */
  passIdle(cycle: number): void {
    this.#finish(cycle);
  }

  /** Back to cycle 0, the harts' own cells being reset already. */
  reset(): void {
    this.#cells.fill(0);
    this.#clock.moveTo(0);
    for (const hart of this.#harts) {
      hart.isRunning = hart.index === 0;
    }
  }

  onEarlierEvent(cycle: number): void {
    const end = Math.max(cycle, this.#reached);
    if (end < this.end) {
      this.#end = end;
      this.#clock.shortenTo(end);
    }
  }

  /** Writes what is known elsewhere into the cells of the state. */
  save(): void {
    this.#harts[this.current].localCycle = this.now;
  }

  /** Follows cells that have been replaced, the harts' among them. */
  stateReplaced(): void {
    for (const hart of this.#harts) {
      hart.isRunning = hart.index === this.current;
    }
    this.#clock.moveTo(this.#harts[this.current].localCycle);
  }

  #give(to: number): void {
    const previous = this.#harts[this.current];
    const next = this.#harts[to];
    if (next !== previous) {
      this.#watcher.onTurn(previous, next);
      previous.isRunning = false;
      next.isRunning = true;
      this.#cells[MachineWord.CurrentHart / 2] = to;
    }
    this.#clock.moveTo(next.localCycle);
  }

  /** Ends the quantum at `cycle`: whoever stopped earlier has waited since. */
  #finish(cycle: number): void {
    this.save();
    for (const hart of this.#harts) {
      this.#passWaiting(hart, hart.localCycle, cycle);
      hart.localCycle = cycle;
    }
    this.#cells[MachineWord.QuantumStart / 2] = cycle;
    this.#end = cycle;
    this.#give(0);
  }

  #passWaiting(hart: HartState, from: number, to: number): void {
    hart.nonRetiringCycles += to - from;
  }
}
