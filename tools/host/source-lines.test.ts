import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SourceLines } from './source-lines.ts';

let folder: string;
let lines: SourceLines;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-sources-'));
  mkdirSync(join(folder, 'repository'));
  writeFileSync(join(folder, 'repository', 'main.ts'), 'one\ntwo\r\nthree');
  writeFileSync(join(folder, 'repository', 'key.pem'), 'private');
  writeFileSync(join(folder, 'outside.ts'), 'outside');
  symlinkSync(join(folder, 'outside.ts'), join(folder, 'repository', 'link.ts'));
  lines = new SourceLines(join(folder, 'repository'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('reads lines of the repository', () => {
  expect([1, 2, 3, 4].map((line) => lines.read('main.ts', line))).toEqual([
    'one',
    'two',
    'three',
    undefined,
  ]);
});

test.each(['../outside.ts', 'link.ts', 'key.pem', 'absent.ts', '', '.', 'main.ts/x.ts'])(
  'reads nothing from "%s"',
  (path) => {
    expect(lines.read(path, 1)).toBeUndefined();
  },
);
