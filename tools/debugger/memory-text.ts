/** Memory as text: hexadecimal and ASCII, numbers, instructions, strings. */
import { isLong } from '../disassembler/decode.ts';
import { disassemble } from '../disassembler/disassemble.ts';
import { digits, hexadecimal } from './hexadecimal.ts';
import { CommandProblem } from './command-problem.ts';
import type { Target } from './target.ts';
import { visibleText } from './visible-text.ts';

/** What `x/…` asks for. */
export interface MemoryFormat {
  readonly count: number;
  /** dump: hexadecimal and ASCII. */
  readonly kind: 'dump' | 'x' | 'd' | 'u' | 'i' | 's';
  /** Bytes of an element, for numbers. */
  readonly size: 1 | 2 | 4;
}

const BYTES_IN_LINE = 16;
const DEFAULT_DUMP = 64;
const MOST_ELEMENTS = 4096;
const LONGEST_STRING = 256;
const LONG_INSTRUCTION = 4;
const SHORT_INSTRUCTION = 2;
const UNREADABLE = '??';
const SIZES: Readonly<Partial<Record<string, MemoryFormat['size']>>> = { b: 1, h: 2, w: 4 };
const KINDS: Readonly<Partial<Record<string, MemoryFormat['kind']>>> = {
  x: 'x',
  d: 'd',
  u: 'u',
  i: 'i',
  s: 's',
};

/**
 * Reads `8xw`: a count, a format and a size, each of which may be missing.
 * @throws CommandProblem
 */
export function parseMemoryFormat(text: string): MemoryFormat {
  const match = /^(\d*)([a-z]{0,2})$/.exec(text);
  if (match === null) throw noFormat(text);
  const letters = match[2].split('');
  const sizes = select(SIZES, letters);
  const kinds = select(KINDS, letters);
  if (sizes.length > 1 || kinds.length > 1 || sizes.length + kinds.length !== letters.length) {
    throw noFormat(text);
  }
  const kind = kinds.at(0) ?? (sizes.length > 0 ? 'x' : 'dump');
  const count = match[1] === '' ? (kind === 'dump' ? DEFAULT_DUMP : 1) : Number(match[1]);
  if (count < 1 || count > MOST_ELEMENTS) {
    throw new CommandProblem(`x shows 1 to ${MOST_ELEMENTS} elements, not ${count}`);
  }
  return { count, kind, size: sizes.at(0) ?? 4 };
}

/** What the letters that mean something in a table mean. */
function select<T>(table: Readonly<Partial<Record<string, T>>>, letters: string[]): readonly T[] {
  return letters.map((letter) => table[letter]).filter((meaning) => meaning !== undefined);
}

function noFormat(text: string): CommandProblem {
  return new CommandProblem(`"/${text}" is no format: write x/8xw (count; x d u i s; b h w)`);
}

/** @param root of the address space; undefined: `address` is physical */
export function memoryLines(
  target: Target,
  address: number,
  root: number | undefined,
  { count, kind, size }: MemoryFormat,
): string[] {
  switch (kind) {
    case 'dump':
      return dumpLines(target, address, root, count);
    case 'i':
      return instructionLines(target, address, count, root);
    case 's':
      return [`${hexadecimal(address)}  ${readString(target, address, root)}`];
    default:
      return numberLines(target, address, root, { count, kind, size });
  }
}

/** `80400000  13 05 00 00 …  |....|` */
export function dumpLines(
  target: Target,
  address: number,
  root: number | undefined,
  count: number,
  perLine = BYTES_IN_LINE,
): string[] {
  const bytes = target.memory.read(address, count, root);
  const lines: string[] = [];
  for (let start = 0; start < count; start += perLine) {
    const row = bytes.slice(start, start + perLine);
    const cells = row.map((byte) => byte?.toString(16).padStart(2, '0') ?? UNREADABLE);
    const text = row.map((byte) => (byte === undefined ? ' ' : asciiOf(byte))).join('');
    const hex = cells.join(' ').padEnd(perLine * 3 - 1);
    lines.push(`${digits(address + start)}  ${hex}  |${text}|`);
  }
  return lines;
}

function asciiOf(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
}

function numberLines(
  target: Target,
  address: number,
  root: number | undefined,
  { count, kind, size }: MemoryFormat,
): string[] {
  const bytes = target.memory.read(address, count * size, root);
  const perLine = BYTES_IN_LINE / size;
  const lines: string[] = [];
  for (let start = 0; start < count; start += perLine) {
    const cells: string[] = [];
    for (let index = start; index < Math.min(count, start + perLine); index++) {
      cells.push(numberText(bytes.slice(index * size, (index + 1) * size), kind));
    }
    lines.push(`${digits(address + start * size)}  ${cells.join('  ')}`);
  }
  return lines;
}

function numberText(bytes: readonly (number | undefined)[], kind: MemoryFormat['kind']): string {
  let value = 0;
  for (const byte of [...bytes].reverse()) {
    if (byte === undefined) return UNREADABLE.repeat(bytes.length);
    value = value * 256 + byte;
  }
  const limit = 256 ** bytes.length;
  if (kind === 'd') return `${value >= limit / 2 ? value - limit : value}`;
  return kind === 'u' ? `${value}` : value.toString(16).padStart(bytes.length * 2, '0');
}

/** Quoted; it ends at a zero, or where memory does. */
function readString(target: Target, address: number, root: number | undefined): string {
  const bytes = target.memory.read(address, LONGEST_STRING, root);
  if (bytes[0] === undefined) return UNREADABLE;
  const end = bytes.findIndex((byte) => byte === undefined || byte === 0);
  const piece = end < 0 ? bytes : bytes.slice(0, end);
  const text = new TextDecoder().decode(Uint8Array.from(piece, (byte) => byte ?? 0));
  return `"${visibleText(text)}"`;
}

/** Disassembly; the instruction at the pc is marked. */
export function instructionLines(
  target: Target,
  address: number,
  count: number,
  root: number | undefined = target.memory.currentRoot,
): string[] {
  let at = address;
  return Array.from({ length: count }, () => {
    const line = instructionLine(target, at, root);
    at = (at + instructionLength(target, at, root)) >>> 0;
    return line;
  });
}

/** Bytes of the instruction at an address; as if it were a long one where nothing is mapped. */
export function instructionLength(
  target: Target,
  address: number,
  root: number | undefined = target.memory.currentRoot,
): number {
  const bits = target.memory.readInstruction(address, root);
  return bits === undefined || isLong(bits) ? LONG_INSTRUCTION : SHORT_INSTRUCTION;
}

/** `=> 80400010  addi  a0, a0, 1`. */
export function instructionLine(
  target: Target,
  address: number,
  root: number | undefined = target.memory.currentRoot,
): string {
  const mark = address === target.pc ? '=>' : '  ';
  return `${mark} ${instructionText(target, address, root)}`;
}

/** `80400010  addi  a0, a0, 1`. */
export function instructionText(
  target: Target,
  address: number,
  root: number | undefined = target.memory.currentRoot,
): string {
  const word = target.memory.readInstruction(address, root);
  if (word === undefined) return `${digits(address)}  ${UNREADABLE}`;
  const formatTarget = (place: number): string => {
    const symbol = target.symbolAt(place);
    return symbol === undefined ? digits(place) : `${digits(place)} <${symbol}>`;
  };
  const { mnemonic, operands } = disassemble(word, address, { formatTarget });
  return `${digits(address)}  ${`${mnemonic.padEnd(7)} ${operands}`.trimEnd()}`;
}
