/** The symbols that the linker supplies, and their addresses. */
import type { Layout, OutputSection } from './layout.ts';
import type { OutputSectionName, SegmentPermissions } from './linked-image.ts';

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
  return new Map<string, number>([
    ['__image_start', image.start],
    ['__image_end', image.end],
    ...bounds('text', rangeOf(named('.text'), image.start)),
    ...bounds('rodata', rangeOf(withPermissions('r--'), image.end)),
    ...bounds('trap_sites', rangeOf(named('.trap_sites'), image.end)),
    ...bounds('data', data),
    ...bounds('bss', rangeOf(named('.bss'), data.end)),
    [GLOBAL_POINTER, data.start + GLOBAL_POINTER_OFFSET],
  ]);
}

function bounds(name: string, { start, end }: Range): [string, number][] {
  return [
    [`__${name}_start`, start],
    [`__${name}_end`, end],
  ];
}

/** The names alone, which symbol resolution needs before there are addresses. */
export const linkerSymbolNames: ReadonlySet<string> = new Set(
  linkerSymbolAddresses({ outputs: [] }).keys(),
);
