/** Motions backwards: an instruction, a line, to where something happened last. */
import type { ArmedCondition, Condition } from '../../machine/history/until.ts';
import type { Execution, Motion, Progress, Stop } from './execution.ts';
import { MORE } from './execution.ts';

/** So many steps back are made before the person is served. */
const STEPS_IN_SLICE = 20;

/** A motion that leaves the machine at another moment of its history. */
abstract class BackMotion implements Motion {
  constructor(protected readonly execution: Execution) {}

  advance(): Progress {
    const stop = this.goBack();
    return stop === undefined ? MORE : { kind: 'stopped', stop };
  }

  finish(): void {
    this.execution.hasGone();
  }

  /** Undefined: there is more to do. */
  protected abstract goBack(): Stop | undefined;

  /** One instruction back, on the hart that is looked at; false at the beginning. */
  protected stepBack(): boolean {
    const { history, target } = this.execution;
    return history.stepBack(target.selected) === 'arrived';
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

  protected goBack(): Stop | undefined {
    for (let steps = 0; steps < STEPS_IN_SLICE; steps++) {
      if (!this.stepBack()) return { kind: 'beginning' };
      if (--this.left === 0) return { kind: 'done' };
    }
    return undefined;
  }
}

/** To the beginning of this line or, from there, of the line before, in the same mode. */
export class LineBackMotion extends BackMotion {
  private readonly privilege = this.execution.target.privilege;

  protected goBack(): Stop | undefined {
    const { target } = this.execution;
    for (let steps = 0; steps < STEPS_IN_SLICE; steps++) {
      if (!this.stepBack()) return { kind: 'beginning' };
      const isSameMode = target.privilege === this.privilege;
      if (isSameMode && target.lineAt(target.pc)?.address === target.pc) return { kind: 'done' };
    }
    return undefined;
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

  protected goBack(): Stop {
    const result = this.execution.history.runTo(this.moment);
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

  protected goBack(): Stop {
    const { execution } = this;
    const { history, target } = execution;
    const found = history.reverseContinue(this.condition ?? { arm: () => this.armBreakpoints() });
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
