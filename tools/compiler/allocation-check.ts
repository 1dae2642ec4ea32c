/**
 * Looks at the module between asc and its optimiser, while every function is still there by name:
 * who could allocate managed objects after start-up, and where static data end.
 */
import binaryen from 'assemblyscript/binaryen';
import { Transform } from 'assemblyscript/transform';
import { type Place, SourceMap } from './debug/source-map.ts';
import { HEAP_BASE_EXPORT } from './ir/module-context.ts';
import { decodeBody } from './wasm/instructions.ts';
import type { WasmModule } from './wasm/module.ts';
import { Opcode } from './wasm/opcodes.ts';
import { parseModule } from './wasm/parse.ts';

const HEAP_BASE = '~lib/memory/__heap_base';
/** The runtimes' functions that create and resize managed objects. */
const ALLOCATORS = /^~lib\/rt\/.*\/(__new|__renew)$/;

/** A way to an allocator that code can take after start-up. */
export interface Allocation {
  /** The function that allocates, and its callers up to one that is reachable from outside. */
  readonly chain: readonly string[];
  readonly place: Place | undefined;
}

/** A transform for asc (its `transforms` option). */
export class AllocationCheck extends Transform {
  allocations: readonly Allocation[] = [];
  staticDataEnd: number | undefined;
  /** The module as asc compiled it, before optimisation. */
  module: WasmModule | undefined;

  /** Called by asc with the module as it compiled it, before optimisation. */
  override afterCompile(module: unknown): void {
    if (!isBinaryenModule(module)) throw new TypeError('asc passed no module');
    keepHeapBase(module);
    binaryen.setDebugInfo(true);
    const { binary, sourceMap } = module.emitBinary('module.wasm.map');
    if (sourceMap === null) throw new TypeError('binaryen wrote no source map');
    const parsed = parseModule(binary);
    this.module = parsed;
    this.allocations = findAllocations(parsed, new SourceMap(sourceMap));
    // The optimiser drops segments of zeros, and asc states a heap base only where there is a heap.
    const ends = parsed.data.map(({ address, bytes }) => (address ?? 0) + bytes.length);
    if (ends.length > 0) this.staticDataEnd = Math.max(...ends);
  }
}

/** asc declares its own Module type here, but passes one of binaryen.js. */
function isBinaryenModule(module: unknown): module is binaryen.Module {
  return (
    typeof module === 'object' &&
    module !== null &&
    'emitBinary' in module &&
    typeof module.emitBinary === 'function'
  );
}

/**
 * asc believes that the heap begins where static data end, and states that as a constant. The image
 * ends later: globals and zeros follow. As an exported variable the base survives the optimiser, and
 * the back end puts the linker's symbol in its place.
 */
function keepHeapBase(module: binaryen.Module): void {
  const global = module.getGlobal(HEAP_BASE);
  if (global === 0) return;
  module.removeGlobal(HEAP_BASE);
  module.addGlobal(HEAP_BASE, binaryen.i32, true, module.i32.const(0));
  module.addGlobalExport(HEAP_BASE, HEAP_BASE_EXPORT);
}

interface Call {
  readonly caller: number;
  /** Byte offset of the call in the module. */
  readonly offset: number;
}

/** What can run after start-up: exports and functions whose address is taken, and their callees. */
function findAllocations(module: WasmModule, sourceMap: SourceMap): Allocation[] {
  const reachedBy = new Map<number, Call | undefined>();
  const pending: number[] = [];
  const reach = (index: number, call: Call | undefined) => {
    if (reachedBy.has(index)) return;
    reachedBy.set(index, call);
    pending.push(index);
  };
  for (const { kind, index } of module.exports) if (kind === 'function') reach(index, undefined);
  for (const { functions } of module.elements) {
    for (const index of functions) if (index !== undefined) reach(index, undefined);
  }
  const allocations: Allocation[] = [];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const fn = module.functions[index];
    if (ALLOCATORS.test(fn.name)) {
      allocations.push(describe(module, reachedBy, index, sourceMap));
      continue;
    }
    if (fn.body === undefined) continue;
    for (const { opcode, immediate, offset } of decodeBody(module, fn.body)) {
      if (opcode === Opcode.Call) reach(immediate, { caller: index, offset });
    }
  }
  return allocations;
}

/** The place is that of the innermost call outside of asc's library. */
function describe(
  module: WasmModule,
  reachedBy: ReadonlyMap<number, Call | undefined>,
  allocator: number,
  sourceMap: SourceMap,
): Allocation {
  const chain: string[] = [];
  let place: Place | undefined;
  for (let call = reachedBy.get(allocator); call !== undefined; call = reachedBy.get(call.caller)) {
    const { name, body } = module.functions[call.caller];
    chain.push(name);
    if (place === undefined && body !== undefined && !name.startsWith('~lib/')) {
      place = sourceMap.lookupNear(call.offset, body.start, body.end);
    }
  }
  return { chain, place };
}
