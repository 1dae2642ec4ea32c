/** Commands that go to and fro in the history of the machine. */
import { onEvent, onModeSwitch, onTrap, whenChanged } from '../../machine/history/until.ts';
import type { Condition } from '../../machine/history/until.ts';
import {
  InstructionBackMotion,
  LineBackMotion,
  MomentMotion,
  UntilBackMotion,
} from './back-motions.ts';
import { RunError } from '../host/command-error.ts';
import { say, type Command, type CommandContext } from './command.ts';
import { CommandProblem } from './command-problem.ts';
import { CycleBackMotion } from './cycle-motions.ts';
import { evaluate } from './expressions.ts';
import { Access } from '../../machine/hart/privilege.ts';
import { parseCount } from './run-commands.ts';

const WORD_BYTES = 4;

/** What `reverse-continue` goes back to; undefined: a breakpoint. */
function parseCondition(context: CommandContext, text: string): Condition | undefined {
  const [, kind = '', rest = ''] = /^(\S*)\s*(.*)$/.exec(text) ?? [];
  switch (kind) {
    case '':
      return undefined;
    case 'trap':
      return onTrap();
    case 'mode':
      return onModeSwitch();
    case 'event':
      return onEvent(rest);
    case 'changed':
      return whenWordChanged(context, rest);
    default:
      throw new CommandProblem(
        `"${kind}": it goes back to trap, mode, event [NAME], changed VALUE, or a breakpoint`,
      );
  }
}

function whenWordChanged({ target }: CommandContext, text: string): Condition {
  if (text === '') throw new CommandProblem('changed needs an address: changed count');
  const virtual = (evaluate(target, text) & -WORD_BYTES) >>> 0;
  const physical = target.hart.translate(virtual, Access.Load);
  if (physical === undefined || !target.machine.memory.contains(physical, WORD_BYTES)) {
    throw new CommandProblem(`there is no RAM at 0x${virtual.toString(16)}`);
  }
  return whenChanged(physical, WORD_BYTES);
}

function commit(context: CommandContext, which: string): readonly string[] {
  try {
    return context.commit(which);
  } catch (error) {
    if (error instanceof RunError) throw new CommandProblem(error.message);
    throw error;
  }
}

export const HISTORY_COMMANDS: readonly Command[] = [
  {
    names: ['back', 'reverse-stepi', 'rsi'],
    parameters: '[COUNT]',
    summary: 'an instruction, or a trap, back',
    repeats: true,
    run: ({ execution }, text) => {
      const count = text === '' ? 1 : parseCount(text, 'instructions');
      return { lines: [], motion: new InstructionBackMotion(execution, count) };
    },
  },
  {
    names: ['backc', 'reverse-stepc', 'rsc'],
    parameters: '[COUNT]',
    summary: 'a cycle back, and show the pipeline',
    repeats: true,
    run: ({ execution }, text) => {
      const count = text === '' ? 1 : parseCount(text, 'cycles');
      return { lines: [], motion: new CycleBackMotion(execution, count) };
    },
  },
  {
    names: ['reverse-step', 'rs'],
    parameters: '',
    summary: 'back to the beginning of a line, into calls',
    repeats: true,
    run: ({ execution }, text) => {
      if (text !== '') throw new CommandProblem(`reverse-step takes nothing after it`);
      return { lines: [], motion: new LineBackMotion(execution) };
    },
  },
  {
    names: ['reverse-continue', 'rc'],
    parameters: '[trap|mode|event [NAME]|changed VALUE]',
    summary: 'back to where a breakpoint was met last, or where that happened last',
    run: (context, text) => ({
      lines: [],
      motion: new UntilBackMotion(context.execution, parseCondition(context, text)),
    }),
  },
  {
    names: ['goto'],
    parameters: 'CYCLE|iINSTRUCTIONS',
    summary: 'to a cycle, or a number of instructions since the start, in the past or ahead',
    run: ({ execution }, text) => {
      const [, unit = '', digits = ''] = /^(i?)(.*)$/.exec(text) ?? [];
      const number =
        digits === '0' ? 0 : parseCount(digits, unit === '' ? 'cycles' : 'instructions');
      const moment = unit === '' ? { cycle: number } : { instructions: number };
      return { lines: [], motion: new MomentMotion(execution, moment) };
    },
  },
  {
    names: ['commit'],
    parameters: '[DRIVE]',
    summary: 'write a drive, or all, as they are at this moment, to their files',
    run: (context, text) => say(...commit(context, text)),
  },
];
