/** `vitrine debug --script` on the microkernel, as a person or another program runs it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VITRINE = join(ROOT, 'bin/vitrine.mjs');
const MOST_CYCLES = '200M';

interface Outcome {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-debug-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function vitrine(...args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [VITRINE, ...args], {
    encoding: 'utf8',
  });
  return { status, output: stdout, errors: stderr };
}

function debug(lines: readonly string[], ...options: readonly string[]): Outcome {
  const script = join(folder, 'script.txt');
  writeFileSync(script, `${lines.join('\n')}\n`);
  return vitrine('debug', '--script', script, '--max-cycles', MOST_CYCLES, ...options);
}

/** What a command printed, by the line that was given. */
function answer({ output }: Outcome, command: string): string[] {
  const lines = output.split('\n');
  const start = lines.indexOf(`(vitrine) ${command}`);
  expect(start, `${command} was not carried out:\n${output}`).toBeGreaterThanOrEqual(0);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('(vitrine) '));
  return end < 0 ? rest.slice(0, -1) : rest.slice(0, end);
}

/** The number of the line of a source that has a text. */
function lineOf(file: string, text: string): number {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  const index = lines.findIndex((line) => line.includes(text));
  if (index < 0) throw new Error(`${file} has no "${text}"`);
  return index + 1;
}

