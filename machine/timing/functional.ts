/**
 * The functional clock model: one instruction, one cycle. A trap, exception or interrupt, takes one
 * cycle too, in which nothing retires: an instruction that traps costs that cycle and no other.
 */

/** Cycles of every instruction that retires. */
export const INSTRUCTION_CYCLES = 1;

/** Cycles of taking a trap. */
export const TRAP_CYCLES = 1;
