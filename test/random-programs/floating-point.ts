/** Random instructions of F, D and Zfh, and what the floating-point registers hold at the start. */
import fc from 'fast-check';
import { number, operands } from '../floating-point/operands.ts';
import { DOUBLE, HALF, SINGLE } from '../floating-point/rational-model.ts';

/** Fields of the fmt and width kinds, by format. */
const FORMATS = [
  { format: SINGLE, fmt: 0, width: 2 },
  { format: DOUBLE, fmt: 1, width: 3 },
  { format: HALF, fmt: 2, width: 1 },
] as const;
const formatField = fc.constantFrom(...FORMATS);

const OP_FP = 0x53;
const LOAD_FP = 0x07;
const STORE_FP = 0x27;
const FUSED = [0x43, 0x47, 0x4b, 0x4f];

const DYNAMIC = 7;
const register = fc.integer({ min: 0, max: 31 });
/** Three registers, that together hold operands at the start (`floatRegisters`), or any. */
const TRIPLES = 10;
const sources = fc.oneof(
  fc.nat(TRIPLES - 1).map((triple) => [3 * triple, 3 * triple + 1, 3 * triple + 2] as const),
  fc.tuple(register, register, register),
);
/** Mostly as `frm` says; every mode; seldom a reserved one. */
const rounding = fc.oneof(
  { weight: 6, arbitrary: fc.constant(DYNAMIC) },
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 7 }) },
);

const rType = (funct7: number, rs2: number, rs1: number, funct3: number, rd: number) =>
  ((funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | OP_FP) >>> 0;

/** fadd, fsub, fmul, fdiv; fsgnj, fsgnjn, fsgnjx; fmin, fmax: between floating-point registers. */
const arithmetic = fc
  .tuple(fc.integer({ min: 0, max: 3 }), formatField, sources, rounding, register)
  .map(([funct5, { fmt }, [rs1, rs2], rm, rd]) => rType((funct5 << 2) | fmt, rs2, rs1, rm, rd));
const selection = fc
  .tuple(
    fc.constantFrom([4, 0], [4, 1], [4, 2], [5, 0], [5, 1]),
    formatField,
    register,
    register,
    register,
  )
  .map(([[funct5, funct3], { fmt }, rs2, rs1, rd]) =>
    rType((funct5 << 2) | fmt, rs2, rs1, funct3, rd),
  );
const SQUARE_ROOT = 0x0b;
const squareRoot = fc
  .tuple(formatField, register, rounding, register)
  .map(([{ fmt }, rs1, rm, rd]) => rType((SQUARE_ROOT << 2) | fmt, 0, rs1, rm, rd));
const CONVERT_FORMAT = 0x08;
/** Also from a format to itself and from quad precision, which is illegal. */
const formatConversion = fc
  .tuple(formatField, fc.integer({ min: 0, max: 3 }), register, rounding, register)
  .map(([{ fmt }, source, rs1, rm, rd]) => rType((CONVERT_FORMAT << 2) | fmt, source, rs1, rm, rd));
/** fcvt from an integer, signed or not. */
const FROM_INTEGER = 0x1a;
const fromInteger = fc
  .tuple(formatField, fc.integer({ min: 0, max: 1 }), register, rounding, register)
  .map(([{ fmt }, unsigned, rs1, rm, rd]) =>
    rType((FROM_INTEGER << 2) | fmt, unsigned, rs1, rm, rd),
  );
/** fmv.w.x, fmv.h.x, and fmv.d.x, which RV32 has not. */
const MOVE_FROM_INTEGER = 0x1e;
const moveFromInteger = fc
  .tuple(formatField, register, register)
  .map(([{ fmt }, rs1, rd]) => rType((MOVE_FROM_INTEGER << 2) | fmt, 0, rs1, 0, rd));
const fused = fc
  .tuple(fc.constantFrom(...FUSED), formatField, sources, rounding, register)
  .map(
    ([opcode, { fmt }, [rs1, rs2, rs3], rm, rd]) =>
      ((rs3 << 27) | (fmt << 25) | (rs2 << 20) | (rs1 << 15) | (rm << 12) | (rd << 7) | opcode) >>>
      0,
  );

/** Comparisons and conversions to integers, whose flags are all that they leave in the unit. */
const COMPARE = 0x14;
const TO_INTEGER = 0x18;
const toInteger = (destination: fc.Arbitrary<number>) =>
  fc.oneof(
    fc
      .tuple(formatField, register, register, fc.integer({ min: 0, max: 2 }), destination)
      .map(([{ fmt }, rs2, rs1, funct3, rd]) => rType((COMPARE << 2) | fmt, rs2, rs1, funct3, rd)),
    fc
      .tuple(formatField, fc.integer({ min: 0, max: 1 }), register, rounding, destination)
      .map(([{ fmt }, unsigned, rs1, rm, rd]) =>
        rType((TO_INTEGER << 2) | fmt, unsigned, rs1, rm, rd),
      ),
  );
/** fclass and fmv.x, which leave the unit alone; fmv.x.d is illegal. */
const MOVE_TO_INTEGER = 0x1c;
const inspection = (destination: fc.Arbitrary<number>) =>
  fc
    .tuple(formatField, fc.integer({ min: 0, max: 1 }), register, destination)
    .map(([{ fmt }, funct3, rs1, rd]) => rType((MOVE_TO_INTEGER << 2) | fmt, 0, rs1, funct3, rd));

const access = (base: fc.Arbitrary<number>, displacement: fc.Arbitrary<number>) =>
  fc
    .tuple(fc.boolean(), formatField, base, displacement, register)
    .map(([isLoad, { width }, rs1, offset, fpr]) => {
      const fields = (rs1 << 15) | (width << 12);
      const store = ((offset >> 5) << 25) | (fpr << 20) | ((offset & 31) << 7);
      const load = (offset << 20) | (fpr << 7);
      return (fields | (isLoad ? load | LOAD_FP : store | STORE_FP)) >>> 0;
    });

export interface FloatOperands {
  /** Integer registers that instructions may write. */
  readonly destination: fc.Arbitrary<number>;
  /** Integer registers that point at data, and distances from them. */
  readonly base: fc.Arbitrary<number>;
  readonly displacement: fc.Arbitrary<number>;
  /** Whether an instruction may raise flags and write no floating-point register. */
  readonly raisesAlone: boolean;
}

/** Any instruction of F, D and Zfh, and some that are nearly one. */
export function floatInstruction(operands: FloatOperands): fc.Arbitrary<number> {
  const { destination, base, displacement, raisesAlone } = operands;
  return fc.oneof(
    { weight: 6, arbitrary: arithmetic },
    { weight: 4, arbitrary: fused },
    { weight: 2, arbitrary: selection },
    { weight: 4, arbitrary: access(base, displacement) },
    { weight: 2, arbitrary: formatConversion },
    squareRoot,
    fromInteger,
    moveFromInteger,
    inspection(destination),
    { weight: raisesAlone ? 4 : 0, arbitrary: toInteger(destination) },
  );
}

/** The 64 bits of f0 … f31: operands that go together, three by three, and two of any bits. */
export const floatRegisters: fc.Arbitrary<readonly bigint[]> = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: operands(DOUBLE) },
        { weight: 2, arbitrary: operands(SINGLE) },
        operands(HALF),
      ),
      { minLength: TRIPLES, maxLength: TRIPLES },
    ),
    number(DOUBLE),
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  )
  .map(([triples, ...others]) => [...triples.flat(), ...others]);
