/**
 * `.debug_line`: the line number program of an image (DWARF 4, section 6.2). One sequence covers
 * each contiguous piece of code; line 0 marks code without a source inside it.
 */
import type { LinkedPosition } from '../../linker/linked-image.ts';
import { ByteWriter } from './byte-writer.ts';
import {
  ADDRESS_SIZE,
  DW_LNE_end_sequence,
  DW_LNE_set_address,
  DW_LNS_advance_line,
  DW_LNS_advance_pc,
  DW_LNS_copy,
  DW_LNS_set_column,
  DW_LNS_set_file,
  DWARF_VERSION,
  standardOpcodeLengths,
} from './dwarf-constants.ts';

/** Halfwords: the unit of addresses with compressed instructions, too. */
const MINIMUM_INSTRUCTION_LENGTH = 2;
const LINE_BASE = -5;
const LINE_RANGE = 14;
const OPCODE_BASE = standardOpcodeLengths.length + 1;
const MAXIMUM_OPCODE = 255;

export interface LineSection {
  readonly bytes: Uint8Array;
  /** 1-based numbers by which `.debug_info` refers to files. */
  readonly fileNumbers: ReadonlyMap<string, number>;
}

/** A row of the table to be. */
interface Row {
  readonly address: number;
  readonly file: number;
  readonly line: number;
  readonly column: number;
}

class LineProgramWriter {
  readonly #writer: ByteWriter;
  #row: Row = { address: 0, file: 1, line: 1, column: 0 };

  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  beginSequence(address: number): void {
    this.#extended(DW_LNE_set_address, ADDRESS_SIZE);
    this.#writer.u32(address);
    this.#row = { address, file: 1, line: 1, column: 0 };
  }

  endSequence(address: number): void {
    this.#advanceAddress(address);
    this.#extended(DW_LNE_end_sequence, 0);
  }

  add(row: Row): void {
    const { file, column } = this.#row;
    if (row.file !== file) {
      this.#writer.u8(DW_LNS_set_file);
      this.#writer.unsignedLeb(row.file);
    }
    if (row.column !== column) {
      this.#writer.u8(DW_LNS_set_column);
      this.#writer.unsignedLeb(row.column);
    }
    this.#advance(row);
    this.#row = row;
  }

  /** Moves address and line and appends a row: one special opcode where it fits. */
  #advance({ address, line }: Row): void {
    let lineStep = line - this.#row.line;
    if (lineStep < LINE_BASE || lineStep >= LINE_BASE + LINE_RANGE) {
      this.#writer.u8(DW_LNS_advance_line);
      this.#writer.signedLeb(lineStep);
      lineStep = 0;
    }
    const units = (address - this.#row.address) / MINIMUM_INSTRUCTION_LENGTH;
    const opcode = lineStep - LINE_BASE + LINE_RANGE * units + OPCODE_BASE;
    if (opcode <= MAXIMUM_OPCODE) {
      this.#writer.u8(opcode);
      return;
    }
    this.#advanceAddress(address);
    if (lineStep === 0) this.#writer.u8(DW_LNS_copy);
    else this.#writer.u8(lineStep - LINE_BASE + OPCODE_BASE);
  }

  #advanceAddress(address: number): void {
    const units = (address - this.#row.address) / MINIMUM_INSTRUCTION_LENGTH;
    if (units === 0) return;
    this.#writer.u8(DW_LNS_advance_pc);
    this.#writer.unsignedLeb(units);
    this.#row = { ...this.#row, address };
  }

  #extended(opcode: number, operandSize: number): void {
    this.#writer.u8(0);
    this.#writer.unsignedLeb(1 + operandSize);
    this.#writer.u8(opcode);
  }
}

/** Drops entries that change neither file nor line. */
function withoutRepeats(positions: readonly LinkedPosition[]): LinkedPosition[] {
  return positions.filter((position, index) => {
    const before = positions.at(index - 1);
    if (index === 0 || before === undefined) return true;
    return before.file !== position.file || before.line !== position.line;
  });
}

/** Writes the table; a position without a file ends what came before it. */
export function writeLineSection(positions: readonly LinkedPosition[]): LineSection {
  const rows = withoutRepeats(positions);
  const files = [...new Set(rows.map(({ file }) => file).filter((file) => file !== ''))];
  const fileNumbers = new Map(files.map((file, index) => [file, index + 1]));

  const writer = new ByteWriter();
  writer.u32(0);
  writer.u16(DWARF_VERSION);
  const headerLengthOffset = writer.size;
  writer.u32(0);
  const headerStart = writer.size;
  writer.u8(MINIMUM_INSTRUCTION_LENGTH);
  writer.u8(1); // operations an instruction: RISC-V is not VLIW
  writer.u8(1); // every row is a good place for a breakpoint
  writer.u8(LINE_BASE & 0xff);
  writer.u8(LINE_RANGE);
  writer.u8(OPCODE_BASE);
  for (const length of standardOpcodeLengths) writer.u8(length);
  writer.u8(0); // no directories beyond the compilation directory
  for (const file of files) {
    writer.string(file);
    writer.unsignedLeb(0); // directory
    writer.unsignedLeb(0); // time of modification: unknown
    writer.unsignedLeb(0); // length: unknown
  }
  writer.u8(0);
  writer.patchU32(headerLengthOffset, writer.size - headerStart);

  writeProgram(new LineProgramWriter(writer), rows, fileNumbers);
  writer.patchU32(0, writer.size - ADDRESS_SIZE);
  return { bytes: writer.toBytes(), fileNumbers };
}

function writeProgram(
  program: LineProgramWriter,
  rows: readonly LinkedPosition[],
  fileNumbers: ReadonlyMap<string, number>,
): void {
  let isOpen = false;
  for (const [index, { address, file, line, column }] of rows.entries()) {
    const isLast = index === rows.length - 1;
    const number = fileNumbers.get(file);
    if (number !== undefined) {
      if (!isOpen) program.beginSequence(address);
      program.add({ address, file: number, line, column });
      isOpen = true;
    } else if (isOpen && isLast) {
      program.endSequence(address);
      isOpen = false;
    } else if (isOpen) {
      program.add({ address, file: 1, line: 0, column: 0 });
    }
  }
}
