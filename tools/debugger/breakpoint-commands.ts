/** Commands about breakpoints. */
import type { Breakpoint } from './breakpoints.ts';
import { type Command, say } from './command.ts';
import { CommandProblem } from './command-problem.ts';
import { hexadecimal } from './hexadecimal.ts';
import { resolveLocation } from './locations.ts';

/** `breakpoint 1: kernel_main at kernels/micro/main.ts:54 (micro)`, one line for each place. */
export function breakpointLines({ id, locations, hits }: Breakpoint, withHits: boolean): string[] {
  return locations.map(({ address, text }, index) => {
    const met = withHits && index === 0 ? `, met ${hits} ${hits === 1 ? 'time' : 'times'}` : '';
    const name = index === 0 ? `breakpoint ${id}:` : ' '.repeat(`breakpoint ${id}:`.length);
    const place = text.startsWith('0x') ? text : `${hexadecimal(address)} ${text}`;
    return `${name} ${place}${met}`;
  });
}

export const BREAKPOINT_COMMANDS: readonly Command[] = [
  {
    names: ['break', 'b'],
    parameters: 'LOCATION',
    summary: 'stop at SYMBOL, FILE:LINE, LINE or *ADDRESS; IMAGE: before it says which binary',
    run: ({ target, execution }, text) => {
      const { locations, note } = resolveLocation(target, text);
      const breakpoint = execution.breakpoints.add(locations);
      return say(...(note === undefined ? [] : [note]), ...breakpointLines(breakpoint, false));
    },
  },
  {
    names: ['delete', 'd'],
    parameters: '[NUMBER]',
    summary: 'delete a breakpoint, or all of them',
    run: ({ execution: { breakpoints } }, text) => {
      if (text === '') {
        const { all } = breakpoints;
        for (const { id } of all) breakpoints.delete(id);
        return say(all.length === 0 ? 'there is no breakpoint' : 'all breakpoints are deleted');
      }
      if (!breakpoints.delete(Number(text))) {
        throw new CommandProblem(`there is no breakpoint ${text}: info breakpoints lists them`);
      }
      return say();
    },
  },
];
