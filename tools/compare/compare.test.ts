/** The benchmark in running systems: its figures, and that the walls stand where they are said to. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { Measurement } from '../../userland/abi/measurement.enums.ts';
import { COMPARED_KERNELS, readComparand } from '../cli/compare-command.ts';
import { GuestMemory } from '../debugger/guest-memory.ts';
import { MicroKernel } from '../debugger/micro-kernel.ts';
import { runBenchmark, type Comparand } from './compare.ts';
import { crashInCopy, OOPS_PANIC } from './crash.ts';
import type { Figures } from './figures.ts';
import { Marks } from './marks.ts';
import type { Sample } from './sample.ts';
import { traceUntil, type Trace } from './trace.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HANG_MILLISECONDS = 60_000;

interface Run {
  readonly comparand: Comparand;
  readonly plain: Figures;
  /** The same once more, with some measurements stepped through. */
  readonly traced: Figures;
  readonly traces: ReadonlyMap<number, Trace>;
  /** Names of processes by their root page tables. */
  readonly names: ReadonlyMap<number, string>;
}

const runs = new Map<string, Run>();
/** The program that measures, and the services behind an open file: each calls only deeper ones. */
const PROGRAM = 'bench';
const DEPTH = ['names', 'fs', 'block'];
/** Those of the tables, and one where a service inside has to call one outside. */
const KERNELS = [...COMPARED_KERNELS, 'hybrid:fs'];
const TRACED: readonly number[] = [Measurement.ReadCached, Measurement.OpenUncached];

async function runBoth(comparand: Comparand): Promise<Run> {
  const plain = await runBenchmark(comparand);
  const traces = new Map<number, Trace>();
  const names = new Map<number, string>();
  const traced = await runBenchmark(comparand, ({ edge, measurement }, { machine }) => {
    if (edge !== 'begin' || !TRACED.includes(measurement) || traces.has(measurement)) return;
    const marks = new Marks(machine, comparand.bench);
    traces.set(
      measurement,
      traceUntil(machine, () => marks.at() !== undefined),
    );
    if (comparand.name === 'mono') return;
    const view = new MicroKernel(new GuestMemory(machine), comparand.layouts);
    for (const { root, name } of view.processes()) names.set(root, name);
  });
  return { comparand, plain, traced, traces, names };
}

function run(kernel: string): Run {
  const found = runs.get(kernel);
  if (found === undefined) throw new Error(`${kernel} was not run`);
  return found;
}

function trace(kernel: string, measurement: Measurement): Trace {
  const found = run(kernel).traces.get(measurement);
  if (found === undefined) throw new Error(`measurement ${measurement} was not traced`);
  return found;
}

function median(kernel: string, measurement: Measurement): Sample {
  const { figures } = run(kernel).plain;
  const found = figures.find(({ subject }) => subject.measurement === measurement);
  if (found === undefined) throw new Error(`measurement ${measurement} is missing`);
  return found.median;
}

/** Of some services, those that an image description puts behind a wall. */
function outside(kernel: string, services: readonly string[]): readonly string[] {
  const [name, placement = 'default'] = kernel.split(':');
  const path = join(ROOT, 'kernels', name, 'images', `${placement}.json`);
  const text = readFileSync(path, 'utf8');
  const described = new Map(
    [...text.matchAll(/"name": "(\w+)",\s+"source": "[^"]+",\s+"place": "(\w+)"/g)].map(
      ([, name, place]) => [name, place],
    ),
  );
  expect(described.size).toBeGreaterThan(0);
  return services.filter((service) => described.get(service) === 'user');
}

beforeAll(async () => {
  const build = [join(ROOT, 'bin/vitrine.mjs'), 'build'];
  execFileSync(process.execPath, build, { stdio: 'pipe', timeout: HANG_MILLISECONDS });
  for (const kernel of KERNELS) {
    runs.set(kernel, await runBoth(await readComparand(ROOT, kernel)));
  }
}, 4 * HANG_MILLISECONDS);

