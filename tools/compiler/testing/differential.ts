/** Runs one module under Node's WebAssembly and on the machine, and says where they differ. */
import { type CompileOptions, compileModule } from '../compile.ts';
import type { ObjectFile } from '../../linker/object.ts';
import { ValueType } from '../wasm/module.ts';
import { ARENA_BYTES, BASE_GLOBAL, type RandomProgram } from './random-program.ts';
import { ARENA, BudgetExceededError, TargetProgram } from './target-program.ts';

/** Where the arena lies in Node's memory. */
const HOST_BASE = 1024;
const MEMORY_BASE = 0x8010_0000;
const TARGET_BUDGET = 20_000_000;

/** A module that must compile. */
export function compileForTest(
  bytes: Uint8Array,
  observePasses?: CompileOptions['observePasses'],
): ObjectFile {
  const { object, diagnostics } = compileModule(bytes, {
    memoryBase: MEMORY_BASE,
    moduleName: 'random',
    ...(observePasses === undefined ? {} : { observePasses }),
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

function argumentFor(type: ValueType, seed: bigint): bigint {
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
      return type === ValueType.I64 ? value : Number(value);
    });
    const value = (entry as (...values: unknown[]) => number | bigint | undefined)(...values);
    result = value === undefined ? 'nothing' : String(value);
  } catch (error) {
    if (!isTrap(error)) throw error;
    result = 'trap';
  }
  const globals = program.globals.slice(1).map(({ name }) => {
    const global = exports[name];
    return global instanceof WebAssembly.Global ? String(global.value) : 'missing';
  });
  return { result, globals: globals.join(), memory: arena.slice() };
}

function integer(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer);
  return bytes.length === 8 ? view.getBigInt64(0, true) : BigInt(view.getInt32(0, true));
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
  const words = argumentWords(
    main.parameters,
    main.parameters.map((type, i) => argumentFor(type, inputs[i % inputs.length])),
  );
  const outcome = target.call(main.name, words, TARGET_BUDGET);
  let result: string;
  if (outcome.trap !== undefined) {
    result = 'trap';
  } else if (main.results.length === 0) {
    result = 'nothing';
  } else if (main.results[0] === ValueType.I64) {
    result = String((BigInt(outcome.high) << 32n) | BigInt(outcome.low >>> 0));
  } else {
    result = String(outcome.low);
  }
  const globals = program.globals.slice(1).map(({ name, type }) => {
    const size = type === ValueType.I64 ? 8 : 4;
    return String(integer(target.readMemory(target.address(name), size)));
  });
  return { result, globals: globals.join(), memory: target.readMemory(ARENA, ARENA_BYTES) };
}

/** Argument words in the order of the ilp32 convention, with its padding on the stack. */
export function argumentWords(types: readonly ValueType[], values: readonly bigint[]): number[] {
  const words: number[] = [];
  types.forEach((type, i) => {
    if (type === ValueType.I64) {
      if (words.length > 8 && words.length % 2 === 1) words.push(0);
      words.push(Number(BigInt.asIntN(32, values[i])), Number(BigInt.asIntN(32, values[i] >> 32n)));
    } else {
      words.push(Number(BigInt.asIntN(32, values[i])));
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
    target = runOnTarget(program, compileForTest(program.bytes, observePasses), inputs);
  } catch (error) {
    if (error instanceof BudgetExceededError) return 'the target does not finish';
    throw error;
  }
  if (host.result !== target.result) return `result ${host.result} became ${target.result}`;
  if (host.globals !== target.globals) return `globals ${host.globals} became ${target.globals}`;
  const different = host.memory.findIndex((byte, i) => byte !== target.memory[i]);
  return different < 0 ? undefined : `memory differs at ${different}`;
}
