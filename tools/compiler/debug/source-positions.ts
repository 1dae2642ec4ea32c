/** From the places that machine code carries to positions in source files, inlined calls included. */
import type { InlinedCall, SourcePosition } from '../../linker/object.ts';
import type { CodeSource } from '../codegen/code-buffer.ts';
import type { Source } from '../ir/source.ts';
import type { WasmFunction } from '../wasm/module.ts';
import type { Place, SourceMap } from './source-map.ts';

const NO_PLACE: Place = { file: '', line: 0, column: 0 };

class PositionFinder {
  private readonly places = new Map<Source, Place>();
  private readonly calls = new Map<Source, InlinedCall>();

  constructor(private readonly map: SourceMap) {}

  placeOf(source: Source): Place {
    let place = this.places.get(source);
    if (place === undefined) {
      const { body } = source.fn;
      place =
        (body === undefined
          ? undefined
          : this.map.lookupNear(source.offset, body.start, body.end)) ?? NO_PLACE;
      this.places.set(source, place);
    }
    return place;
  }

  /** One object for each call in whose place something stands. */
  callOf({ fn, inlinedAt }: Source): InlinedCall | undefined {
    if (inlinedAt === undefined) return undefined;
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

/** The positions of the code of `fn`; what has no place of its own belongs to its beginning. */
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
