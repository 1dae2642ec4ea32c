/**
 * The registers and their roles in the ilp32 and ilp32d calling conventions (RISC-V ELF psABI). The
 * integer registers are numbers 0 … 31, the floating-point registers follow as 32 … 63.
 */

export const ZERO = 0;
export const RA = 1;
export const SP = 2;
export const T1 = 6;
export const A0 = 10;
export const A1 = 11;
/** Never allocated: for moves between stack slots, cycles of moves and far slots. */
export const SCRATCH = 31;
/** Also kept free in the rare function whose frame exceeds the reach of an immediate. */
export const SECOND_SCRATCH = 30;
export const REGISTER_COUNT = 64;
/** f0, and so the distance between a register's number here and in an instruction. */
export const FIRST_FLOAT = 32;
export const FA0 = FIRST_FLOAT + 10;
/** ft11, never allocated: for cycles of moves. */
export const FLOAT_SCRATCH = FIRST_FLOAT + 31;

/** a0 … a7. */
export const ARGUMENT_REGISTERS: readonly number[] = [10, 11, 12, 13, 14, 15, 16, 17];

/** fa0 … fa7. */
export const FLOAT_ARGUMENT_REGISTERS: readonly number[] = ARGUMENT_REGISTERS.map(
  (register) => FIRST_FLOAT + register,
);

/** Where the target address of an indirect call travels. */
export const CALL_TARGET = T1;

/** s0 … s11. */
export const CALLEE_SAVED: readonly number[] = [8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];

/**
 * In order of preference: argument registers from the last one used by typical calls, temporaries,
 * then the registers whose use costs a save and a restore.
 */
export const ALLOCATION_ORDER: readonly number[] = [
  15,
  14,
  13,
  12,
  11,
  10,
  16,
  17,
  5,
  6,
  7,
  28,
  29,
  30,
  ...CALLEE_SAVED,
];

/** fs0 … fs11. */
export const FLOAT_CALLEE_SAVED: readonly number[] = CALLEE_SAVED.map(
  (register) => FIRST_FLOAT + register,
);

/** As ALLOCATION_ORDER: fa5 … fa0, fa6, fa7, ft0 … ft10, then fs0 … fs11. */
export const FLOAT_ALLOCATION_ORDER: readonly number[] = [
  ...[15, 14, 13, 12, 11, 10, 16, 17, 0, 1, 2, 3, 4, 5, 6, 7, 28, 29, 30].map(
    (register) => FIRST_FLOAT + register,
  ),
  ...FLOAT_CALLEE_SAVED,
];

const calleeSaved = new Set([...CALLEE_SAVED, ...FLOAT_CALLEE_SAVED]);

export function isFloatRegister(register: number): boolean {
  return register >= FIRST_FLOAT && register < REGISTER_COUNT;
}

/** As an instruction has it. */
export function registerNumber(register: number): number {
  return register & (FIRST_FLOAT - 1);
}

export function isCalleeSaved(register: number): boolean {
  return calleeSaved.has(register);
}

/** Which registers an instruction overwrites besides its result. */
export enum Clobber {
  None,
  /** A call: everything that is not callee-saved. */
  Call,
  /** `ecall`: the argument registers, which carry its operands. */
  EnvironmentCall,
}

export function clobbers(kind: Clobber, register: number): boolean {
  if (kind === Clobber.Call) return !calleeSaved.has(register);
  return kind === Clobber.EnvironmentCall && register >= A0 && register <= 17;
}
