/** Ctrl-C while a script of the debugger lets the guest run, forwards or backwards. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assemble } from '../../tools/assembler/assemble.ts';
import { writeExecutable } from '../../tools/elf/write-executable.ts';
import { link } from '../../tools/linker/link.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(ROOT, 'bin', 'vitrine.mjs');
const RAM = 0x8000_0000;
const EXIT_INTERRUPTED = 130;

let folder = '';
let kernel = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-interrupt-'));
  kernel = join(folder, 'spin.elf');
  const source = '.globl _start\n_start: addi a0, a0, 1\n j _start\n';
  const { object } = assemble(source, 'spin.s');
  if (object === undefined) throw new Error('the guest does not assemble');
  const { image } = link({ objects: [object], entry: '_start', textOrigin: RAM });
  if (image === undefined) throw new Error('the guest does not link');
  writeFileSync(kernel, writeExecutable(image, 'spin'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['continue', ['continue']],
  ['reverse-continue', ['continue 400000000', 'reverse-continue trap']],
  ['goto', ['goto 100000000000']],
])('%s stops, says where, and ends the script', async (_name, lines) => {
  const script = join(folder, 'steps.txt');
  writeFileSync(script, [...lines, 'where'].join('\n'));
  const args = ['debug', kernel, '--memory', '2M', '--script', script];
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: ROOT });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.endsWith(`(vitrine) ${lines[lines.length - 1]}\n`)) child.kill('SIGINT');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBe(EXIT_INTERRUPTED);
  expect(output).toMatch(/stopped by you\n_start[^\n]* M-mode\n/);
  expect(output).not.toContain('(vitrine) where');
});
