/**
 * Executes the instructions of F, D and Zfh on the registers of a hart: RISC-V Unprivileged ISA
 * 20191213, chapters 11 and 12, and Zfh 1.0; `mstatus.FS`: Privileged Architecture 3.1.6.6.
 */
import { funct3Of, rdOf, rs1Of, rs2Of } from '../instruction-fields.ts';
import type { HartState } from '../hart-state.ts';
import { Mstatus } from '../mstatus.ts';
import { HartWord } from '../state-layout.ts';
import { classify } from './classify.ts';
import { toInt32, toUint32 } from './convert.ts';
import {
  addDouble,
  divideDouble,
  multiplyAddDouble,
  multiplyDouble,
  rootDouble,
} from './double.ts';
import { Flag, RoundingMode, type Environment } from './environment.ts';
import { FloatOperation } from './float-operation.ts';
import { FloatRegisters } from './float-registers.ts';
import { Format, HALF, SINGLE } from './format.ts';
import { narrow } from './narrow.ts';
import { isNegative } from './number-bits.ts';
import { addShort, divideShort, multiplyAddShort, multiplyShort, rootShort } from './short.ts';

const FORMAT_SHIFT = 25;
const FORMAT_MASK = 3;
const RS3_SHIFT = 27;
const LAST_ROUNDING: number = FloatOperation.ConvertToUnsigned;
const FIRST_TO_INTEGER: number = FloatOperation.ConvertToSigned;
const LAST_TO_INTEGER: number = FloatOperation.MoveToInteger;
const FRM_SHIFT = 5;
const FRM_MASK = 7;

export class FloatUnit {
  readonly registers: FloatRegisters;
  readonly #hart: HartState;
  readonly #environment: Environment = { rounding: RoundingMode.NearestEven, flags: 0 };

  constructor(hart: HartState) {
    this.#hart = hart;
    this.registers = new FloatRegisters(hart);
  }

  /** Whether software may use the unit: `mstatus.FS` is not Off. */
  get isOn(): boolean {
    return (this.#hart.words[HartWord.Mstatus] & Mstatus.FS) !== 0;
  }

  /** To be called when a register or `fcsr` has been written. */
  markDirty(): void {
    this.#hart.words[HartWord.Mstatus] |= Mstatus.FS;
  }

  /** Executes a `FloatOperation`; false if it is illegal now, and nothing has happened. */
  execute(operation: number, instruction: number): boolean {
    const { words } = this.#hart;
    const environment = this.#environment;
    if (!this.isOn) {
      return false;
    }
    if (operation <= LAST_ROUNDING) {
      let rounding = roundingMode(funct3Of(instruction));
      if (rounding === RoundingMode.Dynamic) {
        rounding = roundingMode((words[HartWord.Fcsr] >>> FRM_SHIFT) & FRM_MASK);
      }
      if (rounding >= RoundingMode.Reserved) {
        return false;
      }
      environment.rounding = rounding;
    }
    environment.flags = 0;
    const rd = rdOf(instruction);
    if (operation >= FIRST_TO_INTEGER && operation <= LAST_TO_INTEGER) {
      const value = this.#toInteger(operation, instruction);
      if (rd !== 0) {
        words[HartWord.X + rd] = value;
      }
      if (environment.flags !== 0) {
        words[HartWord.Fcsr] |= environment.flags;
        this.markDirty();
      }
    } else {
      this.#toFloat(operation, instruction, rd);
      words[HartWord.Fcsr] |= environment.flags;
      this.markDirty();
    }
    return true;
  }

  /** The operations whose result is an integer register's. */
  #toInteger(operation: number, instruction: number): number {
    const format = formatOf(instruction);
    const rs1 = rs1Of(instruction);
    const rs2 = rs2Of(instruction);
    const { registers } = this;
    switch (operation) {
      case FloatOperation.ConvertToSigned:
        return toInt32(registers.read(rs1, format), this.#environment);
      case FloatOperation.ConvertToUnsigned:
        return toUint32(registers.read(rs1, format), this.#environment);
      case FloatOperation.Classify: {
        const value = registers.read(rs1, format);
        const isSignalling = registers.isSignalling(rs1, format);
        return classify(value, format, registers.sign(rs1, format), isSignalling);
      }
      case FloatOperation.MoveToInteger: {
        const bits = registers.rawLow(rs1);
        return format === Format.Half ? (bits << 16) >> 16 : bits;
      }
      default:
        return this.#compare(operation, format, rs1, rs2) ? 1 : 0;
    }
  }

  /** feq is quiet; flt and fle raise invalid for any NaN. */
  #compare(operation: number, format: Format, rs1: number, rs2: number): boolean {
    const a = this.registers.read(rs1, format);
    const b = this.registers.read(rs2, format);
    const isUnordered = a !== a || b !== b;
    if (isUnordered) {
      const isQuiet = operation === (FloatOperation.Equal as number);
      if (!isQuiet || this.#isSignalling(format, rs1, rs2)) {
        this.#environment.flags |= Flag.Invalid;
      }
      return false;
    }
    switch (operation) {
      case FloatOperation.Equal:
        return a === b;
      case FloatOperation.LessThan:
        return a < b;
      default:
        return a <= b;
    }
  }

  #isSignalling(format: Format, rs1: number, rs2: number): boolean {
    return this.registers.isSignalling(rs1, format) || this.registers.isSignalling(rs2, format);
  }

