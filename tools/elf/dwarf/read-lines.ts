/** Reads `.debug_line` (DWARF 2 to 4): from addresses to places in the source, and back. */
import { ElfError } from '../elf-error.ts';
import type { ElfFile } from '../read-elf.ts';
import { ByteReader } from './byte-reader.ts';
import {
  ADDRESS_SIZE,
  DW_LNE_define_file,
  DW_LNE_end_sequence,
  DW_LNE_set_address,
  DW_LNS_advance_line,
  DW_LNS_advance_pc,
  DW_LNS_const_add_pc,
  DW_LNS_copy,
  DW_LNS_fixed_advance_pc,
  DW_LNS_negate_stmt,
  DW_LNS_set_basic_block,
  DW_LNS_set_column,
  DW_LNS_set_epilogue_begin,
  DW_LNS_set_file,
  DW_LNS_set_prologue_end,
} from './dwarf-constants.ts';

/** A place in the source. */
export interface SourcePlace {
  /** Path relative to the repository. */
  readonly file: string;
  readonly line: number;
  /** 1-based; 0: unknown. */
  readonly column: number;
}

/** From `address` up to `end` the code comes from this place; line 0: from nowhere. */
export interface LineRange extends SourcePlace {
  readonly address: number;
  readonly end: number;
}

const MINIMUM_VERSION = 2;
const MAXIMUM_VERSION = 4;
/** Before version 4 the header had no count of operations an instruction. */
const VERSION_WITH_OPERATIONS = 4;
const DWARF64_MARK = 0xffff_fff0;
const MAXIMUM_OPCODE = 255;

/** The ranges of a file, sorted by address. */
export class LineTable {
  readonly ranges: readonly LineRange[];

  constructor(ranges: readonly LineRange[]) {
    this.ranges = ranges.toSorted((left, right) => left.address - right.address);
  }

  /** The place from which the instruction at `address` comes. */
  find(address: number): LineRange | undefined {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ranges[middle].address <= address) low = middle + 1;
      else high = middle;
    }
    const range = low > 0 ? this.ranges[low - 1] : undefined;
    return range !== undefined && address < range.end && range.line > 0 ? range : undefined;
  }

  /** Addresses where the code of a line begins. */
  addressesOf(file: string, line: number): number[] {
    return this.ranges
      .filter((range) => range.line === line && range.file === file)
      .map(({ address }) => address);
  }
}

interface Header {
  readonly minimumInstructionLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly opcodeLengths: readonly number[];
  readonly files: string[];
}

interface Registers {
  address: number;
  file: number;
  line: number;
  column: number;
}

function joinPath(directory: string | undefined, name: string): string {
  return directory === undefined || directory === '' || name.startsWith('/')
    ? name
    : `${directory}/${name}`;
}

function readFileEntry(reader: ByteReader, name: string, directories: readonly string[]): string {
  const directory = reader.unsignedLeb();
  reader.unsignedLeb();
  reader.unsignedLeb();
  return joinPath(directory === 0 ? undefined : directories[directory - 1], name);
}

/** Reads the header of one unit; leaves the reader at the first opcode. */
function readHeader(reader: ByteReader): Header {
  const version = reader.u16();
  if (version < MINIMUM_VERSION || version > MAXIMUM_VERSION) {
    throw reader.fail(`version ${version} is not supported`);
  }
  const headerLength = reader.u32();
  const programStart = reader.position + headerLength;
  const minimumInstructionLength = reader.u8();
  if (version >= VERSION_WITH_OPERATIONS) reader.u8();
  reader.u8();
  const lineBase = reader.i8();
  const lineRange = reader.u8();
  if (lineRange === 0) throw reader.fail('the line range is 0');
  const opcodeBase = reader.u8();
  if (opcodeBase === 0) throw reader.fail('the opcode base is 0');
  const opcodeLengths = Array.from({ length: opcodeBase - 1 }, () => reader.u8());
  const directories: string[] = [];
  for (let name = reader.string(); name !== ''; name = reader.string()) directories.push(name);
  const files: string[] = [];
  for (let name = reader.string(); name !== ''; name = reader.string()) {
    files.push(readFileEntry(reader, name, directories));
  }
  if (programStart < reader.position || programStart > reader.size) {
    throw reader.fail('the header length is wrong');
  }
  reader.position = programStart;
  return { minimumInstructionLength, lineBase, lineRange, opcodeBase, opcodeLengths, files };
}

const initialRegisters: Readonly<Registers> = { address: 0, file: 1, line: 1, column: 0 };

