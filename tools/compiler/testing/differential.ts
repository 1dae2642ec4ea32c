/** Runs one module under Node's WebAssembly and on the machine, and says where they differ. */
import { type CompileOptions, compileModule } from '../compile.ts';
import type { ObjectFile } from '../../linker/object.ts';
import { kindOfType } from '../ir/arguments.ts';
import { bitsOfNumber, numberOfBits } from '../ir/float-bits.ts';
import { ValueKind } from '../ir/instruction.ts';
import { FLOAT_TARGET } from '../target.ts';
import { ValueType } from '../wasm/module.ts';
import { ARENA_BYTES, BASE_GLOBAL, type RandomProgram } from './random-program.ts';
import { ARENA, BudgetExceededError, TargetProgram } from './target-program.ts';

/** Where the arena lies in Node's memory. */
const HOST_BASE = 1024;
const MEMORY_BASE = 0x8010_0000;
const FLOAT_ARGUMENTS = 8;
const TARGET_BUDGET = 20_000_000;

/** A module that must compile. */
export function compileForTest(
  bytes: Uint8Array,
  options: Pick<CompileOptions, 'observePasses' | 'target'> = {},
): ObjectFile {
  const { object, diagnostics } = compileModule(bytes, {
    memoryBase: MEMORY_BASE,
    moduleName: 'random',
    ...options,
  });
  if (object === undefined) throw new Error(diagnostics.map((entry) => entry.message).join('\n'));
  return object;
}

/** What a call left behind, in a form that compares. */
interface Outcome {
  readonly result: string;
  readonly globals: string;
  readonly memory: Uint8Array;
}

function argumentFor(type: ValueType, seed: bigint): bigint | number {
  // Every size of exponent, and no NaN.
  if (type === ValueType.F64) return Number(seed) * 2 ** Number(seed % 1000n);
  if (type === ValueType.F32) return Math.fround(Number(seed) * 2 ** Number(seed % 100n));
  return type === ValueType.I64 ? BigInt.asIntN(64, seed) : BigInt.asIntN(32, seed);
}

function arenaContents(): Uint8Array {
  return Uint8Array.from({ length: ARENA_BYTES }, (_, i) => (i * 167 + (i >> 8)) & 0xff);
}

function isTrap(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError;
}

function runOnHost(program: RandomProgram, inputs: readonly bigint[]): Outcome {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(program.bytes));
  const { exports } = instance;
  const { memory } = exports;
  const base = exports[BASE_GLOBAL];
  if (!(memory instanceof WebAssembly.Memory) || !(base instanceof WebAssembly.Global)) {
    throw new TypeError('the module lacks its exports');
  }
  base.value = HOST_BASE;
  const arena = new Uint8Array(memory.buffer, HOST_BASE, ARENA_BYTES);
  arena.set(arenaContents());
  const [main] = program.functions;
  const entry = exports[main.name];
  if (typeof entry !== 'function') throw new TypeError('the module lacks its entry');
  let result: string;
  try {
    const values = main.parameters.map((type, i) => {
      const value = argumentFor(type, inputs[i % inputs.length]);
      return type === ValueType.I32 ? Number(value) : value;
    });
    const value = (entry as (...values: unknown[]) => number | bigint | undefined)(...values);
    result = value === undefined ? 'nothing' : textOf(value);
  } catch (error) {
    if (!isTrap(error)) throw error;
    result = 'trap';
  }
  const globals = program.globals.slice(1).map(({ name }) => {
    const global = exports[name];
    return global instanceof WebAssembly.Global ? textOf(global.value) : 'missing';
  });
  return { result, globals: globals.join(), memory: arena.slice() };
}

/** NaNs are all alike; zeros are not. */
function textOf(value: unknown): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function textInMemory(type: ValueType, bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer);
  switch (type) {
    case ValueType.I64:
      return String(view.getBigInt64(0, true));
    case ValueType.F32:
      return textOf(view.getFloat32(0, true));
    case ValueType.F64:
      return textOf(view.getFloat64(0, true));
    default:
      return String(view.getInt32(0, true));
  }
}

