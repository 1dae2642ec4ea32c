/**
 * The symbols of one pass over the source. What this pass has not reached yet is looked up in the
 * pass before it, so that the second pass already knows every forward reference.
 */
import { StatementError } from './assembly-error.ts';
import { sameBase, type Value } from './expression.ts';

export type SymbolBinding = 'local' | 'global' | 'weak';
export type SymbolType = 'func' | 'object' | 'notype';

/** What directives have said of a symbol, wherever it is defined. */
export interface SymbolAttributes {
  binding: SymbolBinding;
  type: SymbolType;
  size: bigint;
}

/** Names that begin so are dropped from the object. */
export const PRIVATE_PREFIX = '.L';

export class SymbolTable {
  readonly #values = new Map<string, Value>();
  readonly #labels = new Set<string>();
  readonly #attributes = new Map<string, SymbolAttributes>();
  readonly #localLabelCounts = new Map<string, number>();
  readonly #previous: SymbolTable | undefined;

  /** @param previous The table of the pass before, undefined in the first. */
  constructor(previous: SymbolTable | undefined) {
    this.#previous = previous;
  }

  /** False in the first pass, in which forward references are still unknown. */
  get hasPrevious(): boolean {
    return this.#previous !== undefined;
  }

  get values(): ReadonlyMap<string, Value> {
    return this.#values;
  }

  get attributes(): ReadonlyMap<string, SymbolAttributes> {
    return this.#attributes;
  }

  /** Defines a label; a second definition is an error. */
  defineLabel(name: string, place: Value): void {
    if (this.#values.has(name)) throw new StatementError(`symbol '${name}' is already defined`);
    this.#values.set(name, place);
    this.#labels.add(name);
  }

  /** Defines a numeric label, which may be defined any number of times. */
  defineLocalLabel(label: string, place: Value): void {
    const count = (this.#localLabelCounts.get(label) ?? 0) + 1;
    this.#localLabelCounts.set(label, count);
    this.#values.set(localLabelName(label, count), place);
  }

  /** Sets a symbol, as `.set` does: any number of times, but not over a label. */
  assign(name: string, value: Value): void {
    if (this.#labels.has(name)) throw new StatementError(`symbol '${name}' is already defined`);
    this.#values.set(name, value);
  }

  /** True if this pass has defined the symbol already. */
  isDefined(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value of a symbol; one that is defined nowhere, or weak, is for the linker to find. */
  lookUp(name: string): Value {
    const value = this.#values.get(name) ?? this.#previous?.values.get(name);
    const binding = (this.#attributes.get(name) ?? this.#previous?.attributes.get(name))?.binding;
    if (value === undefined || (binding === 'weak' && value.base !== undefined)) {
      return { base: { kind: 'symbol', name }, offset: 0n };
    }
    return value;
  }

  lookUpLocalLabel(label: string, forward: boolean): Value {
    const count = (this.#localLabelCounts.get(label) ?? 0) + (forward ? 1 : 0);
    const name = localLabelName(label, count);
    const value = this.#values.get(name) ?? this.#previous?.values.get(name);
    if (value !== undefined) return value;
    if (forward && this.#previous === undefined) {
      return { base: { kind: 'symbol', name }, offset: 0n };
    }
    const direction = forward ? 'after' : 'before';
    throw new StatementError(`there is no label ${label} ${direction} this line`);
  }

  /** The attributes of a symbol, for a directive to change. */
  attributesOf(name: string): SymbolAttributes {
    const known = this.#attributes.get(name);
    if (known !== undefined) return known;
    const fresh: SymbolAttributes = { binding: 'local', type: 'notype', size: 0n };
    this.#attributes.set(name, fresh);
    return fresh;
  }

  /** True if the pass before ended with the same values: nothing is left to settle. */
  isSettled(): boolean {
    const previous = this.#previous;
    if (previous?.values.size !== this.#values.size) return false;
    for (const [name, value] of this.#values) {
      const before = previous.values.get(name);
      if (before?.offset !== value.offset || !sameBase(before.base, value.base)) return false;
    }
    return true;
  }
}

function localLabelName(label: string, count: number): string {
  return `${PRIVATE_PREFIX}${label}#${count}`;
}
