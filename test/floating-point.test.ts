/**
 * Programs that compute with floating-point numbers while they share the hart see their own registers
 * and nobody else's, under every kernel.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileImage } from '../tools/images/compile-image.ts';
import { parseImageDescription } from '../tools/images/image-description.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VITRINE = `${ROOT}bin/vitrine.mjs`;
const KERNELS = ['micro', 'hybrid:split', 'mono'];
const CYCLES = '2G';
/** Turns of 10 ms follow each other some times until both pictures are drawn. */
const PICTURES = [
  { turns: 40000, zoom: 1 },
  { turns: 40000, zoom: 2 },
];

/** What the program draws (userland/programs/mandelbrot), as Node computes it. */
function picture({ turns, zoom }: { turns: number; zoom: number }): string[] {
  const step = 3.6 / (zoom * 72);
  return Array.from({ length: 24 }, (_, row) => {
    const y = 0.13182590420533 + (12 - row) * 2 * step;
    return Array.from({ length: 72 }, (_, column) => {
      const left = turnsToLeave(-0.743643887037151 + (column - 36) * step, y, turns);
      return ' .:-=+*%@#'[left < 0 ? 9 : left % 9];
    }).join('');
  });
}

function turnsToLeave(x: number, y: number, turns: number): number {
  for (let turn = 0, a = 0, b = 0; turn < turns; turn++) {
    if (a * a + b * b > 4) return turn;
    [a, b] = [a * a - b * b + x, 2 * a * b + y];
  }
  return -1;
}

function draw(kernel: readonly string[]): { status: number | null; lines: string[] } {
  const commands = PICTURES.map(({ turns, zoom }, i) => `mandelbrot ${turns} ${zoom} > /tmp/p${i}`);
  const line = `${commands.join(' & ')} & wait; cat /tmp/p0 /tmp/p1`;
  const { status, stdout } = spawnSync(
    process.execPath,
    [VITRINE, 'boot', ...kernel, '--max-cycles', CYCLES, '--exec', line],
    { encoding: 'utf8' },
  );
  return { status, lines: stdout.split('\n').map((text) => text.replace('\r', '')) };
}

const drawn = (lines: readonly string[]): string[] => lines.filter((line) => line.length === 72);

const expected = PICTURES.flatMap(picture);

beforeAll(() => {
  spawnSync(process.execPath, [VITRINE, 'build']);
});

it.each(KERNELS)('two programs draw side by side under %s what Node draws', (kernel) => {
  const { status, lines } = draw([kernel]);
  expect(status).toBe(0);
  expect(drawn(lines)).toEqual(expected);
});

describe('a kernel that does not switch the registers is noticed:', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-floating-point-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['nothing is saved', 'if (state == FS_DIRTY) save_floating_point(registersOf(owner));', ''],
    ['nothing is loaded', 'load_floating_point(registersOf(thread));', ''],
  ])('%s', async (_, what, instead) => {
    const path = 'kernels/core/floating-point.ts';
    const source = readFileSync(join(ROOT, path), 'utf8');
    expect(source).toContain(what);
    const description = 'kernels/micro/image.json';
    const image = parseImageDescription(readFileSync(join(ROOT, description), 'utf8'), description);
    const changed = new Map([[path, source.replace(what, instead)]]);
    const result = await compileImage(ROOT, image, changed);
    if (result.kind !== 'done') throw new Error(result.message);
    const kernel = join(folder, 'micro.elf');
    writeFileSync(kernel, result.outputs[0].contents);
    const { lines } = draw([
      kernel,
      '--initrd',
      `${ROOT}build/micro.cpio`,
      '--drive',
      `${ROOT}build/disk.img,snapshot=on`,
    ]);
    expect(drawn(lines)).not.toEqual(expected);
  });
});
