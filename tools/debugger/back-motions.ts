/** Motions backwards: an instruction, a line, to where something happened last. */
import type { Journey } from '../../machine/history/journey.ts';
import type { ArmedCondition, Condition } from '../../machine/history/until.ts';
import type { Execution, Motion, Progress, Stop } from './execution.ts';
import { MORE } from './execution.ts';

/** A motion that leaves the machine at another moment of its history. */
export abstract class BackMotion implements Motion {
  readonly travels = true;
  private journey: Journey<Stop> | undefined;

  constructor(protected readonly execution: Execution) {}

  /** Goes a piece of the way. */
  advance(): Progress {
    this.journey ??= this.go();
    const { done, value } = this.journey.next();
    return done === true ? { kind: 'stopped', stop: value } : MORE;
  }

  finish(): void {
    this.journey?.return({ kind: 'interrupted' });
    this.execution.hasGone();
  }

  protected abstract go(): Journey<Stop>;

  /** One instruction back, on the hart that is looked at; false at the beginning. */
  protected *stepBack(): Journey<boolean> {
    const { history, target } = this.execution;
    return (yield* history.journeyBack(target.selected)) === 'arrived';
  }
}

/** A number of instructions back, wherever they came from; a trap counts as one. */
export class InstructionBackMotion extends BackMotion {
  constructor(
    execution: Execution,
    private left: number,
  ) {
    super(execution);
  }

  protected *go(): Journey<Stop> {
    for (; this.left > 0; this.left--) {
      if (!(yield* this.stepBack())) return { kind: 'beginning' };
      yield;
    }
    return { kind: 'done' };
  }
}

/** To the beginning of this line or, from there, of the line before, in the same mode. */
export class LineBackMotion extends BackMotion {
  private readonly privilege = this.execution.target.privilege;

  protected *go(): Journey<Stop> {
    const { target } = this.execution;
    for (;;) {
      if (!(yield* this.stepBack())) return { kind: 'beginning' };
      const isSameMode = target.privilege === this.privilege;
      if (isSameMode && target.lineAt(target.pc)?.address === target.pc) return { kind: 'done' };
      yield;
    }
  }
}

/** To a cycle, or a number of instructions, in the past or the future. */
export class MomentMotion extends BackMotion {
  constructor(
    execution: Execution,
    private readonly moment: { readonly cycle: number } | { readonly instructions: number },
  ) {
    super(execution);
  }

  protected *go(): Journey<Stop> {
    const result = yield* this.execution.history.journeyTo(this.moment);
    switch (result.reason) {
      case 'waiting':
        return { kind: 'idle' };
      case 'poweroff':
        return { kind: 'power-off', code: result.code };
      default:
        return { kind: 'done' };
    }
  }
}

/** To the last moment at which a condition held. */
export class UntilBackMotion extends BackMotion {
  /** @param condition absent: a breakpoint of the person's */
  constructor(
    execution: Execution,
    private readonly condition?: Condition,
  ) {
    super(execution);
  }

  protected *go(): Journey<Stop> {
    const { execution } = this;
    const { history, target } = execution;
    const condition = this.condition ?? { arm: () => this.armBreakpoints() };
    const found = yield* history.journeyBackUntil(condition);
    target.selected = target.machine.currentHart;
    if (found === 'beginning') return { kind: 'beginning' };
    const breakpoint = this.condition === undefined ? execution.breakpointHere : undefined;
    return breakpoint === undefined ? { kind: 'done' } : { kind: 'breakpoint', breakpoint };
  }

  /** The machine has them already. */
  private armBreakpoints(): ArmedCondition {
    const { execution } = this;
    return {
      holds: ({ reason }) => {
        if (reason !== 'breakpoint') return false;
        execution.target.selected = execution.target.machine.currentHart;
        return execution.breakpointHere !== undefined;
      },
      disarm: () => undefined,
    };
  }
}
