/**
 * Commands from a file, one in a line: `#` begins a comment line. What is printed depends on the
 * guest and the commands alone, so that two runs print the same.
 */
import { EXIT_FAILED, InputError, RunError } from '../host/command-error.ts';
import { CommandProblem } from './command-problem.ts';
import type { Motion, Stop } from './execution.ts';
import type { DebugSession } from './session.ts';

/** What a shell shows of a program that SIGINT has ended. */
const EXIT_INTERRUPTED = 130;
/** So often, while the guest runs, somebody may interrupt it. */
const TURN_MS = 30;

const PROMPT = '(vitrine) ';
/** Before what the guest has printed. */
const CONSOLE_MARK = '| ';
/** Of all harts together: a few milliseconds, or some tens in the in-order model. */
const SLICE_CYCLES = 1_000_000;

export interface ScriptOptions {
  readonly session: DebugSession;
  readonly path: string;
  readonly text: string;
  readonly maxCycles: number;
  readonly print: (line: string) => void;
  /** Whether the person wants it to stop; asked every few milliseconds. Nobody does if absent. */
  readonly isInterrupted?: () => boolean;
}

/**
 * Runs a script to its end, a `quit`, or the first line that cannot be done. The thread is given away
 * now and then.
 * @returns the exit code: 1 if the guest failed, 130 if the person has interrupted it
 * @throws InputError naming the line that cannot be done; RunError naming the one that took too long
 */
export async function runScript(options: ScriptOptions): Promise<number> {
  const { session, path, text, maxCycles, print } = options;
  const { debug, console } = session;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    print(`${PROMPT}${line.trim()}`);
    try {
      const { lines, motion, quits } = debug.execute(line);
      for (const output of lines) print(output);
      if (quits === true) return 0;
      if (motion === undefined) continue;
      const stop = await runToStop(motion, options);
      for (const output of console.takeLines()) print(`${CONSOLE_MARK}${output}`);
      if (stop === 'out-of-cycles') {
        throw new RunError(`${path}:${index + 1}: still running after ${maxCycles} cycles`);
      }
      for (const output of debug.describeStop(stop)) print(output);
      if (stop.kind === 'interrupted') return EXIT_INTERRUPTED;
      if (hasFailed(stop)) return EXIT_FAILED;
    } catch (error) {
      if (!(error instanceof CommandProblem)) throw error;
      throw new InputError(`${path}:${index + 1}: ${error.message}`, { cause: error });
    }
  }
  return 0;
}

async function runToStop(
  motion: Motion,
  { session: { guest }, maxCycles, isInterrupted = () => false }: ScriptOptions,
): Promise<Stop | 'out-of-cycles'> {
  const { machine } = guest;
  const slice = Math.floor(SLICE_CYCLES / machine.harts.length);
  let turn = performance.now();
  try {
    for (;;) {
      if (performance.now() - turn >= TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        turn = performance.now();
      }
      if (isInterrupted()) return { kind: 'interrupted' };
      if (machine.cycle >= maxCycles) return 'out-of-cycles';
      const progress = motion.advance(Math.min(machine.cycle + slice, maxCycles));
      if (progress.kind === 'stopped') return progress.stop;
      if (progress.kind === 'waiting') {
        if (progress.due === Infinity) return { kind: 'idle' };
        guest.advanceTo(Math.min(progress.due, maxCycles));
      }
    }
  } finally {
    motion.finish();
  }
}

function hasFailed(stop: Stop): boolean {
  return stop.kind === 'runaway' || (stop.kind === 'power-off' && stop.code !== 0);
}
