/** What stands in the panes, from what the debugger knows. Nothing here changes the guest. */
import type { Debugger } from '../debugger/debugger.ts';
import { dumpLines, instructionLine } from '../debugger/memory-text.ts';
import { processLines } from '../debugger/process-text.ts';
import { csrLine, registerLines, TELLING_CSRS } from '../debugger/register-text.ts';
import { sourceLines } from '../debugger/source-text.ts';
import { Register } from '../assembler/registers.ts';
import { type Line, plain } from './screen.ts';
import type { Placed } from './layout.ts';

export interface PaneContents {
  readonly title: string;
  readonly lines: readonly Line[];
}

const INSTRUCTION_BYTES = 4;
const CURRENT_SOURCE = '->';
const CURRENT_CODE = '=>';
const REGISTER_COLUMNS = 2;
const WIDE_REGISTER_COLUMNS = 5;
/** Columns of a dump beside its bytes: address, gaps and bars; and of one byte, twice shown. */
const DUMP_FRAME = 14;
const DUMP_BYTE = 4;
const DUMP_BYTES = [16, 8, 4] as const;

/** A pane's contents for a number of columns and rows, the title not counted. */
export function paneContents(
  debug: Debugger,
  pane: Exclude<Placed['pane'], 'console'>,
  columns: number,
  rows: number,
): PaneContents {
  const { target } = debug.context;
  switch (pane) {
    case 'source':
      return sourcePane(debug, rows);
    case 'code':
      return codePane(debug, rows);
    case 'registers': {
      const isWide = columns >= WIDE_REGISTER_COLUMNS * 15;
      const lines = registerLines(target.hart, isWide ? WIDE_REGISTER_COLUMNS : REGISTER_COLUMNS);
      return { title: 'registers', lines: lines.map(plain) };
    }
    case 'csrs': {
      const isMachine = target.modeName === 'M';
      const names = [...TELLING_CSRS].sort((left, right) => {
        const rank = (name: string): number => (name.startsWith('m') === isMachine ? 0 : 1);
        return rank(left) - rank(right);
      });
      return { title: 'csrs', lines: names.map((name) => plain(csrLine(target.hart, name))) };
    }
    case 'memory':
      return memoryPane(debug, columns, rows);
    case 'processes':
      return { title: 'processes', lines: processLines(target).map(plain) };
    case 'breakpoints': {
      const lines = debug.breakpointLines();
      const shown = lines.length === 0 ? ['none: b LOCATION sets one'] : lines;
      return { title: 'breakpoints', lines: shown.map(plain) };
    }
  }
}

function marked(lines: readonly string[], mark: string): Line[] {
  return lines.map((text) => [{ text, style: text.startsWith(mark) ? 'current' : 'plain' }]);
}

function sourcePane({ context: { target } }: Debugger, rows: number): PaneContents {
  const place = target.lineAt(target.pc);
  if (place === undefined) {
    return { title: 'source', lines: [plain('no source is known for this code')] };
  }
  const first = Math.max(1, place.line - Math.floor(rows / 2));
  const lines = sourceLines(target, place.file, first, rows, place.line);
  const shown = lines.length === 0 ? ['the source is not in the repository'] : lines;
  return { title: place.file, lines: marked(shown, CURRENT_SOURCE) };
}

/** Machine code around the pc, with the names of functions where they begin. */
function codePane({ context: { target } }: Debugger, rows: number): PaneContents {
  const image = target.imageAt(target.pc);
  const before = Math.floor(rows / 2);
  const first = target.pc - before * INSTRUCTION_BYTES;
  const lines: string[] = [];
  for (let address = Math.max(0, first); lines.length < rows; address += INSTRUCTION_BYTES) {
    const symbol = image?.covers(address) === true ? target.symbolAt(address) : undefined;
    if (symbol !== undefined && !symbol.includes('+')) lines.push(`${symbol}:`);
    lines.push(instructionLine(target, address));
  }
  // Names take rows: the pc stays in sight.
  const current = lines.findIndex((line) => line.startsWith(CURRENT_CODE));
  const excess = Math.max(0, current - before);
  return { title: image?.name ?? 'code', lines: marked(lines.slice(excess), CURRENT_CODE) };
}

function memoryPane({ context }: Debugger, columns: number, rows: number): PaneContents {
  const { target, memoryPlace } = context;
  const address = memoryPlace?.address ?? target.hart.readRegister(Register.sp);
  const isVirtual = memoryPlace?.isVirtual ?? true;
  const perLine = DUMP_BYTES.find((bytes) => DUMP_FRAME + bytes * DUMP_BYTE <= columns) ?? 4;
  const root = isVirtual ? target.memory.currentRoot : undefined;
  const lines = dumpLines(target, address, root, rows * perLine, perLine);
  const what = memoryPlace === undefined ? 'at $sp: x ADDRESS moves it' : 'as x has it';
  return { title: `${isVirtual ? '' : 'physical '}memory ${what}`, lines: lines.map(plain) };
}
