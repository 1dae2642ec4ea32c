/**
 * The past of a machine, and the ways to and fro in it. A history has snapshots and a record of all
 * input; any moment is reached by going back to the snapshot before it and running on from there,
 * with the same input at the same instants. Whoever drives the machine forwards does it through here.
 *
 * Going back keeps the input that is now in the future: running on, it comes in again. Something new
 * from outside starts another future, and what was there is forgotten. The history begins where it
 * was created, or at the last reset.
 */
import type { HostEnd, HostPicture } from '../devices/host-end.ts';
import type { Machine, RunOptions, RunResult } from '../machine.ts';
import type { InputDoor, StampedInput } from './input.ts';
import { compareInstants, Phase, type Instant } from './instant.ts';
import { distance, finish, type Journey, type Moment } from './journey.ts';
import { leastMissed, SNAPSHOT_DISTANCE } from './schedule.ts';
import type { Snapshot } from './snapshots.ts';
import type { ArmedCondition, Condition } from './until.ts';

/** What came of going somewhere: `budget` means that the machine is there. */
export type Arrival = RunResult;

/** What came of going back. */
export type Return = 'arrived' | 'beginning';

export interface HistoryOptions {
  /** What snapshots may take together, in bytes. */
  readonly memoryBytes: number;
  /** Beside the machine, what else goes back with it, such as a console's text. */
  readonly followers?: readonly HostEnd[];
}

interface Kept {
  readonly snapshot: Snapshot;
  readonly at: Instant;
  readonly cycle: number;
  readonly retired: number;
  readonly followers: readonly HostPicture[];
  /** How many inputs had come in. */
  readonly inputs: number;
}

/** A snapshot is taken so many instructions before a moment gone back to: more steps back are near. */
const NEAR = 20_000;
/** From so many instructions on, the way to a moment is worth a snapshot near its end. */
const LONG_WAY = 200_000;
/** In search of the instruction before, so many cycles are looked at first, then more. */
const FIRST_SEARCH_CYCLES = 64;
const SEARCH_GROWTH = 16;
/** On a long way, so many cycles of all harts together are one piece of it: some milliseconds. */
const PIECE_CYCLES = 1_000_000;
/** And so many single steps. */
const PIECE_STEPS = 2000;
/** A quantum of several harts, within which none is nearer to its end than this, in cycles. */
const QUANTUM_MARGIN = 1000;

const RUN_ON: RunOptions = { idle: 'skip', passBreakpoint: true };

export class History {
  private readonly kept: Kept[] = [];
  private inputs: StampedInput[] = [];
  /** The first input that is still to come. */
  private next = 0;
  private readonly followers: readonly HostEnd[];

  /** The history begins here and now. */
  constructor(
    private readonly machine: Machine,
    private readonly door: InputDoor,
    private readonly options: HistoryOptions,
  ) {
    this.followers = options.followers ?? [];
    door.listen((stamped) => {
      this.inputs.length = this.next;
      this.inputs.push(stamped);
      this.next++;
    });
    this.take();
  }

  /** What the snapshots take, roughly, in bytes. */
  get bytes(): number {
    return this.machine.snapshots.bytes;
  }

  get snapshotCount(): number {
    return this.kept.length;
  }

  /** The cycle at which the past that is known begins. */
  get beginning(): number {
    return this.kept[0].cycle;
  }

  /** To be called after a reset: what was before is no more. */
  restart(): void {
    for (const { snapshot } of this.kept.splice(0)) this.machine.snapshots.drop(snapshot);
    this.inputs = [];
    this.next = 0;
    this.take();
  }

  /** The cycle at which something is known to happen: an event, or known input; or Infinity. */
  get nextDue(): number {
    return Math.min(this.machine.nextEvent, this.nextInputCycle);
  }

  /** As `Machine.run`; known input comes in when its time has come. */
  run(budget: number, options: RunOptions): RunResult {
    const { machine } = this;
    const end = machine.cycle + budget;
    let { passBreakpoint = false } = options;
    for (;;) {
      this.meet();
      const from = machine.instant;
      const cut = Math.min(end, machine.cycle + this.untilSnapshot);
      const result = this.runUpTo(cut, { ...options, passBreakpoint });
      if (result.reason === 'waiting') {
        const due = Math.min(end, this.nextInputCycle);
        if (options.idle === 'skip' && due !== Infinity && this.passIdleTo(due)) continue;
        return { reason: 'waiting', nextEvent: this.nextDue };
      }
      if (result.reason !== 'budget' || machine.cycle >= end) return result;
      passBreakpoint &&= compareInstants(from, machine.instant) === 0;
    }
  }

