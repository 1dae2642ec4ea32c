/** Messages as asc gives them for sources get the advice that belongs to them. */
import { expect, it } from 'vitest';
import { compileSources } from '../compiler/frontend.ts';
import { withAdvice } from './asc-messages.ts';

const ENTRY = 'demo/main.ts';

async function firstError(source: string): Promise<string> {
  const { diagnostics } = await compileSources({
    entries: [ENTRY],
    root: '/',
    readFile: (path) => (path === ENTRY ? source : null),
    moduleName: 'demo',
    memoryBase: 0x8010_0000,
  });
  return withAdvice(diagnostics.find(({ severity }) => severity === 'error')?.message ?? '');
}

it.each([
  [
    'a number that may be cut',
    'export function f(a: u64): u32 {\n  return a;\n}',
    /; something may be lost: write `<u32>value`/,
  ],
  [
    'a number as a condition',
    'export function f(a: i32): bool {\n  return a;\n}',
    /; write `value != 0`$/,
  ],
  [
    'sides of two types',
    'export function f(a: u32, b: i32): bool {\n  return a < b;\n}',
    /; bring both to one type: `<u32>b` or `<i32>a`$/,
  ],
  [
    'a map that is walked through',
    'export function f(m: Map<i32, i32>): void {\n  m.forEach((v) => {});\n}',
    /; go through `keys\(\)`/,
  ],
  [
    'a method without object',
    'class A {\n  m(): void {}\n}\nfunction g(f: () => void): void {}\nexport function f(a: A): void {\n  g(a.m);\n}',
    /; a method cannot be passed without its object/,
  ],
  [
    'a field without value',
    'class B {}\nclass A {\n  b: B;\n}\nexport function f(): void {\n  new A();\n}',
    /; give it a value where it is declared/,
  ],
])('%s', async (_, source, message) => {
  expect(await firstError(source)).toMatch(message);
});

it('other messages stay as they are', () => {
  expect(withAdvice("Cannot find name 'x'.")).toBe("Cannot find name 'x'.");
});
