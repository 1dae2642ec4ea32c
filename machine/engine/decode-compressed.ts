/**
 * From a 16-bit instruction of the C extension to the 32-bit instruction that it stands for:
 * RISC-V Unprivileged ISA 20191213, chapter 16, for RV32 with F and D.
 */

/** What stands for an encoding that is reserved: the word of zeros is no instruction either. */
export const NO_EXPANSION = 0;

/** Opcodes of the instructions that come out, with their two low bits. */
const enum Opcode {
  Load = 0x03,
  LoadFp = 0x07,
  OpImm = 0x13,
  Store = 0x23,
  StoreFp = 0x27,
  Op = 0x33,
  Lui = 0x37,
  Branch = 0x63,
  Jalr = 0x67,
  Jal = 0x6f,
}

/** funct3 of arithmetic, whose zero the branch on equality and `jalr` have, too. */
const enum Funct3 {
  Add = 0,
  ShiftLeft = 1,
  Xor = 4,
  ShiftRight = 5,
  Or = 6,
  And = 7,
}

/** funct3 of loads, stores and branches. */
const WORD = 2;
const DOUBLE = 3;
const EQUAL = 0;
const NOT_EQUAL = 1;

const ALTERNATE = 0x4000_0000;
const EBREAK = 0x0010_0073;
const X0 = 0;
const RA = 1;
const SP = 2;

/** The bits [high:low] of an instruction, moved so that the lowest lands at `to`. */
function bits(half: number, high: number, low: number, to: number): number {
  return ((half >>> low) & ((1 << (high - low + 1)) - 1)) << to;
}

/** Registers of three bits are x8 to x15. */
function shortRegister(half: number, low: number): number {
  return 8 + ((half >>> low) & 7);
}

/** rd or rs1 in full, and rs2. */
const fullRd = (half: number) => (half >>> 7) & 31;
const fullRs2 = (half: number) => (half >>> 2) & 31;

/** Sign-extends a number of six bits, as bit 12 and bits 6 to 2 hold it. */
function signedImmediate(half: number): number {
  return (bits(half, 12, 12, 31) >> 26) | bits(half, 6, 2, 0);
}

function wordOffset(half: number): number {
  return bits(half, 12, 10, 3) | bits(half, 6, 6, 2) | bits(half, 5, 5, 6);
}

function doubleOffset(half: number): number {
  return bits(half, 12, 10, 3) | bits(half, 6, 5, 6);
}

function stackWordLoad(half: number): number {
  return bits(half, 12, 12, 5) | bits(half, 6, 4, 2) | bits(half, 3, 2, 6);
}

function stackDoubleLoad(half: number): number {
  return bits(half, 12, 12, 5) | bits(half, 6, 5, 3) | bits(half, 4, 2, 6);
}

function stackWordStore(half: number): number {
  return bits(half, 12, 9, 2) | bits(half, 8, 7, 6);
}

function stackDoubleStore(half: number): number {
  return bits(half, 12, 10, 3) | bits(half, 9, 7, 6);
}

function jumpOffset(half: number): number {
  return (
    (bits(half, 12, 12, 31) >> 20) |
    bits(half, 11, 11, 4) |
    bits(half, 10, 9, 8) |
    bits(half, 8, 8, 10) |
    bits(half, 7, 7, 6) |
    bits(half, 6, 6, 7) |
    bits(half, 5, 3, 1) |
    bits(half, 2, 2, 5)
  );
}

function branchOffset(half: number): number {
  return (
    (bits(half, 12, 12, 31) >> 23) |
    bits(half, 11, 10, 3) |
    bits(half, 6, 5, 6) |
    bits(half, 4, 3, 1) |
    bits(half, 2, 2, 5)
  );
}

function typeI(opcode: number, funct3: number, rd: number, rs1: number, immediate: number): number {
  return opcode | (rd << 7) | (funct3 << 12) | (rs1 << 15) | (immediate << 20);
}

function typeR(alternate: number, funct3: number, rd: number, rs1: number, rs2: number): number {
  return Opcode.Op | (rd << 7) | (funct3 << 12) | (rs1 << 15) | (rs2 << 20) | alternate;
}

function typeS(opcode: number, funct3: number, rs1: number, rs2: number, offset: number): number {
  return (
    opcode |
    ((offset & 31) << 7) |
    (funct3 << 12) |
    (rs1 << 15) |
    (rs2 << 20) |
    ((offset >> 5) << 25)
  );
}

function typeB(funct3: number, rs1: number, rs2: number, offset: number): number {
  const low = (offset & 0x1e) | ((offset >>> 11) & 1);
  const high = ((offset >>> 5) & 0x3f) | ((offset >>> 6) & 0x40);
  return Opcode.Branch | (low << 7) | (funct3 << 12) | (rs1 << 15) | (rs2 << 20) | (high << 25);
}

function typeJ(rd: number, offset: number): number {
  return (
    Opcode.Jal |
    (rd << 7) |
    (offset & 0xf_f000) |
    ((offset & 0x800) << 9) |
    ((offset & 0x7fe) << 20) |
    ((offset & 0x10_0000) << 11)
  );
}

/**
 * The 32-bit instruction that a 16-bit one stands for, or `NO_EXPANSION` for a reserved encoding.
 * Hints become the instructions without effect that they are.
 */
export function expandCompressed(half: number): number {
  const funct3 = (half >>> 13) & 7;
  switch (half & 3) {
    case 0:
      return expandQuadrant0(half, funct3);
    case 1:
      return expandQuadrant1(half, funct3);
    default:
      return expandQuadrant2(half, funct3);
  }
}

