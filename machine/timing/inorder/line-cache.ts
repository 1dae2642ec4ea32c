/**
 * Which lines a cache holds: tags alone, set by set, the line that was used last first. What is not
 * there replaces the line that was used longest ago.
 */
import { LINE_BYTES, type CacheParameters } from './parameters.ts';

/** State of a line, in the low bits of its tag. */
export const enum Line {
  Shared = 1,
  /** Changed since it was loaded, and in no other hart's cache. */
  Modified = 3,
}

export const LINE_STATE = 3;
/** Where the line's number begins, above its state. */
const TAG_SHIFT = 2;

export class LineCache {
  readonly #tags: Int32Array;
  readonly #ways: number;
  readonly #setMask: number;
  /** What the last `fill` displaced; 0: nothing. */
  displaced = 0;

  /** @param tags the cells of the cache's state: at least one for each line */
  constructor(tags: Int32Array, { bytes, ways }: CacheParameters) {
    this.#tags = tags;
    this.#ways = ways;
    this.#setMask = bytes / LINE_BYTES / ways - 1;
  }

  /** Whether the line is there; it then counts as used, and with `modify` as changed. */
  use(line: number, modify: boolean): boolean {
    const tags = this.#tags;
    const first = (line & this.#setMask) * this.#ways;
    const latest = tags[first];
    if (latest >> TAG_SHIFT === line && latest !== 0) {
      if (modify) tags[first] = latest | Line.Modified;
      return true;
    }
    for (let way = first + 1; way < first + this.#ways; way++) {
      const tag = tags[way];
      if (tag !== 0 && tag >> TAG_SHIFT === line) {
        for (let at = way; at > first; at--) tags[at] = tags[at - 1];
        tags[first] = modify ? tag | Line.Modified : tag;
        return true;
      }
    }
    return false;
  }

  /** Puts in a line that is not there. */
  fill(line: number, state: Line): void {
    const first = (line & this.#setMask) * this.#ways;
    const last = first + this.#ways - 1;
    const tags = this.#tags;
    this.displaced = tags[last];
    for (let at = last; at > first; at--) tags[at] = tags[at - 1];
    tags[first] = (line << TAG_SHIFT) | state;
  }

  /** The state of a line, unchanged by asking; 0: it is not there. */
  stateOf(line: number): number {
    const way = this.#find(line);
    return way < 0 ? 0 : this.#tags[way] & LINE_STATE;
  }

  /** Another hart reads the line: it is no longer this one's alone. */
  share(line: number): void {
    const way = this.#find(line);
    if (way >= 0) this.#tags[way] = (line << TAG_SHIFT) | Line.Shared;
  }

  /** Another hart takes the line away. */
  invalidate(line: number): void {
    const way = this.#find(line);
    if (way < 0) return;
    const last = ((line & this.#setMask) + 1) * this.#ways - 1;
    this.#tags.copyWithin(way, way + 1, last + 1);
    this.#tags[last] = 0;
  }

  dropAll(): void {
    this.#tags.fill(0);
  }

  #find(line: number): number {
    const first = (line & this.#setMask) * this.#ways;
    for (let way = first; way < first + this.#ways; way++) {
      if (this.#tags[way] !== 0 && this.#tags[way] >> TAG_SHIFT === line) return way;
    }
    return -1;
  }
}
