/** The result of a link: contents at absolute addresses, with names and source lines for them. */

import type { CodeScope, DebugType, FrameRow, GlobalVariable } from './debug-information.ts';

export type SegmentPermissions = 'r-x' | 'r--' | 'rw-';

/** Memory with equal permissions, beginning on a page of its own. */
export interface LinkedSegment {
  readonly permissions: SegmentPermissions;
  readonly address: number;
  /** Initial contents; what follows up to `memorySize` is zero. */
  readonly bytes: Uint8Array;
  /** Bytes in memory, at least `bytes.length`. */
  readonly memorySize: number;
}

/** Arrays of functions that start-up and shut-down code of C calls. */
export const FUNCTION_ARRAYS = ['.preinit_array', '.init_array', '.fini_array'] as const;

export type FunctionArrayName = (typeof FUNCTION_ARRAYS)[number];

export type OutputSectionName =
  | FunctionArrayName
  | '.text'
  | '.rodata'
  | '.trap_sites'
  | '.note.vitrine'
  | '.note.gnu.build-id'
  | '.note'
  | '.static'
  | '.static_zero'
  | '.data'
  | '.bss';

/** A named range of a segment. */
export interface LinkedSection {
  readonly name: OutputSectionName;
  readonly permissions: SegmentPermissions;
  readonly address: number;
  readonly size: number;
  readonly align: number;
  /** False for bss: no bytes in the file. */
  readonly hasContents: boolean;
}

export interface LinkedSymbol {
  readonly name: string;
  readonly address: number;
  /** Bytes; for a function without a stated size, up to the next symbol. */
  readonly size: number;
  readonly binding: 'local' | 'global' | 'weak';
  readonly type: 'func' | 'object' | 'notype';
  /** Undefined for an absolute symbol. */
  readonly section: OutputSectionName | undefined;
}

/** From `address` on, up to the next entry, the code came from this place in the source. */
export interface LinkedPosition {
  readonly address: number;
  /** Path relative to the repository; empty: no source from here on. */
  readonly file: string;
  readonly line: number;
  /** 1-based; 0: unknown. */
  readonly column: number;
}

/** A function's code, with addresses in place of offsets. */
export interface LinkedFunction {
  readonly address: number;
  /** Behind it. */
  readonly end: number;
  /** Undefined where nothing is known but how to unwind. */
  readonly scope: CodeScope | undefined;
  readonly frames: readonly FrameRow[];
}

export interface LinkedDebug {
  /** In the order of their addresses. */
  readonly functions: readonly LinkedFunction[];
  readonly types: readonly DebugType[];
  readonly globals: readonly GlobalVariable[];
  /** Address of what a variable's place, or a value that is an address, names. */
  readonly symbols: ReadonlyMap<string, number>;
}

export interface LinkedImage {
  readonly entry: number;
  /** `e_flags`: whether 16-bit instructions occur, and the calling convention. */
  readonly flags: number;
  /** In the order of their addresses. */
  readonly segments: readonly LinkedSegment[];
  readonly sections: readonly LinkedSection[];
  /** Sorted by address. */
  readonly symbols: readonly LinkedSymbol[];
  /** Sorted by address. */
  readonly positions: readonly LinkedPosition[];
  /** What debuggers need beside lines, by address. */
  readonly debug: LinkedDebug;
  /** SHA-1 of the contents. */
  readonly buildId: Uint8Array;
}
