/** The fields of 32-bit instructions (RISC-V Unprivileged ISA 2.2 and 2.3). */

export function rdOf(instruction: number): number {
  return (instruction >>> 7) & 31;
}

export function rs1Of(instruction: number): number {
  return (instruction >>> 15) & 31;
}

export function rs2Of(instruction: number): number {
  return (instruction >>> 20) & 31;
}

export function funct3Of(instruction: number): number {
  return (instruction >>> 12) & 7;
}

export function funct7Of(instruction: number): number {
  return instruction >>> 25;
}

/** Bits 31 to 20, unsigned: the number of a CSR. */
export function csrOf(instruction: number): number {
  return instruction >>> 20;
}

export function immediateI(instruction: number): number {
  return instruction >> 20;
}

export function immediateS(instruction: number): number {
  return ((instruction >> 25) << 5) | ((instruction >>> 7) & 31);
}

export function immediateB(instruction: number): number {
  return (
    ((instruction >> 31) << 12) |
    ((instruction & 0x80) << 4) |
    ((instruction >>> 20) & 0x7e0) |
    ((instruction >>> 7) & 0x1e)
  );
}

export function immediateU(instruction: number): number {
  return instruction & 0xffff_f000;
}

export function immediateJ(instruction: number): number {
  return (
    ((instruction >> 31) << 20) |
    (instruction & 0xf_f000) |
    ((instruction >>> 9) & 0x800) |
    ((instruction >>> 20) & 0x7fe)
  );
}
