/** `info pipeline`: which instruction is in which stage of the in-order model, and why it waits. */
import type { PipelineView } from '../../machine/timing/inorder/pipeline-view.ts';
import { Reason, REASON_NAMES } from '../../machine/timing/inorder/reasons.ts';

const STAGE_WIDTH = 3;

/**
 * The oldest instruction first, then what is fetched next.
 * @param describe an instruction by its address
 */
export function pipelineLines(
  view: PipelineView | undefined,
  describe: (pc: number) => string,
): string[] {
  if (view === undefined) {
    return ['the functional clock model has no pipeline: start with --cpu inorder'];
  }
  const lines = view.stages.map(({ stage, pc, waitsFor }) => {
    const waits =
      waitsFor === (Reason.Execute as number) ? '' : `  waits: ${REASON_NAMES[waitsFor]}`;
    return `${stage.padEnd(STAGE_WIDTH)}  ${describe(pc)}${waits}`;
  });
  const { untilFetch, fetchWaitsFor } = view;
  const next =
    untilFetch === 0
      ? 'the next instruction is fetched now'
      : `the next instruction is fetched in ${untilFetch} cycles: ${REASON_NAMES[fetchWaitsFor]}`;
  return [...lines, next];
}
