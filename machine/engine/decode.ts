/**
 * From an instruction to a record of the interpreter: an operation and three operands. Encodings:
 * RISC-V Unprivileged ISA 20191213, chapter 24; Privileged, chapter 5. Extensions that have more
 * than a row or two are decoded in files of their own.
 */
import {
  csrOf,
  funct3Of,
  funct7Of,
  immediateB,
  immediateI,
  immediateJ,
  immediateS,
  immediateU,
  rdOf,
  rs1Of,
  rs2Of,
} from '../hart/instruction-fields.ts';
import { csrCellAt, EPC_WRITABLE } from '../hart/csr-cells.ts';
import { HartWord } from '../hart/state-layout.ts';
import { decodeBitImmediate, decodeBitOperation } from './decode-bit-manipulation.ts';
import { decodeFloatingPoint } from './decode-floating-point.ts';
import { expandCompressed } from './decode-compressed.ts';
import { setRecord as set, type DecodedInstruction } from './decoded-instruction.ts';
import { Operation } from './operations.ts';

const enum Opcode {
  Load = 0x03,
  MiscMem = 0x0f,
  OpImm = 0x13,
  Auipc = 0x17,
  Store = 0x23,
  Amo = 0x2f,
  Op = 0x33,
  Lui = 0x37,
  Branch = 0x63,
  Jalr = 0x67,
  Jal = 0x6f,
  System = 0x73,
}

const OPCODE_MASK = 0x7f;
const ILLEGAL = Operation.Illegal;

/** By funct3. */
const LOADS = [
  Operation.LoadByte,
  Operation.LoadHalf,
  Operation.LoadWord,
  ILLEGAL,
  Operation.LoadByteUnsigned,
  Operation.LoadHalfUnsigned,
  ILLEGAL,
  ILLEGAL,
];
const STORES = [Operation.StoreByte, Operation.StoreHalf, Operation.StoreWord];
const BRANCHES = [
  Operation.BranchEqual,
  Operation.BranchNotEqual,
  ILLEGAL,
  ILLEGAL,
  Operation.BranchLess,
  Operation.BranchGreaterOrEqual,
  Operation.BranchLessUnsigned,
  Operation.BranchGreaterOrEqualUnsigned,
];
const IMMEDIATES = [
  Operation.AddImmediate,
  Operation.ShiftLeftImmediate,
  Operation.SetLessThanImmediate,
  Operation.SetLessThanUnsignedImmediate,
  Operation.XorImmediate,
  Operation.ShiftRightImmediate,
  Operation.OrImmediate,
  Operation.AndImmediate,
];
const REGISTERS = [
  Operation.Add,
  Operation.ShiftLeft,
  Operation.SetLessThan,
  Operation.SetLessThanUnsigned,
  Operation.Xor,
  Operation.ShiftRight,
  Operation.Or,
  Operation.And,
];
const MULTIPLIES = [
  Operation.Multiply,
  Operation.MultiplyHigh,
  Operation.MultiplyHighSignedUnsigned,
  Operation.MultiplyHighUnsigned,
  Operation.Divide,
  Operation.DivideUnsigned,
  Operation.Remainder,
  Operation.RemainderUnsigned,
];

const SHIFT_LEFT = 1;
const SHIFT_RIGHT = 5;
const FUNCT7_MULTIPLY = 0x01;
/** funct7 of SUB, SRA and SRAI. */
const FUNCT7_ALTERNATE = 0x20;
const FUNCT7_SFENCE_VMA = 0x09;
const FUNCT3_WORD = 2;

/** By funct5 of the A extension; the rest are XOR, MIN, MAX, MINU and MAXU. */
const ATOMICS: ReadonlyMap<number, Operation> = new Map([
  [0x00, Operation.AtomicAdd],
  [0x01, Operation.AtomicSwap],
  [0x02, Operation.LoadReserved],
  [0x03, Operation.StoreConditional],
  [0x04, Operation.Atomic],
  [0x08, Operation.AtomicOr],
  [0x0c, Operation.AtomicAnd],
  [0x10, Operation.Atomic],
  [0x14, Operation.Atomic],
  [0x18, Operation.Atomic],
  [0x1c, Operation.Atomic],
]);

