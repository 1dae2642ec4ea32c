/** Source maps of WebAssembly modules. */
import { expect, test } from 'vitest';
import { SourceMap, SourceMapError } from './source-map.ts';

/** Offsets 10 → a.ts 1:1, 14 → nothing, 20 → b.ts 3:5. */
const json = JSON.stringify({
  version: 3,
  sources: ['a.ts', 'b.ts'],
  sourcesContent: ['first\nsecond', null],
  mappings: 'UAAA,I,MCEI',
});

test('an offset finds the last place at or before it', () => {
  const map = new SourceMap(json);
  expect(map.lookup(9)).toBeUndefined();
  expect(map.lookup(10)).toEqual({ file: 'a.ts', line: 1, column: 1 });
  expect(map.lookup(13)).toEqual({ file: 'a.ts', line: 1, column: 1 });
  expect(map.lookup(14)).toBeUndefined();
  expect(map.lookup(400)).toEqual({ file: 'b.ts', line: 3, column: 5 });
});

test('where nothing is recorded, the place before it in the function counts, then the one after', () => {
  const map = new SourceMap(json);
  expect(map.lookupNear(15, 8, 30)).toEqual({ file: 'a.ts', line: 1, column: 1 });
  expect(map.lookupNear(15, 14, 30)).toEqual({ file: 'b.ts', line: 3, column: 5 });
  expect(map.lookupNear(15, 14, 18)).toBeUndefined();
});

test('the text of a line is there if the map carries it', () => {
  const map = new SourceMap(json);
  expect(map.sourceLine({ file: 'a.ts', line: 2, column: 1 })).toBe('second');
  expect(map.sourceLine({ file: 'a.ts', line: 3, column: 1 })).toBe('');
  expect(map.sourceLine({ file: 'b.ts', line: 1, column: 1 })).toBe('');
});

test('what is not a source map is refused', () => {
  expect(() => new SourceMap('{"sources":1}')).toThrow(SourceMapError);
  expect(() => new SourceMap('{"sources":[],"mappings":"?"}')).toThrow(SourceMapError);
});
