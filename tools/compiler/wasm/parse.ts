/** Parses the sections of a WebAssembly module (core specification, section 5.5). */
import {
  type ConstantExpression,
  type DataSegment,
  type ElementSegment,
  type FunctionBody,
  type FunctionType,
  type ValueType,
  valueTypeOf,
  type WasmExport,
  type WasmFunction,
  type WasmGlobal,
  type WasmModule,
} from './module.ts';
import { BinaryReader, WasmFormatError } from './reader.ts';

const MAGIC = 0x6d736100;
const VERSION = 1;

enum SectionId {
  Custom = 0,
  Type = 1,
  Import = 2,
  Function = 3,
  Table = 4,
  Memory = 5,
  Global = 6,
  Export = 7,
  Start = 8,
  Element = 9,
  Code = 10,
  Data = 11,
  DataCount = 12,
}

enum NameSubsection {
  Functions = 1,
  Globals = 7,
}

const EXTERNAL_KINDS = ['function', 'table', 'memory', 'global'] as const;
const FUNCTION_TYPE_FORM = 0x60;

/** The opcodes that constant expressions are made of. */
enum ConstantOpcode {
  End = 0x0b,
  GlobalGet = 0x23,
  I32Const = 0x41,
  I64Const = 0x42,
  F32Const = 0x43,
  F64Const = 0x44,
  RefNull = 0xd0,
  RefFunc = 0xd2,
}

interface ImportedFunction {
  readonly module: string;
  readonly field: string;
  readonly typeIndex: number;
}

/** Sections as they come; names arrive last and are joined to their owners at the end. */
class ModuleParser {
  types: FunctionType[] = [];
  imported: ImportedFunction[] = [];
  functionTypes: number[] = [];
  bodies: FunctionBody[] = [];
  globals: Omit<WasmGlobal, 'name'>[] = [];
  exports: WasmExport[] = [];
  data: DataSegment[] = [];
  elements: ElementSegment[] = [];
  tableSize = 0;
  startFunction: number | undefined;
  functionNames = new Map<number, string>();
  globalNames = new Map<number, string>();

  section(id: number, reader: BinaryReader): void {
    switch (id) {
      case SectionId.Custom:
        if (reader.text() === 'name') this.nameSection(reader);
        break;
      case SectionId.Type:
        this.types = vector(reader, () => functionType(reader));
        break;
      case SectionId.Import:
        vector(reader, () => this.importEntry(reader));
        break;
      case SectionId.Function:
        this.functionTypes = vector(reader, () => reader.unsigned());
        break;
      case SectionId.Table:
        vector(reader, () => {
          reader.byte();
          this.tableSize = limits(reader);
        });
        break;
      case SectionId.Global:
        vector(reader, () => this.globalEntry(reader));
        break;
      case SectionId.Export:
        this.exports = vector(reader, () => exportEntry(reader));
        break;
      case SectionId.Start:
        this.startFunction = reader.unsigned();
        break;
      case SectionId.Element:
        this.elements = vector(reader, () => elementSegment(reader));
        break;
      case SectionId.Code:
        this.bodies = vector(reader, () => functionBody(reader));
        break;
      case SectionId.Data:
        this.data = vector(reader, () => dataSegment(reader));
        break;
      case SectionId.Memory:
      case SectionId.DataCount:
        break;
      default:
        throw new WasmFormatError(`unknown section ${id}`, reader.position);
    }
  }

  private importEntry(reader: BinaryReader): void {
    const module = reader.text();
    const field = reader.text();
    const kind = reader.byte();
    if (kind === 0) {
      this.imported.push({ module, field, typeIndex: reader.unsigned() });
    } else if (kind === 1) {
      reader.byte();
      this.tableSize = limits(reader);
    } else if (kind === 2) {
      limits(reader);
    } else {
      throw new WasmFormatError(`import of a global (${module}.${field})`, reader.position);
    }
  }

  private globalEntry(reader: BinaryReader): void {
    const offset = reader.position;
    const type = valueType(reader);
    const mutable = reader.byte() === 1;
    const initial = constantExpression(reader);
    this.globals.push({ index: this.globals.length, type, mutable, initial, offset });
  }

  private nameSection(reader: BinaryReader): void {
    while (!reader.atEnd) {
      const id = reader.byte();
      const contents = reader.slice(reader.unsigned());
      const names =
        id === NameSubsection.Functions
          ? this.functionNames
          : id === NameSubsection.Globals
            ? this.globalNames
            : undefined;
      if (names !== undefined) {
        vector(contents, () => names.set(contents.unsigned(), contents.text()));
      }
    }
  }

  finish(bytes: Uint8Array): WasmModule {
    const nameOf = (index: number) => this.functionNames.get(index) ?? `function[${index}]`;
    const functions: WasmFunction[] = this.imported.map((entry, index) => ({
      index,
      type: this.types[entry.typeIndex],
      name: nameOf(index),
      imported: { module: entry.module, field: entry.field },
    }));
    if (this.functionTypes.length !== this.bodies.length) {
      throw new WasmFormatError('function and code sections disagree', bytes.length);
    }
    this.bodies.forEach((body, position) => {
      const index = this.imported.length + position;
      const type = this.types[this.functionTypes[position]];
      functions.push({ index, type, name: nameOf(index), body });
    });
    return {
      bytes,
      types: this.types,
      functions,
      globals: this.globals.map((global) => ({
        ...global,
        name: this.globalNames.get(global.index) ?? `global[${global.index}]`,
      })),
      exports: this.exports,
      data: this.data,
      elements: this.elements,
      tableSize: this.tableSize,
      startFunction: this.startFunction,
    };
  }
}

