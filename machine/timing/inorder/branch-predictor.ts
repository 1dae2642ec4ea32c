/**
 * Where instructions are fetched after a jump, before it is executed: a branch target buffer, two-bit
 * counters for the directions of branches, and a stack of return addresses. A taken jump that the
 * target buffer does not know is mispredicted, whatever the others say.
 */
import { PipelineWord } from './timing-layout.ts';

const COUNTER_MOST = 3;
const COUNTER_TAKEN = 2;
/** Places of the index over the target buffer, which is derived from it. */
const HINTS = 1024;

export interface PredictorState {
  /** Cells of the pipeline, by `PipelineWord`. */
  readonly pipeline: Int32Array;
  readonly targetKeys: Int32Array;
  readonly targets: Int32Array;
  readonly counters: Int32Array;
  readonly returns: Int32Array;
}

export class BranchPredictor {
  readonly #state: PredictorState;
  readonly #counterMask: number;
  readonly #historyMask: number;
  /** How many entries of the target buffer have each hash, and the place of the latest of them. */
  readonly #hashed = new Uint8Array(HINTS);
  readonly #places = new Uint8Array(HINTS);

  constructor(state: PredictorState, historyBits: number) {
    this.#state = state;
    this.#counterMask = state.counters.length - 1;
    this.#historyMask = (1 << historyBits) - 1;
    this.load();
  }

  /** To be called when the cells have been written from outside. */
  load(): void {
    this.#hashed.fill(0);
    this.#state.targetKeys.forEach((key, place) => {
      if (key !== 0) this.#note(key, place);
    });
  }

  /** A conditional branch was executed: whether it had been predicted. */
  branch(pc: number, isTaken: boolean, target: number): boolean {
    const { pipeline, counters, targets } = this.#state;
    const history = pipeline[PipelineWord.History];
    const index = ((pc >>> 1) ^ history) & this.#counterMask;
    const counter = counters[index];
    const place = this.#find(pc);
    const predicted = place >= 0 && counter >= COUNTER_TAKEN;
    if (isTaken) {
      if (counter < COUNTER_MOST) counters[index] = counter + 1;
      if (place < 0) this.#learn(pc, target);
    } else if (counter > 0) {
      counters[index] = counter - 1;
    }
    pipeline[PipelineWord.History] = ((history << 1) | (isTaken ? 1 : 0)) & this.#historyMask;
    return predicted === isTaken && (!isTaken || targets[place] === target);
  }

  /** A jump to a target that is always taken was executed: whether it had been predicted. */
  jump(pc: number, target: number): boolean {
    const place = this.#find(pc);
    if (place < 0) {
      this.#learn(pc, target);
      return false;
    }
    if (this.#state.targets[place] === target) return true;
    this.#state.targets[place] = target;
    return false;
  }

  call(returnAddress: number): void {
    const { pipeline, returns } = this.#state;
    if (returns.length === 0) return;
    const top = (pipeline[PipelineWord.ReturnTop] + 1) % returns.length;
    pipeline[PipelineWord.ReturnTop] = top;
    returns[top] = returnAddress;
  }

  /** A return was executed: whether it had been predicted. */
  return(pc: number, target: number): boolean {
    const { pipeline, returns } = this.#state;
    if (returns.length === 0) return this.jump(pc, target);
    const top = pipeline[PipelineWord.ReturnTop];
    const predicted = returns[top];
    returns[top] = 0;
    pipeline[PipelineWord.ReturnTop] = (top + returns.length - 1) % returns.length;
    return predicted === target;
  }

  #find(pc: number): number {
    const key = pc | 1;
    const hash = (pc >>> 1) & (HINTS - 1);
    if (this.#hashed[hash] === 0) return -1;
    const { targetKeys } = this.#state;
    const place = this.#places[hash];
    return targetKeys[place] === key ? place : targetKeys.indexOf(key);
  }

  #learn(pc: number, target: number): void {
    const { pipeline, targetKeys, targets } = this.#state;
    if (targetKeys.length === 0) return;
    const place = pipeline[PipelineWord.NextTarget];
    pipeline[PipelineWord.NextTarget] = (place + 1) % targetKeys.length;
    const old = targetKeys[place];
    if (old !== 0) this.#hashed[(old >>> 1) & (HINTS - 1)]--;
    targetKeys[place] = pc | 1;
    targets[place] = target;
    this.#note(pc | 1, place);
  }

  #note(key: number, place: number): void {
    const hash = (key >>> 1) & (HINTS - 1);
    this.#hashed[hash]++;
    this.#places[hash] = place;
  }
}
