/** What the in-order model has to know about an instruction: its class and its registers. */
import { CSR_ADDRESSES } from '../hart/csr-addresses.ts';
import { csrOf, funct7Of, rdOf, rs1Of, rs2Of } from '../hart/instruction-fields.ts';
import { HartWord } from '../hart/state-layout.ts';
import type { InorderParameters } from '../timing/inorder/parameters.ts';
import { BitBinaryOperand, Operation } from './operations.ts';

export const enum InstructionClass {
  Plain = 0,
  Multiply,
  Divide,
  Load,
  Store,
  Float,
  FloatDivide,
  Branch,
  Jump,
  IndirectJump,
  Fence,
  Csr,
  Atomic,
  Return,
  System,
}

/**
 * The registers of an instruction, numbered as in `PipelineWord.Ready`: x0 to x31, the sink, f0 to
 * f31. 0, x0, stands for none, since nobody waits for it.
 */
export interface RegisterUse {
  first: number;
  second: number;
  third: number;
  written: number;
}

const FIRST_FLOAT: number = HartWord.XSink + 1;
const IMMEDIATE_CSR = 4;
/** Bits of funct3 that say what is done to a CSR, and their value for `csrrw`. */
const CSR_OPERATION = 3;
const CSR_SWAP = 1;
/** Bits of a CSR's number that say that it belongs to machine mode. */
const MACHINE_CSR = 0x300;
const FUNCT3_SHIFT = 12;
const RETURN_ADDRESS = 1;
const ALTERNATE_LINK = 5;
const BITS = 32;
const RS3_SHIFT = 27;
/** Set in the opcode OP-FP, clear in those of the four multiply-adds. */
const OP_FP_BIT = 0x10;

/** funct5 of OP-FP, where it decides which registers are integers and how many there are. */
const enum FloatFunction {
  Divide = 0x03,
  SquareRoot = 0x0b,
  Convert = 0x08,
  Compare = 0x14,
  ToInteger = 0x18,
  FromInteger = 0x1a,
  MoveToInteger = 0x1c,
  MoveFromInteger = 0x1e,
}

/** The class of an operation; floating-point division shows only in the instruction itself. */
export function classify(operation: number): InstructionClass {
  if (operation >= Operation.Multiply && operation <= Operation.RemainderUnsigned) {
    return operation >= Operation.Divide ? InstructionClass.Divide : InstructionClass.Multiply;
  }
  if (operation < Operation.LoadByte) return InstructionClass.Plain;
  if (operation <= Operation.LoadHalfUnsigned) return InstructionClass.Load;
  if (operation <= Operation.StoreWord) return InstructionClass.Store;
  if (operation <= Operation.LoadFloatDouble) return InstructionClass.Load;
  if (operation <= Operation.StoreFloatDouble) return InstructionClass.Store;
  if (
    operation === (Operation.FloatDivideSingle as number) ||
    operation === (Operation.FloatDivideDouble as number)
  ) {
    return InstructionClass.FloatDivide;
  }
  if (operation <= Operation.Float) return InstructionClass.Float;
  if (operation < Operation.JumpAndLink) return InstructionClass.Branch;
  switch (operation) {
    case Operation.JumpAndLink:
      return InstructionClass.Jump;
    case Operation.JumpAndLinkRegister:
      return InstructionClass.IndirectJump;
    case Operation.Fence:
    case Operation.FenceTranslations:
      return InstructionClass.Fence;
    case Operation.CsrReadCell:
    case Operation.CsrSwapCell:
    case Operation.CsrSwapAddress:
    case Operation.Csr:
      return InstructionClass.Csr;
    case Operation.LoadReserved:
    case Operation.StoreConditional:
    case Operation.AtomicSwap:
    case Operation.AtomicAdd:
    case Operation.AtomicAnd:
    case Operation.AtomicOr:
    case Operation.Atomic:
      return InstructionClass.Atomic;
    case Operation.MachineReturn:
    case Operation.SupervisorReturn:
      return InstructionClass.Return;
    default:
      return InstructionClass.System;
  }
}

/** Fills in the registers of an instruction from its record. */
export function readsAndWrites(
  operation: number,
  a: number,
  b: number,
  c: number,
  use: RegisterUse,
): void {
  use.first = 0;
  use.second = 0;
  use.third = 0;
  use.written = 0;
  if (operation <= Operation.BitUnary) {
    use.written = a;
    use.first = b;
  } else if (operation <= Operation.BitBinary) {
    use.written = a;
    use.first = b;
    use.second =
      operation === (Operation.BitBinary as number) ? c & BitBinaryOperand.RegisterMask : c;
  } else if (operation <= Operation.LoadHalfUnsigned) {
    use.written = a;
    use.first = b;
  } else if (operation <= Operation.StoreWord) {
    use.first = a;
    use.second = b;
  } else if (operation <= Operation.LoadFloatDouble) {
    use.written = floatOf(a);
    use.first = b;
  } else if (operation <= Operation.StoreFloatDouble) {
    use.first = floatOf(a);
    use.second = b;
  } else if (operation <= Operation.Float) {
    floatUse(operation, c, use);
  } else if (operation < Operation.JumpAndLink) {
    use.first = a;
    use.second = b;
  } else if (operation <= Operation.JumpAndLinkRegister) {
    use.written = a;
    use.first = b;
  } else if (operation >= Operation.CsrReadCell && operation <= Operation.Csr) {
    use.written = a;
    use.first = ((c >>> FUNCT3_SHIFT) & IMMEDIATE_CSR) === 0 ? rs1Of(c) : 0;
  } else if (operation >= Operation.LoadReserved && operation <= Operation.Atomic) {
    use.written = a;
    use.first = b;
    use.second = rs2Of(c);
  }
}

