/** The symbols that the linker supplies, and their addresses. */
import type { Layout, OutputSection } from './layout.ts';
import {
  FUNCTION_ARRAYS,
  type OutputSectionName,
  type SegmentPermissions,
} from './linked-image.ts';

/** gp-relative code reaches ±2 KiB from here. */
const GLOBAL_POINTER_OFFSET = 0x800;

/** What start-up code loads into gp. */
export const GLOBAL_POINTER = '__global_pointer$';

/** Run once by start-up code: the WebAssembly module's global initialisers. */
export const WASM_START = '__wasm_start';

interface Range {
  readonly start: number;
  readonly end: number;
}

/** From the first to the last of the outputs chosen; empty at `otherwise` if there is none. */
function rangeOf(outputs: readonly OutputSection[], otherwise: number): Range {
  const first = outputs.at(0);
  const last = outputs.at(-1);
  if (first === undefined || last === undefined) return { start: otherwise, end: otherwise };
  return { start: first.address, end: last.address + last.size };
}

/** Addresses of the linker's symbols by name. */
export function linkerSymbolAddresses({ outputs }: Pick<Layout, 'outputs'>): Map<string, number> {
  const image = rangeOf(outputs, 0);
  const withPermissions = (permissions: SegmentPermissions): OutputSection[] =>
    outputs.filter((output) => output.permissions === permissions);
  const named = (...names: OutputSectionName[]): OutputSection[] =>
    outputs.filter(({ name }) => names.includes(name));
  const writable = rangeOf(withPermissions('rw-'), image.end);
  const data = rangeOf(named('.static', '.static_zero', '.data'), writable.start);
  const bss = rangeOf(named('.bss'), data.end);
  return new Map<string, number>([
    ...FUNCTION_ARRAYS.flatMap((name) => bounds(name.slice(1), rangeOf(named(name), image.end))),
    ['etext', rangeOf(named('.text'), image.start).end],
    ['edata', data.end],
    ['end', image.end],
    ['_end', image.end],
    ['__image_start', image.start],
    ['__image_end', image.end],
    ...bounds('text', rangeOf(named('.text'), image.start)),
    ...bounds('rodata', rangeOf(withPermissions('r--'), image.end)),
    ...bounds('trap_sites', rangeOf(named('.trap_sites'), image.end)),
    ...bounds('data', data),
    ...bounds('bss', bss),
    [GLOBAL_POINTER, data.start + GLOBAL_POINTER_OFFSET],
  ]);
}

function bounds(name: string, { start, end }: Range): [string, number][] {
  return [
    [`__${name}_start`, start],
    [`__${name}_end`, end],
  ];
}

/** Symbols for C's start-up code, which say nothing of the image to anyone else. */
export const unlistedSymbols: ReadonlySet<string> = new Set([
  ...['etext', 'edata', 'end', '_end'],
  ...FUNCTION_ARRAYS.flatMap((name) => [`__${name.slice(1)}_start`, `__${name.slice(1)}_end`]),
]);

/** The names alone, which symbol resolution needs before there are addresses. */
export const linkerSymbolNames: ReadonlySet<string> = new Set(
  linkerSymbolAddresses({ outputs: [] }).keys(),
);
