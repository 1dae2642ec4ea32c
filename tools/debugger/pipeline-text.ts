/** Which instruction is in which stage of the in-order model, and why it waits. */
import type { PipelineView } from '../../machine/timing/inorder/pipeline-view.ts';
import { Reason, REASON_NAMES } from '../../machine/timing/inorder/reasons.ts';
import { floatRegisterName, registerName } from '../assembler/registers.ts';
import { instructionText } from './memory-text.ts';
import type { Target } from './target.ts';

const STAGES = ['IF', 'ID', 'EX', 'MEM', 'WB'] as const;
const STAGE_WIDTH = 3;
const EMPTY = '-';
/** The first floating-point register among those that are waited for. */
const FIRST_FLOAT = 33;

/** What `pipelineLines` is told of a hart. */
export interface FetchState {
  /** What is fetched next. */
  readonly pc: number;
  /** In `wfi`. */
  readonly isWaiting: boolean;
}

/** Of the hart that is looked at. */
export function describePipeline(target: Target): string[] {
  const { machine, selected, hart } = target;
  return pipelineLines(machine.pipeline(selected), hart, (pc) => instructionText(target, pc));
}

/**
 * A line for each stage, then what nobody sees in them: why nothing is fetched, and which registers
 * are still to come.
 * @param describe an instruction by its address
 */
export function pipelineLines(
  view: PipelineView | undefined,
  next: FetchState,
  describe: (pc: number) => string,
): string[] {
  if (view === undefined) {
    return ['the functional clock model has no pipeline: start with --cpu inorder'];
  }
  const { stages, untilFetch, fetchWaitsFor, fetchedWaitsFor, pending } = view;
  const isFetching = untilFetch === 0 && !next.isWaiting;
  const hasFetched = stages.some(({ stage }) => stage === 'IF');
  const lines = STAGES.map((name) => {
    const label = name.padEnd(STAGE_WIDTH);
    const there = stages.find(({ stage }) => stage === name);
    if (there !== undefined) return `${label}  ${describe(there.pc)}${waitText(there.waitsFor)}`;
    if (name !== 'IF' || !isFetching) return `${label}  ${EMPTY}`;
    return `${label}  ${describe(next.pc)}${waitText(fetchedWaitsFor)}`;
  });
  if (next.isWaiting) lines.push('the hart waits for an interrupt');
  else if (!isFetching && !hasFetched) {
    lines.push(`nothing is fetched for ${cyclesText(untilFetch)}: ${REASON_NAMES[fetchWaitsFor]}`);
  }
  for (const { register, cycles, waitsFor } of pending) {
    const name =
      register < FIRST_FLOAT ? registerName(register) : floatRegisterName(register - FIRST_FLOAT);
    lines.push(`${name} can be used in EX in ${cyclesText(cycles)}: ${REASON_NAMES[waitsFor]}`);
  }
  return lines;
}

function waitText(reason: number): string {
  return reason === (Reason.Execute as number) ? '' : `  waits: ${REASON_NAMES[reason]}`;
}

function cyclesText(count: number): string {
  return count === 1 ? '1 cycle' : `${count} cycles`;
}