/** A floating-point register by the word of its cell. */
export function floatOf(word: number): number {
  return FIRST_FLOAT + ((word - HartWord.F) >> 1);
}

function floatUse(operation: number, instruction: number, use: RegisterUse): void {
  const [rd, rs1, rs2] = [rdOf(instruction), rs1Of(instruction), rs2Of(instruction)];
  if (isFused(instruction)) {
    use.third = FIRST_FLOAT + (instruction >>> RS3_SHIFT);
  }
  use.first = FIRST_FLOAT + rs1;
  use.second = FIRST_FLOAT + rs2;
  use.written = FIRST_FLOAT + rd;
  if (operation !== (Operation.Float as number) || isFused(instruction)) return;
  const kind = funct7Of(instruction) >>> 2;
  switch (kind) {
    case FloatFunction.Compare:
      use.written = rd === 0 ? HartWord.XSink : rd;
      break;
    case FloatFunction.ToInteger:
    case FloatFunction.MoveToInteger:
      use.written = rd === 0 ? HartWord.XSink : rd;
      use.second = 0;
      break;
    case FloatFunction.FromInteger:
    case FloatFunction.MoveFromInteger:
      use.first = rs1;
      use.second = 0;
      break;
    case FloatFunction.SquareRoot:
    case FloatFunction.Convert:
      use.second = 0;
      break;
  }
}

/** Whether an instruction of the floating-point unit is one of the four multiply-adds. */
export function isFused(instruction: number): boolean {
  return (instruction & OP_FP_BIT) === 0;
}

/**
 * Whether an instruction of Zicsr writes a CSR so that the pipeline is flushed: any but scratch
 * registers and what traps leave behind, from `mscratch` to `mtval` and from `sscratch` to `stval`
 * (rocket-chip, CSR.scala, `write_flush`).
 */
export function writesCsrWithFlush(instruction: number): boolean {
  const isSwap = ((instruction >>> FUNCT3_SHIFT) & CSR_OPERATION) === CSR_SWAP;
  if (!isSwap && rs1Of(instruction) === 0) return false;
  const inMachine = csrOf(instruction) | MACHINE_CSR;
  return inMachine < CSR_ADDRESSES.mscratch || inMachine > CSR_ADDRESSES.mtval;
}

/** Whether a register holds return addresses (RISC-V Unprivileged 2.5.1). */
export function isReturnStackRegister(register: number): boolean {
  return register === RETURN_ADDRESS || register === ALTERNATE_LINK;
}

/** Bits of the quotient of a division that have to be worked out. */
export function divideCycles(operation: number, dividend: number, divisor: number): number {
  const isSigned =
    operation === (Operation.Divide as number) || operation === (Operation.Remainder as number);
  const above = isSigned ? Math.abs(dividend) : dividend >>> 0;
  const below = isSigned ? Math.abs(divisor) : divisor >>> 0;
  if (below === 0) return BITS;
  return Math.max(Math.clz32(below) - Math.clz32(above) + 1, 0);
}

/** Stages, a place in the store buffer and the cycle that an entry of a page table takes: generously. */
const CYCLES_OF_STAGES = 16;
/** Entries that a walk reads; lines that an instruction may be fetched from. */
const LEVELS = 2;
const LINES = 2;

/**
 * Cycles that no instruction exceeds by which all that is in the pipeline, in its units and in the
 * store buffer is over later than without it: everything it can wait for, one after the other.
 */
export function longestInstruction(parameters: InorderParameters): number {
  const line = parameters.sharedLatency + parameters.memoryLatency + parameters.invalidateLatency;
  const walk = parameters.sharedTranslationLatency + LEVELS * (1 + line);
  return (
    CYCLES_OF_STAGES +
    (LINES + 1) * (walk + line) +
    parameters.deviceLatency +
    parameters.loadLatency +
    parameters.narrowLoadLatency +
    parameters.multiplyLatency +
    parameters.divideLongest +
    parameters.csrLatency +
    parameters.floatLatency +
    parameters.floatDivideLatency +
    parameters.mispredictPenalty +
    parameters.csrWritePenalty
  );
}
