/** The back end's face: a WebAssembly module in, a relocatable RV32 object out. */
import {
  type ObjectFile,
  type ObjectSection,
  type ObjectSymbol,
  RelocationType,
  type SourcePosition,
} from '../linker/object.ts';
import type { FinishedCode } from './codegen/code-buffer.ts';
import { CodeTooLargeError } from './codegen/code-layout.ts';
import { bitsOfDoubleConstant } from './codegen/float-constants.ts';
import type { GlobalVariable } from '../linker/debug-information.ts';
import type { ProgramDeclarations } from './debug/declarations.ts';
import { describeSection } from './debug/section-debug.ts';
import { type Place, SourceMap } from './debug/source-map.ts';
import { placedSources, sourcePositions } from './debug/source-positions.ts';
import { type Diagnostic, UnsupportedError } from './diagnostics.ts';
import type { Source } from './ir/source.ts';
import { IrModule, type ModuleFunction } from './ir/module.ts';
import { ModuleContext } from './ir/module-context.ts';
import { dataSections, doubleConstant } from './object-data.ts';
import { type PassObserver, generateCode, optimiseModule } from './pipeline.ts';
import { INTEGER_TARGET, type Target, objectFlags } from './target.ts';
import type { WasmFunction } from './wasm/module.ts';
import { parseModule } from './wasm/parse.ts';
import { WasmFormatError } from './wasm/reader.ts';

export interface CompileOptions {
  /** JSON of the source map that came with the module. */
  readonly sourceMap?: string;
  /** Address that asc was given for static data. */
  readonly memoryBase: number;
  /** Address behind the static data, if it is known to reach beyond the last segment. */
  readonly staticDataEnd?: number;
  /** Extensions and calling convention; integers only unless given. */
  readonly target?: Target;
  /** Names the object and its module-wide symbols. */
  readonly moduleName: string;
  /** What the source declares, for debuggers. */
  readonly declarations?: ProgramDeclarations;
  /** Sees every function after every pass. */
  readonly observePasses?: PassObserver;
}

export interface CompileResult {
  /** Undefined if there are errors. */
  readonly object: ObjectFile | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

const WORD_ALIGNMENT = 4;
const HALFWORD_ALIGNMENT = 2;

/** Compiles a module. Reports what cannot be compiled as diagnostics with their source places. */
export function compileModule(wasm: Uint8Array, options: CompileOptions): CompileResult {
  const map = options.sourceMap === undefined ? undefined : new SourceMap(options.sourceMap);
  const diagnostics: Diagnostic[] = [];
  const report = (error: unknown, fn?: WasmFunction): void => {
    const body = fn?.body;
    const known =
      error instanceof UnsupportedError ||
      error instanceof WasmFormatError ||
      error instanceof CodeTooLargeError;
    if (!known) throw error;
    const offset = 'offset' in error ? error.offset : body?.start;
    const place =
      body === undefined || offset === undefined
        ? undefined
        : map?.lookupNear(offset, body.start, body.end);
    diagnostics.push({
      severity: 'error',
      message: fn === undefined ? error.message : `${error.message} (in ${fn.name})`,
      file: place?.file ?? options.moduleName,
      line: place?.line ?? 0,
      column: place?.column ?? 0,
      sourceLine: place === undefined ? '' : (map?.sourceLine(place) ?? ''),
    });
  };
  try {
    const context = new ModuleContext(
      parseModule(wasm),
      options.moduleName,
      options.target ?? INTEGER_TARGET,
      options.declarations?.functions,
    );
    const attempt = <T>(fn: WasmFunction, work: () => T): T | undefined => {
      try {
        return work();
      } catch (error) {
        report(error, fn);
        return undefined;
      }
    };
    const module = new IrModule(context, attempt);
    optimiseModule(module, options.observePasses);
    const builder = new ObjectBuilder(module, map, options);
    const functions = [...module.functions.values()].sort((a, b) => a.wasm.index - b.wasm.index);
    for (const entry of functions) attempt(entry.wasm, () => builder.addFunction(entry));
    const object = builder.finish();
    return { object: diagnostics.length > 0 ? undefined : object, diagnostics };
  } catch (error) {
    report(error);
    return { object: undefined, diagnostics };
  }
}

class ObjectBuilder {
  private readonly sections: ObjectSection[] = [];
  private readonly symbols: ObjectSymbol[] = [];
  private readonly target: Target;

  constructor(
    private readonly module: IrModule,
    private readonly map: SourceMap | undefined,
    private readonly options: CompileOptions,
  ) {
    this.target = module.context.target;
  }

