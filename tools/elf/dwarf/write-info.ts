/**
 * `.debug_info` and `.debug_abbrev`: one compile unit for an image, and its functions (DWARF 4,
 * chapters 2 and 3).
 */
import type { LinkedImage, LinkedPosition, LinkedSymbol } from '../../linker/linked-image.ts';
import { ByteWriter } from './byte-writer.ts';
import {
  ADDRESS_SIZE,
  DW_AT_comp_dir,
  DW_AT_decl_file,
  DW_AT_decl_line,
  DW_AT_external,
  DW_AT_high_pc,
  DW_AT_language,
  DW_AT_linkage_name,
  DW_AT_low_pc,
  DW_AT_name,
  DW_AT_producer,
  DW_AT_stmt_list,
  DW_CHILDREN_no,
  DW_CHILDREN_yes,
  DW_FORM_addr,
  DW_FORM_data1,
  DW_FORM_data4,
  DW_FORM_flag,
  DW_FORM_sec_offset,
  DW_FORM_string,
  DW_FORM_udata,
  DW_LANG_C99,
  DW_TAG_compile_unit,
  DW_TAG_subprogram,
  DWARF_VERSION,
} from './dwarf-constants.ts';

const PRODUCER = 'vitrine';
/** Paths are relative to the repository: that is where a debugger is started. */
const COMPILATION_DIRECTORY = '.';

/** Abbreviations: the shapes of the entries. */
const Abbreviation = { compileUnit: 1, function: 2, functionWithSource: 3 } as const;

type AttributeSpecification = readonly [attribute: number, form: number];

const functionAttributes: readonly AttributeSpecification[] = [
  [DW_AT_name, DW_FORM_string],
  [DW_AT_linkage_name, DW_FORM_string],
  [DW_AT_low_pc, DW_FORM_addr],
  [DW_AT_high_pc, DW_FORM_data4],
  [DW_AT_external, DW_FORM_flag],
];

function writeAbbreviations(): Uint8Array {
  const writer = new ByteWriter();
  const add = (
    code: number,
    tag: number,
    children: number,
    attributes: readonly AttributeSpecification[],
  ): void => {
    writer.unsignedLeb(code);
    writer.unsignedLeb(tag);
    writer.u8(children);
    for (const [attribute, form] of attributes) {
      writer.unsignedLeb(attribute);
      writer.unsignedLeb(form);
    }
    writer.u16(0);
  };
  add(Abbreviation.compileUnit, DW_TAG_compile_unit, DW_CHILDREN_yes, [
    [DW_AT_producer, DW_FORM_string],
    [DW_AT_language, DW_FORM_data1],
    [DW_AT_name, DW_FORM_string],
    [DW_AT_comp_dir, DW_FORM_string],
    [DW_AT_low_pc, DW_FORM_addr],
    [DW_AT_high_pc, DW_FORM_data4],
    [DW_AT_stmt_list, DW_FORM_sec_offset],
  ]);
  add(Abbreviation.function, DW_TAG_subprogram, DW_CHILDREN_no, functionAttributes);
  add(Abbreviation.functionWithSource, DW_TAG_subprogram, DW_CHILDREN_no, [
    ...functionAttributes,
    [DW_AT_decl_file, DW_FORM_udata],
    [DW_AT_decl_line, DW_FORM_udata],
  ]);
  writer.u8(0);
  return writer.toBytes();
}

/** What people call a function: `kernels/micro/ipc/deliver` is `deliver`. */
function shortName(symbol: string): string {
  return symbol.slice(symbol.lastIndexOf('/') + 1) || symbol;
}

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
  const text = image.sections.find(({ name }) => name === '.text');
  const writer = new ByteWriter();
  writer.u32(0);
  writer.u16(DWARF_VERSION);
  writer.u32(0); // offset of the abbreviations
  writer.u8(ADDRESS_SIZE);

  writer.unsignedLeb(Abbreviation.compileUnit);
  writer.string(PRODUCER);
  writer.u8(DW_LANG_C99);
  writer.string(unitName);
  writer.string(COMPILATION_DIRECTORY);
  writer.u32(text?.address ?? 0);
  writer.u32(text?.size ?? 0);
  writer.u32(0); // offset of the line number program
  for (const symbol of functionsOf(image)) {
    const position = firstPosition(symbol, image.positions);
    const file = position && fileNumbers.get(position.file);
    const { function: plain, functionWithSource } = Abbreviation;
    writer.unsignedLeb(file === undefined ? plain : functionWithSource);
    writer.string(shortName(symbol.name));
    writer.string(symbol.name);
    writer.u32(symbol.address);
    writer.u32(symbol.size);
    writer.u8(symbol.binding === 'local' ? 0 : 1);
    if (position === undefined || file === undefined) continue;
    writer.unsignedLeb(file);
    writer.unsignedLeb(position.line);
  }
  writer.u8(0); // end of the unit's children
  writer.patchU32(0, writer.size - ADDRESS_SIZE);
  return { info: writer.toBytes(), abbreviations: writeAbbreviations() };
}
