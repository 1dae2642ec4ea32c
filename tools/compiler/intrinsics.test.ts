/** Module `rv`: what each intrinsic becomes, and that accesses keep their places around it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CSR_ADDRESSES } from '../../machine/hart/csr-addresses.ts';
import { compileModule } from './compile.ts';
import { findRvImport } from './intrinsics.ts';
import { INTEGER_TARGET } from './target.ts';
import {
  type FunctionSource,
  type ImportSource,
  i32Const,
  unsigned,
  writeModule,
} from './testing/wasm-writer.ts';
import { ValueType } from './wasm/module.ts';
import { Opcode } from './wasm/opcodes.ts';

const { I32, I64 } = ValueType;

function rv(field: string, parameters: number, results: readonly ValueType[]): ImportSource {
  return { module: 'rv', field, parameters: new Array<ValueType>(parameters).fill(I32), results };
}

/** The machine words of function `f`, whose code the module's one import and `code` make up. */
function compile(imported: ImportSource, code: number[], results: ValueType[] = []): number[] {
  const fn: FunctionSource = {
    name: 'f',
    parameters: new Array<ValueType>(8).fill(I32),
    results,
    locals: [],
    code,
  };
  const bytes = writeModule({ imports: [imported], functions: [fn] });
  const options = {
    memoryBase: 0,
    moduleName: 'm',
    target: { ...INTEGER_TARGET, compressed: false },
  };
  const { object, diagnostics } = compileModule(bytes, options);
  expect(diagnostics).toEqual([]);
  const text = object?.sections.find(({ name }) => name === '.text.f');
  if (text === undefined) throw new Error('there is no code for f');
  const view = new DataView(text.bytes.buffer);
  return Array.from({ length: text.size / 4 }, (_, i) => view.getUint32(i * 4, true));
}

const local = (index: number) => [Opcode.LocalGet, index];
const call = [Opcode.Call, 0];
const RETURN = 0x00008067;
const A0 = 10;
const A1 = 11;

const funct3 = (word: number) => (word >>> 12) & 7;
const opcode = (word: number) => word & 0x7f;
const rd = (word: number) => (word >>> 7) & 31;
const rs1 = (word: number) => (word >>> 15) & 31;
const SYSTEM = 0x73;
const LOAD = 0x03;
const STORE = 0x23;

describe('one instruction each', () => {
  test('csrr reads into the result register', () => {
    const [read, back] = compile(rv('csrr_mcause', 0, [I32]), call, [I32]);
    expect([opcode(read), rd(read), rs1(read), read >>> 20]).toEqual([
      SYSTEM,
      A0,
      0,
      CSR_ADDRESSES.mcause,
    ]);
    expect(back).toBe(RETURN);
  });

  test('csrw takes a small constant as immediate and a large one from a register', () => {
    const [small] = compile(rv('csrw_satp', 1, []), [...i32Const(31), ...call]);
    expect([funct3(small), rd(small), rs1(small)]).toEqual([5, 0, 31]);
    const words = compile(rv('csrw_satp', 1, []), [...i32Const(32), ...call]);
    expect(words.map(opcode)).toEqual([0x13, SYSTEM, 0x67]);
    expect(funct3(words[1])).toBe(1);
  });

  test('a csr read whose value is not used is still there', () => {
    const words = compile(rv('csrr_mcause', 0, [I32]), [...call, Opcode.Drop]);
    expect(words.map(opcode)).toEqual([SYSTEM, 0x67]);
  });

  test('volatile loads fold constant offsets and are never merged or dropped', () => {
    const address = [...local(0), ...i32Const(4), Opcode.I32Add];
    const load = [...address, ...call];
    const words = compile(
      rv('lw', 1, [I32]),
      [...load, Opcode.Drop, ...load, ...load, Opcode.I32Add],
      [I32],
    );
    const loads = words.filter((word) => opcode(word) === LOAD);
    expect(loads.map((word) => [rs1(word), word >>> 20])).toEqual([
      [A0, 4],
      [A0, 4],
      [A0, 4],
    ]);
  });

  test('volatile stores of one place all happen', () => {
    const store = [...local(0), ...local(1), ...call];
    const words = compile(rv('sb', 2, []), [...store, ...store]);
    expect(words.map(opcode)).toEqual([STORE, STORE, 0x67]);
  });

  test('atomics carry acquire and release', () => {
    const [amo] = compile(rv('amoadd_w', 2, [I32]), [...local(0), ...local(1), ...call], [I32]);
    expect(amo >>> 0).toBe(
      ((0b0000011 << 25) | (A1 << 20) | (A0 << 15) | (2 << 12) | (A0 << 7) | 0x2f) >>> 0,
    );
  });

  test('sfence.vma by address space leaves rs1 zero', () => {
    const [fence] = compile(rv('sfence_vma_asid', 1, []), [...local(1), ...call]);
    expect([rs1(fence), (fence >>> 20) & 31]).toEqual([0, A1]);
  });

  test('ecall passes eight registers and keeps what is not a0 or a1 out of them', () => {
    const operands = [7, 6, 5, 4, 3, 2, 1, 0].flatMap(local);
    const words = compile(rv('ecall', 8, [I64]), [...operands, ...call], [I64]);
    expect(words.filter((word) => word === 0x73)).toHaveLength(1);
    expect(words.at(-1)).toBe(RETURN);
  });
});

