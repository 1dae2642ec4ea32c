/** The debug information of one function's code. */
import type {
  CodeScope,
  Declaration,
  FunctionDeclaration,
  InlinedScope,
  PlaceRange,
  SectionDebug,
  ValuePlace,
  VariablePlaces,
} from '../../linker/debug-information.ts';
import type { CodeSource } from '../codegen/code-buffer.ts';
import type { EmittedFunction } from '../codegen/emit.ts';
import type { ModuleContext } from '../ir/module-context.ts';
import type { Source } from '../ir/source.ts';
import { wordsOf } from '../ir/stack-machine.ts';
import type { WasmFunction } from '../wasm/module.ts';
import type { LocalRange } from './local-ranges.ts';

/** The call in whose place code stands; undefined: the function itself. */
type Site = Source | undefined;

interface Range {
  readonly start: number;
  end: number;
}

interface OpenScope {
  readonly fn: WasmFunction;
  readonly site: Source;
  readonly ranges: Range[];
}

class SectionDescriber {
  private readonly scopes = new Map<Source, OpenScope>();
  private readonly children = new Map<Site, OpenScope[]>();
  private readonly locals = new Map<Site, Map<number, LocalRange[]>>();

  constructor(
    private readonly context: ModuleContext,
    private readonly callPlace: (site: Source) => Declaration | undefined,
    code: EmittedFunction,
  ) {
    const { sources, bytes, locals } = code;
    for (const [index, { offset, source }] of sources.entries()) {
      this.addCode(source, offset, nextOffset(sources, index, bytes.length));
    }
    for (const range of locals) this.addLocal(range);
  }

  private addCode(source: Site, start: number, end: number): void {
    for (let inner = source; inner?.inlinedAt !== undefined; inner = inner.inlinedAt) {
      const { ranges } = this.scopeOf(inner.fn, inner.inlinedAt);
      if (ranges.length > 0 && ranges[ranges.length - 1].end === start) {
        ranges[ranges.length - 1].end = end;
      } else if (start < end) ranges.push({ start, end });
    }
  }

  private scopeOf(fn: WasmFunction, site: Source): OpenScope {
    let scope = this.scopes.get(site);
    if (scope === undefined) {
      scope = { fn, site, ranges: [] };
      this.scopes.set(site, scope);
      const siblings = this.children.get(site.inlinedAt) ?? [];
      siblings.push(scope);
      this.children.set(site.inlinedAt, siblings);
    }
    return scope;
  }

  private addLocal(range: LocalRange): void {
    const { inlinedAt, word } = range.local;
    const words = this.locals.get(inlinedAt) ?? new Map<number, LocalRange[]>();
    this.locals.set(inlinedAt, words);
    const list = words.get(word) ?? [];
    words.set(word, list);
    list.push(range);
  }

  scope(fn: WasmFunction, declaration: FunctionDeclaration, site: Site): CodeScope {
    const inlined: InlinedScope[] = [];
    for (const inner of this.children.get(site) ?? []) {
      const callee = this.context.declarationOf(inner.fn);
      if (callee === undefined) continue;
      const scope = this.scope(inner.fn, callee, inner.site);
      inlined.push({ ...scope, call: this.callPlace(inner.site), ranges: inner.ranges });
    }
    return { declaration, variables: this.variables(fn, declaration, site), inlined };
  }

  private variables(
    fn: WasmFunction,
    declaration: FunctionDeclaration,
    site: Site,
  ): VariablePlaces[] {
    const words = this.locals.get(site);
    const result: VariablePlaces[] = [];
    if (words === undefined) return result;
    const types = [...fn.type.parameters, ...(fn.body?.locals ?? [])];
    let word = 0;
    for (const [local, type] of types.entries()) {
      const count = wordsOf(type);
      if (declaration.locals.at(local) !== undefined) {
        const lists = Array.from({ length: count }, (_, i) => words.get(word + i) ?? []);
        const ranges = joinWords(lists);
        if (ranges.length > 0) result.push({ local, ranges });
      }
      word += count;
    }
    return result;
  }
}

function nextOffset(sources: readonly CodeSource[], index: number, end: number): number {
  return index + 1 < sources.length ? sources[index + 1].offset : end;
}

/** Of words that each have ranges of their own: ranges over all of them, equal neighbours joined. */
function joinWords(lists: readonly (readonly LocalRange[])[]): PlaceRange[] {
  const edges = new Set<number>();
  for (const { start, end } of lists.flat()) edges.add(start).add(end);
  const sorted = [...edges].sort((left, right) => left - right);
  const ordered = lists.map((list) => list.toSorted((left, right) => left.start - right.start));
  const next = ordered.map(() => 0);
  const result: { start: number; end: number; words: (ValuePlace | undefined)[] }[] = [];
  for (const [index, start] of sorted.slice(0, -1).entries()) {
    const end = sorted[index + 1];
    const words = ordered.map((list, which) => {
      while (next[which] < list.length && list[next[which]].end <= start) next[which]++;
      if (next[which] >= list.length) return undefined;
      const range = list[next[which]];
      return range.start <= start ? range.place : undefined;
    });
    if (words.every((place) => place === undefined)) continue;
    if (result.length > 0 && continues(result[result.length - 1], start, words)) {
      result[result.length - 1].end = end;
    } else {
      result.push({ start, end, words });
    }
  }
  return result;
}

function continues(
  range: PlaceRange,
  start: number,
  words: readonly (ValuePlace | undefined)[],
): boolean {
  return range.end === start && range.words.every((place, i) => isSame(place, words[i]));
}

function isSame(left: ValuePlace | undefined, right: ValuePlace | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  switch (left.kind) {
    case 'register':
      return right.kind === 'register' && left.register === right.register;
    case 'frame':
      return right.kind === 'frame' && left.offset === right.offset;
    case 'constant':
      return right.kind === 'constant' && left.value === right.value;
    case 'address':
      return (
        right.kind === 'address' && left.symbol === right.symbol && left.addend === right.addend
      );
  }
}

/** @param callPlace where a call stood whose callee was put in its place */
export function describeSection(
  context: ModuleContext,
  callPlace: (site: Source) => Declaration | undefined,
  wasm: WasmFunction,
  code: EmittedFunction,
): SectionDebug {
  const frames = code.frames.map(({ offset, mark: { size, saved } }) => ({ offset, size, saved }));
  const declaration = context.declarationOf(wasm);
  if (declaration === undefined) return { frames };
  const scope = new SectionDescriber(context, callPlace, code).scope(wasm, declaration, undefined);
  return { scope, frames };
}