function runOnTarget(
  program: RandomProgram,
  object: ObjectFile,
  inputs: readonly bigint[],
): Outcome {
  const [main] = program.functions;
  const names = program.globals.map(({ name }) => name);
  const target = new TargetProgram([object], [main.name, ...names]);
  const base = new Uint8Array(4);
  new DataView(base.buffer).setUint32(0, ARENA, true);
  target.writeMemory(target.address(BASE_GLOBAL), base);
  target.writeMemory(ARENA, arenaContents());
  const values = main.parameters.map((type, i) => argumentFor(type, inputs[i % inputs.length]));
  const words = argumentWords(main.parameters, values);
  const floats = floatArguments(main.parameters, values);
  const outcome = target.call(main.name, words, TARGET_BUDGET, floats);
  let result: string;
  if (outcome.trap !== undefined) {
    result = 'trap';
  } else if (main.results.length === 0) {
    result = 'nothing';
  } else if (main.results[0] === ValueType.I64) {
    result = String((BigInt(outcome.high) << 32n) | BigInt(outcome.low >>> 0));
  } else if (isFloat(main.results[0])) {
    const kind = kindOfType(main.results[0]);
    const bits = BigInt.asUintN(kind === ValueKind.Double ? 64 : 32, outcome.float);
    result = textOf(numberOfBits(kind, bits));
  } else {
    result = String(outcome.low);
  }
  const globals = program.globals.slice(1).map(({ name, type }) => {
    const isWide = type === ValueType.I64 || type === ValueType.F64;
    return textInMemory(type, target.readMemory(target.address(name), isWide ? 8 : 4));
  });
  return { result, globals: globals.join(), memory: target.readMemory(ARENA, ARENA_BYTES) };
}

function isFloat(type: ValueType): boolean {
  return type === ValueType.F32 || type === ValueType.F64;
}

/** The bits of a value in an integer register or a pair of those, or in memory. */
function bitsOf(type: ValueType, value: number | bigint): bigint {
  return isFloat(type) ? bitsOfNumber(kindOfType(type), Number(value)) : BigInt(value);
}

/** The bits for fa0 … fa7 of the first floating-point arguments; a single has ones above it. */
export function floatArguments(
  types: readonly ValueType[],
  values: readonly (number | bigint)[],
): bigint[] {
  return types
    .flatMap((type, i) => {
      if (!isFloat(type)) return [];
      const bits = bitsOf(type, values[i]);
      return [type === ValueType.F32 ? bits | (0xffff_ffffn << 32n) : bits];
    })
    .slice(0, FLOAT_ARGUMENTS);
}

/**
 * Argument words in the order of the ilp32d convention, with its padding on the stack: integers, and
 * floating-point arguments beyond the eighth.
 */
export function argumentWords(
  types: readonly ValueType[],
  values: readonly (number | bigint)[],
): number[] {
  const words: number[] = [];
  let floats = 0;
  types.forEach((type, i) => {
    if (isFloat(type) && floats++ < FLOAT_ARGUMENTS) return;
    const bits = bitsOf(type, values[i]);
    if (type === ValueType.I64 || type === ValueType.F64) {
      if (words.length > 8 && words.length % 2 === 1) words.push(0);
      words.push(Number(BigInt.asIntN(32, bits)), Number(BigInt.asIntN(32, bits >> 32n)));
    } else {
      words.push(Number(BigInt.asIntN(32, bits)));
    }
  });
  return words;
}

/**
 * Undefined if both sides agree, else what differs. Agreement covers result or trap, globals and
 * memory.
 */
export function compareRuns(
  program: RandomProgram,
  inputs: readonly bigint[],
  observePasses?: CompileOptions['observePasses'],
): string | undefined {
  const host = runOnHost(program, inputs);
  let target: Outcome;
  try {
    target = runOnTarget(
      program,
      compileForTest(program.bytes, {
        target: FLOAT_TARGET,
        ...(observePasses === undefined ? {} : { observePasses }),
      }),
      inputs,
    );
  } catch (error) {
    if (error instanceof BudgetExceededError) return 'the target does not finish';
    throw error;
  }
  if (host.result !== target.result) return `result ${host.result} became ${target.result}`;
  if (host.globals !== target.globals) return `globals ${host.globals} became ${target.globals}`;
  const different = host.memory.findIndex((byte, i) => byte !== target.memory[i]);
  return different < 0 ? undefined : `memory differs at ${different}`;
}
