/** Bytes that relaxation takes out of a section, and where that leaves the others. */

export interface Deletion {
  /** Offset in the section as its object has it. */
  readonly offset: number;
  /** Bytes. */
  readonly count: number;
}

/** The deletions of one section. Offsets that it is asked for are those of the object. */
export class SectionEdits {
  readonly #deletions: readonly Deletion[];
  /** Bytes removed before each deletion, and by all of them. */
  readonly #removedBefore: readonly number[];

  /** @param deletions Sorted and disjoint. */
  constructor(deletions: readonly Deletion[]) {
    const removedBefore = [0];
    let removed = 0;
    for (const { count } of deletions) {
      removed += count;
      removedBefore.push(removed);
    }
    this.#deletions = deletions;
    this.#removedBefore = removedBefore;
  }

  /** Bytes removed. */
  get removed(): number {
    return this.#removedBefore[this.#deletions.length];
  }

  /** Where byte `offset` is now; a byte that is gone stands for the one after it. */
  map(offset: number): number {
    let low = 0;
    let high = this.#deletions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#deletions[middle].offset < offset) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return offset;
    const last = this.#deletions[low - 1];
    const within = Math.min(offset - last.offset, last.count);
    return offset - this.#removedBefore[low - 1] - within;
  }

  /** What is left of `bytes`. */
  apply(bytes: Uint8Array): Uint8Array {
    const result = new Uint8Array(bytes.length - this.removed);
    let from = 0;
    let to = 0;
    for (const { offset, count } of this.#deletions) {
      result.set(bytes.subarray(from, offset), to);
      to += offset - from;
      from = offset + count;
    }
    result.set(bytes.subarray(from), to);
    return result;
  }
}
