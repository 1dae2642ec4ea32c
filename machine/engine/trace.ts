/**
 * What plain instructions did, as far as it decides how long they take: written by the interpreter,
 * read by the in-order engine. For each block entered a header (`TraceWord`), then two words for each
 * of its instructions that accesses memory (virtual address, offset in the machine's memory) or
 * divides (dividend, divisor), and one for an indirect jump (where it went), in their order.
 */

export const enum TraceWord {
  Block = 0,
  /** Instructions of the block that were executed, from its first on. */
  Count = 1,
  /** The word of the block's header by whose link it was left; 0: by none. */
  Edge = 2,
  Header = 3,
}

/** The most instructions in one trace. */
export const LONGEST_TRACE = 1024;

const WORDS_PER_INSTRUCTION = 2;

export class Trace {
  /** Room for a block each instruction, and for a last one of which nothing was executed. */
  readonly words = new Int32Array((LONGEST_TRACE + 1) * (TraceWord.Header + WORDS_PER_INSTRUCTION));
  /** Words in use. */
  length = 0;
}