  /** The operations whose result is a floating-point register's. */
  #toFloat(operation: number, instruction: number, rd: number): void {
    const format = formatOf(instruction);
    const rs1 = rs1Of(instruction);
    const rs2 = rs2Of(instruction);
    const { registers } = this;
    const environment = this.#environment;
    switch (operation) {
      case FloatOperation.Add:
      case FloatOperation.Subtract:
      case FloatOperation.Multiply:
      case FloatOperation.Divide: {
        const a = registers.read(rs1, format);
        const b = registers.read(rs2, format);
        const result = compute(operation, a, b, format, environment);
        if (result !== result && ((a === a && b === b) || this.#isSignalling(format, rs1, rs2))) {
          environment.flags |= Flag.Invalid;
        }
        registers.write(rd, format, result);
        return;
      }
      case FloatOperation.SquareRoot: {
        const a = registers.read(rs1, format);
        const result = squareRoot(a, format, environment);
        if (result !== result && (a === a || registers.isSignalling(rs1, format))) {
          environment.flags |= Flag.Invalid;
        }
        registers.write(rd, format, result);
        return;
      }
      case FloatOperation.MultiplyAdd:
        this.#multiplyAdd(instruction, format, rd, 1, 1);
        return;
      case FloatOperation.MultiplySubtract:
        this.#multiplyAdd(instruction, format, rd, 1, -1);
        return;
      case FloatOperation.NegateMultiplySubtract:
        this.#multiplyAdd(instruction, format, rd, -1, 1);
        return;
      case FloatOperation.NegateMultiplyAdd:
        this.#multiplyAdd(instruction, format, rd, -1, -1);
        return;
      case FloatOperation.ConvertFromSigned:
        this.#convertInteger(rd, format, this.#hart.words[HartWord.X + rs1]);
        return;
      case FloatOperation.ConvertFromUnsigned:
        this.#convertInteger(rd, format, this.#hart.words[HartWord.X + rs1] >>> 0);
        return;
      case FloatOperation.ConvertFormat: {
        const source = formatFrom(rs2);
        if (registers.isSignalling(rs1, source)) {
          environment.flags |= Flag.Invalid;
        }
        this.#convertInteger(rd, format, registers.read(rs1, source));
        return;
      }
      case FloatOperation.SignCopy:
        registers.writeWithSign(rd, format, rs1, registers.sign(rs2, format));
        return;
      case FloatOperation.SignNegate:
        registers.writeWithSign(rd, format, rs1, !registers.sign(rs2, format));
        return;
      case FloatOperation.SignXor: {
        const negative = registers.sign(rs1, format) !== registers.sign(rs2, format);
        registers.writeWithSign(rd, format, rs1, negative);
        return;
      }
      case FloatOperation.Minimum:
      case FloatOperation.Maximum:
        this.#chooseExtreme(operation, format, rd, rs1, rs2);
        return;
      default:
        registers.writeBits(rd, format, this.#hart.words[HartWord.X + rs1]);
    }
  }

  /** ±(rs1 * rs2) ± rs3, rounded once. */
  #multiplyAdd(
    instruction: number,
    format: Format,
    rd: number,
    productSign: number,
    sumSign: number,
  ): void {
    const { registers } = this;
    const environment = this.#environment;
    const rs1 = rs1Of(instruction);
    const rs2 = rs2Of(instruction);
    const rs3 = instruction >>> RS3_SHIFT;
    const a = registers.read(rs1, format) * productSign;
    const b = registers.read(rs2, format);
    const c = registers.read(rs3, format) * sumSign;
    const result =
      format === Format.Double
        ? multiplyAddDouble(a, b, c, environment)
        : multiplyAddShort(a, b, c, format === Format.Half ? HALF : SINGLE, environment);
    if (result !== result) {
      // Infinity times zero is invalid even if a quiet NaN is added to it.
      const product = a * b;
      const isInvalid =
        (product !== product && a === a && b === b) ||
        (product === product && c === c) ||
        this.#isSignalling(format, rs1, rs2) ||
        registers.isSignalling(rs3, format);
      environment.flags |= isInvalid ? Flag.Invalid : 0;
    }
    registers.write(rd, format, result);
  }

