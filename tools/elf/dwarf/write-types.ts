/** Entries for types (DWARF 4, chapter 5). */
import type { BaseType, DebugType, FunctionDeclaration } from '../../linker/debug-information.ts';
import {
  DW_AT_byte_size,
  DW_AT_const_value,
  DW_AT_data_member_location,
  DW_AT_decl_file,
  DW_AT_decl_line,
  DW_AT_encoding,
  DW_AT_name,
  DW_AT_type,
  DW_ATE_boolean,
  DW_ATE_float,
  DW_ATE_signed,
  DW_ATE_unsigned,
  DW_FORM_sdata,
  DW_TAG_base_type,
  DW_TAG_enumeration_type,
  DW_TAG_enumerator,
  DW_TAG_member,
  DW_TAG_pointer_type,
  DW_TAG_structure_type,
  DW_TAG_typedef,
} from './dwarf-constants.ts';
import { type Attribute, type EntryWriter, reference, text, unsigned } from './entry-writer.ts';
import { distinctNames } from './names.ts';

const POINTER_SIZE = 4;

const ENCODINGS: Readonly<Record<BaseType['encoding'], number>> = {
  signed: DW_ATE_signed,
  unsigned: DW_ATE_unsigned,
  boolean: DW_ATE_boolean,
  float: DW_ATE_float,
};

/** Every type that is needed to describe some, each once. */
export class TypeSet {
  private readonly found = new Set<DebugType>();

  add(type: DebugType | undefined): void {
    const pending = [type];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (this.found.has(next)) continue;
      this.found.add(next);
      if (next.kind === 'pointer') pending.push(next.target);
      else if (next.kind === 'structure') pending.push(...next.members.map((each) => each.type));
    }
  }

  addFunction({ result, locals }: FunctionDeclaration): void {
    this.add(result);
    for (const local of locals) this.add(local?.type);
  }

  write(entries: EntryWriter, fileNumbers: ReadonlyMap<string, number>): void {
    const named = [...this.found].flatMap((type) => ('fullName' in type ? [type.fullName] : []));
    const names = distinctNames(named);
    for (const type of this.found) writeType(entries, type, names, fileNumbers);
  }
}

function writeType(
  entries: EntryWriter,
  type: DebugType,
  names: ReadonlyMap<string, string>,
  fileNumbers: ReadonlyMap<string, number>,
): void {
  switch (type.kind) {
    case 'base':
      entries.begin(
        DW_TAG_base_type,
        false,
        [
          [DW_AT_name, text(type.name)],
          [DW_AT_byte_size, unsigned(type.size)],
          [DW_AT_encoding, unsigned(ENCODINGS[type.encoding])],
        ],
        type,
      );
      return;
    case 'pointer': {
      const target: Attribute[] =
        type.target === undefined ? [] : [[DW_AT_type, reference(type.target)]];
      const size = unsigned(POINTER_SIZE);
      entries.begin(DW_TAG_pointer_type, false, [[DW_AT_byte_size, size], ...target], type);
      return;
    }
    case 'structure': {
      const name = names.get(type.fullName) ?? type.name;
      const attributes: Attribute[] = [
        [DW_AT_name, text(name)],
        [DW_AT_byte_size, unsigned(type.size)],
        ...declarationAttributes(type.declared, fileNumbers),
      ];
      entries.begin(DW_TAG_structure_type, true, attributes, type);
      for (const member of type.members) {
        entries.begin(DW_TAG_member, false, [
          [DW_AT_name, text(member.name)],
          [DW_AT_type, reference(member.type)],
          [DW_AT_data_member_location, unsigned(member.offset)],
        ]);
      }
      entries.end();
      // So that `Thread` is a type in expressions, as `struct Thread` is.
      entries.begin(DW_TAG_typedef, false, [
        [DW_AT_name, text(name)],
        [DW_AT_type, reference(type)],
      ]);
      return;
    }
    case 'enumeration': {
      const attributes: Attribute[] = [
        [DW_AT_name, text(names.get(type.fullName) ?? type.name)],
        [DW_AT_byte_size, unsigned(type.size)],
        ...declarationAttributes(type.declared, fileNumbers),
      ];
      entries.begin(DW_TAG_enumeration_type, true, attributes, type);
      for (const { name, value } of type.values) {
        entries.begin(DW_TAG_enumerator, false, [
          [DW_AT_name, text(name)],
          [DW_AT_const_value, { form: DW_FORM_sdata, number: value }],
        ]);
      }
      entries.end();
      return;
    }
  }
}

/** Where something is declared, if that is a file that line numbers know. */
export function declarationAttributes(
  declared: { readonly file: string; readonly line: number } | undefined,
  fileNumbers: ReadonlyMap<string, number>,
): Attribute[] {
  const file = declared && fileNumbers.get(declared.file);
  if (declared === undefined || file === undefined) return [];
  return [
    [DW_AT_decl_file, unsigned(file)],
    [DW_AT_decl_line, unsigned(declared.line)],
  ];
}
