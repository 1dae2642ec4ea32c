/** `.debug_loc` and the expressions in it: where variables are (DWARF 4, sections 2.5 and 2.6). */
import type { PlaceRange, ValuePlace } from '../../linker/debug-information.ts';
import { ByteWriter } from './byte-writer.ts';
import {
  DW_OP_addr,
  DW_OP_consts,
  DW_OP_fbreg,
  DW_OP_piece,
  DW_OP_reg0,
  DW_OP_regx,
  DW_OP_stack_value,
} from './dwarf-constants.ts';

const WORD = 4;
const SHORT_REGISTERS = 32;

export class LocationWriter {
  readonly bytes = new ByteWriter();

  constructor(
    /** What offsets of the lists are counted from: the beginning of the compile unit. */
    private readonly base: number,
    private readonly symbols: ReadonlyMap<string, number>,
  ) {}

  /** @returns the offset of the list; undefined if it would be empty */
  list(ranges: readonly PlaceRange[]): number | undefined {
    const offset = this.bytes.size;
    for (const { start, end, words } of ranges) {
      if (start >= end) continue;
      const expression = this.expression(words);
      this.bytes.u32(start - this.base);
      this.bytes.u32(end - this.base);
      this.bytes.u16(expression.length);
      for (const byte of expression) this.bytes.u8(byte);
    }
    if (this.bytes.size === offset) return undefined;
    this.bytes.u32(0);
    this.bytes.u32(0);
    return offset;
  }

  private expression(words: readonly (ValuePlace | undefined)[]): Uint8Array {
    const writer = new ByteWriter();
    for (const word of words) {
      if (word !== undefined) this.place(writer, word);
      if (words.length === 1) continue;
      writer.u8(DW_OP_piece);
      writer.unsignedLeb(WORD);
    }
    return writer.toBytes();
  }

  private place(writer: ByteWriter, place: ValuePlace): void {
    switch (place.kind) {
      case 'register':
        if (place.register < SHORT_REGISTERS) {
          writer.u8(DW_OP_reg0 + place.register);
        } else {
          writer.u8(DW_OP_regx);
          writer.unsignedLeb(place.register);
        }
        return;
      case 'frame':
        writer.u8(DW_OP_fbreg);
        writer.signedLeb(place.offset);
        return;
      case 'constant':
        writer.u8(DW_OP_consts);
        writer.signedLeb(place.value);
        writer.u8(DW_OP_stack_value);
        return;
      case 'address':
        writer.u8(DW_OP_addr);
        writer.u32(((this.symbols.get(place.symbol) ?? 0) + place.addend) >>> 0);
        writer.u8(DW_OP_stack_value);
        return;
    }
  }
}
