/**
 * Two boots with the same lines are the same to the bit, whatever the host does meanwhile: one runs
 * in slices of the usual length, the other in slices of random lengths.
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readBootFile, readInitrd } from '../tools/host/boot-files.ts';
import { SystemClock } from '../tools/host/host-clock.ts';
import type { Console } from '../tools/host/run-loop.ts';
import { createSession } from '../tools/host/session.ts';
import type { Slices } from '../tools/host/slice-length.ts';
import { WakeSource } from '../tools/host/wake-source.ts';
import { build } from '../tools/images/build.ts';
import { MICRO_FILES } from '../tools/images/folders.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LINES = [
  'help',
  'ls',
  'echo one two three',
  'cat welcome.txt',
  'ps',
  'ping names 20',
  'crash names',
  'ls /svc',
  'crash console',
  'uptime',
  'ps',
  'echo the end',
];
const ALL_RAM = 64 * 2 ** 20;

/** Collects what is printed. */
class Recorder implements Console {
  text = '';
  readonly hasArrived = false;
  readonly inputEnded = true;
  readonly isInteractive = false;
  readonly wantsToLeave = false;
  readonly signalExitCode = undefined;

  takeArrived(): undefined {
    return undefined;
  }

  put(byte: number): void {
    this.text += String.fromCharCode(byte);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}

/** Lengths from one cycle to a few hundred thousand, from a linear congruential generator. */
class RandomSlices implements Slices {
  constructor(private seed: number) {}

  get cycles(): number {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    const magnitude = (this.seed >>> 28) + 3;
    return 1 + ((this.seed >>> 4) & ((1 << magnitude) - 1));
  }

  learn(): void {
    // A random length is as good as any other.
  }
}

async function boot(slices?: Slices): Promise<{ hash: string; text: string; cycle: number }> {
  const file = (path: string): string => `${ROOT}/${path}`;
  const console = new Recorder();
  const { guest, loop, script } = createSession({
    ramBytes: ALL_RAM,
    kernel: readBootFile(file(MICRO_FILES.kernel), 'kernel'),
    firmware: readBootFile(file(MICRO_FILES.firmware), 'firmware'),
    initrd: readInitrd(file(MICRO_FILES.initrd)),
    bootargs: undefined,
    console,
    clock: new SystemClock(),
    wake: new WakeSource(),
    pace: 'free',
    exec: LINES,
    passMarks: false,
    maxCycles: 10_000_000_000,
    ...(slices === undefined ? {} : { slices }),
  });
  expect(await loop.run()).toEqual({ kind: 'power-off', code: 0 });
  expect(script?.failure).toBeUndefined();
  return { hash: await guest.machine.stateHash(), text: console.text, cycle: guest.cycle };
}

test('two boots with the same lines end in the same state', async () => {
  await build({ root: ROOT, terminal: process.stderr, goal: 'micro' });
  const usual = await boot();
  expect(usual.text).toContain('supervisor: names died');
  expect(usual.text).toContain('the end');
  for (const seed of [1, 2]) expect(await boot(new RandomSlices(seed))).toEqual(usual);
});
