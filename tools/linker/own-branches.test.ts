/** Code that has resolved its own branches still works after the linker has shortened it. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compileSources } from '../compiler/frontend.ts';
import { TargetProgram } from '../compiler/testing/target-program.ts';
import type { ObjectFile } from './object.ts';

const SOURCE = `
let calls = 0;
function count(): i32 { calls += 1; return calls; }
function odd(n: i32): bool { count(); return n == 0 ? false : even(n - 1); }
function even(n: i32): bool { count(); return n == 0 ? true : odd(n - 1); }
export function work(n: i32): i32 {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (even(i)) sum += i; else sum -= count();
    switch (i & 7) { case 0: sum += 3; break; case 3: sum ^= count(); break; case 5: continue; default: sum <<= 1; }
  }
  return sum;
}
`;
const ABORT =
  'export function abort(m: usize, f: usize, l: u32, c: u32): void { unreachable(); }\n';

async function compile(): Promise<ObjectFile> {
  const files: Readonly<Record<string, string>> = {
    'demo/main.ts': SOURCE,
    'demo/abort.ts': ABORT,
  };
  const { object, diagnostics } = await compileSources({
    entries: ['demo/main.ts'],
    root: fileURLToPath(new URL('.', import.meta.url)),
    memoryBase: 0x8010_0000,
    moduleName: 'demo',
    abort: 'demo/abort/abort',
    readFile: (path) => files[path] ?? null,
  });
  if (object === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return object;
}

it('jumps to the same places', async () => {
  const relaxable = await compile();
  const object: ObjectFile = {
    ...relaxable,
    sections: relaxable.sections.map((section) => ({ ...section, relaxable: false })),
  };
  // One machine serves all programs: each runs before the next is loaded.
  const runs = [object, relaxable].map((one) => {
    const program = new TargetProgram([one], ['work']);
    const results = [0, 1, 2, 9, 40].map((count) => {
      const outcome = program.call('work', [count]);
      return outcome.trap === undefined ? outcome.low : outcome.trap;
    });
    return { results, size: program.image.sections[0]?.size ?? 0 };
  });
  expect(runs[1].results).toEqual(runs[0].results);
  expect(runs[1].size).toBeLessThan(runs[0].size);
});
