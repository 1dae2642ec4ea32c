/** Writes small WebAssembly modules for tests. */
import { ValueType } from '../wasm/module.ts';
import { Opcode } from '../wasm/opcodes.ts';

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128. */
export function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && (byte & 0x40) === 0) || (rest === -1n && (byte & 0x40) !== 0)) {
      bytes.push(byte);
      return bytes;
    }
    bytes.push(byte | 0x80);
  }
}

export function i32Const(value: number): number[] {
  return [Opcode.I32Const, ...signed(BigInt(value | 0))];
}

export function i64Const(value: bigint): number[] {
  return [Opcode.I64Const, ...signed(BigInt.asIntN(64, value))];
}

function bytesOf(length: number, write: (view: DataView) => void): number[] {
  const view = new DataView(new ArrayBuffer(length));
  write(view);
  return [...new Uint8Array(view.buffer)];
}

export function f32Const(value: number): number[] {
  return [Opcode.F32Const, ...bytesOf(4, (view) => view.setFloat32(0, value, true))];
}

export function f64Const(value: number): number[] {
  return [Opcode.F64Const, ...bytesOf(8, (view) => view.setFloat64(0, value, true))];
}

/** An opcode, with its prefix if it has one. */
export function instruction(opcode: number): number[] {
  return opcode > 0xff ? [opcode >> 8, ...unsigned(opcode & 0xff)] : [opcode];
}

function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  return [...unsigned(bytes.length), ...bytes];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, contents: readonly number[]): number[] {
  return [id, ...unsigned(contents.length), ...contents];
}

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface FunctionSource extends Signature {
  readonly name: string;
  readonly locals: readonly ValueType[];
  /** Instructions without the final `end`. */
  readonly code: readonly number[];
}

export interface ImportSource extends Signature {
  readonly module: string;
  readonly field: string;
}

export interface GlobalSource {
  readonly name: string;
  readonly type: ValueType;
  /** Rounded for a floating-point one. */
  readonly value: bigint;
}

export interface ModuleSource {
  readonly imports?: readonly ImportSource[];
  readonly functions: readonly FunctionSource[];
  readonly globals?: readonly GlobalSource[];
  /** Function indices that the table holds from entry 1 on. */
  readonly table?: readonly number[];
  readonly extraTypes?: readonly Signature[];
}

function constantOf(type: ValueType, value: bigint): number[] {
  switch (type) {
    case ValueType.I64:
      return i64Const(value);
    case ValueType.F32:
      return f32Const(Number(value));
    case ValueType.F64:
      return f64Const(Number(value));
    default:
      return i32Const(Number(value));
  }
}

const EMPTY: readonly never[] = [];

/** The bytes of a module that exports all its functions and globals, and `memory` of one page. */
export function writeModule(source: ModuleSource): Uint8Array<ArrayBuffer> {
  const { imports = EMPTY, globals = EMPTY, table = EMPTY, extraTypes = EMPTY, functions } = source;
  const types = [...imports, ...functions, ...extraTypes].map(({ parameters, results }) => [
    0x60,
    ...vector(parameters.map((type) => [type])),
    ...vector(results.map((type) => [type])),
  ]);
  const bodies = functions.map(({ locals, code }) => {
    const body = [...vector(locals.map((type) => [1, type])), ...code, Opcode.End];
    return [...unsigned(body.length), ...body];
  });
  const exports = [
    ...functions.map(({ name }, i) => [...text(name), 0, ...unsigned(imports.length + i)]),
    ...globals.map(({ name }, i) => [...text(name), 3, ...unsigned(i)]),
    [...text('memory'), 2, 0],
  ];
  const bytes = [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(
      2,
      vector(
        imports.map(({ module, field }, i) => [...text(module), ...text(field), 0, ...unsigned(i)]),
      ),
    ),
    ...section(3, vector(functions.map((_, i) => unsigned(imports.length + i)))),
    ...section(4, vector([[0x70, 0, ...unsigned(table.length + 1)]])),
    ...section(5, vector([[0, 1]])),
    ...section(
      6,
      vector(globals.map(({ type, value }) => [type, 1, ...constantOf(type, value), Opcode.End])),
    ),
    ...section(7, vector(exports)),
    ...section(
      9,
      table.length === 0
        ? [0]
        : vector([
            [0, ...i32Const(1), Opcode.End, ...vector(table.map((index) => unsigned(index)))],
          ]),
    ),
    ...section(10, vector(bodies)),
  ];
  return Uint8Array.from(bytes);
}
