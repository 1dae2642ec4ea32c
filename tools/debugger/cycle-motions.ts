/** Motions by cycle, forwards and backwards: under the in-order model, instructions are on their way. */
import type { Journey } from '../../machine/history/journey.ts';
import { BackMotion } from './back-motions.ts';
import type { Execution, Motion, Progress, Stop } from './execution.ts';
import { MORE } from './execution.ts';
import { instructionText } from './memory-text.ts';
import { PipelineDiagram } from './pipeline-diagram.ts';

/** So many take a few milliseconds. */
const CYCLES_IN_SLICE = 2000;

const CYCLE: Progress = { kind: 'stopped', stop: { kind: 'cycle' } };

/** Lets a number of cycles pass, or less if the next instruction has a breakpoint. */
export class CycleMotion implements Motion {
  constructor(
    private readonly execution: Execution,
    private left: number,
  ) {}

  advance(end: number): Progress {
    const { machine, selected } = this.execution.target;
    for (let cycles = 0; machine.cycle < end && cycles < CYCLES_IN_SLICE; cycles++) {
      const progress = this.execution.stepCycle();
      if (progress !== undefined) return progress;
      if (--this.left === 0) return CYCLE;
      const isFetched = (machine.pipeline(selected)?.untilFetch ?? 0) === 0;
      const stop = isFetched ? this.execution.stopAtBreakpoint() : undefined;
      if (stop !== undefined) return { kind: 'stopped', stop };
    }
    return MORE;
  }

  finish(): void {
    // It sets nothing.
  }
}

/** A number of cycles back. */
export class CycleBackMotion extends BackMotion {
  constructor(
    execution: Execution,
    private readonly count: number,
  ) {
    super(execution);
  }

  protected *go(): Journey<Stop> {
    const { history, target } = this.execution;
    const cycle = target.machine.cycle - this.count;
    yield* history.journeyTo({ cycle: Math.max(cycle, history.beginning) });
    return { kind: cycle < history.beginning ? 'beginning' : 'cycle' };
  }
}

/** Lets a number of cycles pass, and draws what was in the pipeline meanwhile. */
export class DiagramMotion implements Motion {
  private readonly diagram = new PipelineDiagram();

  constructor(
    private readonly execution: Execution,
    private left: number,
  ) {}

  advance(end: number): Progress {
    const { target } = this.execution;
    const { machine } = target;
    for (let cycles = 0; machine.cycle < end && cycles < CYCLES_IN_SLICE; cycles++) {
      this.observe(this.left === 0);
      if (this.left === 0) {
        const lines = this.diagram.lines((pc) => instructionText(target, pc));
        return { kind: 'stopped', stop: { kind: 'drawn', lines } };
      }
      const progress = this.execution.stepCycle();
      if (progress !== undefined) return progress;
      this.left--;
    }
    return MORE;
  }

  finish(): void {
    // It sets nothing.
  }

  private observe(isEnd: boolean): void {
    const { machine, selected } = this.execution.target;
    const view = machine.pipeline(selected);
    if (view !== undefined) this.diagram.observe(machine.cycle, view, isEnd);
  }
}