  /** As `Machine.stepInstruction`. */
  step(hart = this.machine.currentHart): RunResult {
    const { machine } = this;
    this.meet();
    if (this.next === this.inputs.length) return machine.stepInstruction(hart);
    const before = machine.progressOf(hart);
    let result = machine.stepTurn();
    while (result.reason === 'budget' && machine.progressOf(hart) === before) {
      this.meet();
      result = machine.stepTurn();
    }
    return result;
  }

  /** As `Machine.advanceIdle`, but not past known input. */
  advanceIdle(cycle: number): void {
    this.machine.advanceIdle(Math.min(cycle, this.nextInputCycle));
  }

  /**
   * Goes to a moment, forwards or backwards: the first instant that has come to it.
   * @returns `budget` if the machine is there; else what ended the way, as the guest's power-off
   */
  runTo(moment: Moment): Arrival {
    return finish(this.journeyTo(moment));
  }

  /** The way of `runTo`. */
  *journeyTo(moment: Moment): Journey<Arrival> {
    // Where it stands now may be a later instant of the moment than the first.
    if (distance(this.machine, moment) <= 0) this.restoreBefore((kept) => isAhead(kept, moment));
    yield* this.approach(moment);
    return yield* this.runForwardTo(moment);
  }

  /**
   * Goes back to where a hart stood before its last instruction or trap.
   * @returns `beginning` if there is none before: the machine stands at the beginning then
   */
  stepBack(hart = this.machine.currentHart): Return {
    return finish(this.journeyBack(hart));
  }

  /** The way of `stepBack`. */
  *journeyBack(hart: number): Journey<Return> {
    const now = this.machine.instant;
    const { cycle } = this.machine;
    for (let reach = FIRST_SEARCH_CYCLES; ; reach *= SEARCH_GROWTH) {
      const margin = this.machine.harts.length === 1 ? 0 : QUANTUM_MARGIN;
      const start = Math.max(cycle - reach - margin, this.beginning);
      yield* this.journeyTo({ cycle: start });
      const found = yield* this.lastStepBefore(now, hart);
      if (found !== undefined) {
        yield* this.journeyTo({ cycle: start });
        yield* this.goTo(found);
        return 'arrived';
      }
      if (start <= this.beginning) {
        this.restoreBefore(() => false);
        return 'beginning';
      }
    }
  }

  /** Goes back by one cycle. */
  stepCycleBack(): Return {
    const { cycle } = this.machine;
    if (cycle <= this.beginning) {
      this.restoreBefore(() => false);
      return 'beginning';
    }
    this.runTo({ cycle: cycle - 1 });
    return 'arrived';
  }

  /**
   * Looks at the machine as it was at an earlier cycle, then brings it back to this very instant.
   * @param look changes nothing
   */
  visit<T>(cycle: number, look: () => T): T {
    const { instant } = this.machine;
    this.runTo({ cycle });
    const seen = look();
    finish(this.goTo(instant));
    return seen;
  }

  /** Runs until a condition holds, or something else ends the run; `undefined`: it holds. */
  continueUntil(condition: Condition, budget = Infinity): RunResult | undefined {
    const { machine } = this;
    const armed = condition.arm(machine);
    const end = machine.cycle + budget;
    try {
      for (;;) {
        const result = this.run(end - machine.cycle, RUN_ON);
        if (armed.holds(result)) return undefined;
        if (result.reason !== 'breakpoint' && result.reason !== 'stopped') return result;
      }
    } finally {
      armed.disarm();
    }
  }

  /**
   * Goes back to the last instant before now at which a condition held.
   * @returns `beginning` if it never did: the machine stands at the beginning then
   */
  reverseContinue(condition: Condition): Return {
    return finish(this.journeyBackUntil(condition));
  }

