/** Saves are noticed, however they are made and whenever they come. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RunError } from '../host/command-error.ts';
import { watchAndBuild } from './watch.ts';

const SOURCE = 'userland/main.ts';
let root: string;
const write = (path: string, text: string): void => writeFileSync(join(root, path), text);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vitrine-watch-'));
  for (const folder of ['kernels', 'userland']) mkdirSync(join(root, folder));
  write(SOURCE, 'one');
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

/** Runs a watch whose builds do one step after the other, and ends it in the last. */
async function watch(steps: readonly (() => void)[]): Promise<string[]> {
  const end = new AbortController();
  const lines: string[] = [];
  let done = 0;
  const build = (): Promise<readonly string[]> => {
    const step = steps[done++];
    if (done === steps.length) end.abort();
    return Promise.resolve().then(() => {
      step();
      return ['build/micro.elf'];
    });
  };
  await watchAndBuild({ root, build, print: (line) => lines.push(line), signal: end.signal });
  expect(done).toBe(steps.length);
  return lines.map((line) => line.replace(/\d+\.\d+ s/, 'TIME'));
}

test('what changes during a build is built after it: written, renamed, new, removed', async () => {
  const lines = await watch([
    () => write(SOURCE, 'longer'),
    () => {
      write('userland/main.ts~', 'renamed over it');
      renameSync(join(root, 'userland/main.ts~'), join(root, SOURCE));
    },
    () => write('kernels/new.json', '{}'),
    () => rmSync(join(root, SOURCE)),
    () => undefined,
  ]);
  expect(lines).toEqual([
    'watching: 1 files built in TIME',
    'userland/main.ts: 1 files built in TIME',
    'userland/main.ts: 1 files built in TIME',
    'kernels/new.json: 1 files built in TIME',
  ]);
});

test('errors are shown, and the watch goes on', async () => {
  const lines = await watch([
    () => {
      write(SOURCE, 'wrong');
      throw new RunError('main.ts:1:1: wrong');
    },
    () => undefined,
  ]);
  expect(lines).toEqual(['main.ts:1:1: wrong', 'watching: not built in TIME']);
});
