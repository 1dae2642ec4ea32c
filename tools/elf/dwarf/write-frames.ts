/** `.debug_frame`: how to find the caller of every function (DWARF 4, section 6.4). */
import type { FrameRow } from '../../linker/debug-information.ts';
import type { LinkedFunction } from '../../linker/linked-image.ts';
import { ByteWriter } from './byte-writer.ts';
import {
  ADDRESS_SIZE,
  DW_CFA_advance_loc,
  DW_CFA_advance_loc4,
  DW_CFA_def_cfa,
  DW_CFA_def_cfa_offset,
  DW_CFA_nop,
  DW_CFA_offset,
  DW_CFA_restore,
  DWARF_VERSION,
} from './dwarf-constants.ts';

const CIE_MARK = 0xffff_ffff;
/** Halfwords, as compressed code has them. */
const CODE_ALIGNMENT = 2;
const DATA_ALIGNMENT = -4;
const RA = 1;
const SP = 2;
const MAXIMUM_SHORT_ADVANCE = 0x3f;

export function writeFrameSection(functions: readonly LinkedFunction[]): Uint8Array {
  const writer = new ByteWriter();
  entry(writer, () => {
    writer.u32(CIE_MARK);
    writer.u8(DWARF_VERSION);
    writer.string('');
    writer.u8(ADDRESS_SIZE);
    writer.u8(0); // no segments
    writer.unsignedLeb(CODE_ALIGNMENT);
    writer.signedLeb(DATA_ALIGNMENT);
    writer.unsignedLeb(RA);
    writer.u8(DW_CFA_def_cfa);
    writer.unsignedLeb(SP);
    writer.unsignedLeb(0);
  });
  for (const { address, end, frames } of functions) {
    if (end <= address) continue;
    entry(writer, () => {
      writer.u32(0); // offset of the common entry
      writer.u32(address);
      writer.u32(end - address);
      writeRows(writer, address, frames);
    });
  }
  return writer.toBytes();
}

/** An entry with its length before it and padding behind it. */
function entry(writer: ByteWriter, contents: () => void): void {
  const start = writer.size;
  writer.u32(0);
  contents();
  while (writer.size % ADDRESS_SIZE !== 0) writer.u8(DW_CFA_nop);
  writer.patchU32(start, writer.size - start - ADDRESS_SIZE);
}

function writeRows(writer: ByteWriter, address: number, rows: readonly FrameRow[]): void {
  let location = address;
  let size = 0;
  let saved = new Map<number, number>();
  for (const row of rows) {
    const step = (row.offset - location) / CODE_ALIGNMENT;
    if (step > MAXIMUM_SHORT_ADVANCE) {
      writer.u8(DW_CFA_advance_loc4);
      writer.u32(step);
    } else if (step > 0) {
      writer.u8(DW_CFA_advance_loc | step);
    }
    location = row.offset;
    if (row.size !== size) {
      writer.u8(DW_CFA_def_cfa_offset);
      writer.unsignedLeb(row.size);
      size = row.size;
    }
    const next = new Map(row.saved.map(({ register, offset }) => [register, offset]));
    for (const [register, offset] of next) {
      if (saved.get(register) === offset) continue;
      writer.u8(DW_CFA_offset | register);
      writer.unsignedLeb(offset / DATA_ALIGNMENT);
    }
    for (const register of saved.keys()) {
      if (!next.has(register)) writer.u8(DW_CFA_restore | register);
    }
    saved = next;
  }
}
