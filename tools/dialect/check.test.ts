/** Every rule by its own example, and no rule against the code that is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { listTargetCode } from '../images/target-files.ts';
import { checkSource } from './check.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where kernels and services are, so that every rule holds. */
const EXAMPLE = 'userland/services/example/main.ts';
/** What examples import from. */
const BESIDE = new Set(
  ['paths.ts', 'output.ts'].map((name) => `userland/services/example/${name}`),
);

function breaches(text: string, path = EXAMPLE): readonly string[] {
  return checkSource({ path, text }, (file) => BESIDE.has(file)).map(({ rule }) => rule.name);
}

describe('a rule', () => {
  it.each(RULES.map((rule): [string, Rule] => [rule.name, rule]))('%s', (name, rule) => {
    // Classes of examples are managed for brevity.
    const path = rule.integersOnly === true ? EXAMPLE : 'userland/programs/example/main.ts';
    const at = (file: string): boolean =>
      existsSync(join(ROOT, file)) || /example\/(paths|output)\.ts$/.test(file);
    const found = checkSource({ path, text: rule.bad }, at);
    expect(found.map((breach) => breach.rule.name)).toEqual([name]);
    const { message, line, column } = found[0].diagnostic;
    expect(message).not.toMatch(/\{\}|\n|;\s*$/);
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(checkSource({ path, text: rule.good }, at)).toEqual([]);
  });

  it('has a name of its own', () => {
    expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
  });
});

it('several errors of a file are found at once, with their places', () => {
  const text =
    'export function f(a: any): i32 {\n  let b = a?.x ?? 1;\n  for (const c of a) b += 1.5;\n}\n';
  const found = checkSource({ path: EXAMPLE, text }, () => true);
  expect(found.map(({ rule, diagnostic: { line, column } }) => [rule.name, line, column])).toEqual([
    ['any', 1, 22],
    ['optional-chaining', 2, 12],
    ['nullish', 2, 16],
    ['for-of', 3, 3],
  ]);
});

it('an arrow function that is nothing but a captured name is a closure', () => {
  expect(
    breaches('export function f(n: i32): void {\n  const g = (): i32 => n;\n  g();\n}'),
  ).toEqual(['closure']);
});

it.each([
  [
    'a function that sees globals',
    'let sum: i32 = 0;\nfunction each(work: (n: i32) => void): void {\n  work(1);\n}\nexport function run(): void {\n  each((n) => {\n    sum += n;\n  });\n}',
  ],
  [
    'a local of its own with the name of one outside',
    'export function run(n: i32): void {\n  const inner = (n: i32): i32 => n;\n  inner(n);\n}',
  ],
  [
    'a loop of an inner function',
    'export function run(): void {\n  const inner = (): i32 => {\n    let sum = 0;\n    for (let i = 0; i < 3; i++) sum += i;\n    return sum;\n  };\n  inner();\n}',
  ],
  [
    'members with the names of what is missing',
    '@unmanaged\nexport class Log {\n  console: u32;\n  process: u32;\n}\nexport function show(log: Log): u32 {\n  return log.console + log.process;\n}',
  ],
])('nothing is said against %s', (_, text) => {
  expect(breaches(text)).toEqual([]);
});

it('nothing is said against the target code that is there', () => {
  const files = listTargetCode(ROOT);
  expect(files.length).toBeGreaterThan(150);
  const exists = (path: string): boolean => existsSync(join(ROOT, path));
  const found = files.flatMap((path) =>
    checkSource({ path, text: readFileSync(join(ROOT, path), 'utf8') }, exists),
  );
  expect(
    found.map(({ diagnostic: { file, line, message } }) => `${file}:${line}: ${message}`),
  ).toEqual([]);
});
