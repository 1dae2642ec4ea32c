/**
 * The relocatable object: what the compiler and the assembler produce and the linker consumes.
 * Names and relocation numbers are those of the RISC-V ELF psABI.
 */

import type { ObjectDebug, SectionDebug } from './debug-information.ts';

export type SectionKind = 'text' | 'rodata' | 'data' | 'bss' | 'note';

/** Relocation types of the RISC-V ELF psABI ("Relocations"), those that concern static RV32 code. */
export enum RelocationType {
  R_RISCV_NONE = 0,
  R_RISCV_32 = 1,
  R_RISCV_BRANCH = 16,
  R_RISCV_JAL = 17,
  R_RISCV_CALL = 18,
  R_RISCV_CALL_PLT = 19,
  R_RISCV_PCREL_HI20 = 23,
  R_RISCV_PCREL_LO12_I = 24,
  R_RISCV_PCREL_LO12_S = 25,
  R_RISCV_HI20 = 26,
  R_RISCV_LO12_I = 27,
  R_RISCV_LO12_S = 28,
  R_RISCV_ADD8 = 33,
  R_RISCV_ADD16 = 34,
  R_RISCV_ADD32 = 35,
  R_RISCV_ADD64 = 36,
  R_RISCV_SUB8 = 37,
  R_RISCV_SUB16 = 38,
  R_RISCV_SUB32 = 39,
  R_RISCV_SUB64 = 40,
  /** `addend` bytes of nops, of which only as many stay as the alignment above `addend` needs. */
  R_RISCV_ALIGN = 43,
  R_RISCV_RVC_BRANCH = 44,
  R_RISCV_RVC_JUMP = 45,
  /** What relaxation makes of HI20 and LO12; in no file. */
  R_RISCV_RVC_LUI = 46,
  R_RISCV_GPREL_I = 47,
  R_RISCV_GPREL_S = 48,
  /** The relocation before it, at the same place, may be relaxed. */
  R_RISCV_RELAX = 51,
  R_RISCV_SUB6 = 52,
  R_RISCV_SET6 = 53,
  R_RISCV_SET8 = 54,
  R_RISCV_SET16 = 55,
  R_RISCV_SET32 = 56,
  R_RISCV_32_PCREL = 57,
  R_RISCV_SET_ULEB128 = 60,
  R_RISCV_SUB_ULEB128 = 61,
}

export interface Relocation {
  /** Byte offset in the section. */
  readonly offset: number;
  readonly type: RelocationType;
  /** Empty for RELAX and ALIGN, which have none. */
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
  /**
   * The bytes are instructions and nothing else, whose own branches are resolved without
   * relocations: the linker may shorten what relocations refer to, and corrects the branches.
   * (Where RELAX relocations stand, every branch has a relocation of its own.)
   */
  readonly relaxable?: boolean;
  /** Of several sections with equal contents the image needs only one. */
  readonly mergeable?: boolean;
  /** Of the objects that have this group (COMDAT), only the first one's sections count. */
  readonly group?: string;
  readonly relocations: readonly Relocation[];
  readonly positions: readonly SourcePosition[];
  readonly trapSites: readonly TrapSite[];
  /** Of code: what debuggers and unwinders need beside lines. */
  readonly debug?: SectionDebug;
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
  /** A C variable without a value (COMMON): gives way to any definition, and to larger ones. */
  readonly isCommon?: boolean;
}

/** `e_flags` of the psABI: 16-bit instructions occur. */
export const EF_RISCV_RVC = 0x1;
/** `e_flags` of the psABI: the two bits that name the floating-point calling convention. */
export const EF_RISCV_FLOAT_ABI = 0x6;
export const EF_RISCV_FLOAT_ABI_SOFT = 0x0;
export const EF_RISCV_FLOAT_ABI_SINGLE = 0x2;
export const EF_RISCV_FLOAT_ABI_DOUBLE = 0x4;
/** `e_flags` of the psABI: 16 registers (RV32E). */
export const EF_RISCV_RVE = 0x8;

export interface ObjectFile {
  /** For messages: the source or module it came from. */
  readonly name: string;
  /** `e_flags`; undefined for assembly of ours, which fits any calling convention. */
  readonly flags?: number;
  readonly sections: readonly ObjectSection[];
  readonly symbols: readonly ObjectSymbol[];
  /** What debuggers need of the whole. */
  readonly debug?: ObjectDebug;
}
