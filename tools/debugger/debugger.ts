/** The debugger without a face: lines of commands in, lines of text and motions out. */
import { nearest } from '../cli/nearest.ts';
import { breakpointLines, BREAKPOINT_COMMANDS } from './breakpoint-commands.ts';
import { type Command, type CommandContext, type CommandResult, say } from './command.ts';
import { CommandProblem } from './command-problem.ts';
import { CycleBackMotion, CycleMotion, DiagramMotion } from './cycle-motions.ts';
import type { Stop } from './execution.ts';
import { HISTORY_COMMANDS } from './history-commands.ts';
import { LOOK_COMMANDS } from './look-commands.ts';
import { describePipeline } from './pipeline-text.ts';
import { RUN_COMMANDS } from './run-commands.ts';
import { placeLines } from './source-text.ts';

/** A name, then what belongs to it: `x/8xw` is `x` and `/8xw`. */
const NAME_AND_REST = /^\s*([a-z?]+(?:-[a-z]+)*)\s*(.*?)\s*$/is;

export class Debugger {
  private readonly commands: readonly Command[] = [
    ...RUN_COMMANDS,
    ...HISTORY_COMMANDS,
    ...BREAKPOINT_COMMANDS,
    ...LOOK_COMMANDS,
    {
      names: ['help', 'h', '?'],
      parameters: '[COMMAND]',
      summary: 'what there is',
      run: (_context, text) => say(...this.help(text)),
    },
    {
      names: ['quit', 'q'],
      parameters: '',
      summary: 'leave',
      run: () => ({ lines: [], quits: true }),
    },
  ];
  /** The guest was moved by cycles last: what is on its way is what the person looks at. */
  goesByCycles = false;
  private last: { readonly command: Command; readonly text: string } | undefined;

  constructor(readonly context: CommandContext) {}

  /** Full names of all commands, for completion. */
  get commandNames(): string[] {
    return this.commands.map(({ names }) => names[0]);
  }

  /**
   * Carries out a line; an empty one repeats the last step or listing.
   * @throws CommandProblem about a line that makes no sense now
   */
  execute(line: string): CommandResult {
    if (line.trim() === '') {
      return this.last === undefined ? say() : this.last.command.run(this.context, this.last.text);
    }
    const [, name = '', text = ''] = NAME_AND_REST.exec(line) ?? [];
    const command = this.find(name, line);
    const result = command.run(this.context, text);
    this.last = command.repeats === true ? { command, text: '' } : undefined;
    if (result.motion !== undefined) {
      this.context.listPlace = undefined;
      this.goesByCycles =
        result.motion instanceof CycleMotion ||
        result.motion instanceof CycleBackMotion ||
        result.motion instanceof DiagramMotion;
    }
    return result;
  }

  /** What to say when a motion has ended. */
  describeStop(stop: Stop): readonly string[] {
    const { target } = this.context;
    switch (stop.kind) {
      case 'done':
        return placeLines(target);
      case 'cycle':
        return [
          `cycle ${target.machine.cycle}: ${placeLines(target)[0]}`,
          ...(target.machine.clockModel === undefined ? [] : describePipeline(target)),
        ];
      case 'drawn':
        return stop.lines;
      case 'breakpoint':
        return [
          `breakpoint ${stop.breakpoint.id}: ${placeLines(target)[0]}`,
          ...placeLines(target).slice(1),
        ];
      case 'interrupted':
        return ['stopped by you', ...placeLines(target)];
      case 'beginning':
        return ['here the history begins', ...placeLines(target)];
      case 'limit':
        return ['the cycles are over', ...placeLines(target)];
      case 'idle':
        return ['the guest waits for input, and nothing else will wake it: type TEXT types a line'];
      case 'power-off':
        return [`the guest has switched off with code ${stop.code}`];
      case 'reset':
        return ['the guest has reset the machine: it stands at its first instruction'];
      case 'runaway':
        return [stop.report];
    }
  }

  /** Lines about one breakpoint, for panes. */
  breakpointLines(): string[] {
    return this.context.execution.breakpoints.all.flatMap((breakpoint) =>
      breakpointLines(breakpoint, true),
    );
  }

  private find(name: string, line: string): Command {
    const wanted = name.toLowerCase();
    const exact = this.commands.find(({ names }) => names.includes(wanted));
    if (exact !== undefined) return exact;
    const begun = this.commands.filter(({ names }) => wanted !== '' && names[0].startsWith(wanted));
    if (begun.length === 1) return begun[0];
    if (begun.length > 1) {
      const names = begun.map((command) => command.names[0]);
      throw new CommandProblem(`"${name}" may be ${names.join(' or ')}: write more of it`);
    }
    const meant = wanted.length > 1 ? nearest(wanted, this.commandNames) : undefined;
    const hint = meant === undefined ? 'help lists the commands' : `did you mean ${meant}?`;
    throw new CommandProblem(`no command "${name === '' ? line.trim() : name}": ${hint}`);
  }

  private help(text: string): string[] {
    const chosen = text === '' ? this.commands : [this.find(text, text)];
    const heads = chosen.map(({ names, parameters }) => `${names.join(', ')} ${parameters}`.trim());
    const width = Math.max(...heads.map((head) => (head.length > 24 ? 0 : head.length)));
    return chosen.flatMap(({ summary }, index) => {
      const head = heads[index];
      return head.length > width
        ? [head, `${' '.repeat(width)}  ${summary}`]
        : [`${head.padEnd(width)}  ${summary}`];
    });
  }
}