  /** The way of `reverseContinue`. */
  *journeyBackUntil(condition: Condition): Journey<Return> {
    let limit = this.machine.instant;
    const armed = condition.arm(this.machine);
    try {
      this.restoreBefore(({ at }) => compareInstants(at, limit) < 0);
      for (;;) {
        const from = this.machine.instant;
        const found = yield* this.lastHit(armed, limit);
        if (found !== undefined) {
          this.restoreBefore(({ at }) => compareInstants(at, found) <= 0);
          yield* this.goTo(found);
          return 'arrived';
        }
        this.restoreBefore(({ at }) => compareInstants(at, from) <= 0);
        if (this.kept.length === 1) return 'beginning';
        // What is so at this very instant is seen by coming to it, and so from further back.
        this.step();
        limit = this.machine.instant;
        this.restoreBefore(({ at }) => compareInstants(at, from) < 0);
      }
    } finally {
      armed.disarm();
    }
  }

  /** From here to `limit`: the last instant at which a condition held. */
  private *lastHit(armed: ArmedCondition, limit: Instant): Journey<Instant | undefined> {
    let found: Instant | undefined;
    for (;;) {
      const result = yield* this.runToward(limit);
      const { instant } = this.machine;
      if (compareInstants(instant, limit) >= 0) return found;
      if (armed.holds(result)) found = instant;
      else if (!mayGoOn(result)) return found;
    }
  }

  /** From here to `limit`: where a hart stood before the last step that it made. */
  private *lastStepBefore(limit: Instant, hart: number): Journey<Instant | undefined> {
    const { machine } = this;
    let found: Instant | undefined;
    /** Where it has stood since its last step. */
    let standing: Instant | undefined;
    for (let steps = 1; compareInstants(machine.instant, limit) < 0; steps++) {
      if (steps % PIECE_STEPS === 0) yield;
      this.meet();
      const { instant } = machine;
      if (instant.phase === Phase.Before) {
        machine.runToInstant({ ...instant, phase: Phase.Settled }, RUN_ON);
        continue;
      }
      if (machine.isWaiting) {
        const due = Math.min(this.nextDue, limit.start);
        if (due <= machine.cycle) return found;
        machine.advanceIdle(due);
        continue;
      }
      if (machine.currentHart === hart && !machine.harts[hart].isWaiting) standing ??= instant;
      const before = machine.progressOf(hart);
      machine.stepTurn();
      if (machine.progressOf(hart) === before) continue;
      found = standing ?? found;
      standing = undefined;
    }
    return found;
  }

  /** Runs to an instant ahead, whatever asks the machine to stop on the way. */
  private *goTo(instant: Instant): Journey<void> {
    for (;;) {
      const result = yield* this.runToward(instant);
      if (!mayGoOn(result)) return;
    }
  }

  /** Runs to an instant ahead, with the input on the way, unless something stops the machine. */
  private *runToward(instant: Instant): Journey<RunResult> {
    const { machine } = this;
    let result: RunResult = { reason: 'budget' };
    let options = RUN_ON;
    while (result.reason === 'budget' && compareInstants(machine.instant, instant) < 0) {
      this.meet();
      const input = this.upcoming?.at;
      const isInputFirst = input !== undefined && compareInstants(input, instant) < 0;
      const cut = machine.cycle + Math.min(this.untilSnapshot, this.piece);
      const goal = isInputFirst ? input : instant;
      result =
        goal.start > cut
          ? machine.run(cut - machine.cycle, options)
          : machine.runToInstant(goal, options);
      options = { idle: 'skip' };
      if (result.reason === 'waiting' && !this.passIdleTo(goal.start)) return result;
      if (result.reason === 'waiting') result = { reason: 'budget' };
      yield;
    }
    return result;
  }

  /** Cycles in a piece of a journey. */
  private get piece(): number {
    return Math.floor(PIECE_CYCLES / this.machine.harts.length);
  }

  /** Nothing is due: time passes, as it did while somebody waited. */
  private passIdleTo(cycle: number): boolean {
    const before = this.machine.cycle;
    this.machine.advanceIdle(cycle);
    return this.machine.cycle > before;
  }

  private *runForwardTo(moment: Moment): Journey<Arrival> {
    const { machine } = this;
    for (let steps = 1; ; steps++) {
      const left = distance(machine, moment);
      if (left <= 0) return { reason: 'budget' };
      if (left > this.piece || steps % PIECE_STEPS === 0) yield;
      const result = this.forward(left, moment);
      switch (result.reason) {
        case 'budget':
        case 'breakpoint':
        case 'stopped':
        case 'runaway':
          break;
        case 'waiting': {
          const end = 'cycle' in moment ? moment.cycle : Infinity;
          const due = Math.min(end, result.nextEvent);
          if (due === Infinity || !this.passIdleTo(due)) return result;
          break;
        }
        default:
          return result;
      }
    }
  }