/** funct3 of the CSR instructions that are looked at more closely. */
const enum CsrFunction {
  ReadWrite = 1,
  ReadSet = 2,
  ReadClear = 3,
}

const ECALL = 0x0000_0073;
const EBREAK = 0x0010_0073;
const SRET = 0x1020_0073;
const WFI = 0x1050_0073;
const MRET = 0x3020_0073;

const LENGTH_MASK = 3;
const LOW_HALF = 0xffff;

/** Whether the instruction that begins with these 16 bits has 32; longer ones do not exist. */
export function isLong(half: number): boolean {
  return (half & LENGTH_MASK) === LENGTH_MASK;
}

/**
 * Decodes the instruction at `pc` into `into`. Of a 16-bit instruction the upper half of
 * `instruction` does not matter. An illegal instruction leaves its bits in `c`.
 */
export function decodeInstruction(instruction: number, pc: number, into: DecodedInstruction): void {
  if (isLong(instruction)) {
    into.length = 4;
    decodeWord(instruction, pc, into);
    return;
  }
  const half = instruction & LOW_HALF;
  into.length = 2;
  decodeWord(expandCompressed(half), pc, into);
  if (into.operation === ILLEGAL) {
    into.c = half;
  }
}

/** Decodes a 32-bit instruction, which takes up `into.length` bytes. */
function decodeWord(instruction: number, pc: number, into: DecodedInstruction): void {
  const rd = rdOf(instruction);
  // x0 takes no writes: they go to a place that nobody reads.
  const destination = rd === 0 ? HartWord.XSink : rd;
  const rs1 = rs1Of(instruction);
  const rs2 = rs2Of(instruction);
  const funct3 = funct3Of(instruction);
  const funct7 = funct7Of(instruction);
  set(into, ILLEGAL, 0, 0, instruction);
  switch (instruction & OPCODE_MASK) {
    case Opcode.Lui:
      set(into, Operation.Constant, destination, 0, immediateU(instruction));
      break;
    case Opcode.Auipc:
      set(into, Operation.Constant, destination, 0, (pc + immediateU(instruction)) | 0);
      break;
    case Opcode.OpImm:
      decodeImmediate(instruction, funct3, funct7, destination, rs1, into);
      break;
    case Opcode.Op:
      decodeBitOperation(funct7, funct3, destination, rs1, rs2, into);
      if (funct7 === FUNCT7_MULTIPLY) {
        set(into, MULTIPLIES[funct3], destination, rs1, rs2);
      } else if (funct7 === 0) {
        set(into, REGISTERS[funct3], destination, rs1, rs2);
      } else if (funct7 === FUNCT7_ALTERNATE && funct3 === 0) {
        set(into, Operation.Subtract, destination, rs1, rs2);
      } else if (funct7 === FUNCT7_ALTERNATE && funct3 === SHIFT_RIGHT) {
        set(into, Operation.ShiftRightArithmetic, destination, rs1, rs2);
      }
      break;
    case Opcode.Load:
      if (LOADS[funct3] !== ILLEGAL) {
        set(into, LOADS[funct3], destination, rs1, immediateI(instruction));
      }
      break;
    case Opcode.Store:
      if (funct3 < STORES.length) {
        set(into, STORES[funct3], rs2, rs1, immediateS(instruction));
      }
      break;
    case Opcode.Branch:
      if (BRANCHES[funct3] !== ILLEGAL) {
        set(into, BRANCHES[funct3], rs1, rs2, 0);
        into.target = (pc + immediateB(instruction)) | 0;
      }
      break;
    case Opcode.Jal:
      set(into, Operation.JumpAndLink, destination, 0, (pc + into.length) | 0);
      into.target = (pc + immediateJ(instruction)) | 0;
      break;
    case Opcode.Jalr:
      if (funct3 === 0) {
        set(into, Operation.JumpAndLinkRegister, destination, rs1, immediateI(instruction));
      }
      break;
    case Opcode.MiscMem:
      if (funct3 <= 1) {
        set(into, Operation.Fence, 0, 0, 0);
      }
      break;
    case Opcode.Amo: {
      const atomic = ATOMICS.get(funct7 >>> 2);
      const isLegal = funct3 === FUNCT3_WORD && (atomic !== Operation.LoadReserved || rs2 === 0);
      if (atomic !== undefined && isLegal) {
        set(into, atomic, destination, rs1, instruction);
      }
      break;
    }
    case Opcode.System:
      decodeSystem(instruction, funct3, funct7, destination, rs1, into);
      break;
    default:
      decodeFloatingPoint(instruction, into);
  }
  into.endsBlock = into.operation >= Operation.EnvironmentCall || isJump(into.operation);
}

