/**
 * A guest writes to its disk while somebody types: recorded in one process and replayed in another it
 * does the same; going back takes the disk back; `commit` writes the present that is chosen, and
 * nothing before it touches the host's file.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { assemble } from '../../tools/assembler/assemble.ts';
import { writeExecutable } from '../../tools/elf/write-executable.ts';
import { link } from '../../tools/linker/link.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCE = fileURLToPath(new URL('disk-console.s', import.meta.url));
const PROGRAM = join(ROOT, 'bin', 'vitrine.mjs');
const PROMPT = 'vitrine> ';
const SECTOR = 512;
const SECTORS = 16;
const RAM = 0x8000_0000;

let folder = '';
let kernel = '';
let disk = '';
let record = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-disk-writes-'));
  kernel = join(folder, 'disk-console.elf');
  disk = join(folder, 'disk.img');
  record = join(folder, 'session.record');
  const { object, errors } = assemble(readFileSync(SOURCE, 'utf8'), 'disk-console.s');
  if (object === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  const { image } = link({ objects: [object], entry: '_start', textOrigin: RAM });
  if (image === undefined) throw new Error('the guest does not link');
  writeFileSync(kernel, writeExecutable(image, 'disk-console'));
});
beforeEach(() => {
  writeFileSync(disk, contents([]));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A disk of dots, but for some sectors. */
function contents(written: readonly (readonly [sector: number, text: string])[]): Uint8Array {
  const bytes = new Uint8Array(SECTORS * SECTOR).fill(0x2e);
  for (const [sector, text] of written) {
    bytes.fill(text.charCodeAt(0), sector * SECTOR, (sector + 1) * SECTOR);
  }
  return bytes;
}

const isOnDisk = (bytes: Uint8Array): boolean => Buffer.compare(readFileSync(disk), bytes) === 0;

interface Ended {
  readonly output: string;
  readonly errors: string;
  readonly code: number | null;
}

/** Runs the command, and types what comes next whenever there is a prompt; a string at once. */
function run(args: readonly string[], typed: readonly string[] | string): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: ROOT });
  const left = typeof typed === 'string' ? [] : [...typed];
  let output = '';
  let errors = '';
  let prompts = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const seen = output.split(PROMPT).length - 1;
    for (; prompts < seen; prompts++) {
      const next = left.shift();
      if (next === undefined) child.stdin.end();
      else child.stdin.write(next);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  if (typeof typed === 'string' || typed.length === 0) child.stdin.end(String(typed));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      resolve({ output, errors, code });
    });
  });
}

const boot = (options: readonly string[], typed: readonly string[] | string): Promise<Ended> =>
  run(['boot', kernel, '--drive', disk, '--memory', '2M', '--hash', ...options], typed);

describe('a session that writes to its disk', () => {
  test.each([
    ['on one hart', []],
    ['on several harts', ['--smp', '3']],
    ['on a pipelined hart', ['--cpu', 'inorder:u54']],
    ['on several pipelined harts', ['--smp', '3', '--cpu', 'inorder:u54', '--disk-speed', 'nvme']],
  ])('%s is the same when it is replayed', async (_what, machine) => {
    const typed = ['w1A', 'w2B', 'r1', 'w1C', 'r1', 'q'];
    const first = await boot([...machine, '--record', record], typed);
    expect([first.code, first.errors]).toEqual([0, '']);
    expect(first.output).toContain(`${PROMPT}A\n${PROMPT}${PROMPT}C\n`);
    expect(isOnDisk(contents([]))).toBe(true);
    expect(await boot([...machine, '--replay', record], [])).toEqual(first);
  });

  test('is refused when the disk is another', async () => {
    await boot(['--record', record], ['w1A', 'q']);
    writeFileSync(disk, contents([[1, 'A']]));
    const { code, errors } = await boot(['--replay', record], []);
    expect([code, errors.includes('another drive 1: disk.img had SHA-256')]).toEqual([2, true]);
  });

  test('that goes on with a saved machine can be recorded and replayed', async () => {
    const saved = join(folder, 'machine.saved');
    const machine = ['--smp', '2', '--cpu', 'inorder:u54'];
    await boot([...machine, '--save', saved], ['w1A', 'w2B']);
    const resume = [...machine, '--resume', saved];
    // The guest waits for input and says nothing: what is typed comes at once.
    const first = await boot([...resume, '--record', record], 'r1q');
    expect(first.output).toContain(`A\n${PROMPT}`);
    expect(await boot([...resume, '--replay', record], [])).toEqual(first);
    writeFileSync(
      saved,
      Uint8Array.from(readFileSync(saved), (byte, at) => (at === 5000 ? byte ^ 1 : byte)),
    );
    const { errors } = await boot([...resume, '--replay', record], []);
    expect(errors).toContain('it is damaged: its checksum is wrong');
  });
});

test('going back takes the disk back, another future is written, and commit writes that', async () => {
  const script = join(folder, 'steps.txt');
  const lines = [
    'wait >',
    'type w1A',
    'wait >',
    'type w2B',
    'wait >',
    'type r2',
    'wait >',
    // Before B was written, A had been.
    'goto AFTER_A',
    'type r2',
    'wait >',
    'type r1',
    'wait >',
    'type w3C',
    'wait >',
    'commit',
  ];
  writeFileSync(script, lines.join('\n'));
  const args = ['debug', kernel, '--drive', disk, '--memory', '2M', '--script', script];
  const probe = join(folder, 'probe.txt');
  writeFileSync(probe, 'wait >\ntype w1A\nwait >\np $mcycle\n');
  const cycle = /mcycle = 0x([0-9a-f]+)/.exec(
    (await run([...args.slice(0, -1), probe], [])).output,
  );
  const afterA = parseInt(cycle?.[1] ?? '', 16);
  expect(afterA).toBeGreaterThan(0);
  writeFileSync(script, lines.join('\n').replace('AFTER_A', String(afterA)));
  const { output, errors, code } = await run(args, []);
  expect([code, errors]).toEqual([0, '']);
  const printed = [...output.matchAll(/^\| +([A-Z.])$/gm)].map(([, letter]) => letter);
  expect(printed).toEqual(['B', '.', 'A']);
  expect(output).toContain(`drive 1: ${SECTORS * SECTOR} bytes are in ${disk}`);
  expect(
    isOnDisk(
      contents([
        [1, 'A'],
        [3, 'C'],
      ]),
    ),
  ).toBe(true);
});
