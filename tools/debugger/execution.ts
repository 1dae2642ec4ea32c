/** Lets the machine run, in slices, and says why it stopped. */
import type { History } from '../../machine/history/history.ts';
import type { RunResult } from '../../machine/machine.ts';
import { describeRunaway } from '../host/runaway-report.ts';
import type { SymbolTable } from '../host/symbol-table.ts';
import { type Breakpoint, Breakpoints } from './breakpoints.ts';
import { StopPoints } from './stop-points.ts';
import type { Target } from './target.ts';

/** Why the guest stands. */
export type Stop =
  /** It has come to where the command wanted it. */
  | { readonly kind: 'done' }
  /** It has gone by cycles: instructions are on their way. */
  | { readonly kind: 'cycle' }
  /** The same, and this was drawn on the way. */
  | { readonly kind: 'drawn'; readonly lines: readonly string[] }
  | { readonly kind: 'breakpoint'; readonly breakpoint: Breakpoint }
  | { readonly kind: 'interrupted' }
  /** Going back, it has come to where its history begins. */
  | { readonly kind: 'beginning' }
  /** The command's limit of cycles. */
  | { readonly kind: 'limit' }
  /** It waits, and no event is due: only input can wake it. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'power-off'; readonly code: number }
  /** It asked for a reset, which is done: the machine stands at its first instruction. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'runaway'; readonly report: string };

export type Progress =
  /** The slice is over: there is more to do. */
  | { readonly kind: 'more' }
  /** The guest waits; the next event is due at this cycle, or Infinity. */
  | { readonly kind: 'waiting'; readonly due: number }
  | { readonly kind: 'stopped'; readonly stop: Stop };

export const MORE: Progress = { kind: 'more' };

/** A command that makes the guest run: it is asked to go on until it says that it has stopped. */
export interface Motion {
  /** It goes through the history, as fast as it can: guest time means nothing on its way. */
  readonly travels?: boolean;
  /** Runs up to the cycle `end`, or less. */
  advance(end: number): Progress;
  /** Gives up what it has set in the machine. Called once, however it ended. */
  finish(): void;
}

export class Execution {
  readonly points: StopPoints;
  readonly breakpoints: Breakpoints;
  /** The guest has switched the machine off. */
  isOff = false;

  constructor(
    readonly target: Target,
    readonly history: History,
    private readonly symbols: SymbolTable,
    private readonly resetGuest: () => void,
    private readonly onGone: () => void,
  ) {
    this.points = new StopPoints(target.machine);
    this.breakpoints = new Breakpoints(this.points);
  }

  /**
   * Runs up to the cycle `end`, a breakpoint, or a point where `isGoal`.
   * @param passes whether a breakpoint at the pc is passed: the guest stands at it already
   */
  run(end: number, passes: boolean, isGoal: () => boolean = () => false): Progress {
    const { target } = this;
    const { machine } = target;
    let passBreakpoint = passes;
    while (machine.cycle < end) {
      const result = this.history.run(end - machine.cycle, { idle: 'stop', passBreakpoint });
      if (result.reason !== 'breakpoint') return this.progressOf(result);
      const { selected } = target;
      target.selected = machine.currentHart;
      const stop = this.stopHere(isGoal);
      if (stop !== undefined) return { kind: 'stopped', stop };
      target.selected = selected;
      passBreakpoint = true;
    }
    return MORE;
  }

  /** Executes one instruction or takes one trap; undefined: nothing but that has happened. */
  step(): Progress | undefined {
    const { machine } = this.target;
    // An event that is due may be what the guest waits for.
    const { target, history } = this;
    if (machine.isWaiting && history.nextDue > machine.cycle) {
      return { kind: 'waiting', due: history.nextDue };
    }
    let result = history.step(target.selected);
    while (result.reason === 'breakpoint') {
      // Another hart, which went on in the meantime, has come to one.
      const { selected } = target;
      target.selected = machine.currentHart;
      const stop = this.stopAtBreakpoint();
      if (stop !== undefined) return { kind: 'stopped', stop };
      history.step();
      target.selected = selected;
      result = history.step(selected);
    }
    const progress = this.progressOf(result);
    return progress.kind === 'more' ? undefined : progress;
  }

  /** Lets a cycle pass; undefined: nothing but that has happened. */
  stepCycle(): Progress | undefined {
    const progress = this.progressOf(this.history.run(1, { idle: 'skip', passBreakpoint: true }));
    return progress.kind === 'more' ? undefined : progress;
  }

  /** The breakpoint that the hart stands at. */
  get breakpointHere(): Breakpoint | undefined {
    const { target } = this;
    return this.breakpoints.at(target.pc, () => target.imageAt(target.pc));
  }

  /** The breakpoint that the hart stands at, counted as met. */
  stopAtBreakpoint(): Stop | undefined {
    const breakpoint = this.breakpointHere;
    if (breakpoint === undefined) return undefined;
    breakpoint.hits++;
    return { kind: 'breakpoint', breakpoint };
  }

  /** The machine has gone to another moment of its history. */
  hasGone(): void {
    this.isOff = false;
    this.onGone();
  }

  reset(): void {
    this.resetGuest();
    this.history.restart();
    this.target.selected = 0;
    this.isOff = false;
  }

  private stopHere(isGoal: () => boolean): Stop | undefined {
    return this.stopAtBreakpoint() ?? (isGoal() ? { kind: 'done' } : undefined);
  }

  private progressOf(result: RunResult): Progress {
    switch (result.reason) {
      case 'budget':
      case 'stopped':
      case 'breakpoint':
        return MORE;
      case 'waiting':
        return { kind: 'waiting', due: result.nextEvent };
      case 'poweroff':
        this.isOff = true;
        return { kind: 'stopped', stop: { kind: 'power-off', code: result.code } };
      case 'reset':
        this.reset();
        return { kind: 'stopped', stop: { kind: 'reset' } };
      case 'runaway':
        return {
          kind: 'stopped',
          stop: { kind: 'runaway', report: describeRunaway(result, this.symbols) },
        };
    }
  }
}
