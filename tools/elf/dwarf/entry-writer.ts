/** Debugging information entries: `.debug_info`, `.debug_abbrev` and `.debug_str` as they grow. */
import { ByteWriter } from './byte-writer.ts';
import {
  DW_CHILDREN_no,
  DW_CHILDREN_yes,
  DW_FORM_addr,
  DW_FORM_data1,
  DW_FORM_data4,
  DW_FORM_exprloc,
  DW_FORM_flag_present,
  DW_FORM_ref4,
  DW_FORM_sdata,
  DW_FORM_sec_offset,
  DW_FORM_strp,
  DW_FORM_udata,
} from './dwarf-constants.ts';

/** What an entry says, by the attribute's number. */
export type AttributeValue =
  | { readonly form: typeof DW_FORM_strp; readonly text: string }
  | {
      readonly form:
        | typeof DW_FORM_addr
        | typeof DW_FORM_data1
        | typeof DW_FORM_data4
        | typeof DW_FORM_sdata
        | typeof DW_FORM_udata
        | typeof DW_FORM_sec_offset;
      readonly number: number;
    }
  | { readonly form: typeof DW_FORM_exprloc; readonly bytes: Uint8Array }
  | { readonly form: typeof DW_FORM_flag_present }
  /** The entry that was, or will be, begun for an object. */
  | { readonly form: typeof DW_FORM_ref4; readonly target: object };

export type Attribute = readonly [attribute: number, value: AttributeValue];

export function text(value: string): AttributeValue {
  return { form: DW_FORM_strp, text: value };
}

export function unsigned(number: number): AttributeValue {
  return { form: DW_FORM_udata, number };
}

export function reference(target: object): AttributeValue {
  return { form: DW_FORM_ref4, target };
}

export class EntryWriter {
  readonly info = new ByteWriter();
  private readonly abbreviations = new ByteWriter();
  private readonly shapes = new Map<string, number>();
  private readonly strings = new ByteWriter();
  private readonly stringOffsets = new Map<string, number>();
  private readonly offsets = new Map<object, number>();
  private readonly references: { readonly at: number; readonly target: object }[] = [];

  /** Begins an entry; one with children is ended by `end`. */
  begin(
    tag: number,
    hasChildren: boolean,
    attributes: readonly Attribute[],
    identity?: object,
  ): void {
    if (identity !== undefined) this.offsets.set(identity, this.info.size);
    this.info.unsignedLeb(this.shape(tag, hasChildren, attributes));
    for (const [, value] of attributes) this.value(value);
  }

  end(): void {
    this.info.u8(0);
  }

  /** Fills in references. */
  finish(): { info: Uint8Array; abbreviations: Uint8Array; strings: Uint8Array } {
    for (const { at, target } of this.references) {
      const offset = this.offsets.get(target);
      if (offset === undefined) throw new TypeError('an entry refers to one that was not written');
      this.info.patchU32(at, offset);
    }
    this.abbreviations.u8(0);
    return {
      info: this.info.toBytes(),
      abbreviations: this.abbreviations.toBytes(),
      strings: this.strings.toBytes(),
    };
  }

  private shape(tag: number, hasChildren: boolean, attributes: readonly Attribute[]): number {
    const key = `${tag} ${hasChildren} ${attributes.map(([at, { form }]) => `${at}:${form}`).join()}`;
    let code = this.shapes.get(key);
    if (code !== undefined) return code;
    code = this.shapes.size + 1;
    this.shapes.set(key, code);
    const { abbreviations } = this;
    abbreviations.unsignedLeb(code);
    abbreviations.unsignedLeb(tag);
    abbreviations.u8(hasChildren ? DW_CHILDREN_yes : DW_CHILDREN_no);
    for (const [attribute, { form }] of attributes) {
      abbreviations.unsignedLeb(attribute);
      abbreviations.unsignedLeb(form);
    }
    abbreviations.u16(0);
    return code;
  }

  private value(value: AttributeValue): void {
    const { info } = this;
    switch (value.form) {
      case DW_FORM_strp:
        info.u32(this.stringOffset(value.text));
        return;
      case DW_FORM_data1:
        info.u8(value.number);
        return;
      case DW_FORM_udata:
        info.unsignedLeb(value.number);
        return;
      case DW_FORM_sdata:
        info.signedLeb(value.number);
        return;
      case DW_FORM_addr:
      case DW_FORM_data4:
      case DW_FORM_sec_offset:
        info.u32(value.number);
        return;
      case DW_FORM_exprloc:
        info.unsignedLeb(value.bytes.length);
        for (const byte of value.bytes) info.u8(byte);
        return;
      case DW_FORM_ref4:
        this.references.push({ at: info.size, target: value.target });
        info.u32(0);
        return;
      case DW_FORM_flag_present:
        return;
    }
  }

  private stringOffset(value: string): number {
    let offset = this.stringOffsets.get(value);
    if (offset === undefined) {
      offset = this.strings.size;
      this.stringOffsets.set(value, offset);
      this.strings.string(value);
    }
    return offset;
  }
}
