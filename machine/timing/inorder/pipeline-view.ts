/** What a person sees of the pipeline at one cycle. */
import { HartWord } from '../../hart/state-layout.ts';
import { PipelineWord, RecentUse, RecentWord, RECENT_INSTRUCTIONS } from './timing-layout.ts';
import { Reason } from './reasons.ts';

export type StageName = 'IF' | 'ID' | 'EX' | 'MEM' | 'WB';

export interface StageView {
  readonly stage: StageName;
  /** Of the instruction that is there. */
  readonly pc: number;
  /** Why it will still be there in the next cycle, a `Reason`; `Execute`: it will not. */
  readonly waitsFor: number;
  /** So many cycles ago it was fetched. */
  readonly age: number;
}

/** A register whose value comes later than the next instruction could use it. */
export interface PendingRegister {
  /** x0 to x31; from 33 on f0 to f31. */
  readonly register: number;
  /** Until an instruction in EX can use it. */
  readonly cycles: number;
  /** A `Reason`. */
  readonly waitsFor: number;
}

/** The pipeline, the oldest instruction first. */
export interface PipelineView {
  readonly stages: readonly StageView[];
  /** Cycles until the next instruction is fetched, and what that is due to; 0: it is now. */
  readonly untilFetch: number;
  readonly fetchWaitsFor: number;
  /** Why what is fetched now will still be in IF in the next cycle, a `Reason`, but for misses. */
  readonly fetchedWaitsFor: number;
  readonly pending: readonly PendingRegister[];
}

const STAGES = [
  { stage: 'IF', from: RecentWord.Fetch },
  { stage: 'ID', from: RecentWord.Decode },
  { stage: 'EX', from: RecentWord.Execute },
  { stage: 'MEM', from: RecentWord.Memory },
  { stage: 'WB', from: RecentWord.WriteBack },
] as const;
const BITS_PER_REASON = 8;
const REASON_MASK = 0xff;
/** x1 to x31, the sink of x0, f0 to f31. */
const FIRST_REGISTER = 1;
const REGISTERS = 65;

/** The instructions in the pipeline during the cycle `now`, counted as the cells count. */
export function viewPipeline(cells: Int32Array, now: number): PipelineView {
  const stages: StageView[] = [];
  const oldest = cells[PipelineWord.NextRecent];
  for (let i = 0; i < RECENT_INSTRUCTIONS; i++) {
    const place = (oldest + i) % RECENT_INSTRUCTIONS;
    const first = PipelineWord.Recent + place * RecentWord.Words;
    const words = [...cells.subarray(first, first + RecentWord.Words)];
    if (words[RecentWord.Used] === (RecentUse.Swift as number)) writeStages(words);
    const view = words[RecentWord.Used] === 0 ? undefined : viewOne(words, now);
    if (view !== undefined) stages.push(view);
  }
  const untilFetch = Math.max(cells[PipelineWord.NextFetch] - now, 0);
  return {
    stages,
    untilFetch,
    fetchWaitsFor: untilFetch === 0 ? Reason.Execute : cells[PipelineWord.NextWhy],
    fetchedWaitsFor:
      cells[PipelineWord.Execute] > now + 1 ? cells[PipelineWord.ExecuteWhy] : Reason.Execute,
    pending: viewPending(cells, now),
  };
}

function viewPending(cells: Int32Array, now: number): PendingRegister[] {
  const pending: PendingRegister[] = [];
  for (let register = FIRST_REGISTER; register < REGISTERS; register++) {
    const cycles = cells[PipelineWord.Ready + register] - now;
    if (register === (HartWord.XSink as number) || cycles <= 0) continue;
    pending.push({ register, cycles, waitsFor: cells[PipelineWord.Why + register] });
  }
  return pending;
}

/** Writes out the stages of an instruction that waits nowhere. */
export function writeStages(words: number[]): void {
  const fetched = words[RecentWord.Fetch];
  STAGES.forEach(({ from }, index) => {
    words[from] = fetched + index;
  });
  words[RecentWord.Reasons] = 0;
  words[RecentWord.Used] = RecentUse.Full;
}

function viewOne(words: readonly number[], now: number): StageView | undefined {
  const index = STAGES.findLastIndex(({ from }) => words[from] <= now);
  if (index < 0) return undefined;
  const isLast = index === STAGES.length - 1;
  const leaves = isLast ? words[RecentWord.WriteBack] + 1 : words[STAGES[index + 1].from];
  if (isLast && leaves <= now) return undefined;
  const reasons = words[RecentWord.Reasons];
  const waits = leaves > now + 1 && !isLast;
  return {
    stage: STAGES[index].stage,
    pc: words[RecentWord.Pc] >>> 0,
    age: now - words[RecentWord.Fetch],
    waitsFor: waits ? (reasons >>> (index * BITS_PER_REASON)) & REASON_MASK : Reason.Execute,
  };
}
