/**
 * The one form that a state of the pipeline has, so that two machines with the same future have the
 * same cells: times count from the present cycle, and what is over makes no difference any more.
 */
import { writeStages } from './pipeline-view.ts';
import { PipelineWord, RecentUse, RecentWord, RECENT_INSTRUCTIONS } from './timing-layout.ts';

/** Times with which nothing goes that says why. */
const PLAIN_TIMES = [
  PipelineWord.LatestReady,
  PipelineWord.MultiplierFree,
  PipelineWord.DividerFree,
  PipelineWord.Drained,
] as const;

/** Times behind each of which the reason stands. */
const REASONED_TIMES = [
  PipelineWord.NextFetch,
  PipelineWord.Execute,
  PipelineWord.Memory,
  PipelineWord.WriteBack,
] as const;

/**
 * Makes the cells, whose times count from some origin, count from `now`, which is later.
 * @param cells by `PipelineWord`
 * @param stores when each store leaves the store buffer
 * @param now in cycles from the present origin; the next instruction is not fetched before
 */
export function rebase(cells: Int32Array, stores: Int32Array, now: number): void {
  const isAhead = (word: number): boolean => {
    cells[word] = Math.max(cells[word] - now, 0);
    return cells[word] > 0;
  };
  for (let ready: number = PipelineWord.Ready; ready < PipelineWord.Why; ready++) {
    if (!isAhead(ready)) cells[ready + PipelineWord.Why] = 0;
  }
  for (const word of REASONED_TIMES) {
    if (!isAhead(word)) cells[word + 1] = 0;
  }
  for (const word of PLAIN_TIMES) isAhead(word);
  stores.forEach((time, i) => {
    stores[i] = Math.max(time - now, 0);
  });
  rebaseRecent(cells, now);
}

/** The instructions that are still in the pipeline, the oldest first; times may be negative. */
function rebaseRecent(cells: Int32Array, now: number): void {
  const kept: number[][] = [];
  for (let i = 0; i < RECENT_INSTRUCTIONS; i++) {
    const place = (cells[PipelineWord.NextRecent] + i) % RECENT_INSTRUCTIONS;
    const first = PipelineWord.Recent + place * RecentWord.Words;
    const words = [...cells.subarray(first, first + RecentWord.Words)];
    if (words[RecentWord.Used] === (RecentUse.Swift as number)) writeStages(words);
    if (words[RecentWord.Used] !== 0 && words[RecentWord.WriteBack] >= now) {
      for (let word: number = RecentWord.Fetch; word <= RecentWord.WriteBack; word++) {
        words[word] -= now;
      }
      kept.push(words);
    }
  }
  cells.fill(0, PipelineWord.Recent, PipelineWord.End);
  kept.forEach((words, i) => {
    cells.set(words, PipelineWord.Recent + i * RecentWord.Words);
  });
  cells[PipelineWord.NextRecent] = kept.length % RECENT_INSTRUCTIONS;
}
