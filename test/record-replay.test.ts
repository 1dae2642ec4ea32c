/**
 * An interactive session, with typing and files that are written, is recorded in one process and
 * replayed in another: what is printed and the final state are the same. One that is saved goes on in
 * another.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from '../tools/images/build.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROMPT = 'vitrine> ';
const LINES = ['echo one > /tmp/first', 'cat /tmp/first', 'ls /tmp', 'poweroff'];

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-record-'));
  await build({ root: ROOT, terminal: process.stderr, goal: 'everything' });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly output: string;
  readonly errors: string;
  readonly code: number | null;
}

/** Runs `vitrine boot`, and types a line whenever there is a prompt. */
function boot(options: readonly string[], lines: readonly string[]): Promise<Ended> {
  const program = join(ROOT, 'bin', 'vitrine.mjs');
  const child = spawn(process.execPath, [program, 'boot', ...options], { cwd: ROOT });
  const left = [...lines];
  let output = '';
  let errors = '';
  let prompts = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const seen = output.split(PROMPT).length - 1;
    for (; prompts < seen; prompts++) {
      const line = left.shift();
      if (line === undefined) child.stdin.end();
      else child.stdin.write(`${line}\n`);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  if (lines.length === 0) child.stdin.end();
  return new Promise((resolve) => {
    child.on('close', (code) => {
      resolve({ output, errors, code });
    });
  });
}

describe('a recorded session', () => {
  test.each([
    ['on one hart', ['micro']],
    ['on several harts', ['mono', '--smp', '3']],
    ['on a pipelined hart', ['micro', '--cpu', 'inorder:u54']],
  ])('%s is the same when it is replayed', async (_what, machine) => {
    const record = join(folder, 'session.record');
    const first = await boot([...machine, '--record', record, '--hash'], LINES);
    expect([first.code, first.errors]).toEqual([0, '']);
    expect(first.output.split(/\r?\n/)).toContain('one');
    const second = await boot([...machine, '--replay', record, '--hash'], []);
    expect(second).toEqual(first);
  });

  test('is refused for another machine, other files and what is no record', async () => {
    const record = join(folder, 'other.record');
    await boot(['micro', '--record', record, '--max-cycles', '1000'], []);
    const refusal = async (...options: string[]): Promise<[number | null, string]> => {
      const { code, errors } = await boot([...options, '--replay', record], []);
      return [code, errors.trim()];
    };
    expect(await refusal('micro', '--memory', '64M')).toEqual([
      2,
      `vitrine: ${record} was recorded with memory 134217728, not 67108864`,
    ]);
    const [code, message] = await refusal('mono');
    expect(code).toBe(2);
    expect(message).toContain('another kernel: micro.elf had SHA-256');
    expect(await refusal('micro', '--drive', 'none')).toEqual([
      2,
      `vitrine: ${record} was recorded with drive 1 disk.img, which is missing`,
    ]);
    const text = readFileSync(record, 'utf8');
    writeFileSync(record, text.replace('"version":1', '"version":2'));
    expect(await refusal('micro')).toEqual([
      2,
      `vitrine: ${record}:1: it has version 2, and this program knows 1`,
    ]);
    writeFileSync(record, text.replace('"kind":"end"', '"kind":"magic"'));
    expect(await refusal('micro')).toEqual([2, `vitrine: ${record}:2: nothing is known of magic`]);
  });
});

test('a saved machine goes on in another process, and is refused by another machine', async () => {
  const saved = join(folder, 'machine.saved');
  const first = await boot(['micro', '--save', saved, '--hash'], LINES.slice(0, 1));
  const hashOf = ({ output }: Ended): string | undefined => /state hash: \S+/.exec(output)?.[0];
  const second = await boot(['micro', '--resume', saved, '--hash'], []);
  expect(hashOf(first)).toBeDefined();
  expect(hashOf(second)).toBe(hashOf(first));
  const other = await boot(['mono', '--resume', saved], []);
  expect(other.code).toBe(2);
  expect(other.errors).toContain(
    `${saved} was recorded with another kernel: micro.elf had SHA-256`,
  );
  const { length } = readFileSync(saved);
  writeFileSync(saved, readFileSync(saved).subarray(0, -100));
  const { code, errors } = await boot(['micro', '--resume', saved], []);
  const problem = `it is damaged: it has ${length - 100} bytes instead of ${length}`;
  expect([code, errors]).toEqual([2, `vitrine: ${saved}: ${problem}\n`]);
});
