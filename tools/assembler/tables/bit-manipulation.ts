/**
 * Zba, Zbb, Zbc, Zbs (RISC-V Bit-Manipulation ISA-extensions 1.0.0), Zbkb, Zbkx (Cryptography
 * Extensions volume I, 1.0.1) and Zicond 1.0.0, for RV32. An instruction of several extensions stands
 * with the first.
 */
import { FUNCT3_FUNCT7, FUNCT3_FUNCT7_RS2, type TableRow } from './table-row.ts';

export const bitManipulationTable = {
  Zba: [
    ['sh1add', 'R', 0x20002033, FUNCT3_FUNCT7],
    ['sh2add', 'R', 0x20004033, FUNCT3_FUNCT7],
    ['sh3add', 'R', 0x20006033, FUNCT3_FUNCT7],
  ],
  Zbb: [
    ['andn', 'R', 0x40007033, FUNCT3_FUNCT7],
    ['orn', 'R', 0x40006033, FUNCT3_FUNCT7],
    ['xnor', 'R', 0x40004033, FUNCT3_FUNCT7],
    ['clz', 'unary', 0x60001013, FUNCT3_FUNCT7_RS2],
    ['ctz', 'unary', 0x60101013, FUNCT3_FUNCT7_RS2],
    ['cpop', 'unary', 0x60201013, FUNCT3_FUNCT7_RS2],
    ['max', 'R', 0x0a006033, FUNCT3_FUNCT7],
    ['maxu', 'R', 0x0a007033, FUNCT3_FUNCT7],
    ['min', 'R', 0x0a004033, FUNCT3_FUNCT7],
    ['minu', 'R', 0x0a005033, FUNCT3_FUNCT7],
    ['sext.b', 'unary', 0x60401013, FUNCT3_FUNCT7_RS2],
    ['sext.h', 'unary', 0x60501013, FUNCT3_FUNCT7_RS2],
    ['zext.h', 'unary', 0x08004033, FUNCT3_FUNCT7_RS2],
    ['rol', 'R', 0x60001033, FUNCT3_FUNCT7],
    ['ror', 'R', 0x60005033, FUNCT3_FUNCT7],
    ['rori', 'shift', 0x60005013, FUNCT3_FUNCT7],
    ['orc.b', 'unary', 0x28705013, FUNCT3_FUNCT7_RS2],
    ['rev8', 'unary', 0x69805013, FUNCT3_FUNCT7_RS2],
  ],
  Zbc: [
    ['clmul', 'R', 0x0a001033, FUNCT3_FUNCT7],
    ['clmulh', 'R', 0x0a003033, FUNCT3_FUNCT7],
    ['clmulr', 'R', 0x0a002033, FUNCT3_FUNCT7],
  ],
  Zbs: [
    ['bclr', 'R', 0x48001033, FUNCT3_FUNCT7],
    ['bclri', 'shift', 0x48001013, FUNCT3_FUNCT7],
    ['bext', 'R', 0x48005033, FUNCT3_FUNCT7],
    ['bexti', 'shift', 0x48005013, FUNCT3_FUNCT7],
    ['binv', 'R', 0x68001033, FUNCT3_FUNCT7],
    ['binvi', 'shift', 0x68001013, FUNCT3_FUNCT7],
    ['bset', 'R', 0x28001033, FUNCT3_FUNCT7],
    ['bseti', 'shift', 0x28001013, FUNCT3_FUNCT7],
  ],
  Zbkb: [
    ['pack', 'R', 0x08004033, FUNCT3_FUNCT7],
    ['packh', 'R', 0x08007033, FUNCT3_FUNCT7],
    ['brev8', 'unary', 0x68705013, FUNCT3_FUNCT7_RS2],
    ['zip', 'unary', 0x08f01013, FUNCT3_FUNCT7_RS2],
    ['unzip', 'unary', 0x08f05013, FUNCT3_FUNCT7_RS2],
  ],
  Zbkx: [
    ['xperm4', 'R', 0x28002033, FUNCT3_FUNCT7],
    ['xperm8', 'R', 0x28004033, FUNCT3_FUNCT7],
  ],
  Zicond: [
    ['czero.eqz', 'R', 0x0e005033, FUNCT3_FUNCT7],
    ['czero.nez', 'R', 0x0e007033, FUNCT3_FUNCT7],
  ],
} as const satisfies Readonly<Record<string, readonly TableRow[]>>;
