/**
 * Commands from a file, one in a line: `#` begins a comment line. What is printed depends on the
 * guest and the commands alone, so that two runs print the same.
 */
import { EXIT_FAILED, InputError } from '../host/command-error.ts';
import { CommandProblem } from './command-problem.ts';
import type { Motion, Stop } from './execution.ts';
import type { DebugSession } from './session.ts';

const PROMPT = '(vitrine) ';
/** Before what the guest has printed. */
const CONSOLE_MARK = '| ';
const SLICE_CYCLES = 10_000_000;

export interface ScriptOptions {
  readonly session: DebugSession;
  readonly path: string;
  readonly text: string;
  readonly maxCycles: number;
  readonly print: (line: string) => void;
}

/**
 * Runs a script to its end, a `quit`, or the first line that cannot be done.
 * @returns the exit code: 1 if the guest failed or ran for longer than it may
 * @throws InputError naming the line that cannot be done
 */
export function runScript({ session, path, text, maxCycles, print }: ScriptOptions): number {
  const { debug, console } = session;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    print(`${PROMPT}${line.trim()}`);
    try {
      const { lines, motion, quits } = debug.execute(line);
      for (const output of lines) print(output);
      if (quits === true) return 0;
      if (motion === undefined) continue;
      const stop = runToStop(session, motion, maxCycles);
      for (const output of console.takeLines()) print(`${CONSOLE_MARK}${output}`);
      if (stop === 'out-of-cycles') {
        throw new CommandProblem(`still running after ${maxCycles} cycles (--max-cycles)`);
      }
      for (const output of debug.describeStop(stop)) print(output);
      if (hasFailed(stop)) return EXIT_FAILED;
    } catch (error) {
      if (!(error instanceof CommandProblem)) throw error;
      throw new InputError(`${path}:${index + 1}: ${error.message}`, { cause: error });
    }
  }
  return 0;
}

function runToStop(
  { guest }: DebugSession,
  motion: Motion,
  maxCycles: number,
): Stop | 'out-of-cycles' {
  const { machine } = guest;
  try {
    for (;;) {
      if (machine.cycle >= maxCycles) return 'out-of-cycles';
      const progress = motion.advance(Math.min(machine.cycle + SLICE_CYCLES, maxCycles));
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
