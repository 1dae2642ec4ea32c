/**
 * Where an instruction comes from. Like LLVM's DILocation: a place, the function whose text it is
 * in, and, where inlining has put that function's body in place of a call, the place of the call.
 */
import type { WasmFunction } from '../wasm/module.ts';

/**
 * One object for each place and chain of calls within an IrFunction: equal places are identical
 * there. Passes hand on the object of the instruction that a new one stands for.
 */
export interface Source {
  /** The function whose text this is: in inlined code the callee, not the function around it. */
  readonly fn: WasmFunction;
  /** Byte offset in the WebAssembly file, within the body of `fn`. */
  readonly offset: number;
  /** The call in whose place `fn` was put, which may be inlined code too; undefined: not inlined. */
  readonly inlinedAt: Source | undefined;
}

/** Of an instruction that has no place in the source. */
export const NO_SOURCE: Source | undefined = undefined;

/** Gives the code of one function new places when it is put in place of a call. */
export class SourceInliner {
  private readonly moved = new Map<Source | undefined, Source>();

  constructor(
    private readonly callee: WasmFunction,
    /** The place of the call. */
    private readonly call: Source | undefined,
  ) {}

  /** Code without a place counts as the callee's beginning. */
  inlined(source: Source | undefined): Source {
    let result = this.moved.get(source);
    if (result === undefined) {
      const { fn, offset, inlinedAt } = source ?? {
        fn: this.callee,
        offset: this.callee.body?.start ?? 0,
        inlinedAt: undefined,
      };
      // The outermost function of every chain is the callee, and that stands at the call now.
      const outer = inlinedAt === undefined ? this.call : this.inlined(inlinedAt);
      result = { fn, offset, inlinedAt: outer };
      this.moved.set(source, result);
    }
    return result;
  }
}