/** Addresses, lines and sizes move with every change of the sources, and are no news to a reader. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/\b0x[\da-f]{8}\b|\d+/g, '#').replaceAll(/ +/g, ' ');
}

const PROCESSES = 'kernels/micro/processes.ts';
const STATEMENT = 'const operation = caller.a0;';

describe('a debugger’s script', () => {
  it('goes from the first instruction through firmware, kernel and a program', () => {
    const line = lineOf(PROCESSES, STATEMENT);
    const breakLine = `b ${PROCESSES}:${line}`;
    const script = [
      ...['where', 'b kernel_main', 'c', 'p $pc', 'info registers', 'n', 'delete'],
      ...[breakLine, 'continue', 'p $scause', 'si 3', 'info processes', 'delete 2'],
      ...['b sh:main', 'continue 100000000', 'info csrs', 'x/2i $pc', 'list'],
      ...['wait vitrine>', 'type echo one two', 'wait two', 'wait vitrine>', 'info processes'],
    ];
    const outcome = debug(['# a comment', '', ...script]);
    expect(outcome).toMatchObject({ status: 0, errors: '' });
    const says = (command: string): string[] => answer(outcome, command);

    expect(says('where')).toEqual(['0x00001000, M-mode']);
    expect(says('b kernel_main')[0]).toMatch(
      /^breakpoint 1: 0x80[0-9a-f]{6} kernel_main at kernels\/micro\/main\.ts:\d+ \(micro\)$/,
    );
    expect(says('c')).toContainEqual(expect.stringMatching(/^\| Vitrine firmware /));
    expect(says('c')).toContainEqual(
      expect.stringMatching(/^breakpoint 1: kernel_main at kernels\/micro\/main\.ts:\d+, S-mode$/),
    );
    expect(says('p $pc')[0]).toMatch(/<kernel_main>$/);
    // The calling convention of SBI: hart id, device tree.
    const registers = says('info registers').join(' ');
    expect(registers).toMatch(/\ba0 +00000000\b/);
    expect(registers).toMatch(/\ba1 +8[0-9a-f]{7}\b/);
    expect(says('n')[0]).toMatch(/ at kernels\/.*:\d+, S-mode$/);

    expect(says('continue')).toContainEqual(
      expect.stringMatching(new RegExp(`^breakpoint 2: .* at ${PROCESSES}:${line}, S-mode$`)),
    );
    expect(says('continue').at(-1)).toMatch(new RegExp(`^ +${line} +${STATEMENT}$`));
    expect(says('p $scause')).toEqual([
      '$scause = 0x00000008  exception 8: environment call from U-mode',
    ]);
    expect(says('info processes')[1]).toMatch(/^\* init +1 +running/);

    const atShell = says('continue 100000000').filter((text) => !text.startsWith('| '));
    expect(atShell[0]).toMatch(/^breakpoint 3: main at userland\/.*, sh \(\d+\), U-mode$/);
    expect(says('info csrs')).toContainEqual(expect.stringMatching(/^satp .*\bMODE$/));
    expect(says('x/2i $pc')[0]).toMatch(/^=> 000[0-9a-f]{5} {2}[a-z]/);
    expect(says('list')[0]).toMatch(/^userland\//);
    expect(says('wait two')).toContainEqual(expect.stringContaining('echo one two'));
  });

  it('carries out what the guide shows', () => {
    const whole = readFileSync(join(ROOT, 'docs/debugger.md'), 'utf8');
    const guide = whole.slice(whole.indexOf('## A script and what it prints'));
    const shown = guide.split('\n').filter((line) => line.startsWith('(vitrine) '));
    const commands = shown.map((line) => line.slice('(vitrine) '.length));
    expect(commands.length).toBeGreaterThan(10);
    const { status, output } = debug(commands);
    expect(status, output).toBe(0);
    const text = guide.slice(
      guide.indexOf(shown[0]),
      guide.indexOf('\n```', guide.indexOf(shown[0])),
    );
    expect(withoutNumbers(output)).toBe(withoutNumbers(`${text}\n`));
  });

  it('knows no code of kernels that were not booted', () => {
    const place = `b ${PROCESSES}:${lineOf(PROCESSES, STATEMENT)}`;
    const outcome = debug([place, 'b callOutside']);
    expect(outcome.status).toBe(2);
    expect(answer(outcome, place)).toEqual([
      expect.stringMatching(/^breakpoint 1: 0x8040[\da-f]{4} .* \(micro\)$/),
    ]);
    expect(outcome.errors).toMatch(/no symbol "callOutside"/);
  });

  it('shows no text where there is no memory', () => {
    expect(answer(debug(['x/s 0']), 'x/s 0')).toEqual(['0x00000000  ??']);
  });

  it('prints the same each time', () => {
    const script = ['b kernel_main', 'c', 's', 'wait vitrine>', 'info registers', 'info csrs'];
    const first = debug(script);
    expect(first.status).toBe(0);
    expect(debug(script)).toEqual(first);
  });

  it('knows what every process runs', () => {
    const outcome = debug(['wait vitrine>', 'info processes', 'info images']);
    const [header, ...processes] = answer(outcome, 'info processes');
    expect(header).toMatch(/NAME +ID +STATE .* IMAGE$/);
    const names = processes.map((line) => line.replace(/^[* ] /, '').split(/ +/));
    expect(names.map(([name]) => name)).toEqual(
      expect.arrayContaining(['init', 'supervisor', 'console', 'sh']),
    );
    for (const columns of names) expect(columns.at(-1)).toBe(columns[0]);
  });

  it.each(['mono', 'hybrid'])('knows the processes of %s, and what they run', (kernel) => {
    const outcome = debug(['wait vitrine>', 'info processes'], kernel);
    expect(outcome).toMatchObject({ status: 0, errors: '' });
    const [header, ...processes] = answer(outcome, 'info processes');
    expect(header).toMatch(/NAME +ID +STATE .* IMAGE$/);
    const shell = processes.find((line) => /^[* ] sh /.test(line));
    expect(shell).toMatch(/^[* ] sh +\d+ +running +1 +\d+ +1 +sh$/);
  });

  it('ends at the first line that cannot be done, and names it', () => {
    const failing: readonly (readonly [string, RegExp])[] = [
      ['brek main', /:2: no command "brek": did you mean break\?$/],
      ['b kernel_mian', /:2: no symbol "kernel_mian": did you mean kernel_main\?$/],
      ['b nowhere.ts:3', /:2: no code comes from a file "nowhere.ts": info files lists what/],
      ['x/3q $sp', /:2: "\/3q" is no format: write x\/8xw/],
    ];
    for (const [line, message] of failing) {
      const { status, errors, output } = debug(['where', line, 'p 1']);
      expect({ status, isOneLine: /^vitrine: .*\n$/.test(errors) }).toEqual({
        status: 2,
        isOneLine: true,
      });
      expect(errors.trimEnd()).toMatch(message);
      expect(output).not.toContain('p 1');
    }
  });

  it('fails with 1 if the guest runs for too long, and needs a terminal without a script', () => {
    const late = debug(['wait no such text'], '--max-cycles', '3M');
    expect(late.status).toBe(1);
    expect(late.errors).toMatch(/:1: still running after 3000000 cycles$/m);
    const missing = vitrine('debug', '--script', join(folder, 'absent.txt'));
    expect([missing.status, missing.errors]).toEqual([
      2,
      expect.stringMatching(/absent\.txt: there is no such script file\n$/),
    ]);
    const blind = vitrine('debug');
    expect([blind.status, blind.errors]).toEqual([
      2,
      'vitrine: debug needs a terminal: without one, --script FILE runs commands\n',
    ]);
  });
});
