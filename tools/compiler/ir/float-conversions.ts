/** Conversions between integers and floating-point numbers that are more than one instruction. */
import { TrapReason } from '../../linker/object.ts';
import { Opcode } from '../wasm/opcodes.ts';
import type { Builder } from './builder.ts';
import { ArgumentClass, type Instruction, Op, ValueKind } from './instruction.ts';
import { Rounding } from './rounding.ts';
import type { StackMachine } from './stack-machine.ts';

const { Word, Single, Double } = ValueKind;

/** Routines of the run-time library, by libgcc's names; those to i64 saturate and make 0 of NaN. */
const DOUBLE_TO_SIGNED = '__fixdfdi';
const DOUBLE_TO_UNSIGNED = '__fixunsdfdi';
const SIGNED_TO_SINGLE = '__floatdisf';
const UNSIGNED_TO_SINGLE = '__floatundisf';

const FLOAT_ARGUMENT: readonly ArgumentClass[] = [ArgumentClass.Float];
const TWO_TO_32 = 4294967296;

/** i64 to a floating-point number; false if the instruction is something else. */
export function convertFromWide(builder: Builder, stack: StackMachine, opcode: number): boolean {
  switch (opcode) {
    case Opcode.F32ConvertI64S:
    case Opcode.F32ConvertI64U: {
      const { low, high } = stack.popWide();
      const routine = opcode === Opcode.F32ConvertI64S ? SIGNED_TO_SINGLE : UNSIGNED_TO_SINGLE;
      stack.push(builder.call(routine, [low, high], 1, Single));
      return true;
    }
    case Opcode.F64ConvertI64S:
    case Opcode.F64ConvertI64U: {
      const { low, high } = stack.popWide();
      const exact = Rounding.NearestEven;
      const upper = opcode === Opcode.F64ConvertI64S ? 'fcvt.d.w' : 'fcvt.d.wu';
      const parts = [
        builder.float(upper, Double, [high], exact),
        builder.floatConstant(Double, TWO_TO_32),
        builder.float('fcvt.d.wu', Double, [low], exact),
      ];
      // Both parts and the product are exact: only the sum is rounded.
      stack.push(builder.float('fmadd.d', Double, parts));
      return true;
    }
    default:
      return false;
  }
}

interface Truncation {
  readonly from: ValueKind.Single | ValueKind.Double;
  readonly bits: 32 | 64;
  readonly signed: boolean;
  /** Out-of-range values become the nearest integer and NaN becomes 0, instead of a trap. */
  readonly saturating: boolean;
}

/** In the order of the opcodes `i32.trunc_f32_s` …, and of the saturating ones. */
const ORDER: readonly Omit<Truncation, 'bits' | 'saturating'>[] = [
  { from: Single, signed: true },
  { from: Single, signed: false },
  { from: Double, signed: true },
  { from: Double, signed: false },
];

function truncationsFrom(
  first: number,
  bits: 32 | 64,
  saturating: boolean,
): [number, Truncation][] {
  return ORDER.map((truncation, i) => [first + i, { ...truncation, bits, saturating }]);
}

const TRUNCATIONS = new Map<number, Truncation>([
  ...truncationsFrom(Opcode.I32TruncF32S, 32, false),
  ...truncationsFrom(Opcode.I64TruncF32S, 64, false),
  ...truncationsFrom(Opcode.I32TruncSatF32S, 32, true),
  ...truncationsFrom(Opcode.I64TruncSatF32S, 64, true),
]);

/** A floating-point number to an integer; false if the instruction is something else. */
export function truncate(builder: Builder, stack: StackMachine, opcode: number): boolean {
  const truncation = TRUNCATIONS.get(opcode);
  if (truncation === undefined) return false;
  const value = stack.pop();
  if (!truncation.saturating) trapOutside(builder, value, truncation);
  if (truncation.bits === 32) {
    stack.push(toWord(builder, value, truncation));
  } else {
    const { from, signed } = truncation;
    const double =
      from === Double ? value : builder.float('fcvt.d.s', Double, [value], Rounding.NearestEven);
    const call = builder.call(signed ? DOUBLE_TO_SIGNED : DOUBLE_TO_UNSIGNED, [double], 2);
    call.argumentClasses = FLOAT_ARGUMENT;
    stack.pushWide({ low: call, high: builder.resultHigh(call) });
  }
  return true;
}

function toWord(
  builder: Builder,
  value: Instruction,
  { from, signed, saturating }: Truncation,
): Instruction {
  const suffix = from === Single ? 's' : 'd';
  const mnemonic = `fcvt.${signed ? 'w' : 'wu'}.${suffix}` as const;
  const word = builder.float(mnemonic, Word, [value], Rounding.TowardsZero);
  if (!saturating) return word;
  // The machine saturates too, but takes NaN for the largest number.
  const isNumber = builder.float(`feq.${suffix}`, Word, [value, value]);
  const mask = builder.binary(Op.Sub, builder.constant(0), isNumber);
  return builder.binary(Op.And, word, mask);
}

/** Values are in range above `low`, or from it on if it is included, and below `high`. */
function trapOutside(
  builder: Builder,
  value: Instruction,
  { from, bits, signed }: Truncation,
): void {
  const suffix = from === Single ? 's' : 'd';
  const high = signed ? 2 ** (bits - 1) : 2 ** bits;
  const lowest = signed ? -high : 0;
  // Where the format has the number one below the range, that is where it ends.
  const below = lowest - 1;
  const rounded = from === Single ? Math.fround(below) : below;
  const isIncluded = rounded === lowest;
  const aboveLow = builder.float(isIncluded ? `fle.${suffix}` : `flt.${suffix}`, Word, [
    builder.floatConstant(from, rounded),
    value,
  ]);
  const belowHigh = builder.float(`flt.${suffix}`, Word, [
    value,
    builder.floatConstant(from, high),
  ]);
  const inRange = builder.binary(Op.And, aboveLow, belowHigh);
  builder.trapIf(
    builder.binary(Op.Eq, inRange, builder.constant(0)),
    TrapReason.ConversionOutOfRange,
  );
}