function expandQuadrant0(half: number, funct3: number): number {
  const rd = shortRegister(half, 2);
  const rs1 = shortRegister(half, 7);
  switch (funct3) {
    case 0: {
      // c.addi4spn; zero is reserved.
      const immediate =
        bits(half, 12, 11, 4) | bits(half, 10, 7, 6) | bits(half, 6, 6, 2) | bits(half, 5, 5, 3);
      return immediate === 0 ? NO_EXPANSION : typeI(Opcode.OpImm, Funct3.Add, rd, SP, immediate);
    }
    case 1:
      return typeI(Opcode.LoadFp, DOUBLE, rd, rs1, doubleOffset(half));
    case 2:
      return typeI(Opcode.Load, WORD, rd, rs1, wordOffset(half));
    case 3:
      return typeI(Opcode.LoadFp, WORD, rd, rs1, wordOffset(half));
    case 5:
      return typeS(Opcode.StoreFp, DOUBLE, rs1, rd, doubleOffset(half));
    case 6:
      return typeS(Opcode.Store, WORD, rs1, rd, wordOffset(half));
    case 7:
      return typeS(Opcode.StoreFp, WORD, rs1, rd, wordOffset(half));
    default:
      return NO_EXPANSION;
  }
}

function expandQuadrant1(half: number, funct3: number): number {
  const rd = fullRd(half);
  switch (funct3) {
    case 0:
      return typeI(Opcode.OpImm, Funct3.Add, rd, rd, signedImmediate(half));
    case 1:
      return typeJ(RA, jumpOffset(half));
    case 2:
      return typeI(Opcode.OpImm, Funct3.Add, rd, X0, signedImmediate(half));
    case 3:
      return rd === SP ? expandAddToStack(half) : expandLoadUpper(half, rd);
    case 4:
      return expandArithmetic(half);
    case 5:
      return typeJ(X0, jumpOffset(half));
    case 6:
      return typeB(EQUAL, shortRegister(half, 7), X0, branchOffset(half));
    default:
      return typeB(NOT_EQUAL, shortRegister(half, 7), X0, branchOffset(half));
  }
}

/** c.addi16sp; zero is reserved. */
function expandAddToStack(half: number): number {
  const immediate =
    (bits(half, 12, 12, 31) >> 22) |
    bits(half, 6, 6, 4) |
    bits(half, 5, 5, 6) |
    bits(half, 4, 3, 7) |
    bits(half, 2, 2, 5);
  return immediate === 0 ? NO_EXPANSION : typeI(Opcode.OpImm, Funct3.Add, SP, SP, immediate);
}

/** c.lui; zero is reserved. */
function expandLoadUpper(half: number, rd: number): number {
  const immediate = signedImmediate(half);
  return immediate === 0 ? NO_EXPANSION : Opcode.Lui | (rd << 7) | (immediate << 12);
}

/** Shifts to the right, c.andi, and the register-register operations. */
function expandArithmetic(half: number): number {
  const rd = shortRegister(half, 7);
  const rs2 = shortRegister(half, 2);
  const amount = fullRs2(half);
  // Bit 12 of a shift is bit 5 of its amount, and selects the reserved and 64-bit operations.
  const isWide = (half & 0x1000) !== 0;
  switch ((half >>> 10) & 3) {
    case 0:
      return isWide ? NO_EXPANSION : typeI(Opcode.OpImm, Funct3.ShiftRight, rd, rd, amount);
    case 1:
      return isWide
        ? NO_EXPANSION
        : typeI(Opcode.OpImm, Funct3.ShiftRight, rd, rd, amount) | ALTERNATE;
    case 2:
      return typeI(Opcode.OpImm, Funct3.And, rd, rd, signedImmediate(half));
  }
  if (isWide) {
    return NO_EXPANSION;
  }
  switch ((half >>> 5) & 3) {
    case 0:
      return typeR(ALTERNATE, Funct3.Add, rd, rd, rs2);
    case 1:
      return typeR(0, Funct3.Xor, rd, rd, rs2);
    case 2:
      return typeR(0, Funct3.Or, rd, rd, rs2);
    default:
      return typeR(0, Funct3.And, rd, rd, rs2);
  }
}

function expandQuadrant2(half: number, funct3: number): number {
  const rd = fullRd(half);
  const rs2 = fullRs2(half);
  switch (funct3) {
    case 0: {
      const isWide = (half & 0x1000) !== 0;
      return isWide ? NO_EXPANSION : typeI(Opcode.OpImm, Funct3.ShiftLeft, rd, rd, rs2);
    }
    case 1:
      return typeI(Opcode.LoadFp, DOUBLE, rd, SP, stackDoubleLoad(half));
    case 2:
      return rd === X0 ? NO_EXPANSION : typeI(Opcode.Load, WORD, rd, SP, stackWordLoad(half));
    case 3:
      return typeI(Opcode.LoadFp, WORD, rd, SP, stackWordLoad(half));
    case 4:
      return expandJumpOrMove(half, rd, rs2);
    case 5:
      return typeS(Opcode.StoreFp, DOUBLE, SP, rs2, stackDoubleStore(half));
    case 6:
      return typeS(Opcode.Store, WORD, SP, rs2, stackWordStore(half));
    default:
      return typeS(Opcode.StoreFp, WORD, SP, rs2, stackWordStore(half));
  }
}

/** c.jr, c.mv, c.ebreak, c.jalr, c.add. */
function expandJumpOrMove(half: number, rd: number, rs2: number): number {
  const isLinkOrAdd = (half & 0x1000) !== 0;
  if (rs2 !== X0) {
    return typeR(0, Funct3.Add, rd, isLinkOrAdd ? rd : X0, rs2);
  }
  if (rd === X0) {
    return isLinkOrAdd ? EBREAK : NO_EXPANSION;
  }
  return typeI(Opcode.Jalr, 0, isLinkOrAdd ? RA : X0, rd, 0);
}
