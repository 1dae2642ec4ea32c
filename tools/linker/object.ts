/**
 * The relocatable object: what the compiler and the assembler produce and the linker consumes.
 * Names and relocation numbers are those of the RISC-V ELF psABI.
 */

export type SectionKind = 'text' | 'rodata' | 'data' | 'bss' | 'note';

/** Relocation types of the RISC-V ELF psABI that our tools produce. */
export enum RelocationType {
  R_RISCV_32 = 1,
  R_RISCV_BRANCH = 16,
  R_RISCV_JAL = 17,
  R_RISCV_CALL_PLT = 19,
  R_RISCV_PCREL_HI20 = 23,
  R_RISCV_PCREL_LO12_I = 24,
  R_RISCV_PCREL_LO12_S = 25,
  R_RISCV_HI20 = 26,
  R_RISCV_LO12_I = 27,
  R_RISCV_LO12_S = 28,
}

export interface Relocation {
  /** Byte offset in the section. */
  readonly offset: number;
  readonly type: RelocationType;
  readonly symbol: string;
  readonly addend: number;
}

/** From `offset` on (until the next entry) the code came from this place in the source. */
export interface SourcePosition {
  readonly offset: number;
  /** Path relative to the repository, with `/`; empty: no source from here on. */
  readonly file: string;
  readonly line: number;
  /** 1-based; 0: unknown. */
  readonly column: number;
  /** The code is of a function put in place of a call: which, and where the call stood. */
  readonly inlinedAt?: InlinedCall;
}

/** A call in whose place the compiler has put the body of the called function. */
export interface InlinedCall {
  /** Name of the called function. */
  readonly callee: string;
  /** Place of the call. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The function that calls was itself put in place of this call. */
  readonly inlinedAt?: InlinedCall;
}

/** Why an `ebreak` or a memory access at `offset` may trap; the place comes from `positions`. */
export interface TrapSite {
  readonly offset: number;
  readonly reason: TrapReason;
}

/** Recorded in `.trap_sites`; the numbers are shared with target code through userland/abi. */
export { TrapReason } from '../../userland/abi/trap.enums.ts';
import type { TrapReason } from '../../userland/abi/trap.enums.ts';

export interface ObjectSection {
  /** Unique in its object, e.g. `.text.boot`, `.rodata`, `.data.static`. */
  readonly name: string;
  readonly kind: SectionKind;
  /** Power of two, in bytes. */
  readonly align: number;
  /** Contents; empty for bss. */
  readonly bytes: Uint8Array;
  /** Size in bytes (equals bytes.length except for bss). */
  readonly size: number;
  /** Absolute address, for static data whose place `--memoryBase` has fixed. */
  readonly address?: number;
  /** Kept although nothing refers to it. */
  readonly keep?: boolean;
  readonly relocations: readonly Relocation[];
  readonly positions: readonly SourcePosition[];
  readonly trapSites: readonly TrapSite[];
}

export interface ObjectSymbol {
  readonly name: string;
  /** Name of the section, `undefined` if the symbol is only referred to, `'*ABS*'` if absolute. */
  readonly section: string | undefined;
  readonly value: number;
  /** Bytes; 0 if unknown. */
  readonly size: number;
  readonly binding: 'local' | 'global' | 'weak';
  readonly type: 'func' | 'object' | 'notype';
}

export interface ObjectFile {
  /** For messages: the source or module it came from. */
  readonly name: string;
  readonly sections: readonly ObjectSection[];
  readonly symbols: readonly ObjectSymbol[];
}
