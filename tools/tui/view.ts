/** The whole window as surfaces, from the state of the debugger and of the person's input. */
import type { Debugger } from '../debugger/debugger.ts';
import { contextText } from '../debugger/source-text.ts';
import type { CommandLine } from './command-line.ts';
import type { ConsoleTerminal } from './console-terminal.ts';
import {
  LEAST_COLUMNS,
  LEAST_ROWS,
  layoutOf,
  type Layout,
  type Placed,
  type Tab,
} from './layout.ts';
import { paneContents, type PaneContents } from './panes.ts';
import { type Line, plain, type Rectangle, type Span, type Surface } from './screen.ts';

export type Focus = 'commands' | 'console';

/** What the window shows beside the guest. */
export interface ViewState {
  readonly debug: Debugger;
  readonly console: ConsoleTerminal;
  readonly commandLine: CommandLine;
  readonly log: readonly Line[];
  readonly focus: Focus;
  readonly tab: Tab;
  readonly isRunning: boolean;
  /** Whether the window explains itself instead of showing its panes. */
  readonly showsHelp: boolean;
}

export interface View {
  readonly surfaces: readonly Surface[];
  readonly cursor: { readonly column: number; readonly row: number };
}

const PROMPT = '(vitrine) ';
const RULE = '─';
const KEYS = [
  ['F1', 'help'],
  ['F2', 'console'],
  ['F3', 'pane'],
  ['F5', 'go'],
  ['F6', 'stop'],
  ['F7', 'step'],
  ['F8', 'over'],
  ['F9', 'out'],
  ['F10', 'si'],
] as const;

const HELP = [
  'F1   this help, and back',
  'F2   keys go to the guest’s console, and back to the command line',
  'F3   the next pane where panes take turns',
  'F5   continue            F6   stop (Ctrl-C does too, in the command line)',
  'F7   step a line         F8   step over calls',
  'F9   out of a function   F10  one instruction     F4   one instruction back',
  'F11  one cycle           F12  one cycle back (a terminal may keep F11 for itself: stepc)',
  'Tab completes a command, Up and Down recall, an empty line repeats a step.',
  '',
];

/** While the guest runs, what the panes show would be out of date at once: they keep what they had. */
export class ViewBuilder {
  private kept = new Map<Placed['pane'], PaneContents>();

  build(state: ViewState, columns: number, rows: number): View {
    const { clockModel } = state.debug.context.target.machine;
    const layout = layoutOf(columns, rows, state.tab, clockModel !== undefined);
    if (layout === undefined) return tooSmall(columns, rows);
    const { commandLine, isRunning, focus } = state;
    if (!isRunning) this.kept = new Map();
    const panes = state.showsHelp
      ? [helpSurface(state.debug, layout)]
      : layout.panes.map((placed) => this.paneSurface(state, placed, layout));
    const surfaces = [
      { area: layout.status, lines: [statusLine(state)] },
      ...panes,
      { area: layout.log, lines: state.log.slice(-layout.log.height) },
      { area: layout.prompt, lines: [promptLine(commandLine, columns, focus)] },
      { area: layout.keys, lines: [keysLine()] },
    ];
    return { surfaces, cursor: cursorOf(state, layout) };
  }

  private paneSurface(state: ViewState, { pane, area }: Placed, layout: Layout): Surface {
    const rows = area.height - 1;
    if (pane === 'console') {
      state.console.resize(area.width - 1, rows);
      return surface(area, 'console', state.console.lines, state.focus === 'console', layout);
    }
    const known = this.kept.get(pane);
    const contents = known ?? paneContents(state.debug, pane, area.width, rows);
    this.kept.set(pane, contents);
    return surface(area, contents.title, contents.lines, false, layout);
  }
}

function surface(
  area: Rectangle,
  title: string,
  lines: readonly Line[],
  isFocused: boolean,
  layout: Layout,
): Surface {
  const rule = { text: RULE.repeat(area.width), style: 'title' } as const;
  const name: Span = { text: `${title} `, style: isFocused ? 'active' : 'title' };
  // A gap keeps panes that stand side by side apart.
  const touchesEdge = area.left + area.width === layout.status.width;
  const cut = touchesEdge ? area : { ...area, width: area.width - 1 };
  return { area: cut, lines: [[{ text: `${RULE} `, style: 'title' }, name, rule], ...lines] };
}

function statusLine({ debug, isRunning, focus }: ViewState): Line {
  const { target } = debug.context;
  const place = isRunning ? 'running' : (target.symbolAt(target.pc) ?? target.describe(target.pc));
  const where = isRunning ? '' : `, ${contextText(target)}`;
  const keys = focus === 'console' ? '  keys go to the guest (F2: back)' : '';
  const text = ` vitrine debug  ${place}${where}  cycle ${target.machine.cycle}${keys}`;
  return [{ text: text.padEnd(1024), style: 'bar' }];
}

function promptLine({ text, cursor }: CommandLine, columns: number, focus: Focus): Line {
  const hidden = hiddenCharacters(cursor, columns);
  return [
    { text: PROMPT, style: focus === 'commands' ? 'active' : 'dim' },
    { text: text.slice(hidden), style: 'plain' },
  ];
}

/** How much of the line's beginning is out of sight, so that the cursor is not. */
function hiddenCharacters(cursor: number, columns: number): number {
  return Math.max(0, cursor - (columns - PROMPT.length - 1));
}

function keysLine(): Line {
  return KEYS.flatMap(([key, what]): Span[] => [
    { text: key, style: 'strong' },
    { text: ` ${what}  `, style: 'dim' },
  ]);
}

function cursorOf(state: ViewState, layout: Layout): View['cursor'] {
  const console = layout.panes.find(({ pane }) => pane === 'console');
  if (state.focus === 'console' && console !== undefined && !state.showsHelp) {
    const { column, row } = state.console.cursor;
    const { left, top, width, height } = console.area;
    return {
      column: left + Math.min(column, width - 1),
      row: top + 1 + Math.min(row, height - 2),
    };
  }
  const { cursor } = state.commandLine;
  const hidden = hiddenCharacters(cursor, layout.prompt.width);
  return { column: PROMPT.length + cursor - hidden, row: layout.prompt.top };
}

/** Over all panes: keys, then as many commands as there is room for. */
function helpSurface(debug: Debugger, layout: Layout): Surface {
  const { top, left, width } = layout.status;
  const area = { left, top: top + 1, width, height: layout.log.top - 1 };
  const title: Line = [{ text: `${RULE} help `, style: 'active' }];
  const names = debug.commandNames.join(', ');
  const commands = [`commands: ${names};`, 'help COMMAND says more, help lists them all.'];
  return { area, lines: [title, ...[...HELP, ...wrap(commands.join(' '), width)].map(plain)] };
}

/** Words in lines of at most `width` characters. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function tooSmall(columns: number, rows: number): View {
  const text = `vitrine debug needs ${LEAST_COLUMNS}x${LEAST_ROWS}, here are ${columns}x${rows}`;
  const area = { left: 0, top: 0, width: columns, height: rows };
  return { surfaces: [{ area, lines: [plain(text)] }], cursor: { column: 0, row: 0 } };
}
