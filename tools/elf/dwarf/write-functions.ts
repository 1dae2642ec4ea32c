/**
 * Entries for functions, their variables and the calls inlined in them (DWARF 4, section 3.3). They
 * have no linkage name: gdb would take it for the name, and expressions of C cannot say it.
 */
import type {
  CodeScope,
  FunctionDeclaration,
  InlinedScope,
} from '../../linker/debug-information.ts';
import { ByteWriter } from './byte-writer.ts';
import {
  DW_AT_abstract_origin,
  DW_AT_call_file,
  DW_AT_call_line,
  DW_AT_external,
  DW_AT_frame_base,
  DW_AT_high_pc,
  DW_AT_inline,
  DW_AT_location,
  DW_AT_low_pc,
  DW_AT_name,
  DW_AT_prototyped,
  DW_AT_ranges,
  DW_AT_type,
  DW_FORM_addr,
  DW_FORM_data4,
  DW_FORM_exprloc,
  DW_FORM_flag_present,
  DW_FORM_sec_offset,
  DW_INL_inlined,
  DW_OP_call_frame_cfa,
  DW_TAG_formal_parameter,
  DW_TAG_inlined_subroutine,
  DW_TAG_subprogram,
  DW_TAG_variable,
} from './dwarf-constants.ts';
import { type Attribute, type EntryWriter, reference, text, unsigned } from './entry-writer.ts';
import { shortName } from './names.ts';
import type { LocationWriter } from './write-locations.ts';
import { declarationAttributes } from './write-types.ts';

/** A function of the image. */
export interface FunctionCode {
  readonly name: string;
  readonly isGlobal: boolean;
  readonly address: number;
  readonly size: number;
  readonly scope: CodeScope | undefined;
  /** Where its code begins, for one that is not declared anywhere. */
  readonly begins: { readonly file: string; readonly line: number } | undefined;
}

export class FunctionWriter {
  readonly ranges = new ByteWriter();
  /** Functions that were put in place of calls, by full name: these have an entry of their own. */
  private readonly abstract = new Map<string, FunctionDeclaration>();

  constructor(
    private readonly entries: EntryWriter,
    private readonly locations: LocationWriter,
    private readonly fileNumbers: ReadonlyMap<string, number>,
    /** Begin of the compile unit. */
    private readonly base: number,
  ) {}

  /** Entries of what is inlined anywhere in `scopes`. */
  writeAbstract(scopes: readonly CodeScope[]): void {
    const pending: CodeScope[] = [...scopes];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const inlined of next.inlined) {
        const { declaration } = inlined;
        if (!this.abstract.has(declaration.fullName)) {
          this.abstract.set(declaration.fullName, declaration);
        }
        pending.push(inlined);
      }
    }
    for (const declaration of this.abstract.values()) {
      const inline: Attribute = [DW_AT_inline, unsigned(DW_INL_inlined)];
      const attributes = [...this.declaration(declaration), inline];
      this.entries.begin(DW_TAG_subprogram, true, attributes, declaration);
      for (const [index, local] of declaration.locals.entries()) {
        if (local === undefined) continue;
        const isParameter = index < declaration.parameterCount;
        const tag = isParameter ? DW_TAG_formal_parameter : DW_TAG_variable;
        this.entries.begin(
          tag,
          false,
          [
            [DW_AT_name, text(local.name)],
            [DW_AT_type, reference(local.type)],
          ],
          local,
        );
      }
      this.entries.end();
    }
  }

  write({ name, isGlobal, address, size, scope, begins }: FunctionCode): void {
    const frameBase = Uint8Array.of(DW_OP_call_frame_cfa);
    const origin = scope && this.abstract.get(scope.declaration.fullName);
    const declaration =
      origin !== undefined
        ? [[DW_AT_abstract_origin, reference(origin)] as const]
        : scope !== undefined
          ? this.declaration(scope.declaration)
          : [
              [DW_AT_name, text(shortName(name))] as const,
              ...declarationAttributes(begins, this.fileNumbers),
            ];
    const attributes: Attribute[] = [
      ...declaration,
      [DW_AT_low_pc, { form: DW_FORM_addr, number: address }],
      [DW_AT_high_pc, { form: DW_FORM_data4, number: size }],
      [DW_AT_frame_base, { form: DW_FORM_exprloc, bytes: frameBase }],
    ];
    if (isGlobal) attributes.push([DW_AT_external, { form: DW_FORM_flag_present }]);
    this.entries.begin(DW_TAG_subprogram, scope !== undefined, attributes);
    if (scope === undefined) return;
    this.contents(scope, origin);
    this.entries.end();
  }

  private declaration({ fullName, declared, result }: FunctionDeclaration): Attribute[] {
    const attributes: Attribute[] = [
      [DW_AT_name, text(shortName(fullName))],
      [DW_AT_prototyped, { form: DW_FORM_flag_present }],
      ...declarationAttributes(declared, this.fileNumbers),
    ];
    if (result !== undefined) attributes.push([DW_AT_type, reference(result)]);
    return attributes;
  }

  private contents(scope: CodeScope, origin: FunctionDeclaration | undefined): void {
    const places = new Map(scope.variables.map(({ local, ranges }) => [local, ranges]));
    const { locals, parameterCount } = scope.declaration;
    for (const [index, local] of locals.entries()) {
      if (local === undefined) continue;
      const list = this.locations.list(places.get(index) ?? []);
      const abstract = origin?.locals.at(index);
      const what: Attribute[] =
        abstract === undefined
          ? [
              [DW_AT_name, text(local.name)],
              [DW_AT_type, reference(local.type)],
            ]
          : [[DW_AT_abstract_origin, reference(abstract)]];
      if (list !== undefined) {
        what.push([DW_AT_location, { form: DW_FORM_sec_offset, number: list }]);
      }
      const tag = index < parameterCount ? DW_TAG_formal_parameter : DW_TAG_variable;
      this.entries.begin(tag, false, what);
    }
    for (const inlined of scope.inlined) this.inlined(inlined);
  }

  private inlined(scope: InlinedScope): void {
    const origin = this.abstract.get(scope.declaration.fullName);
    const ranges = scope.ranges.filter(({ start, end }) => start < end);
    if (origin === undefined || ranges.length === 0) return;
    const attributes: Attribute[] = [[DW_AT_abstract_origin, reference(origin)]];
    if (ranges.length === 1) {
      const [{ start, end }] = ranges;
      attributes.push([DW_AT_low_pc, { form: DW_FORM_addr, number: start }]);
      attributes.push([DW_AT_high_pc, { form: DW_FORM_data4, number: end - start }]);
    } else {
      attributes.push([DW_AT_ranges, { form: DW_FORM_sec_offset, number: this.ranges.size }]);
      for (const { start, end } of ranges) {
        this.ranges.u32(start - this.base);
        this.ranges.u32(end - this.base);
      }
      this.ranges.u32(0);
      this.ranges.u32(0);
    }
    const file = scope.call && this.fileNumbers.get(scope.call.file);
    if (scope.call !== undefined && file !== undefined) {
      attributes.push([DW_AT_call_file, unsigned(file)]);
      attributes.push([DW_AT_call_line, unsigned(scope.call.line)]);
    }
    this.entries.begin(DW_TAG_inlined_subroutine, true, attributes);
    this.contents(scope, origin);
    this.entries.end();
  }
}
