/**
 * Layouts: where the compiler has put the fields of classes, and the values of constants, for tools
 * that look into a guest's memory. They come from the compiler itself, so they cannot disagree with
 * the code.
 */
import { Class, PropertyPrototype } from 'assemblyscript';
import { Transform } from 'assemblyscript/transform';
import { ValueType, type WasmModule } from './wasm/module.ts';

export interface FieldLayout {
  readonly name: string;
  /** Bytes from the start of the object. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** As the source has it: `u32`, or a class's full name, with ` | null` where it may be null. */
  readonly type: string;
}

export interface ClassLayout {
  /** Bytes, without padding at the end. */
  readonly size: number;
  /** In the order of their offsets, those of base classes included. */
  readonly fields: readonly FieldLayout[];
}

export interface Layouts {
  /** `@unmanaged` classes by full name, as `kernels/core/slab/Slab`. */
  readonly classes: Readonly<Record<string, ClassLayout>>;
  /** Integer constants of 32 bits, and addresses of static memory, by full name; unsigned. */
  readonly constants: Readonly<Record<string, number>>;
}

type Program = Parameters<NonNullable<Transform['afterInitialize']>>[0];

/** A transform for asc (its `transforms` option) that keeps the program to be asked afterwards. */
export class LayoutCollector extends Transform {
  private compiled: Program | undefined;

  override afterInitialize(program: Program): void {
    this.compiled = program;
  }

  /** @param module as asc compiled it, before its optimiser dropped constants */
  layoutsWith(module: WasmModule): Layouts {
    const classes: Record<string, ClassLayout> = {};
    for (const [name, element] of this.compiled?.instancesByName ?? []) {
      if (element instanceof Class && element.type.isUnmanaged && isOwn(name)) {
        classes[name] = layoutOf(element);
      }
    }
    const constants: Record<string, number> = {};
    for (const { name, type, mutable, initial } of module.globals) {
      if (mutable || type !== ValueType.I32 || initial.kind !== 'integer' || !isOwn(name)) continue;
      constants[name] = Number(BigInt.asUintN(32, initial.value));
    }
    return { classes: sortKeys(classes), constants: sortKeys(constants) };
  }
}

/** The library's own names are of no use outside. */
function isOwn(name: string): boolean {
  return !name.startsWith('~') && name.includes('/');
}

function layoutOf(element: Class): ClassLayout {
  const fields: FieldLayout[] = [];
  for (const [name, member] of element.members ?? []) {
    if (!(member instanceof PropertyPrototype) || member.instance?.isField !== true) continue;
    const { memoryOffset: offset, type } = member.instance;
    fields.push({ name, offset, size: type.byteSize, type: type.toString() });
  }
  fields.sort((left, right) => left.offset - right.offset);
  return { size: element.nextMemoryOffset, fields };
}

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}
