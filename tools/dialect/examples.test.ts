/** What the documentation recommends is what the AssemblyScript compiler accepts. */
import { beforeAll, expect, it } from 'vitest';
import { compileSources } from '../compiler/frontend.ts';
import { placeOfExample } from './reference.ts';
import { RULES } from './rules.ts';

const MEMORY_BASE = 0x8010_0000;

/** What examples import, cut down to what they use of it. */
const BESIDE: readonly (readonly [file: string, text: string])[] = [
  [
    'paths.ts',
    'export const PATH_BYTES: i32 = 255;\n@unmanaged\nexport class Path {\n  length: u32;\n}\n',
  ],
  [
    'output.ts',
    '@unmanaged\nclass Out {\n  text(part: string): Out {\n    return this;\n  }\n  line(): void {}\n}\nexport const out = changetype<Out>(memory.data(4));\n',
  ],
  ['stubs/file.ts', '@unmanaged\nexport class FileClient {}\n'],
  [
    'stubs/clock.ts',
    '@unmanaged\nexport class ClockClient {\n  now(): i64 {\n    return 0;\n  }\n}\n',
  ],
];

const rejected: string[] = [];

beforeAll(async () => {
  for (const rule of RULES) {
    const entry = placeOfExample(rule);
    const read = (path: string): string | null => {
      if (path === entry) return rule.good;
      return BESIDE.find(([file]) => path.endsWith(`/${file}`))?.[1] ?? null;
    };
    const { diagnostics } = await compileSources({
      entries: [entry],
      root: '/',
      readFile: read,
      packages: { stubs: 'build/stubs' },
      moduleName: 'example',
      memoryBase: MEMORY_BASE,
    });
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    rejected.push(...errors.map(({ line, message }) => `${rule.name}:${line}: ${message}`));
  }
});

it('every recommended example compiles', () => {
  expect(rejected).toEqual([]);
});
