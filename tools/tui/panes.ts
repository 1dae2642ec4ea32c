/** What stands in the panes, from what the debugger knows. Nothing here changes the guest. */
import type { Debugger } from '../debugger/debugger.ts';
import type { Target } from '../debugger/target.ts';
import { dumpLines, instructionLength, instructionLine } from '../debugger/memory-text.ts';
import { describePipeline } from '../debugger/pipeline-text.ts';
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

const LONG_INSTRUCTION = 4;
const SHORT_INSTRUCTION = 2;
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
      const { hart } = target;
      const written = debug.goesByCycles ? debug.context.written.read() : undefined;
      const read = (index: number): number => written?.[index] ?? hart.readRegister(index);
      const columnCount = isWide ? WIDE_REGISTER_COLUMNS : REGISTER_COLUMNS;
      const title = written === undefined ? 'registers' : 'registers as of WB';
      return { title, lines: registerLines(hart.pc, read, columnCount).map(plain) };
    }
    case 'pipeline':
      return {
        title: `pipeline at cycle ${target.machine.cycle}`,
        lines: describePipeline(target).map(plain),
      };
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

/**
 * Where a listing begins that reaches the pc after about `count` instructions: lengths are known
 * forwards only, so it is the first place from which they lead there.
 */
function placeBefore(target: Target, count: number): number {
  const { pc } = target;
  const earliest = Math.max(0, pc - count * LONG_INSTRUCTION);
  for (let first = earliest; first < pc; first += SHORT_INSTRUCTION) {
    let address = first;
    while (address < pc) address += instructionLength(target, address);
    if (address === pc) return first;
  }
  return pc;
}

/** Machine code around the pc, with the names of functions where they begin. */
function codePane({ context: { target } }: Debugger, rows: number): PaneContents {
  const image = target.imageAt(target.pc);
  const before = Math.floor(rows / 2);
  const first = placeBefore(target, before);
  const lines: string[] = [];
  // Names take rows of their own: the pc stays in the middle.
  let excess = 0;
  for (
    let address = first;
    lines.length < rows + excess;
    address += instructionLength(target, address)
  ) {
    const symbol = image?.covers(address) === true ? target.symbolAt(address) : undefined;
    if (symbol !== undefined && !symbol.includes('+')) lines.push(`${symbol}:`);
    if (address === target.pc) excess = Math.max(0, lines.length - before);
    lines.push(instructionLine(target, address));
  }
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