function isJump(operation: Operation): boolean {
  return operation >= Operation.BranchEqual && operation <= Operation.JumpAndLinkRegister;
}

function decodeImmediate(
  instruction: number,
  funct3: number,
  funct7: number,
  rd: number,
  rs1: number,
  into: DecodedInstruction,
): void {
  const immediate = immediateI(instruction);
  if (funct3 === SHIFT_LEFT || funct3 === SHIFT_RIGHT) {
    const amount = immediate & 31;
    if (funct7 === 0) {
      set(into, IMMEDIATES[funct3], rd, rs1, amount);
    } else if (funct7 === FUNCT7_ALTERNATE && funct3 === SHIFT_RIGHT) {
      set(into, Operation.ShiftRightArithmeticImmediate, rd, rs1, amount);
    } else {
      decodeBitImmediate(instruction >>> 20, funct3, rd, rs1, into);
    }
  } else if (funct3 === 0 && rs1 === 0) {
    set(into, Operation.Constant, rd, 0, immediate);
  } else {
    set(into, IMMEDIATES[funct3], rd, rs1, immediate);
  }
}

function decodeSystem(
  instruction: number,
  funct3: number,
  funct7: number,
  rd: number,
  rs1: number,
  into: DecodedInstruction,
): void {
  if (funct3 !== 0) {
    if ((funct3 & 3) !== 0) {
      decodeCsr(instruction, funct3, rd, rs1, into);
    }
    return;
  }
  switch (instruction) {
    case ECALL:
      set(into, Operation.EnvironmentCall, 0, 0, instruction);
      return;
    case EBREAK:
      set(into, Operation.Breakpoint, 0, 0, instruction);
      return;
    case SRET:
      set(into, Operation.SupervisorReturn, 0, 0, instruction);
      return;
    case MRET:
      set(into, Operation.MachineReturn, 0, 0, instruction);
      return;
    case WFI:
      set(into, Operation.WaitForInterrupt, 0, 0, instruction);
      return;
  }
  if (funct7 === FUNCT7_SFENCE_VMA && rdOf(instruction) === 0) {
    set(into, Operation.FenceTranslations, 0, 0, instruction);
  }
}

function decodeCsr(
  instruction: number,
  funct3: number,
  rd: number,
  rs1: number,
  into: DecodedInstruction,
): void {
  set(into, Operation.Csr, rd, rs1, instruction);
  const cell = csrCellAt(csrOf(instruction));
  if (cell === undefined) {
    return;
  }
  if (funct3 === (CsrFunction.ReadWrite as number)) {
    const isAddress = cell.writable === EPC_WRITABLE;
    const operation = isAddress ? Operation.CsrSwapAddress : Operation.CsrSwapCell;
    set(into, operation, rd, cell.word, instruction);
  } else if (
    rs1 === 0 &&
    (funct3 === (CsrFunction.ReadSet as number) || funct3 === (CsrFunction.ReadClear as number))
  ) {
    set(into, Operation.CsrReadCell, rd, cell.word, instruction);
  }
}
