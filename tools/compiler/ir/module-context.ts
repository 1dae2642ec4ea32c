/** What translating one function needs to know of its module: symbols for everything it can name. */
import { UnsupportedError } from '../diagnostics.ts';
import { type RvImport, findRvImport } from '../intrinsics.ts';
import { type DeclaredFunction, inModuleOrder } from '../debug/local-order.ts';
import type { FunctionDeclaration } from '../../linker/debug-information.ts';
import type { Target } from '../target.ts';
import type { FunctionType, WasmFunction, WasmGlobal, WasmModule } from '../wasm/module.ts';

/** Run-time routines and hooks that translated code calls by name. */
export const SYMBOL_MEMORY_SIZE = '__memory_size';
export const SYMBOL_MEMORY_GROW = '__memory_grow';
export const SYMBOL_START = '__wasm_start';
/** Linker symbol of the first address behind the image: where asc's heap may begin. */
export const SYMBOL_IMAGE_END = '__image_end';
/** Export name of the global that stands for it; see allocation-check.ts. */
export const HEAP_BASE_EXPORT = '__heap_base';
/** Entries of the function table: code address, then type identity. */
export const TABLE_ENTRY_SHIFT = 3;
export const TABLE_TYPE_OFFSET = 4;

const GLOBAL_PREFIX = 'global:';

/** The symbol is one of the module's globals. */
export function isGlobalSymbol(symbol: string): boolean {
  return symbol.startsWith(GLOBAL_PREFIX);
}

export class ModuleContext {
  /** By function index. */
  readonly functionSymbols: readonly string[];
  readonly tableSymbol: string;
  private readonly declarations: readonly (FunctionDeclaration | undefined)[];
  private readonly rvImports = new Map<number, RvImport>();
  private readonly typeIdentities = new Map<string, number>();

  /** @throws UnsupportedError if module `rv` has no such intrinsic. */
  constructor(
    readonly module: WasmModule,
    readonly moduleName: string,
    readonly target: Target,
    /** What the source says of functions, by their names in the module. */
    declared: ReadonlyMap<string, DeclaredFunction> = new Map(),
  ) {
    const exported = new Map<number, string>();
    for (const entry of module.exports) {
      if (entry.kind === 'function' && !exported.has(entry.index)) {
        exported.set(entry.index, entry.name);
      }
    }
    this.functionSymbols = module.functions.map((fn) => {
      if (fn.imported !== undefined) return fn.imported.field;
      if (fn.index === module.startFunction) return SYMBOL_START;
      return exported.get(fn.index) ?? fn.name;
    });
    this.declarations = module.functions.map((fn) => {
      const found = declared.get(fn.name);
      return found && inModuleOrder(found, fn);
    });
    this.tableSymbol = `${moduleName}.function_table`;
    for (const fn of module.functions) {
      if (fn.imported?.module !== 'rv') continue;
      const meaning = findRvImport(fn.imported.field);
      if (meaning === undefined) {
        throw new UnsupportedError(`module rv has no intrinsic ${fn.imported.field}`, 0);
      }
      this.rvImports.set(fn.index, meaning);
    }
  }

  /** The intrinsic behind an imported function; undefined for ordinary functions. */
  rvImport(fn: WasmFunction): RvImport | undefined {
    return this.rvImports.get(fn.index);
  }

  declarationOf(fn: WasmFunction): FunctionDeclaration | undefined {
    return this.declarations[fn.index];
  }

  /** A number that is equal for equal types and never 0. */
  typeIdentity(type: FunctionType): number {
    const key = `${type.parameters.join()}:${type.results.join()}`;
    let identity = this.typeIdentities.get(key);
    if (identity === undefined) {
      identity = this.typeIdentities.size + 1;
      this.typeIdentities.set(key, identity);
    }
    return identity;
  }

  /** The global that asc takes the start of its heap from. */
  isHeapBase(global: WasmGlobal): boolean {
    return this.module.exports.some(
      ({ kind, name, index }) =>
        kind === 'global' && name === HEAP_BASE_EXPORT && index === global.index,
    );
  }

  globalSymbol(global: WasmGlobal): string {
    return `${GLOBAL_PREFIX}${global.name}`;
  }

  /** Of a global that never changes: its value, i64 and f64 as 64 bits. */
  constantValue(global: WasmGlobal): bigint | undefined {
    if (global.mutable) return undefined;
    return this.initialValue(global);
  }

  /** The value a global starts with, of a float its bits; undefined if it is not a number. */
  initialValue(global: WasmGlobal): bigint | undefined {
    const { initial } = global;
    if (initial.kind === 'integer') return initial.value;
    if (initial.kind === 'float') return initial.bits;
    if (initial.kind === 'global') return this.initialValue(this.module.globals[initial.index]);
    return undefined;
  }
}