describe.each(KERNELS)('%s', (kernel) => {
  it('gives the same figures twice, and whoever watches', () => {
    const { plain, traced } = run(kernel);
    expect(plain).toEqual(traced);
    expect(plain.overhead).toBeGreaterThan(0);
  });

  it('enters the kernel once for a null system call, and nothing else happens', () => {
    expect(median(kernel, Measurement.NullCall)).toMatchObject({
      systemCalls: 1,
      otherExceptions: 0,
      interrupts: 0,
      modeSwitches: 2,
      addressSpaceSwitches: 0,
      messages: 0,
      bytesCopied: 0,
    });
  });

  it('has for a cached read the walls of its image description', () => {
    const { traps, roots, addressSpaceSwitches } = trace(kernel, Measurement.ReadCached);
    const walls = outside(kernel, ['fs']).length;
    const counted = median(kernel, Measurement.ReadCached);
    expect(counted.messages).toBe(walls);
    expect(counted.addressSpaceSwitches).toBe(2 * walls);
    expect(addressSpaceSwitches).toBe(2 * walls);
    // To each server and back again.
    expect(roots).toHaveLength(1 + 2 * walls);
    // The call; of a server, its copy and its answer.
    expect(traps).toBe(1 + 2 * walls);
    expect(counted.modeSwitches).toBe(2 * traps);
    expect(counted.bytesCopied).toBe(4096);
  });

  it('crosses for an uncached one the walls to the services that take part, and no others', () => {
    const { roots, addressSpaceSwitches } = trace(kernel, Measurement.OpenUncached);
    const walls = outside(kernel, DEPTH);
    const { names } = run(kernel);
    const visited = roots.slice(1, -1).map((root) => names.get(root) ?? 'nobody');
    const servers = new Set(visited.filter((name) => name !== PROGRAM));
    expect([...servers].sort()).toEqual([...walls].sort());
    const path = roots.length === 1 ? [] : [PROGRAM, ...visited, PROGRAM];
    expect(addressSpaceSwitches).toBe(Math.max(0, path.length - 1));
    // To somebody deeper goes a call, but for one: fs hears of the close, and nobody waits.
    const depth = (name: string): number => DEPTH.indexOf(name);
    const calls = path.filter((name, index) => index > 0 && depth(name) > depth(path[index - 1]));
    const { messages } = median(kernel, Measurement.OpenUncached);
    expect(messages).toBe(calls.length - outside(kernel, ['fs']).length);
  });

  it(
    'goes on when the file system dies in a copy, and says where it died',
    async () => {
      const { shown, bytes, copied, shellGoesOn } = await crashInCopy(run(kernel).comparand);
      expect(shown.join('\n')).toMatch(/store page fault.*base-service\.ts:\d+/);
      expect(shellGoesOn).toBe(true);
      expect(bytes).toBeGreaterThan(0);
      // What was there when it died, or all.
      const before = 10 * 4096;
      expect([before, bytes]).toContain(copied);
    },
    HANG_MILLISECONDS,
  );
});

it.each(['mono', 'hybrid:split'])(
  'ends %s with oops=panic when the file system dies, in one line with the place',
  async (kernel) => {
    const { shown, copied, shellGoesOn } = await crashInCopy(run(kernel).comparand, OOPS_PANIC);
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatch(/^kernel panic: store page fault, .*base-service\.ts:\d+$/);
    expect({ copied, shellGoesOn }).toEqual({ copied: undefined, shellGoesOn: false });
  },
  HANG_MILLISECONDS,
);

it('names the kernels that there are when it is asked for another', () => {
  const args = [join(ROOT, 'bin/vitrine.mjs'), 'compare', 'mocro'];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('vitrine: no kernel "mocro" to compare: did you mean micro?\n');
  expect(status).toBe(2);
});
