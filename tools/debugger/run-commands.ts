/** Commands that make the guest run. */
import type { Command, CommandContext, CommandResult } from './command.ts';
import { CommandProblem } from './command-problem.ts';
import { CycleMotion, DiagramMotion } from './cycle-motions.ts';
import type { Motion } from './execution.ts';
import { resolveLocation } from './locations.ts';
import { InstructionMotion, LineMotion, OutMotion, RunMotion } from './motions.ts';

/** Cycles in a diagram. */
const MOST_DRAWN = 500;
const COUNT = /^\d[\d_]*$/;

export function parseCount(text: string, what: string): number {
  const count = Number(text.replaceAll('_', ''));
  if (!COUNT.test(text) || count < 1 || !Number.isSafeInteger(count)) {
    throw new CommandProblem(`"${text}" is no number of ${what}: write one from 1 on, or nothing`);
  }
  return count;
}

function noText(name: string, text: string): void {
  if (text !== '') throw new CommandProblem(`${name} takes nothing after it, not "${text}"`);
}

function move({ execution }: CommandContext, create: () => Motion): CommandResult {
  if (execution.isOff) {
    throw new CommandProblem('the guest has switched the machine off: reset starts it anew');
  }
  return { lines: [], motion: create() };
}

/** Runs until the guest has printed a text. */
function waitFor(context: CommandContext, text: string): Motion {
  const { execution, console } = context;
  let isFound = false;
  const stop = console.await(text, () => {
    isFound = true;
    execution.target.machine.requestStop();
  });
  const motion = new RunMotion(execution, Infinity, [], () => isFound);
  return {
    advance: (end) => motion.advance(end),
    finish: () => {
      stop();
      motion.finish();
    },
  };
}

export const RUN_COMMANDS: readonly Command[] = [
  {
    names: ['continue', 'c'],
    parameters: '[CYCLES]',
    summary: 'run until a breakpoint, or for so many cycles',
    run: (context, text) => {
      const { execution } = context;
      const cycles = text === '' ? Infinity : parseCount(text, 'cycles');
      return move(context, () => {
        return new RunMotion(execution, execution.target.machine.cycle + cycles);
      });
    },
  },
  {
    names: ['stepi', 'si'],
    parameters: '[COUNT]',
    summary: 'execute an instruction, or take a trap, wherever it leads',
    repeats: true,
    run: (context, text) => {
      const count = text === '' ? 1 : parseCount(text, 'instructions');
      return move(context, () => new InstructionMotion(context.execution, count));
    },
  },
  {
    names: ['stepc', 'sc', 'cycle'],
    parameters: '[COUNT]',
    summary: 'let a cycle pass, and show the pipeline',
    repeats: true,
    run: (context, text) => {
      const count = text === '' ? 1 : parseCount(text, 'cycles');
      return move(context, () => new CycleMotion(context.execution, count));
    },
  },
  {
    names: ['diagram'],
    parameters: 'COUNT',
    summary: 'let so many cycles pass, and draw instructions against cycles',
    run: (context, text) => {
      if (context.target.machine.clockModel === undefined) {
        throw new CommandProblem('there is no pipeline to draw: start with --cpu inorder');
      }
      const count = parseCount(text, 'cycles');
      if (count > MOST_DRAWN) throw new CommandProblem(`it draws ${MOST_DRAWN} cycles at most`);
      return move(context, () => new DiagramMotion(context.execution, count));
    },
  },
  {
    names: ['step', 's'],
    parameters: '',
    summary: 'to the next line, into calls; traps are passed over',
    repeats: true,
    run: (context, text) => {
      noText('step', text);
      return move(context, () => new LineMotion(context.execution, true));
    },
  },
  {
    names: ['next', 'n'],
    parameters: '',
    summary: 'to the next line, over calls and traps',
    repeats: true,
    run: (context, text) => {
      noText('next', text);
      return move(context, () => new LineMotion(context.execution, false));
    },
  },
  {
    names: ['out', 'finish'],
    parameters: '',
    summary: 'until this function returns, or this trap handler',
    run: (context, text) => {
      noText('out', text);
      return move(context, () => new OutMotion(context.execution));
    },
  },
  {
    names: ['until', 'u'],
    parameters: 'LOCATION',
    summary: 'run to a place, or to a breakpoint before it',
    run: (context, text) => {
      const { locations, note } = resolveLocation(context.target, text);
      const result = move(context, () => new RunMotion(context.execution, Infinity, locations));
      return { ...result, lines: note === undefined ? [] : [note] };
    },
  },
  {
    names: ['wait'],
    parameters: 'TEXT',
    summary: 'run until the guest has printed a text',
    run: (context, text) => {
      if (text === '') throw new CommandProblem('wait needs a text: wait vitrine>');
      return move(context, () => waitFor(context, text));
    },
  },
  {
    names: ['type'],
    parameters: 'TEXT',
    summary: 'type a line to the guest; it arrives as the guest runs on',
    run: (context, text) => {
      context.type(new TextEncoder().encode(`${text}\r`));
      return { lines: [] };
    },
  },
  {
    names: ['reset'],
    parameters: '',
    summary: 'switch the machine off and on, with everything loaded anew',
    run: (context, text) => {
      noText('reset', text);
      context.execution.reset();
      return { lines: ['the machine stands at its first instruction'] };
    },
  },
];
