/** What an idle guest costs the host when guest time keeps pace with the wall. */
import { SystemClock } from '../host/host-clock.ts';
import type { Console } from '../host/run-loop.ts';
import { createSession } from '../host/session.ts';
import { WakeSource } from '../host/wake-source.ts';
import { assembleGuest } from './assemble-guest.ts';

const RAM_BYTES = 16 * 2 ** 20;
/** Timer interrupts: three seconds of a hundred each. */
const ROUNDS = 300;
/** They go before the measurement: what the host compiles it compiles then. */
const WARM_UP_ROUNDS = 50;
const MICROSECONDS_PER_MS = 1000;

export interface IdleResult {
  readonly interrupts: number;
  /** Time on the wall. */
  readonly seconds: number;
  /** Part of one processor that was busy: 1 is all of it. */
  readonly load: number;
}

/** A serial line with nobody at its end. */
const nobody: Console = {
  takeArrived: () => undefined,
  hasArrived: false,
  inputEnded: true,
  isInteractive: false,
  wantsToLeave: false,
  signalExitCode: undefined,
  put: () => undefined,
  flush: () => Promise.resolve(),
};

/** @param root of the repository */
export async function benchmarkIdle(root: string, rounds = ROUNDS): Promise<IdleResult> {
  await runIdle(root, WARM_UP_ROUNDS);
  const wall = performance.now();
  const before = process.cpuUsage();
  await runIdle(root, rounds);
  const { user, system } = process.cpuUsage(before);
  const ms = performance.now() - wall;
  const load = (user + system) / MICROSECONDS_PER_MS / ms;
  return { interrupts: rounds, seconds: ms / 1000, load };
}

async function runIdle(root: string, rounds: number): Promise<void> {
  const image = assembleGuest(root, 'idle', rounds);
  const parts = image.segments.map(({ address, bytes, memorySize }) => {
    return { what: 'idle', address, bytes, memorySize };
  });
  const session = createSession({
    ramBytes: RAM_BYTES,
    kernel: { file: { kind: 'elf', path: 'idle', parts }, elf: undefined },
    firmware: undefined,
    initrd: undefined,
    bootargs: undefined,
    console: nobody,
    clock: new SystemClock(),
    wake: new WakeSource(),
    pace: 'real',
    exec: undefined,
    passMarks: false,
    maxCycles: Infinity,
  });
  const outcome = await session.loop.run();
  if (outcome.kind !== 'power-off' || outcome.code !== 0) {
    throw new Error(`the idle guest did not end well: ${outcome.kind}`);
  }
}
