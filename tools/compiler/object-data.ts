/** The data of an object: static data at its fixed address, globals, the function table. */
import { type ObjectSection, type ObjectSymbol, RelocationType } from '../linker/object.ts';
import { UnsupportedError } from './diagnostics.ts';
import type { IrModule } from './ir/module.ts';
import type { ModuleContext } from './ir/module-context.ts';
import { ValueType, type WasmGlobal } from './wasm/module.ts';

const WORD = 4;
const DOUBLE = 8;
const TABLE_ENTRY_SIZE = 8;
/** Segments closer than this become one section, with zeros between. */
const MAX_MERGED_GAP = 256;
const STATIC_DATA_ALIGNMENT = 16;

export interface DataSections {
  readonly sections: readonly ObjectSection[];
  readonly symbols: readonly ObjectSymbol[];
}

interface DataOptions {
  readonly memoryBase: number;
  readonly staticDataEnd?: number;
}

const NOTHING = { relocations: [], positions: [], trapSites: [] };

/** @throws UnsupportedError if static data lies below `memoryBase`. */
export function dataSections(irModule: IrModule, options: DataOptions): DataSections {
  const { context } = irModule;
  const sections = staticData(context, options);
  const symbols: ObjectSymbol[] = [];
  for (const global of context.module.globals) addGlobal(context, global, sections, symbols);
  if (irModule.usesTable) addTable(context, sections, symbols);
  return { sections, symbols };
}

function staticData(context: ModuleContext, options: DataOptions): ObjectSection[] {
  const segments = context.module.data
    .flatMap(({ address, bytes }) => (address === undefined ? [] : [{ address, bytes }]))
    .sort((a, b) => a.address - b.address);
  const sections: ObjectSection[] = [];
  const { memoryBase } = options;
  if (segments.length > 0 && segments[0].address < memoryBase) {
    throw new UnsupportedError(
      `static data at 0x${segments[0].address.toString(16)} lies below the memory base ` +
        `0x${memoryBase.toString(16)}; is --memoryBase given in decimal?`,
      0,
    );
  }
  for (let i = 0; i < segments.length;) {
    const start = segments[i].address;
    const parts = [segments[i]];
    let end = start + segments[i].bytes.length;
    for (i++; i < segments.length && segments[i].address - end < MAX_MERGED_GAP; i++) {
      parts.push(segments[i]);
      end = segments[i].address + segments[i].bytes.length;
    }
    const bytes = new Uint8Array(end - start);
    for (const part of parts) bytes.set(part.bytes, part.address - start);
    sections.push({
      name: `.data.static.${start.toString(16)}`,
      kind: 'data',
      align: WORD,
      bytes,
      size: bytes.length,
      address: start,
      keep: true,
      ...NOTHING,
    });
  }
  addZeros(sections, options);
  return sections;
}

/** What `memory.data(n)` reserves has no segment: the gaps up to the end of static data. */
function addZeros(sections: ObjectSection[], options: DataOptions): void {
  const end = options.staticDataEnd;
  if (end === undefined) return;
  let from = options.memoryBase;
  for (const section of sections.slice()) {
    addZeroRange(sections, from, section.address ?? from);
    from = (section.address ?? from) + section.size;
  }
  addZeroRange(sections, from, end);
}

function addZeroRange(sections: ObjectSection[], from: number, to: number): void {
  if (to <= from) return;
  sections.push({
    name: `.bss.static.${from.toString(16)}`,
    kind: 'bss',
    align: from % STATIC_DATA_ALIGNMENT === 0 ? STATIC_DATA_ALIGNMENT : 1,
    bytes: new Uint8Array(0),
    size: to - from,
    address: from,
    keep: true,
    ...NOTHING,
  });
}

function addGlobal(
  context: ModuleContext,
  global: WasmGlobal,
  sections: ObjectSection[],
  symbols: ObjectSymbol[],
): void {
  if (!global.mutable || context.isHeapBase(global)) return;
  const initial = context.initialValue(global);
  // A global that is no number is an error only where it is used.
  if (initial === undefined) return;
  const isWide = global.type === ValueType.I64 || global.type === ValueType.F64;
  const size = isWide ? 2 * WORD : WORD;
  const symbol = context.globalSymbol(global);
  const zero = initial === 0n;
  const bytes = new Uint8Array(zero ? 0 : size);
  if (!zero) {
    const view = new DataView(new ArrayBuffer(2 * WORD));
    view.setBigUint64(0, BigInt.asUintN(64, initial), true);
    bytes.set(new Uint8Array(view.buffer, 0, size));
  }
  const section = `${zero ? '.bss' : '.data'}.${symbol}`;
  sections.push({
    name: section,
    kind: zero ? 'bss' : 'data',
    align: size,
    bytes,
    size,
    ...NOTHING,
  });
  const place = { section, value: 0, size, type: 'object' } as const;
  symbols.push({ name: symbol, binding: 'local', ...place });
  for (const entry of context.module.exports) {
    if (entry.kind === 'global' && entry.index === global.index) {
      symbols.push({ name: entry.name, binding: 'global', ...place });
    }
  }
}

/** Two words for each entry: code address and type identity, both 0 where there is no function. */
function addTable(
  context: ModuleContext,
  sections: ObjectSection[],
  symbols: ObjectSymbol[],
): void {
  const { module, tableSymbol } = context;
  const size = module.tableSize * TABLE_ENTRY_SIZE;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const relocations = [];
  for (const segment of module.elements) {
    if (segment.offset === undefined) continue;
    for (const [position, index] of segment.functions.entries()) {
      if (index === undefined) continue;
      const offset = (segment.offset + position) * TABLE_ENTRY_SIZE;
      if (offset + TABLE_ENTRY_SIZE > size) {
        throw new UnsupportedError('the function table is smaller than its contents', 0);
      }
      view.setUint32(offset + WORD, context.typeIdentity(module.functions[index].type), true);
      const symbol = context.functionSymbols[index];
      relocations.push({ offset, type: RelocationType.R_RISCV_32, symbol, addend: 0 });
    }
  }
  sections.push({
    name: `.rodata.${tableSymbol}`,
    kind: 'rodata',
    align: TABLE_ENTRY_SIZE,
    bytes,
    size,
    ...NOTHING,
    relocations,
  });
  symbols.push({
    name: tableSymbol,
    section: `.rodata.${tableSymbol}`,
    value: 0,
    size,
    binding: 'local',
    type: 'object',
  });
}

/** A floating-point constant in read-only data, under a local symbol. */
export function doubleConstant(
  symbol: string,
  bits: bigint,
): { readonly section: ObjectSection; readonly definition: ObjectSymbol } {
  const bytes = new Uint8Array(DOUBLE);
  new DataView(bytes.buffer).setBigUint64(0, bits, true);
  const name = `.rodata${symbol}`;
  return {
    section: {
      name,
      kind: 'rodata',
      align: DOUBLE,
      bytes,
      size: DOUBLE,
      mergeable: true,
      ...NOTHING,
    },
    definition: {
      name: symbol,
      section: name,
      value: 0,
      size: DOUBLE,
      binding: 'local',
      type: 'object',
    },
  };
}
