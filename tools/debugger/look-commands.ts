/** Commands that look: at registers, memory, code, symbols. None of them changes the guest. */
import type { CsrName } from '../../machine/hart/csr-addresses.ts';
import { nearest } from '../cli/nearest.ts';
import { breakpointLines } from './breakpoint-commands.ts';
import { type Command, type CommandContext, say } from './command.ts';
import { CommandProblem } from './command-problem.ts';
import { evaluate, isCsrName, parseNumber } from './expressions.ts';
import { hexadecimal } from './hexadecimal.ts';
import { resolveLocation } from './locations.ts';
import { instructionLines, memoryLines, parseMemoryFormat } from './memory-text.ts';
import { describePipeline } from './pipeline-text.ts';
import { processLines } from './process-text.ts';
import { csrLine, csrMeaning, registerLines, TELLING_CSRS } from './register-text.ts';
import type { Target } from './target.ts';
import { placeLines, sourceLines } from './source-text.ts';
import { visibleText } from './visible-text.ts';

const REGISTER_COLUMNS = 4;
const LISTED_LINES = 10;
const LINES_BEFORE = 4;
const LISTED_INSTRUCTIONS = 8;
const MOST_SYMBOLS = 20;
const FORMAT_AND_ADDRESS = /^(?:\/(\S*))?\s*(.*)$/;

const SUBJECTS: Readonly<Record<string, (context: CommandContext) => readonly string[]>> = {
  registers: ({ target: { hart } }) =>
    registerLines(hart.pc, (index) => hart.readRegister(index), REGISTER_COLUMNS),
  csrs: ({ target }) => TELLING_CSRS.map((name) => csrLine(target.hart, name)),
  breakpoints: ({ execution: { breakpoints } }) => {
    const lines = breakpoints.all.flatMap((breakpoint) => breakpointLines(breakpoint, true));
    return lines.length === 0 ? ['there is no breakpoint: b LOCATION sets one'] : lines;
  },
  processes: ({ target }) => processLines(target),
  images: ({ target }) =>
    target.images.all.map(({ name, buildId }) => `${name.padEnd(20)} ${buildId ?? 'no build id'}`),
  files: ({ target }) => {
    const files = new Set(target.images.all.flatMap((image) => image.files));
    return [...files].sort().map(visibleText);
  },
  pipeline: ({ target }) => describePipeline(target),
  writeback: (context) => writtenLines(context),
};

/** Registers as of WB: without what instructions that are still on their way have done. */
function writtenLines({ target, written }: CommandContext): readonly string[] {
  const values = written.read();
  return values === undefined
    ? describePipeline(target)
    : registerLines(target.hart.pc, (index) => values[index], REGISTER_COLUMNS);
}

/** A subject of `info` by its name, or the beginning of one. */
function findSubject(text: string): string {
  const names = Object.keys(SUBJECTS);
  const matches = names.filter((name) => name.startsWith(text));
  if (text !== '' && matches.length === 1) return matches[0];
  const meant = nearest(text, names);
  const hint = meant === undefined ? names.join(', ') : `did you mean ${meant}?`;
  throw new CommandProblem(text === '' ? `info needs a word: ${hint}` : `info ${text}: ${hint}`);
}

function examine(isVirtual: boolean): Command['run'] {
  return (context, text) => {
    const { target } = context;
    const [, format = '', where = ''] = FORMAT_AND_ADDRESS.exec(text) ?? [];
    const address = where === '' ? continueAt(context, isVirtual) : evaluate(target, where);
    const wanted = parseMemoryFormat(format);
    const root = isVirtual ? target.memory.currentRoot : undefined;
    context.memoryPlace = { address, isVirtual };
    return say(...memoryLines(target, address, root, wanted));
  };
}

function continueAt({ memoryPlace }: CommandContext, isVirtual: boolean): number {
  if (memoryPlace !== undefined && memoryPlace.isVirtual === isVirtual) return memoryPlace.address;
  throw new CommandProblem('an address is missing: x/8xw $sp, x/s 0x80407000, x/4i kernel_main');
}

/** `list`: around the pc or a place, then on from there. */
function list(context: CommandContext, text: string): readonly string[] {
  const { target } = context;
  const place = listStart(context, text);
  const here = target.lineAt(target.pc);
  const current = here?.file === place.file ? here.line : undefined;
  const lines = sourceLines(target, place.file, place.line, LISTED_LINES, current);
  if (lines.length === 0) {
    throw new CommandProblem(
      `${place.file} has no line ${place.line}, or is not in the repository`,
    );
  }
  context.listPlace = { file: place.file, line: place.line + lines.length };
  return [`${visibleText(place.file)}:`, ...lines];
}

