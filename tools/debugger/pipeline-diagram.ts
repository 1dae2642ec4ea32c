/** The pipeline over time, as textbooks draw it: a row for each instruction, a column for each cycle. */
import type { PipelineView } from '../../machine/timing/inorder/pipeline-view.ts';
import { Reason, REASON_NAMES } from '../../machine/timing/inorder/reasons.ts';

const CELL_WIDTH = 4;
/** Cycles in which nothing moves are one column if there are more of them than this. */
const MOST_EQUAL = 3;
const SKIPPED = '..';

interface Row {
  readonly pc: number;
  readonly fetched: number;
  /** By cycle: the stage, and a `Reason` if the instruction will still be there in the next. */
  readonly stages: Map<number, { readonly stage: string; readonly waitsFor: number }>;
}

/** Collects what a hart's pipeline shows, cycle by cycle. */
export class PipelineDiagram {
  private readonly rows: Row[] = [];
  private readonly cycles: number[] = [];
  /** The first of them. */
  private first = NaN;
  /** In how many cycles nothing was in IF, by `Reason`. */
  private readonly gaps = new Map<number, number>();

  /** What is there at a cycle; called for each in order, once more at the end with `isEnd`. */
  observe(cycle: number, view: PipelineView, isEnd = false): void {
    for (const { pc, stage, waitsFor, age } of view.stages) {
      const row = this.rowOf(pc, cycle - age);
      if (!isEnd) row?.stages.set(cycle, { stage, waitsFor });
    }
    if (isEnd) return;
    if (this.cycles.length === 0) this.first = cycle;
    this.cycles.push(cycle);
    const { untilFetch, fetchWaitsFor } = view;
    if (untilFetch > 0 && view.stages.every(({ stage }) => stage !== 'IF')) {
      this.gaps.set(fetchWaitsFor, (this.gaps.get(fetchWaitsFor) ?? 0) + 1);
    }
  }

  /**
   * The diagram, why instructions wait, and how long it is from one fetch of an instruction to the next.
   * @param describe an instruction by its address
   */
  lines(describe: (pc: number) => string): string[] {
    const texts = this.rows.map(({ pc }) => describe(pc));
    const width = Math.max(0, ...texts.map((text) => text.length));
    const columns = this.columns();
    const { first } = this;
    const heads = columns.map((cycle) => (cycle === undefined ? SKIPPED : `${cycle - first}`));
    const body = this.rows.map((row, index) => {
      const cells = columns.map((cycle) => (cycle === undefined ? '' : stageAt(row, cycle)));
      return line(texts[index].padEnd(width), cells);
    });
    return [line(`from cycle ${first}`.padEnd(width), heads), ...body, ...this.remarks(describe)];
  }

  private rowOf(pc: number, fetched: number): Row | undefined {
    const known = this.rows.find((row) => row.pc === pc && row.fetched === fetched);
    if (known !== undefined || fetched < this.first) return known;
    const row: Row = { pc, fetched, stages: new Map() };
    this.rows.push(row);
    return row;
  }

  /** The cycles that are shown; undefined: some are left out. */
  private columns(): (number | undefined)[] {
    const shown: (number | undefined)[] = [];
    let equal = 0;
    for (const cycle of this.cycles) {
      equal = this.isAsBefore(cycle) ? equal + 1 : 0;
      if (equal < MOST_EQUAL) shown.push(cycle);
      else if (equal === MOST_EQUAL) shown.push(undefined);
    }
    return shown;
  }

  private isAsBefore(cycle: number): boolean {
    return this.rows.every(
      (row) => row.fetched !== cycle && stageAt(row, cycle) === stageAt(row, cycle - 1),
    );
  }

  private remarks(describe: (pc: number) => string): string[] {
    const remarks = new Set<string>();
    const lastFetch = new Map<number, number>();
    for (const { pc, fetched, stages } of this.rows) {
      const waits = new Map<string, number>();
      for (const { stage, waitsFor } of stages.values()) {
        if (waitsFor === (Reason.Execute as number)) continue;
        const what = `in ${stage}: ${REASON_NAMES[waitsFor]}`;
        waits.set(what, (waits.get(what) ?? 0) + 1);
      }
      for (const [what, count] of waits) {
        remarks.add(`${describe(pc)} waits ${cyclesText(count)} ${what}`);
      }
      const before = lastFetch.get(pc);
      if (before !== undefined) {
        remarks.add(`${describe(pc)} is fetched again after ${cyclesText(fetched - before)}`);
      }
      lastFetch.set(pc, fetched);
    }
    const gaps = [...this.gaps].map(
      ([reason, count]) => `nothing is fetched for ${cyclesText(count)}: ${REASON_NAMES[reason]}`,
    );
    return [...remarks, ...gaps];
  }
}

/** Empty: it is not there. An instruction that is fetched at a cycle is seen only afterwards. */
function stageAt({ fetched, stages }: Row, cycle: number): string {
  return stages.get(cycle)?.stage ?? (cycle === fetched ? 'IF' : '');
}

function line(head: string, cells: readonly string[]): string {
  return `${head}  ${cells.map((cell) => cell.padEnd(CELL_WIDTH)).join('')}`.trimEnd();
}

function cyclesText(count: number): string {
  return count === 1 ? '1 cycle' : `${count} cycles`;
}
