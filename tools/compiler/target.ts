/** What the machine that code is compiled for offers, and the calling convention that follows. */
import {
  EF_RISCV_FLOAT_ABI_DOUBLE,
  EF_RISCV_FLOAT_ABI_SOFT,
  EF_RISCV_RVC,
} from '../linker/object.ts';

/** Calling conventions of the RISC-V ELF psABI. */
export type CallingConvention =
  /** Integers only: no instruction of F or D occurs. Firmware, kernels and what runs inside them. */
  | 'ilp32'
  /** Floating-point arguments and results travel in floating-point registers. User images. */
  | 'ilp32d';

export interface Target {
  readonly convention: CallingConvention;
  /** The machine has extension C: instructions of 16 bits. */
  readonly compressed: boolean;
}

export const INTEGER_TARGET: Target = { convention: 'ilp32', compressed: true };
export const FLOAT_TARGET: Target = { convention: 'ilp32d', compressed: true };

export function hasFloatingPoint({ convention }: Target): boolean {
  return convention === 'ilp32d';
}

/** What objects for the target say of their calling convention and instructions in `e_flags`. */
export function objectFlags(target: Target): number {
  const convention = hasFloatingPoint(target) ? EF_RISCV_FLOAT_ABI_DOUBLE : EF_RISCV_FLOAT_ABI_SOFT;
  return convention | (target.compressed ? EF_RISCV_RVC : 0);
}
