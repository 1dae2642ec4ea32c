/** From the places that machine code carries to positions in source files, inlined calls included. */
import type { InlinedCall, SourcePosition } from '../../linker/object.ts';
import type { CodeSource, FinishedCode } from '../codegen/code-buffer.ts';
import type { Source } from '../ir/source.ts';
import type { WasmFunction } from '../wasm/module.ts';
import type { Place, SourceMap } from './source-map.ts';

const NO_PLACE: Place = { file: '', line: 0, column: 0 };

/** Lowest bits of a machine instruction of four bytes; shorter ones have others. */
const FULL_LENGTH_BITS = 3;

function instructionLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] & FULL_LENGTH_BITS) === FULL_LENGTH_BITS ? 4 : 2;
}

class PositionFinder {
  private readonly places = new Map<Source, Place | undefined>();
  private readonly calls = new Map<Source, InlinedCall>();

  constructor(private readonly map: SourceMap) {}

  private lookUp(source: Source): Place | undefined {
    const { body } = source.fn;
    if (body === undefined || this.places.has(source)) return this.places.get(source);
    const place = this.map.lookupNear(source.offset, body.start, body.end);
    this.places.set(source, place);
    return place;
  }

  /**
   * Functions that asc makes up, such as accessors of fields, have no text: the call stands for
   * them.
   */
  written(source: Source): Source {
    let result = source;
    while (result.inlinedAt !== undefined && this.lookUp(result) === undefined) {
      result = result.inlinedAt;
    }
    return result;
  }

  /** Of a source that is written. */
  placeOf(source: Source): Place {
    return this.lookUp(source) ?? NO_PLACE;
  }

  /** One object for each call in whose place something stands. */
  callOf({ fn, inlinedAt: at }: Source): InlinedCall | undefined {
    if (at === undefined) return undefined;
    const inlinedAt = this.written(at);
    let call = this.calls.get(inlinedAt);
    if (call === undefined) {
      const outer = this.callOf(inlinedAt);
      const place = this.placeOf(inlinedAt);
      call = { callee: fn.name, ...place, ...(outer === undefined ? {} : { inlinedAt: outer }) };
      this.calls.set(inlinedAt, call);
    }
    return call;
  }
}

/**
 * A call whose line has no code of its own left gets the first machine instruction of the body that
 * stands in its place, so that one can stop at the line; not an instruction that can trap, nor a
 * call, whose places are told to people.
 */
function withCallLines(code: FinishedCode, finder: PositionFinder): CodeSource[] {
  const told = new Set<number>();
  for (const { offset } of code.trapSites) told.add(offset);
  for (const { offset } of code.relocations) told.add(offset);
  const lineOf = (source: Source): string => {
    const { file, line } = finder.placeOf(source);
    return `${file}:${line}`;
  };
  const lines = new Set<string>();
  const sources = code.sources.map(({ offset, source }) => ({
    offset,
    source: source === undefined ? undefined : finder.written(source),
  }));
  for (const { source } of sources) if (source !== undefined) lines.add(lineOf(source));
  const result: CodeSource[] = [];
  sources.forEach(({ offset, source }, index) => {
    const end = index + 1 < sources.length ? sources[index + 1].offset : code.bytes.length;
    let from = offset;
    for (let at = source?.inlinedAt; at !== undefined; at = at.inlinedAt) {
      const call = finder.written(at);
      if (lines.has(lineOf(call))) continue;
      let first = offset;
      while (first < end && told.has(first)) first += instructionLength(code.bytes, first);
      if (first >= end) break;
      lines.add(lineOf(call));
      if (first > offset) result.push({ offset, source });
      result.push({ offset: first, source: call });
      from = first + instructionLength(code.bytes, first);
      break;
    }
    if (from < end) result.push({ offset: from, source });
  });
  return result;
}

/** The places that the positions of machine code are made of; see `written` and `withCallLines`. */
export function placedSources(map: SourceMap, code: FinishedCode): CodeSource[] {
  return withCallLines(code, new PositionFinder(map));
}

/** The positions of the code of `fn` from its placed sources; what has no place of its own belongs to its beginning. */
export function sourcePositions(
  map: SourceMap,
  fn: WasmFunction,
  sources: readonly CodeSource[],
): SourcePosition[] {
  const finder = new PositionFinder(map);
  const beginning: Source = { fn, offset: fn.body?.start ?? 0, inlinedAt: undefined };
  const positions: SourcePosition[] = [];
  for (const { offset, source = beginning } of sources) {
    const { file, line, column } = finder.placeOf(source);
    const inlinedAt = finder.callOf(source);
    if (positions.length > 0) {
      const last = positions[positions.length - 1];
      const samePlace = last.file === file && last.line === line && last.column === column;
      if (samePlace && last.inlinedAt === inlinedAt) continue;
    }
    const chain = inlinedAt === undefined ? {} : { inlinedAt };
    positions.push({ offset, file, line, column, ...chain });
  }
  return positions;
}
