/** A decoded WebAssembly module: what the rest of the compiler needs of it. */

/** The encodings of the value types (core specification, section 5.3). */
export enum ValueType {
  I32 = 0x7f,
  I64 = 0x7e,
  F32 = 0x7d,
  F64 = 0x7c,
  V128 = 0x7b,
  FunctionReference = 0x70,
  ExternReference = 0x6f,
}

const VALUE_TYPES: ReadonlyMap<number, ValueType> = new Map(
  [
    ValueType.I32,
    ValueType.I64,
    ValueType.F32,
    ValueType.F64,
    ValueType.V128,
    ValueType.FunctionReference,
    ValueType.ExternReference,
  ].map((type) => [type, type]),
);

/** The value type that a byte encodes, if there is one. */
export function valueTypeOf(byte: number): ValueType | undefined {
  return VALUE_TYPES.get(byte);
}

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface WasmFunction {
  readonly index: number;
  readonly type: FunctionType;
  /** From the name section; `function[INDEX]` without one. */
  readonly name: string;
  /** Where an imported function comes from. */
  readonly imported?: { readonly module: string; readonly field: string };
  readonly body?: FunctionBody;
}

export interface FunctionBody {
  /** Types of the declared locals, after the parameters. */
  readonly locals: readonly ValueType[];
  /** Byte range of the instructions in the file, the final `end` included. */
  readonly start: number;
  readonly end: number;
}

/** Value of a constant expression: a number, or a function by index. */
export type ConstantExpression =
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'global'; readonly index: number }
  | { readonly kind: 'function'; readonly index: number | undefined }
  | { readonly kind: 'float'; readonly bits: bigint };

export interface WasmGlobal {
  readonly index: number;
  readonly type: ValueType;
  readonly mutable: boolean;
  readonly name: string;
  readonly initial: ConstantExpression;
  /** Byte offset of the declaration in the file. */
  readonly offset: number;
}

export interface DataSegment {
  /** Address; undefined for a passive segment. */
  readonly address: number | undefined;
  readonly bytes: Uint8Array;
}

export interface ElementSegment {
  /** First table index; undefined for a passive or declarative segment. */
  readonly offset: number | undefined;
  readonly functions: readonly (number | undefined)[];
}

export interface WasmExport {
  readonly name: string;
  readonly kind: 'function' | 'table' | 'memory' | 'global';
  readonly index: number;
}

export interface WasmModule {
  readonly bytes: Uint8Array;
  readonly types: readonly FunctionType[];
  readonly functions: readonly WasmFunction[];
  readonly globals: readonly WasmGlobal[];
  readonly exports: readonly WasmExport[];
  readonly data: readonly DataSegment[];
  readonly elements: readonly ElementSegment[];
  /** Entries of table 0; 0 without one. */
  readonly tableSize: number;
  readonly startFunction: number | undefined;
}
