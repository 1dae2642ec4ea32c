/** Who calls whom in a module, and in which order functions are to be looked at. */
import type { IrFunction } from './function.ts';
import { type Instruction, Op } from './instruction.ts';
import type { IrModule } from './module.ts';

/** Direct calls of functions of the module, in the order of the blocks. */
export function directCalls(module: IrModule, fn: IrFunction): Instruction[] {
  const calls: Instruction[] = [];
  for (const { instructions } of fn.blocks) {
    for (const instruction of instructions) {
      const { op, symbol } = instruction;
      if (op === Op.Call && symbol !== undefined && module.functions.has(symbol)) {
        calls.push(instruction);
      }
    }
  }
  return calls;
}

export interface BottomUp {
  /** Symbols, callees before callers except in cycles. */
  readonly order: readonly string[];
  /** By symbol, a number that functions share if each can reach the other. */
  readonly component: ReadonlyMap<string, number>;
}

interface Visit {
  readonly symbol: string;
  readonly callees: readonly string[];
  next: number;
}

/** Tarjan's algorithm for strongly connected components, without recursion. */
export function bottomUpOrder(module: IrModule): BottomUp {
  const order: string[] = [];
  const component = new Map<string, number>();
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const visits: Visit[] = [];

  const enter = (symbol: string): void => {
    index.set(symbol, index.size);
    low.set(symbol, index.size - 1);
    open.push(symbol);
    const entry = module.functions.get(symbol);
    const calls = entry === undefined ? [] : directCalls(module, entry.fn);
    const callees = new Set(calls.map((call) => call.symbol ?? ''));
    visits.push({ symbol, callees: [...callees], next: 0 });
  };
  const lower = (symbol: string, value: number): void => {
    low.set(symbol, Math.min(low.get(symbol) ?? value, value));
  };
  const leave = (symbol: string): void => {
    order.push(symbol);
    if (low.get(symbol) !== index.get(symbol)) return;
    const first = open.lastIndexOf(symbol);
    for (const member of open.splice(first)) component.set(member, index.get(symbol) ?? 0);
  };
  for (const root of module.functions.keys()) {
    if (index.has(root)) continue;
    enter(root);
    while (visits.length > 0) {
      const visit = visits[visits.length - 1];
      if (visit.next < visit.callees.length) {
        const callee = visit.callees[visit.next++];
        if (!index.has(callee)) enter(callee);
        else if (!component.has(callee)) lower(visit.symbol, index.get(callee) ?? 0);
        continue;
      }
      visits.pop();
      leave(visit.symbol);
      if (visits.length === 0) break;
      lower(visits[visits.length - 1].symbol, low.get(visit.symbol) ?? 0);
    }
  }
  return { order, component };
}