function vector<T>(reader: BinaryReader, element: () => T): T[] {
  const count = reader.unsigned();
  const result: T[] = [];
  for (let i = 0; i < count; i++) result.push(element());
  return result;
}

function valueType(reader: BinaryReader): ValueType {
  const type = valueTypeOf(reader.byte());
  if (type === undefined) throw new WasmFormatError('unknown type', reader.position - 1);
  return type;
}

function functionType(reader: BinaryReader): FunctionType {
  if (reader.byte() !== FUNCTION_TYPE_FORM) {
    throw new WasmFormatError('not a function type', reader.position - 1);
  }
  const parameters = vector(reader, () => valueType(reader));
  return { parameters, results: vector(reader, () => valueType(reader)) };
}

/** Limits of a table or memory; returns the minimum. */
function limits(reader: BinaryReader): number {
  const hasMaximum = (reader.byte() & 1) !== 0;
  const minimum = reader.unsigned();
  if (hasMaximum) reader.unsigned();
  return minimum;
}

function exportEntry(reader: BinaryReader): WasmExport {
  const name = reader.text();
  const kind = EXTERNAL_KINDS.at(reader.byte());
  if (kind === undefined) throw new WasmFormatError('unknown export kind', reader.position - 1);
  return { name, kind, index: reader.unsigned() };
}

function constantExpression(reader: BinaryReader): ConstantExpression {
  let result: ConstantExpression | undefined;
  for (;;) {
    const opcode = reader.byte();
    switch (opcode) {
      case ConstantOpcode.I32Const:
      case ConstantOpcode.I64Const:
        result = { kind: 'integer', value: reader.signed64() };
        break;
      case ConstantOpcode.GlobalGet:
        result = { kind: 'global', index: reader.unsigned() };
        break;
      case ConstantOpcode.F32Const:
        result = { kind: 'float', bits: reader.fixed(4) };
        break;
      case ConstantOpcode.F64Const:
        result = { kind: 'float', bits: reader.fixed(8) };
        break;
      case ConstantOpcode.RefNull:
        reader.byte();
        result = { kind: 'function', index: undefined };
        break;
      case ConstantOpcode.RefFunc:
        result = { kind: 'function', index: reader.unsigned() };
        break;
      case ConstantOpcode.End:
        if (result === undefined) {
          throw new WasmFormatError('empty constant expression', reader.position);
        }
        return result;
      default:
        throw new WasmFormatError('not a constant expression', reader.position - 1);
    }
  }
}

function constantAddress(reader: BinaryReader): number {
  const expression = constantExpression(reader);
  if (expression.kind !== 'integer') {
    throw new WasmFormatError('segment offset is not a constant', reader.position);
  }
  return Number(BigInt.asUintN(32, expression.value));
}

function functionBody(reader: BinaryReader): FunctionBody {
  const contents = reader.slice(reader.unsigned());
  const locals: ValueType[] = [];
  vector(contents, () => {
    const count = contents.unsigned();
    const type = valueType(contents);
    if (locals.length + count > 50_000) {
      throw new WasmFormatError('too many locals', contents.position);
    }
    for (let i = 0; i < count; i++) locals.push(type);
  });
  return { locals, start: contents.position, end: contents.end };
}

function dataSegment(reader: BinaryReader): DataSegment {
  const flags = reader.unsigned();
  if (flags === 2) reader.unsigned();
  const address = flags === 1 ? undefined : constantAddress(reader);
  return { address, bytes: reader.take(reader.unsigned()) };
}

/** Flags of an element segment (core specification, section 5.5.12). */
const ELEMENT_PASSIVE = 1;
const ELEMENT_EXPLICIT = 2;
const ELEMENT_EXPRESSIONS = 4;

function elementSegment(reader: BinaryReader): ElementSegment {
  const flags = reader.unsigned();
  const active = (flags & ELEMENT_PASSIVE) === 0;
  if (active && (flags & ELEMENT_EXPLICIT) !== 0) reader.unsigned();
  const offset = active ? constantAddress(reader) : undefined;
  if ((flags & (ELEMENT_PASSIVE | ELEMENT_EXPLICIT)) !== 0) reader.byte();
  const functions = vector<number | undefined>(reader, () => {
    if ((flags & ELEMENT_EXPRESSIONS) === 0) return reader.unsigned();
    const expression = constantExpression(reader);
    return expression.kind === 'function' ? expression.index : undefined;
  });
  return { offset, functions };
}

/**
 * Decodes a module. Function bodies stay bytes; see instructions.ts.
 * @throws WasmFormatError if the bytes are not a module of the supported version.
 */
export function parseModule(bytes: Uint8Array): WasmModule {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint32(0, true) !== MAGIC) {
    throw new WasmFormatError('not a WebAssembly module', 0);
  }
  if (view.getUint32(4, true) !== VERSION) throw new WasmFormatError('unknown version', 4);
  const reader = new BinaryReader(bytes, 8);
  const parser = new ModuleParser();
  while (!reader.atEnd) {
    const id = reader.byte();
    parser.section(id, reader.slice(reader.unsigned()));
  }
  return parser.finish(bytes);
}
