/** Modules, whole and damaged. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileModule } from '../compile.ts';
import { i64Const, unsigned, writeModule } from '../testing/wasm-writer.ts';
import { decodeBody } from './instructions.ts';
import { ValueType } from './module.ts';
import { Opcode } from './opcodes.ts';
import { parseModule } from './parse.ts';
import { BinaryReader, WasmFormatError } from './reader.ts';

const { I32, I64 } = ValueType;

const sample = writeModule({
  imports: [{ module: 'rv', field: 'lw', parameters: [I32], results: [I32] }],
  globals: [{ name: 'count', type: I64, value: -5n }],
  functions: [
    {
      name: 'main',
      parameters: [I32, I64],
      results: [I32],
      locals: [I64],
      code: [...i64Const(-(1n << 63n)), Opcode.Drop, Opcode.LocalGet, 0, Opcode.Call, 0],
    },
  ],
  table: [1],
});

test('a module comes back as it was written', () => {
  const module = parseModule(sample);
  expect(module.functions[0].imported).toEqual({ module: 'rv', field: 'lw' });
  const [, main] = module.functions;
  expect(main.type).toEqual({ parameters: [I32, I64], results: [I32] });
  expect(main.body?.locals).toEqual([I64]);
  expect(module.globals[0]).toMatchObject({ type: I64, mutable: true, initial: { value: -5n } });
  expect(module.elements).toEqual([{ offset: 1, functions: [1] }]);
  expect(module.tableSize).toBe(2);
  const code = main.body === undefined ? [] : decodeBody(module, main.body);
  expect(code.map(({ opcode }) => opcode)).toEqual([
    Opcode.I64Const,
    Opcode.Drop,
    Opcode.LocalGet,
    Opcode.Call,
    Opcode.End,
  ]);
  expect(code[0].wide).toBe(-(1n << 63n));
});

test('integers of any length are read as they were written', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (value) => {
      expect(new BinaryReader(Uint8Array.from(i64Const(value).slice(1))).signed64()).toBe(value);
    }),
  );
  fc.assert(
    fc.property(fc.nat(0xffffffff), (value) => {
      expect(new BinaryReader(Uint8Array.from(unsigned(value))).unsigned()).toBe(value);
    }),
  );
});

test('what is not a module is refused, with the place', () => {
  expect(() => parseModule(Uint8Array.from([1, 2, 3]))).toThrow(WasmFormatError);
  const version = sample.slice();
  version[4] = 2;
  expect(() => parseModule(version)).toThrow('unknown version at byte 0x4');
  const { diagnostics } = compileModule(version, { memoryBase: 0, moduleName: 'broken' });
  expect(diagnostics).toMatchObject([{ severity: 'error', file: 'broken' }]);
});

test('a module cut short anywhere is refused', () => {
  fc.assert(
    fc.property(fc.nat(sample.length - 1), (length) => {
      // A cut between sections leaves a shorter module, which lacks its code or its names.
      try {
        parseModule(sample.slice(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(WasmFormatError);
      }
    }),
  );
});
