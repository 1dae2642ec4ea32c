/**
 * What memory is known to hold at a point of the code. A global of the module is in no place that
 * a pointer can reach (WebAssembly keeps it outside of memory), so that stores through pointers and
 * stores to globals leave each other's contents known.
 */
import { type Instruction, Op, accessSize } from '../ir/instruction.ts';
import { isGlobalSymbol } from '../ir/module-context.ts';

/** Of stores that leave exactly what the load of the place finds. */
const LOADS_OF_STORED: ReadonlyMap<Op, Op> = new Map([
  [Op.StoreWord, Op.LoadWord],
  [Op.StoreSingle, Op.LoadSingle],
  [Op.StoreDouble, Op.LoadDouble],
]);

interface Content {
  readonly base: Instruction;
  readonly offset: number;
  readonly size: number;
  readonly value: Instruction;
}

/** One global differs from another, and from what pointers reach. */
function regionOf({ op, symbol = '' }: Instruction): string {
  return op === Op.SymbolAddress && isGlobalSymbol(symbol) ? symbol : '';
}

function mayOverlap(a: Content, base: Instruction, offset: number, size: number): boolean {
  if (regionOf(a.base) !== regionOf(base)) return false;
  if (a.base !== base && regionOf(base) === '') return true;
  // Places of one global are told by the addends of its addresses, others by their offsets alone.
  const from = a.base.op === Op.SymbolAddress ? a.base.immediate + a.offset : a.offset;
  const other = base.op === Op.SymbolAddress ? base.immediate + offset : offset;
  return from < other + size && other < from + a.size;
}

export class KnownMemory {
  private constructor(private readonly contents: Map<string, Content>) {}

  static empty(): KnownMemory {
    return new KnownMemory(new Map());
  }

  /** What holds whichever of several ways has been taken. */
  static common([first, ...others]: readonly KnownMemory[]): KnownMemory {
    const contents = new Map<string, Content>();
    for (const [key, content] of first.contents) {
      if (others.every((other) => other.contents.get(key)?.value === content.value)) {
        contents.set(key, content);
      }
    }
    return new KnownMemory(contents);
  }

  copy(): KnownMemory {
    return new KnownMemory(new Map(this.contents));
  }

  forget(): void {
    this.contents.clear();
  }

  private keyOf(op: Op, base: Instruction, offset: number): string {
    return `${op}:${base.id}:${offset}`;
  }

  /** The value that `load` finds. */
  find(load: Instruction): Instruction | undefined {
    return this.contents.get(this.keyOf(load.op, load.operands[0], load.immediate))?.value;
  }

  noteLoad(load: Instruction): void {
    this.note(load.op, load, load);
  }

  private note(op: Op, { operands, immediate }: Instruction, value: Instruction): void {
    const [base] = operands;
    const content = { base, offset: immediate, size: accessSize(op), value };
    this.contents.set(this.keyOf(op, base, immediate), content);
  }

  /** Forgets what `store` may change; what was just stored whole is what a load of the place would find. */
  noteStore(store: Instruction): void {
    const [base, value] = store.operands;
    const size = accessSize(store.op);
    for (const [key, content] of this.contents) {
      if (mayOverlap(content, base, store.immediate, size)) this.contents.delete(key);
    }
    const load = LOADS_OF_STORED.get(store.op);
    if (load !== undefined) this.note(load, store, value);
  }
}
