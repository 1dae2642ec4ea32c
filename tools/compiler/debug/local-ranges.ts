/** Marked ranges of locals, as byte ranges of the finished code and places that debuggers know. */
import type { ValuePlace } from '../../linker/debug-information.ts';
import type { Label } from '../codegen/code-buffer.ts';
import type { Frame } from '../codegen/frame.ts';
import { type Place, isRegister } from '../codegen/place.ts';
import { type Instruction, Op } from '../ir/instruction.ts';
import type { LocalWord, MarkedRange } from './local-places.ts';

/** Between two offsets in a function's code, a word of a local is in a place. */
export interface LocalRange {
  readonly local: LocalWord;
  readonly start: number;
  readonly end: number;
  readonly place: ValuePlace;
}

/** Shortest machine instruction, in bytes. */
const SHORTEST_CALL = 2;
/** Longest, without the moves of operands before it. */
const LONGEST_CALL = 4;

function valuePlace(place: Place | Instruction, frame: Frame): ValuePlace {
  if (typeof place !== 'number') {
    const { op, symbol = '', immediate } = place;
    return op === Op.SymbolAddress
      ? { kind: 'address', symbol, addend: immediate }
      : { kind: 'constant', value: immediate };
  }
  if (isRegister(place)) return { kind: 'register', register: place };
  return { kind: 'frame', offset: frame.offsetOf(place) - frame.size };
}

/**
 * A register that a call overwrites holds its value while the call instruction is executed, and no
 * longer: debuggers look up a caller's variables just before the return address.
 */
function endOf(range: MarkedRange, labels: ReadonlyMap<Label, number>): number | undefined {
  const end = labels.get(range.end);
  const call = range.call && labels.get(range.call);
  if (end === undefined || call === undefined) return end;
  const movesOperands = end - call > LONGEST_CALL;
  return movesOperands ? call : Math.max(call, end - SHORTEST_CALL + 1);
}

/** Ranges of code that was not dropped, ascending, with equal neighbours joined. */
export function localRanges(
  marked: readonly MarkedRange[],
  labels: ReadonlyMap<Label, number>,
  frame: Frame,
): LocalRange[] {
  const found: LocalRange[] = [];
  for (const range of marked) {
    const start = labels.get(range.start);
    const end = endOf(range, labels);
    if (start === undefined || end === undefined || start >= end) continue;
    found.push({ local: range.local, start, end, place: valuePlace(range.place, frame) });
  }
  return found;
}
