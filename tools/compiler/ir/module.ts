/** The functions of a module that can be reached, in SSA form, and who calls whom. */
import type { FunctionBody, WasmFunction } from '../wasm/module.ts';
import { constructFunction } from './construct.ts';
import type { IrFunction } from './function.ts';
import { type Instruction, Op } from './instruction.ts';
import type { ModuleContext } from './module-context.ts';

export interface ModuleFunction {
  readonly symbol: string;
  readonly wasm: WasmFunction;
  readonly body: FunctionBody;
  readonly fn: IrFunction;
}

/** Constructs `wasm`; undefined if it cannot be compiled, which has been reported. */
export type ConstructFunction = (
  wasm: WasmFunction,
  construct: () => IrFunction,
) => IrFunction | undefined;

export class IrModule {
  /** By symbol: what can be reached from outside, the start function or the function table. */
  readonly functions = new Map<string, ModuleFunction>();
  /** Symbols that something outside of the module's own code refers to. */
  readonly roots = new Set<string>();
  private readonly bySymbol = new Map<string, WasmFunction>();

  constructor(
    readonly context: ModuleContext,
    construct: ConstructFunction,
  ) {
    const { module, functionSymbols } = context;
    for (const fn of module.functions) {
      if (fn.body !== undefined) this.bySymbol.set(functionSymbols[fn.index], fn);
    }
    for (const { kind, index } of module.exports) {
      if (kind === 'function') this.roots.add(functionSymbols[index]);
    }
    if (module.startFunction !== undefined) this.roots.add(functionSymbols[module.startFunction]);
    this.reach([...this.roots], (symbol) => this.construct(symbol, construct));
  }

  private construct(symbol: string, construct: ConstructFunction): ModuleFunction | undefined {
    const wasm = this.bySymbol.get(symbol);
    const body = wasm?.body;
    if (wasm === undefined || body === undefined) return undefined;
    const fn = construct(wasm, () => constructFunction(this.context, wasm, body, symbol));
    if (fn === undefined) return undefined;
    const entry = { symbol, wasm, body, fn };
    this.functions.set(symbol, entry);
    return entry;
  }

  /** Calls `visit` once for every function that can be reached from `start`. */
  private reach(
    start: string[],
    visit: (symbol: string) => ModuleFunction | undefined,
  ): Set<string> {
    const reached = new Set<string>(start);
    const pending = start;
    const { tableSymbol } = this.context;
    for (let symbol = pending.pop(); symbol !== undefined; symbol = pending.pop()) {
      const entry = visit(symbol);
      if (entry === undefined) continue;
      for (const referred of symbolsIn(entry.fn)) {
        if (reached.has(referred)) continue;
        reached.add(referred);
        if (referred !== tableSymbol) {
          pending.push(referred);
          continue;
        }
        for (const inTable of this.tableFunctions()) {
          if (!reached.has(inTable)) pending.push(inTable);
          reached.add(inTable);
        }
      }
    }
    return reached;
  }

  /** Symbols of the functions that the table holds. */
  tableFunctions(): string[] {
    const { module, functionSymbols } = this.context;
    return module.elements.flatMap(({ functions }) =>
      functions.flatMap((index) => (index === undefined ? [] : [functionSymbols[index]])),
    );
  }

  /** Some code looks into the function table. */
  get usesTable(): boolean {
    return this.reach([...this.roots], (symbol) => this.functions.get(symbol)).has(
      this.context.tableSymbol,
    );
  }

  /** Forgets what nothing refers to any more. */
  removeUnreachable(): void {
    const reached = this.reach([...this.roots], (symbol) => this.functions.get(symbol));
    for (const symbol of this.functions.keys()) {
      if (!reached.has(symbol)) this.functions.delete(symbol);
    }
  }
}

/** Names that a function's code mentions: of functions, tables and data. */
export function symbolsIn(fn: IrFunction): Set<string> {
  const symbols = new Set<string>();
  const note = ({ op, symbol }: Instruction): void => {
    if (symbol !== undefined && op !== Op.JumpTable) symbols.add(symbol);
  };
  for (const { instructions } of fn.blocks) {
    for (const instruction of instructions) {
      note(instruction);
      instruction.operands.forEach(note);
    }
  }
  return symbols;
}
