/**
 * `.debug_info` and what it refers to: one compile unit for an image, with its types, variables and
 * functions (DWARF 4, chapters 2, 3 and 5).
 */
import type { LinkedImage, LinkedPosition, LinkedSymbol } from '../../linker/linked-image.ts';
import { ByteWriter } from './byte-writer.ts';
import {
  ADDRESS_SIZE,
  DW_AT_comp_dir,
  DW_AT_const_value,
  DW_AT_high_pc,
  DW_AT_language,
  DW_AT_location,
  DW_AT_low_pc,
  DW_AT_name,
  DW_AT_producer,
  DW_AT_stmt_list,
  DW_AT_type,
  DW_FORM_addr,
  DW_FORM_data1,
  DW_FORM_data4,
  DW_FORM_exprloc,
  DW_FORM_sdata,
  DW_FORM_sec_offset,
  DW_LANG_C99,
  DW_OP_addr,
  DW_TAG_compile_unit,
  DW_TAG_variable,
  DWARF_VERSION,
} from './dwarf-constants.ts';
import { type Attribute, EntryWriter, reference, text } from './entry-writer.ts';
import { distinctNames } from './names.ts';
import { FunctionWriter } from './write-functions.ts';
import { LocationWriter } from './write-locations.ts';
import { declarationAttributes, TypeSet } from './write-types.ts';

const PRODUCER = 'vitrine';
/** Paths are relative to the repository: that is where a debugger is started. */
const COMPILATION_DIRECTORY = '.';

/** The first place in the source that lies within the function. */
function firstPosition(
  { address, size }: LinkedSymbol,
  positions: readonly LinkedPosition[],
): LinkedPosition | undefined {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (positions[middle].address < address) low = middle + 1;
    else high = middle;
  }
  for (let index = low; index < positions.length; index += 1) {
    const position = positions[index];
    if (position.address >= address + size) return undefined;
    if (position.file !== '' && position.line > 0) return position;
  }
  return undefined;
}

/** Functions of the image; of several names for one place, the global one. */
function functionsOf(image: LinkedImage): LinkedSymbol[] {
  const byAddress = new Map<number, LinkedSymbol>();
  for (const symbol of image.symbols) {
    if (symbol.type !== 'func' || symbol.section !== '.text') continue;
    const known = byAddress.get(symbol.address);
    if (known === undefined || known.binding === 'local') byAddress.set(symbol.address, symbol);
  }
  return [...byAddress.values()];
}

export interface InfoSections {
  readonly info: Uint8Array;
  readonly abbreviations: Uint8Array;
  readonly strings: Uint8Array;
  readonly locations: Uint8Array;
  readonly ranges: Uint8Array;
}

/**
 * @param unitName What debuggers show as the name of the compile unit.
 * @param fileNumbers The files as `.debug_line`, at offset 0, numbers them.
 */
export function writeInfoSections(
  image: LinkedImage,
  unitName: string,
  fileNumbers: ReadonlyMap<string, number>,
): InfoSections {
  const { debug } = image;
  const textSection = image.sections.find(({ name }) => name === '.text');
  const base = textSection?.address ?? 0;
  const entries = new EntryWriter();
  const locations = new LocationWriter(base, debug.symbols);
  const functions = new FunctionWriter(entries, locations, fileNumbers, base);
  entries.info.u32(0);
  entries.info.u16(DWARF_VERSION);
  entries.info.u32(0); // offset of the abbreviations
  entries.info.u8(ADDRESS_SIZE);
  entries.begin(DW_TAG_compile_unit, true, [
    [DW_AT_producer, text(PRODUCER)],
    [DW_AT_language, { form: DW_FORM_data1, number: DW_LANG_C99 }],
    [DW_AT_name, text(unitName)],
    [DW_AT_comp_dir, text(COMPILATION_DIRECTORY)],
    [DW_AT_low_pc, { form: DW_FORM_addr, number: base }],
    [DW_AT_high_pc, { form: DW_FORM_data4, number: textSection?.size ?? 0 }],
    [DW_AT_stmt_list, { form: DW_FORM_sec_offset, number: 0 }],
  ]);
  typesOf(image).write(entries, fileNumbers);
  writeGlobals(entries, image, fileNumbers);
  const scopes = new Map(debug.functions.map(({ address, scope }) => [address, scope]));
  functions.writeAbstract([...scopes.values()].flatMap((scope) => scope ?? []));
  for (const symbol of functionsOf(image)) {
    const { name, address, size } = symbol;
    const begins = firstPosition(symbol, image.positions);
    const isGlobal = symbol.binding !== 'local';
    functions.write({ name, isGlobal, address, size, scope: scopes.get(address), begins });
  }
  entries.end();
  entries.info.patchU32(0, entries.info.size - ADDRESS_SIZE);
  return {
    ...entries.finish(),
    locations: locations.bytes.toBytes(),
    ranges: functions.ranges.toBytes(),
  };
}

/** The types of everything that is described. */
function typesOf({ debug }: LinkedImage): TypeSet {
  const types = new TypeSet();
  for (const type of debug.types) types.add(type);
  for (const { type } of debug.globals) types.add(type);
  const pending = debug.functions.flatMap(({ scope }) => scope ?? []);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    types.addFunction(next.declaration);
    pending.push(...next.inlined);
  }
  return types;
}

function writeGlobals(
  entries: EntryWriter,
  { debug }: LinkedImage,
  fileNumbers: ReadonlyMap<string, number>,
): void {
  const names = distinctNames(debug.globals.map(({ fullName }) => fullName));
  for (const { fullName, type, declared, place } of debug.globals) {
    const attributes: Attribute[] = [
      [DW_AT_name, text(names.get(fullName) ?? fullName)],
      [DW_AT_type, reference(type)],
      ...declarationAttributes(declared, fileNumbers),
    ];
    if ('constant' in place) {
      const number = Number(BigInt.asIntN(32, place.constant));
      if (BigInt(number) !== BigInt.asIntN(64, place.constant)) continue;
      attributes.push([DW_AT_const_value, { form: DW_FORM_sdata, number }]);
    } else {
      const expression = new ByteWriter();
      expression.u8(DW_OP_addr);
      expression.u32(debug.symbols.get(place.symbol) ?? 0);
      attributes.push([DW_AT_location, { form: DW_FORM_exprloc, bytes: expression.toBytes() }]);
    }
    entries.begin(DW_TAG_variable, false, attributes);
  }
}