test('an unknown intrinsic and a wrong declaration are errors', () => {
  const unknown = writeModule({ imports: [rv('lwu', 1, [I32])], functions: [] });
  expect(
    compileModule(unknown, { memoryBase: 0, moduleName: 'm' }).diagnostics[0].message,
  ).toContain('module rv has no intrinsic lwu');
  const fn = {
    name: 'f',
    parameters: [],
    results: [],
    locals: [],
    code: [...i32Const(0), ...call],
  };
  const wrong = writeModule({ imports: [rv('wfi', 1, [])], functions: [fn] });
  expect(compileModule(wrong, { memoryBase: 0, moduleName: 'm' }).diagnostics[0].message).toContain(
    'wrong type',
  );
});

/**
 * Plain accesses before and after each intrinsic: the loads on both sides of it must both be there,
 * in order, and so must the stores.
 */
describe('no plain access is moved or merged across', () => {
  const barriers: readonly (readonly [string, number, readonly ValueType[]])[] = [
    ['fence', 0, []],
    ['wfi', 0, []],
    ['csrr_time', 0, [I32]],
    ['csrw_satp', 1, []],
    ['csrrc_mstatus', 1, [I32]],
    ['lw', 1, [I32]],
    ['sw', 2, []],
    ['amoswap_w', 2, [I32]],
    ['lr_w', 1, [I32]],
    ['sfence_vma_all', 0, []],
    ['ecall', 8, [I64]],
  ];
  const memory = [0, ...unsigned(16)];
  const load = [...local(2), Opcode.I32Load, ...memory];
  const store = [...local(2), ...local(3), Opcode.I32Store, ...memory];
  const isBarrier = (word: number) => ![LOAD, STORE, 0x13, 0x33, 0x37, 0x67].includes(opcode(word));

  test.each(barriers)('%s', (field, parameters, results) => {
    const operands = Array.from({ length: parameters }, (_, i) => local(i)).flat();
    const drop = results.length > 0 ? [Opcode.Drop] : [];
    const barrier = [...operands, ...call, ...drop];
    const code = [...load, ...barrier, ...load, Opcode.I32Add, ...store, ...barrier, ...store];
    const words = compile(rv(field, parameters, results), code, [I32]);
    const isAccess = (word: number) => opcode(word) === LOAD || opcode(word) === STORE;
    // Saved registers are accessed through sp; what is left is what the source says.
    const kinds = words
      .filter((word) => rs1(word) !== 2 || !isAccess(word))
      .flatMap((word) => {
        if (isBarrier(word)) return ['barrier'];
        if (!isAccess(word)) return [];
        const offset = opcode(word) === LOAD ? word >>> 20 : ((word >>> 25) << 5) | rd(word);
        const kind = opcode(word) === LOAD ? 'load' : 'store';
        return offset === 16 ? [kind] : ['barrier'];
      });
    const expected = ['load', 'barrier', 'load', 'store', 'barrier', 'store'];
    expect(kinds).toEqual(expected);
  });
});

test('every function that target code can import from rv is known', () => {
  const declarations = readFileSync(
    fileURLToPath(new URL('../../userland/abi/rv.ts', import.meta.url)),
    'utf8',
  );
  const names = [...declarations.matchAll(/export declare function (\w+)/g)].map(
    ([, name]) => name,
  );
  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name) => findRvImport(name) === undefined)).toEqual([]);
});