  /** Runs without going past a moment; `left`: cycles or instructions. */
  private forward(left: number, moment: Moment): RunResult {
    const { machine } = this;
    if ('cycle' in moment) return this.run(Math.min(left, this.piece), RUN_ON);
    // Time that passes while it waits has no instructions, but what comes in ends that.
    const idle = machine.isWaiting ? this.nextDue - machine.cycle : 0;
    if (idle > 0 && idle !== Infinity) return this.run(idle, RUN_ON);
    const harts = machine.harts.length;
    // Within a quantum some harts are ahead of others.
    const sure = harts === 1 ? left : Math.floor(left / harts) - QUANTUM_MARGIN;
    if (sure > 0) return this.run(Math.min(sure, this.piece), RUN_ON);
    this.meet();
    return machine.stepTurn();
  }

  /** If it is far to a moment, goes near it and takes a snapshot there. */
  private *approach(moment: Moment): Journey<void> {
    const left = distance(this.machine, moment);
    if (left < LONG_WAY) return;
    const near: Moment =
      'cycle' in moment
        ? { cycle: moment.cycle - NEAR }
        : { instructions: moment.instructions - NEAR };
    if ((yield* this.runForwardTo(near)).reason === 'budget') this.take();
  }

  /** Runs up to a cycle or to the next known input. */
  private runUpTo(end: number, options: RunOptions): RunResult {
    const { machine } = this;
    const input = this.upcoming?.at;
    if (input === undefined || input.start > end) return machine.run(end - machine.cycle, options);
    return machine.runToInstant(input, options);
  }

  /** The first known input that has not come in. */
  private get upcoming(): StampedInput | undefined {
    return this.inputs.at(this.next);
  }

  /** Undefined before the first. */
  private get latest(): Kept | undefined {
    return this.kept.at(-1);
  }

  private get nextInputCycle(): number {
    return this.upcoming?.at.start ?? Infinity;
  }

  /** Does what belongs to where the machine stands: lets known input in, takes a snapshot. */
  private meet(): void {
    const { machine } = this;
    if (this.untilSnapshot <= 0) this.take();
    for (;;) {
      const stamped = this.upcoming;
      if (stamped === undefined || compareInstants(stamped.at, machine.instant) > 0) return;
      this.next++;
      this.door.repeat(stamped.input);
    }
  }

  /** Instructions until a snapshot is due. */
  private get untilSnapshot(): number {
    const last = this.kept[this.kept.length - 1];
    return last.retired + SNAPSHOT_DISTANCE - this.machine.instructionsRetired;
  }

  private take(): void {
    const { machine, kept, followers } = this;
    const at = machine.instant;
    const last = this.latest;
    if (last !== undefined && compareInstants(last.at, at) === 0) return;
    kept.push({
      snapshot: machine.snapshots.take(),
      at,
      cycle: machine.cycle,
      retired: machine.instructionsRetired,
      followers: followers.map((follower) => follower.save()),
      inputs: this.next,
    });
    while (machine.snapshots.bytes > this.options.memoryBytes) {
      const index = leastMissed(kept, machine.instructionsRetired);
      if (index < 0) return;
      const [{ snapshot }] = kept.splice(index, 1);
      machine.snapshots.drop(snapshot);
    }
  }

  /**
   * Goes back to the last snapshot of which something is so; to the beginning if there is none.
   * @returns whether there was one
   */
  private restoreBefore(isBefore: (kept: Kept) => boolean): boolean {
    const { machine, kept, followers } = this;
    const index = kept.findLastIndex(isBefore);
    kept.length = Math.max(index, 0) + 1;
    const { snapshot, inputs, followers: pictures } = kept[kept.length - 1];
    machine.snapshots.restore(snapshot);
    for (const [number, follower] of followers.entries()) follower.restore(pictures[number]);
    this.next = inputs;
    return index >= 0;
  }
}

/** Whether a run that was stopped on known ground is just continued. */
function mayGoOn({ reason }: RunResult): boolean {
  return reason === 'breakpoint' || reason === 'stopped' || reason === 'runaway';
}

/** Whether the first instant of a moment is behind something for certain. */
function isAhead({ cycle, retired }: Kept, moment: Moment): boolean {
  return 'cycle' in moment ? cycle < moment.cycle : retired < moment.instructions;
}
