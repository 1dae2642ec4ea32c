/**
 * What objects tell debuggers beside line positions: declarations, types, where variables are and
 * how to find a caller's frame. A model of what DWARF can say, in the terms of our sources; the
 * offsets in it are byte offsets in the section that it belongs to.
 */

/** Where something is declared. */
export interface Declaration {
  /** Repository path. */
  readonly file: string;
  readonly line: number;
}

export interface BaseType {
  readonly kind: 'base';
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly encoding: 'signed' | 'unsigned' | 'boolean' | 'float';
}

export interface PointerType {
  readonly kind: 'pointer';
  /** Undefined: it is not known what is there. */
  readonly target: DebugType | undefined;
}

export interface StructureMember {
  readonly name: string;
  /** Bytes from the start of the object. */
  readonly offset: number;
  readonly type: DebugType;
}

/** A class: variables of its type are pointers to it. */
export interface StructureType {
  readonly kind: 'structure';
  /** As in the source: `Slab<Thread>`. */
  readonly name: string;
  /** With the path of its file. */
  readonly fullName: string;
  /** Bytes. */
  readonly size: number;
  readonly declared: Declaration | undefined;
  /** By offset, those of base classes included. */
  readonly members: readonly StructureMember[];
}

export interface EnumerationType {
  readonly kind: 'enumeration';
  readonly name: string;
  readonly fullName: string;
  /** Bytes of the number that holds a value. */
  readonly size: number;
  readonly declared: Declaration | undefined;
  readonly values: readonly { readonly name: string; readonly value: number }[];
}

export type DebugType = BaseType | PointerType | StructureType | EnumerationType;

export interface LocalDeclaration {
  readonly name: string;
  readonly type: DebugType;
}

/** A function as it is declared, whatever became of its code. */
export interface FunctionDeclaration {
  /** Path of the file and name: `kernels/core/thread/Thread#wake`. */
  readonly fullName: string;
  readonly declared: Declaration | undefined;
  /** Undefined: nothing. */
  readonly result: DebugType | undefined;
  readonly parameterCount: number;
  /** Parameters first; undefined: the compiler's own. */
  readonly locals: readonly (LocalDeclaration | undefined)[];
}

/** A variable of static life time. */
export interface GlobalVariable {
  readonly fullName: string;
  readonly type: DebugType;
  readonly declared: Declaration | undefined;
  /** Where it lies, or what it is if it never changes. */
  readonly place: { readonly symbol: string } | { readonly constant: bigint };
}

/** Where (a part of) a value is. */
export type ValuePlace =
  /** By DWARF number: x0 … x31, then f0 … f31. */
  | { readonly kind: 'register'; readonly register: number }
  /** In memory, at this many bytes from the canonical frame address. */
  | { readonly kind: 'frame'; readonly offset: number }
  | { readonly kind: 'constant'; readonly value: number }
  /** The value is an address. */
  | { readonly kind: 'address'; readonly symbol: string; readonly addend: number };

export interface PlaceRange {
  readonly start: number;
  readonly end: number;
  /** The value's words from the lowest; one that is undefined is lost. */
  readonly words: readonly (ValuePlace | undefined)[];
}

export interface VariablePlaces {
  /** Index among the locals of its function. */
  readonly local: number;
  /** Ascending; where none applies the variable cannot be read. */
  readonly ranges: readonly PlaceRange[];
}

/** A function's code, or that of a call in whose place its body stands. */
export interface CodeScope {
  readonly declaration: FunctionDeclaration;
  readonly variables: readonly VariablePlaces[];
  readonly inlined: readonly InlinedScope[];
}

export interface InlinedScope extends CodeScope {
  /** Of the call; undefined: not known. */
  readonly call: Declaration | undefined;
  /** Ascending. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
}

/** From `offset` on, how the caller's registers are found. */
export interface FrameRow {
  readonly offset: number;
  /** The canonical frame address is sp plus this many bytes. */
  readonly size: number;
  /** Registers in memory, by offset in bytes from the canonical frame address; others are unchanged. */
  readonly saved: readonly { readonly register: number; readonly offset: number }[];
}

/** Of one section of code that a function fills. */
export interface SectionDebug {
  readonly scope?: CodeScope;
  /** Ascending. Before the first sp is the frame address and every register is the caller's. */
  readonly frames: readonly FrameRow[];
}

/** Of a whole object. */
export interface ObjectDebug {
  /** Types to be described although no variable may have them. */
  readonly types: readonly DebugType[];
  readonly globals: readonly GlobalVariable[];
}

/** The same with every offset moved, as placing and relaxing code does. */
export function moveScope(scope: CodeScope, move: (offset: number) => number): CodeScope {
  return {
    ...scope,
    variables: scope.variables.map((variable) => ({
      ...variable,
      ranges: variable.ranges.map((range) => moveRange(range, move)),
    })),
    inlined: scope.inlined.map((inner) => ({
      ...inner,
      ...moveScope(inner, move),
      ranges: inner.ranges.map((range) => moveRange(range, move)),
    })),
  };
}

function moveRange<T extends { readonly start: number; readonly end: number }>(
  range: T,
  move: (offset: number) => number,
): T {
  return { ...range, start: move(range.start), end: move(range.end) };
}
