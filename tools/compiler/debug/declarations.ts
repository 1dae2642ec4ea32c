/**
 * What the source declares, for debuggers: functions with their locals, classes, enums, globals.
 * It comes from asc's program after the compilation, when every type has been resolved.
 */
import { Class, Enum, EnumValue, Function, Global, PropertyPrototype } from 'assemblyscript';
import { Transform } from 'assemblyscript/transform';
import { ValueType } from '../wasm/module.ts';
import type { DeclaredFunction } from './local-order.ts';
import type {
  DebugType,
  Declaration,
  EnumerationType,
  LocalDeclaration,
  StructureMember,
} from '../../linker/debug-information.ts';

type Program = Parameters<NonNullable<Transform['afterInitialize']>>[0];
type Type = Class['type'];
type DeclarationNode = Class['declaration'];

export interface GlobalDeclaration {
  readonly type: DebugType;
  readonly declared: Declaration | undefined;
}

/** By asc's internal names, which are those in the module. */
export interface ProgramDeclarations {
  readonly functions: ReadonlyMap<string, DeclaredFunction>;
  readonly globals: ReadonlyMap<string, GlobalDeclaration>;
  readonly types: readonly DebugType[];
}

/** asc names locals of its own by their numbers. */
const OWN_NAME = /^\d/;
const LIBRARY_PREFIX = '~lib/';
/** Bytes of an enum's value: asc makes them i32. */
const ENUM_SIZE = 4;
/** Bytes of an i32. */
const WORD = 4;

/** A transform for asc (its `transforms` option) that keeps the program to be asked afterwards. */
export class DeclarationCollector extends Transform {
  private compiled: Program | undefined;

  override afterInitialize(program: Program): void {
    this.compiled = program;
  }

  /**
   * @param placeName the repository path of a source that asc names
   * @param hasLocals the module has the locals of the source, because no optimiser has been at it
   */
  declarations(placeName: (source: string) => string, hasLocals: boolean): ProgramDeclarations {
    return new ProgramReader(placeName, hasLocals).read(this.compiled);
  }
}

class ProgramReader {
  private readonly classes = new Map<Class, DebugType>();
  private readonly bases = new Map<string, DebugType>();

  constructor(
    private readonly placeName: (source: string) => string,
    private readonly hasLocals: boolean,
  ) {}

  read(program: Program | undefined): ProgramDeclarations {
    const functions = new Map<string, DeclaredFunction>();
    const globals = new Map<string, GlobalDeclaration>();
    const types: DebugType[] = [];
    for (const [name, element] of program?.instancesByName ?? []) {
      if (element instanceof Function) functions.set(name, this.functionOf(element));
      else if (element instanceof Class && element.type.isUnmanaged) {
        if (!name.startsWith(LIBRARY_PREFIX)) types.push(this.structureOf(element));
      }
    }
    for (const [name, element] of program?.elementsByName ?? []) {
      if (name.startsWith(LIBRARY_PREFIX) || !name.includes('/')) continue;
      if (element instanceof Global) {
        const type = this.typeOf(element.type);
        if (type !== undefined) globals.set(name, { type, declared: this.placeOf(element) });
      } else if (element instanceof Enum) {
        const enumeration = this.enumerationOf(element);
        if (enumeration.values.length > 0) types.push(enumeration);
      }
    }
    return { functions, globals, types };
  }

  private placeOf({ declaration }: { declaration: DeclarationNode }): Declaration | undefined {
    const { range } = declaration.name;
    const file = this.placeName(range.source.normalizedPath);
    if (file.startsWith(LIBRARY_PREFIX)) return undefined;
    return { file, line: range.source.lineAt(range.start) };
  }

  private functionOf(fn: Function): DeclaredFunction {
    const { signature, localsByIndex } = fn;
    const parameterCount = signature.parameterTypes.length + (signature.thisType === null ? 0 : 1);
    const locals = this.hasLocals
      ? localsByIndex.map((local) => this.localOf(local.name, local.type))
      : [];
    const declaration = {
      fullName: fn.internalName,
      declared: this.placeOf(fn),
      result: this.typeOf(signature.returnType),
      parameterCount,
      locals,
    };
    return { declaration, localTypes: localsByIndex.map(({ type }) => valueTypeOf(type)) };
  }

  private localOf(name: string, type: Type): LocalDeclaration | undefined {
    const described = OWN_NAME.test(name) ? undefined : this.typeOf(type);
    return described === undefined ? undefined : { name, type: described };
  }

  /** Undefined for `void`. */
  private typeOf(type: Type): DebugType | undefined {
    const { byteSize: size } = type;
    if (size === 0) return undefined;
    const target = type.getClass();
    if (target !== null) {
      // A pointer to the first of the elements, so that it can be indexed.
      const elements = target.prototype.name === 'StaticArray' ? target.typeArguments : null;
      const pointed = elements === null ? this.structureOf(target) : this.typeOf(elements[0]);
      return { kind: 'pointer', target: pointed };
    }
    const name = type.isFunction ? 'usize' : type.toString();
    let known = this.bases.get(name);
    if (known === undefined) {
      const encoding = type.isBooleanValue
        ? 'boolean'
        : type.isFloatValue
          ? 'float'
          : type.isSignedIntegerValue
            ? 'signed'
            : 'unsigned';
      known = { kind: 'base', name, size, encoding };
      this.bases.set(name, known);
    }
    return known;
  }

  private structureOf(element: Class): DebugType {
    const known = this.classes.get(element);
    if (known !== undefined) return known;
    const members: StructureMember[] = [];
    const { name, internalName: fullName, nextMemoryOffset: size } = element;
    const declared = this.placeOf(element);
    const structure = { kind: 'structure', name, fullName, size, declared, members } as const;
    this.classes.set(element, structure);
    for (const [name, member] of element.members ?? []) {
      if (!(member instanceof PropertyPrototype) || member.instance?.isField !== true) continue;
      const { memoryOffset: offset, type } = member.instance;
      const described = this.typeOf(type);
      if (described !== undefined) members.push({ name, offset, type: described });
    }
    members.sort((left, right) => left.offset - right.offset);
    return structure;
  }

  private enumerationOf(element: Enum): EnumerationType {
    const values: { name: string; value: number }[] = [];
    for (const [name, member] of element.members ?? []) {
      if (!(member instanceof EnumValue)) continue;
      const value = lowWord(member.constantIntegerValue);
      if (value !== undefined) values.push({ name, value });
    }
    const { name, internalName: fullName } = element;
    const declared = this.placeOf(element);
    return { kind: 'enumeration', name, fullName, size: ENUM_SIZE, declared, values };
  }
}

/** asc's 64-bit integers are objects of two words here, whatever their declaration says. */
function lowWord(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('low' in value)) return undefined;
  return typeof value.low === 'number' ? value.low : undefined;
}

function valueTypeOf(type: Type): ValueType {
  const isWide = type.byteSize > WORD;
  if (type.isFloatValue) return isWide ? ValueType.F64 : ValueType.F32;
  return isWide ? ValueType.I64 : ValueType.I32;
}