/** Runs one line number program and collects its ranges. */
class LineMachine {
  readonly #reader: ByteReader;
  readonly #header: Header;
  readonly #ranges: LineRange[];
  #registers: Registers = { ...initialRegisters };
  #open: Registers | undefined;

  constructor(reader: ByteReader, header: Header, ranges: LineRange[]) {
    this.#reader = reader;
    this.#header = header;
    this.#ranges = ranges;
  }

  run(end: number): void {
    while (this.#reader.position < end) {
      const opcode = this.#reader.u8();
      if (opcode >= this.#header.opcodeBase) this.#special(opcode);
      else if (opcode === 0) this.#extended();
      else this.#standard(opcode);
    }
  }

  #special(opcode: number): void {
    const { lineBase, lineRange } = this.#header;
    const adjusted = opcode - this.#header.opcodeBase;
    this.#advance(Math.floor(adjusted / lineRange));
    this.#registers.line += lineBase + (adjusted % lineRange);
    this.#appendRow();
  }

  #standard(opcode: number): void {
    const reader = this.#reader;
    switch (opcode) {
      case DW_LNS_copy:
        this.#appendRow();
        break;
      case DW_LNS_advance_pc:
        this.#advance(reader.unsignedLeb());
        break;
      case DW_LNS_advance_line:
        this.#registers.line += reader.signedLeb();
        break;
      case DW_LNS_set_file:
        this.#registers.file = reader.unsignedLeb();
        break;
      case DW_LNS_set_column:
        this.#registers.column = reader.unsignedLeb();
        break;
      case DW_LNS_const_add_pc:
        this.#advance(
          Math.floor((MAXIMUM_OPCODE - this.#header.opcodeBase) / this.#header.lineRange),
        );
        break;
      case DW_LNS_fixed_advance_pc:
        this.#registers.address += reader.u16();
        break;
      case DW_LNS_negate_stmt:
      case DW_LNS_set_basic_block:
      case DW_LNS_set_prologue_end:
      case DW_LNS_set_epilogue_begin:
        break;
      default: {
        const operands = this.#header.opcodeLengths[opcode - 1];
        for (let index = 0; index < operands; index += 1) reader.unsignedLeb();
      }
    }
  }

  #extended(): void {
    const reader = this.#reader;
    const length = reader.unsignedLeb();
    const end = reader.position + length;
    if (length === 0) throw reader.fail('an extended opcode has no length');
    const opcode = reader.u8();
    if (opcode === DW_LNE_end_sequence) {
      this.#closeRange(this.#registers.address);
      this.#open = undefined;
      this.#registers = { ...initialRegisters };
    } else if (opcode === DW_LNE_set_address) {
      if (length !== 1 + ADDRESS_SIZE) throw reader.fail('an address does not have 4 bytes');
      this.#registers.address = reader.u32();
    } else if (opcode === DW_LNE_define_file) {
      this.#header.files.push(readFileEntry(reader, reader.string(), []));
    }
    if (end < reader.position) throw reader.fail('an extended opcode is longer than it says');
    reader.skip(end - reader.position);
  }

  #advance(units: number): void {
    this.#registers.address += units * this.#header.minimumInstructionLength;
  }

  #appendRow(): void {
    this.#closeRange(this.#registers.address);
    this.#open = { ...this.#registers };
  }

  #closeRange(end: number): void {
    if (this.#open === undefined || end <= this.#open.address) return;
    const { address, file, line, column } = this.#open;
    const name = this.#header.files[file - 1] ?? '';
    this.#ranges.push({ address, end, file: name, line, column });
  }
}

function readUnits(bytes: Uint8Array): LineRange[] {
  const reader = new ByteReader(bytes, '.debug_line');
  const ranges: LineRange[] = [];
  while (!reader.atEnd) {
    const length = reader.u32();
    if (length >= DWARF64_MARK) throw reader.fail('64-bit DWARF is not supported');
    const end = reader.position + length;
    if (end > reader.size) throw reader.fail('a unit is cut off');
    const header = readHeader(reader);
    new LineMachine(reader, header, ranges).run(end);
    reader.position = end;
  }
  return ranges;
}

export type LineTableResult =
  | { readonly lines: LineTable; readonly error?: undefined }
  | { readonly lines?: undefined; readonly error: ElfError };

/** The line table of a file; an empty one if it has no `.debug_line`. Never throws. */
export function readLineTable(elf: Pick<ElfFile, 'sections'>): LineTableResult {
  const section = elf.sections.find(({ name }) => name === '.debug_line');
  if (section === undefined) return { lines: new LineTable([]) };
  try {
    return { lines: new LineTable(readUnits(section.bytes)) };
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
    return { error };
  }
}