  /** Writes any number, rounded to the format. */
  #convertInteger(rd: number, format: Format, value: number): void {
    const rounded =
      format === Format.Double
        ? value
        : narrow(value, format === Format.Half ? HALF : SINGLE, this.#environment);
    this.registers.write(rd, format, rounded);
  }

  /** minimumNumber and maximumNumber of IEEE 754-2019, 9.6: a number wins over a NaN, -0 < +0. */
  #chooseExtreme(operation: number, format: Format, rd: number, rs1: number, rs2: number): void {
    const { registers } = this;
    const a = registers.read(rs1, format);
    const b = registers.read(rs2, format);
    if (a !== a || b !== b) {
      if (this.#isSignalling(format, rs1, rs2)) {
        this.#environment.flags |= Flag.Invalid;
      }
      if (a !== a && b !== b) {
        registers.write(rd, format, NaN);
      } else {
        registers.copy(rd, format, a === a ? rs1 : rs2);
      }
      return;
    }
    const firstIsLess = a < b || (a === b && isNegative(a));
    const takesFirst = firstIsLess === (operation === (FloatOperation.Minimum as number));
    registers.copy(rd, format, takesFirst ? rs1 : rs2);
  }
}

function roundingMode(field: number): RoundingMode {
  switch (field) {
    case RoundingMode.NearestEven:
      return RoundingMode.NearestEven;
    case RoundingMode.TowardZero:
      return RoundingMode.TowardZero;
    case RoundingMode.Down:
      return RoundingMode.Down;
    case RoundingMode.Up:
      return RoundingMode.Up;
    case RoundingMode.NearestMaxMagnitude:
      return RoundingMode.NearestMaxMagnitude;
    case RoundingMode.Dynamic:
      return RoundingMode.Dynamic;
    default:
      return RoundingMode.Reserved;
  }
}

function formatOf(instruction: number): Format {
  return formatFrom((instruction >>> FORMAT_SHIFT) & FORMAT_MASK);
}

/** The decoder has refused quad precision. */
function formatFrom(field: number): Format {
  switch (field) {
    case Format.Single:
      return Format.Single;
    case Format.Double:
      return Format.Double;
    default:
      return Format.Half;
  }
}

function compute(
  operation: number,
  a: number,
  b: number,
  format: Format,
  environment: Environment,
): number {
  if (format === Format.Double) {
    switch (operation) {
      case FloatOperation.Add:
        return addDouble(a, b, environment);
      case FloatOperation.Subtract:
        return addDouble(a, -b, environment);
      case FloatOperation.Multiply:
        return multiplyDouble(a, b, environment);
      default:
        return divideDouble(a, b, environment);
    }
  }
  const short = format === Format.Half ? HALF : SINGLE;
  switch (operation) {
    case FloatOperation.Add:
      return addShort(a, b, short, environment);
    case FloatOperation.Subtract:
      return addShort(a, -b, short, environment);
    case FloatOperation.Multiply:
      return multiplyShort(a, b, short, environment);
    default:
      return divideShort(a, b, short, environment);
  }
}

function squareRoot(a: number, format: Format, environment: Environment): number {
  return format === Format.Double
    ? rootDouble(a, environment)
    : rootShort(a, format === Format.Half ? HALF : SINGLE, environment);
}
