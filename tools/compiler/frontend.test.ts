/** From AssemblyScript sources to objects: places, errors, packages, allocation. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { TargetProgram } from './testing/target-program.ts';
import { formatDiagnostic } from './diagnostics.ts';
import { type CompileOutcome, type CompileRequest, compileSources } from './frontend.ts';

const ABORT =
  'export function abort(m: usize, f: usize, l: u32, c: u32): void { unreachable(); }\n';

function compile(
  files: Readonly<Record<string, string>>,
  options: Partial<CompileRequest> = {},
): Promise<CompileOutcome> {
  return compileSources({
    entries: ['demo/main.ts'],
    root: fileURLToPath(new URL('.', import.meta.url)),
    memoryBase: 0x8010_0000,
    moduleName: 'demo',
    abort: 'demo/abort/abort',
    readFile: (path) => ({ 'demo/abort.ts': ABORT, ...files })[path] ?? null,
    ...options,
  });
}

test('every instruction has a place in the source, and memory accesses are trap sites', async () => {
  const text = [
    'export function sum(p: usize, n: i32): i32 {',
    '  let total = 0;',
    '  for (let i = 0; i < n; i++) {',
    '    total += load<i32>(p + (<usize>i << 2));',
    '  }',
    '  return total;',
    '}',
  ].join('\n');
  const { object, diagnostics, sources } = await compile({ 'demo/main.ts': text });
  expect(diagnostics).toEqual([]);
  expect(sources).toEqual(['demo/abort.ts', 'demo/main.ts']);
  const code = object?.sections.find(({ name }) => name === '.text.sum');
  expect(code?.positions[0].offset).toBe(0);
  expect(
    code?.positions.every(({ file, line }) => file === 'demo/main.ts' && line >= 1 && line <= 7),
  ).toBe(true);
  expect(code?.trapSites).toHaveLength(1);
  const [site] = code?.trapSites ?? [];
  const position = code?.positions.findLast(({ offset }) => offset <= site.offset);
  expect(position?.line).toBe(4);
  expect(object?.symbols.find(({ name }) => name === 'sum')).toMatchObject({
    binding: 'global',
    type: 'func',
    size: code?.size,
  });
});

test('an error of asc names file, line and source line', async () => {
  const { object, diagnostics } = await compile({
    'demo/main.ts': 'export function f(): i32 {\n  return missing();\n}\n',
  });
  expect(object).toBeUndefined();
  expect(diagnostics).toHaveLength(1);
  expect(diagnostics[0]).toMatchObject({
    severity: 'error',
    file: 'demo/main.ts',
    line: 2,
    column: 10,
    sourceLine: '  return missing();',
  });
  expect(formatDiagnostic(diagnostics[0])).toMatch(/^demo\/main\.ts:2:10: error: .*missing/);
});

test('floating point is an error at its place', async () => {
  const { object, diagnostics } = await compile({
    'demo/main.ts': 'export function f(p: usize): i32 {\n  return <i32>(load<f64>(p) * 2.0);\n}\n',
  });
  expect(object).toBeUndefined();
  expect(diagnostics[0].message).toContain('floating point');
  expect(diagnostics[0]).toMatchObject({ file: 'demo/main.ts', line: 2 });
  expect(diagnostics[0].sourceLine).toContain('load<f64>');
});

test('a package import is answered from its folder, also in the places', async () => {
  const { object, diagnostics, sources } = await compile(
    {
      'demo/main.ts':
        'import { answer } from "stubs/console";\nexport function f(p: usize): i32 { return answer(p); }\n',
      'build/stubs/console.ts':
        'export function answer(p: usize): i32 {\n  return load<i32>(p) / load<i32>(p + 4);\n}\n',
    },
    { packages: { stubs: 'build/stubs' } },
  );
  expect(diagnostics).toEqual([]);
  expect(sources).toContain('build/stubs/console.ts');
  const files = object?.sections.flatMap(({ positions }) => positions.map(({ file }) => file));
  expect(files).toContain('build/stubs/console.ts');
});

test('managed allocation after start-up is an error that names the way to it', async () => {
  const source = {
    'demo/main.ts':
      'class Box { value: i32 = 5; }\n' +
      'const early = new StaticArray<i32>(4);\n' +
      'function make(): Box {\n  return new Box();\n}\n' +
      'export function f(): i32 { return make().value + early[0]; }\n',
  };
  const forbidden = await compile(source, { forbidAllocation: true });
  expect(forbidden.object).toBeUndefined();
  expect(forbidden.diagnostics).toHaveLength(1);
  expect(forbidden.diagnostics[0].message).toMatch(/Box.*make.*demo\/main\/f/);
  expect(forbidden.diagnostics[0]).toMatchObject({ file: 'demo/main.ts' });
  const allowed = await compile(source);
  expect(allowed.diagnostics).toEqual([]);
  expect(allowed.object).toBeDefined();
});

test('static data lies where it was asked for, zeros included', async () => {
  const { object } = await compile({
    'demo/main.ts':
      'const table = memory.data<i32>([1, 2, 3]);\nconst zeros = memory.data(10000, 16);\n' +
      'export function f(i: i32): i32 { return load<i32>(table + i) + load<u8>(zeros + i); }\n',
  });
  const fixed = object?.sections.filter(({ address }) => address !== undefined) ?? [];
  expect(fixed[0].address).toBe(0x8010_0000);
  const end = Math.max(...fixed.map(({ address, size }) => (address ?? 0) + size));
  expect(end).toBeGreaterThanOrEqual(0x8010_0000 + 10_012);
});

test('a heap begins behind the whole image', async () => {
  const { object, diagnostics } = await compile({
    'demo/main.ts':
      'let count = 5;\nconst zeros = memory.data(10000, 16);\n' +
      'export function f(n: i32): usize {\n' +
      '  count += n;\n  return changetype<usize>(new StaticArray<i32>(count)) + load<u8>(zeros + n);\n}\n',
  });
  expect(diagnostics).toEqual([]);
  const target = new TargetProgram(object === undefined ? [] : [object], ['f']);
  const outcome = target.call('f', [3]);
  const ends = target.image.segments.map(({ address, memorySize }) => address + memorySize);
  expect(outcome.trap).toBeUndefined();
  expect('low' in outcome ? outcome.low >>> 0 : 0).toBeGreaterThanOrEqual(Math.max(...ends));
});

test('a missing entry file is one error', async () => {
  const { object, diagnostics } = await compile({}, { entries: ['demo/nowhere.ts'] });
  expect(object).toBeUndefined();
  expect(diagnostics.map(({ message }) => message)).toEqual([
    'demo/nowhere.ts: there is no such source file',
  ]);
});