function listStart(context: CommandContext, text: string): { file: string; line: number } {
  const { target, listPlace } = context;
  if (text === '' && listPlace !== undefined) return listPlace;
  const location = text === '' ? undefined : resolveLocation(target, text).locations[0];
  const address = location?.address ?? target.pc;
  const place = location?.image?.lineAt(address) ?? target.lineAt(address);
  if (place === undefined) {
    throw new CommandProblem(`no source is known for ${hexadecimal(address)}: dis shows its code`);
  }
  return { file: place.file, line: Math.max(1, place.line - LINES_BEFORE) };
}

/** `hart`: selects one, and lists all. */
function hart(target: Target, text: string): readonly string[] {
  const { harts } = target.machine;
  if (text !== '') {
    const number = /^\d+$/.test(text) ? Number(text) : harts.length;
    if (number >= harts.length) {
      throw new CommandProblem(`there is no hart ${text}: the harts are 0 to ${harts.length - 1}`);
    }
    target.selected = number;
  }
  const { selected } = target;
  const lines = harts.map(({ pc, isWaiting }, number) => {
    target.selected = number;
    const mark = number === selected ? '*' : ' ';
    const waits = isWaiting ? ', waits' : '';
    return `${mark} hart ${number}  ${target.modeName}  ${target.describe(pc)}${waits}`;
  });
  target.selected = selected;
  return lines;
}

/** `p`: a value, and what it means. */
function print({ target }: CommandContext, text: string): string {
  const csr = /^\$(\w+)$/.exec(text)?.[1];
  const value = evaluate(target, text);
  if (csr !== undefined && isCsrName(csr)) {
    const meaning = csrMeaning(csr satisfies CsrName, value);
    return `${text} = ${hexadecimal(value)}${meaning === '' ? '' : `  ${meaning}`}`;
  }
  const signed = value | 0;
  const numbers = signed < 0 ? `${value}, ${signed}` : `${value}`;
  const symbol = target.symbolAt(value);
  return `${text} = ${hexadecimal(value)} (${numbers})${symbol === undefined ? '' : ` <${symbol}>`}`;
}

export const LOOK_COMMANDS: readonly Command[] = [
  {
    names: ['where', 'w'],
    parameters: '',
    summary: 'where the guest stands',
    run: ({ target }) => say(...placeLines(target)),
  },
  {
    names: ['hart'],
    parameters: '[NUMBER]',
    summary: 'the harts and where each stands; with a number: look at that one',
    run: ({ target }, text) => say(...hart(target, text)),
  },
  {
    names: ['list', 'l'],
    parameters: '[LOCATION]',
    summary: 'source around the pc or a place; again: what follows',
    repeats: true,
    run: (context, text) => say(...list(context, text)),
  },
  {
    names: ['dis'],
    parameters: '[LOCATION]',
    summary: 'machine code from the pc or a place on',
    run: ({ target }, text) => {
      const address = text === '' ? target.pc : resolveLocation(target, text).locations[0].address;
      return say(...instructionLines(target, address, LISTED_INSTRUCTIONS));
    },
  },
  {
    names: ['print', 'p'],
    parameters: 'VALUE',
    summary: 'a sum of numbers, $registers and symbols; the fields of a CSR',
    run: (context, text) => say(print(context, text)),
  },
  {
    names: ['x'],
    parameters: '[/FORMAT] VALUE',
    summary: 'memory at a virtual address: /64 hex and ASCII, /8xw numbers, /4i code, /s text',
    run: examine(true),
  },
  {
    names: ['xp'],
    parameters: '[/FORMAT] VALUE',
    summary: 'the same at a physical address',
    run: examine(false),
  },
  {
    names: ['info', 'i'],
    parameters: Object.keys(SUBJECTS).join('|'),
    summary: 'what there is of these',
    run: (context, text) => say(...SUBJECTS[findSubject(text)](context)),
  },
  {
    names: ['sym'],
    parameters: 'PART|ADDRESS',
    summary: 'symbols whose names have a part, or the symbol at an address',
    run: ({ target }, text) => {
      if (text === '') throw new CommandProblem('sym needs part of a name, or an address');
      if (/^0x/i.test(text)) return say(target.describe(parseNumber(text)));
      const found = target.images.all.flatMap((image) =>
        image.elf.symbols
          .filter(({ type, name }) => type !== 'other' && name.includes(text))
          .map(
            ({ name, address }) => `${hexadecimal(address)}  ${image.name}  ${visibleText(name)}`,
          ),
      );
      if (found.length === 0) throw new CommandProblem(`no symbol has "${text}" in its name`);
      const rest = found.length - MOST_SYMBOLS;
      const more = rest > 0 ? [`… and ${rest} more: write more of the name`] : [];
      return say(...found.slice(0, MOST_SYMBOLS), ...more);
    },
  },
];