  addFunction({ symbol, wasm, fn }: ModuleFunction): void {
    const emitted = generateCode(fn, this.target, this.options.observePasses);
    const { map } = this;
    const code = map === undefined ? emitted : { ...emitted, sources: placedSources(map, emitted) };
    const name = `.text.${symbol}`;
    this.sections.push({
      name,
      kind: 'text',
      align: this.target.compressed ? HALFWORD_ALIGNMENT : WORD_ALIGNMENT,
      relaxable: true,
      bytes: code.bytes,
      size: code.bytes.length,
      relocations: code.relocations,
      positions: this.positions(code, wasm),
      trapSites: code.trapSites,
      debug: describeSection(this.module.context, (site) => this.placeOfCall(site), wasm, code),
    });
    for (const global of this.globalNames(wasm)) {
      this.symbols.push(functionSymbol(global, name, code.bytes.length, 'global'));
    }
    if (this.globalNames(wasm).length === 0) {
      this.symbols.push(functionSymbol(symbol, name, code.bytes.length, 'local'));
    }
    for (const table of fn.branchTables) {
      if (table.targets.every((target) => !code.labels.has(target))) continue;
      this.addBranchTable(
        table.symbol,
        symbol,
        table.targets.map((target) => code.labels.get(target) ?? 0),
      );
    }
  }

  /** Export names; the start function has its own. */
  private globalNames(wasm: WasmFunction): string[] {
    const { context } = this.module;
    const names = context.module.exports
      .filter((entry) => entry.kind === 'function' && entry.index === wasm.index)
      .map((entry) => entry.name);
    const own = context.functionSymbols[wasm.index];
    const isStart = wasm.index === context.module.startFunction;
    return isStart ? [own, ...names.filter((name) => name !== own)] : names;
  }

  private addBranchTable(symbol: string, fn: string, offsets: readonly number[]): void {
    const size = offsets.length * 4;
    const section = `.rodata.${symbol}`;
    this.sections.push({
      name: section,
      kind: 'rodata',
      align: 4,
      bytes: new Uint8Array(size),
      size,
      relocations: offsets.map((addend, index) => ({
        offset: index * 4,
        type: RelocationType.R_RISCV_32,
        symbol: fn,
        addend,
      })),
      positions: [],
      trapSites: [],
    });
    this.symbols.push({ name: symbol, section, value: 0, size, binding: 'local', type: 'object' });
  }

  private placeOfCall({ fn: { body }, offset }: Source): Place | undefined {
    return body && this.map?.lookupNear(offset, body.start, body.end);
  }

  private positions(code: FinishedCode, wasm: WasmFunction): SourcePosition[] {
    const { map } = this;
    return map === undefined ? [] : sourcePositions(map, wasm, code.sources);
  }

  /** The floating-point constants that code loads. */
  private addDoubleConstants(): void {
    const used = new Set(
      this.sections.flatMap(({ relocations }) => relocations.map(({ symbol }) => symbol)),
    );
    for (const symbol of used) {
      const bits = bitsOfDoubleConstant(symbol);
      if (bits === undefined) continue;
      const { section, definition } = doubleConstant(symbol, bits);
      this.sections.push(section);
      this.symbols.push(definition);
    }
  }

  finish(): ObjectFile {
    const { sections, symbols } = dataSections(this.module, this.options);
    this.sections.push(...sections);
    this.symbols.push(...symbols);
    this.addDoubleConstants();
    const defined = new Set(this.symbols.map((symbol) => symbol.name));
    for (const section of this.sections) {
      for (const { symbol } of section.relocations) {
        if (defined.has(symbol)) continue;
        defined.add(symbol);
        this.symbols.push({
          name: symbol,
          section: undefined,
          value: 0,
          size: 0,
          binding: 'global',
          type: 'notype',
        });
      }
    }
    return {
      name: this.options.moduleName,
      flags: objectFlags(this.target),
      sections: this.sections,
      symbols: this.symbols,
      debug: { types: this.options.declarations?.types ?? [], globals: this.globals() },
    };
  }

  /** Variables that the source declares, and constants. */
  private globals(): GlobalVariable[] {
    const { context } = this.module;
    const globals: GlobalVariable[] = [];
    for (const global of context.module.globals) {
      const declaration = this.options.declarations?.globals.get(global.name);
      if (declaration === undefined) continue;
      const constant = context.constantValue(global);
      if (constant === undefined && !global.mutable) continue;
      const place =
        constant === undefined ? { symbol: context.globalSymbol(global) } : { constant };
      globals.push({ fullName: global.name, ...declaration, place });
    }
    return globals;
  }
}

function functionSymbol(
  name: string,
  section: string,
  size: number,
  binding: 'local' | 'global',
): ObjectSymbol {
  return { name, section, value: 0, size, binding, type: 'func' };
}
