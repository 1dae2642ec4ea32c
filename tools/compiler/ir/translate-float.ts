/** Translates the floating-point instructions. */
import type { Mnemonic } from '../../assembler/encode.ts';
import type { WasmInstruction } from '../wasm/instructions.ts';
import { Opcode } from '../wasm/opcodes.ts';
import type { Builder } from './builder.ts';
import { convertFromWide, truncate } from './float-conversions.ts';
import { type Instruction, Op, ValueKind } from './instruction.ts';
import { Rounding } from './rounding.ts';
import type { StackMachine } from './stack-machine.ts';

const { Word, Single, Double } = ValueKind;

/** A format's instructions, and the power of two from which on every number is an integer. */
interface Format {
  readonly kind: ValueKind;
  readonly suffix: 's' | 'd';
  readonly integral: bigint;
}

const SINGLE: Format = { kind: Single, suffix: 's', integral: 0x4b00_0000n };
const DOUBLE: Format = { kind: Double, suffix: 'd', integral: 0x4330_0000_0000_0000n };

/** One machine instruction, operands in order. */
const ARITHMETIC: readonly (readonly [
  single: number,
  double: number,
  'fadd' | 'fsub' | 'fmul' | 'fdiv' | 'fsgnj',
])[] = [
  [Opcode.F32Add, Opcode.F64Add, 'fadd'],
  [Opcode.F32Sub, Opcode.F64Sub, 'fsub'],
  [Opcode.F32Mul, Opcode.F64Mul, 'fmul'],
  [Opcode.F32Div, Opcode.F64Div, 'fdiv'],
  [Opcode.F32Copysign, Opcode.F64Copysign, 'fsgnj'],
];

interface Comparison {
  readonly mnemonic: 'feq' | 'flt' | 'fle';
  readonly exchanged?: boolean;
  readonly negated?: boolean;
}

/** In the order of the opcodes from `f32.eq` and `f64.eq` on. */
const COMPARISONS: readonly Comparison[] = [
  { mnemonic: 'feq' },
  { mnemonic: 'feq', negated: true },
  { mnemonic: 'flt' },
  { mnemonic: 'flt', exchanged: true },
  { mnemonic: 'fle' },
  { mnemonic: 'fle', exchanged: true },
];

type Operation = (builder: Builder, stack: StackMachine) => void;

function unary(work: (builder: Builder, value: Instruction) => Instruction): Operation {
  return (builder, stack) => stack.push(work(builder, stack.pop()));
}

function binary(
  work: (builder: Builder, a: Instruction, b: Instruction) => Instruction,
): Operation {
  return (builder, stack) => {
    const b = stack.pop();
    stack.push(work(builder, stack.pop(), b));
  };
}

/** One instruction of one operand. */
function direct(mnemonic: Mnemonic, kind: ValueKind, rounding = Rounding.Dynamic): Operation {
  return unary((builder, value) => builder.float(mnemonic, kind, [value], rounding));
}

function compare({ suffix }: Format, { mnemonic, exchanged, negated }: Comparison): Operation {
  return binary((builder, a, b) => {
    const operands = exchanged === true ? [b, a] : [a, b];
    const truth = builder.float(`${mnemonic}.${suffix}`, Word, operands);
    return negated === true ? builder.binary(Op.Eq, truth, builder.constant(0)) : truth;
  });
}

/** WebAssembly has NaN if either operand is, the machine the other operand. */
function extreme({ kind, suffix }: Format, mnemonic: 'fmin' | 'fmax'): Operation {
  return binary((builder, a, b) => {
    const ordered = builder.binary(
      Op.And,
      builder.float(`feq.${suffix}`, Word, [a, a]),
      builder.float(`feq.${suffix}`, Word, [b, b]),
    );
    const result = builder.float(`${mnemonic}.${suffix}`, kind, [a, b]);
    return builder.select(ordered, result, builder.float(`fadd.${suffix}`, kind, [a, b]));
  });
}

/**
 * Rounds to an integer: added to the smallest number that has no fraction bits, with the sign of the
 * value, a value loses its own in the way that the addition rounds. Larger values are integers, or
 * infinite, or NaN; the sign is that of the value even if the result is zero.
 */
function toIntegral({ kind, suffix, integral }: Format, rounding: Rounding): Operation {
  return unary((builder, value) => {
    const limit = builder.fn.floatConstant(kind, integral);
    const magnitude = builder.float(`fsgnjx.${suffix}`, kind, [value, value]);
    const hasFraction = builder.float(`flt.${suffix}`, Word, [magnitude, limit]);
    const signed = builder.float(`fsgnj.${suffix}`, kind, [limit, value]);
    const sum = builder.float(`fadd.${suffix}`, kind, [value, signed], rounding);
    const difference = builder.float(`fsub.${suffix}`, kind, [sum, signed]);
    const rounded = builder.float(`fsgnj.${suffix}`, kind, [difference, value]);
    return builder.select(hasFraction, rounded, value);
  });
}

function sameOperand(format: Format, mnemonic: 'fsgnjx' | 'fsgnjn'): Operation {
  const { kind, suffix } = format;
  return unary((builder, value) => builder.float(`${mnemonic}.${suffix}`, kind, [value, value]));
}

const OPERATIONS: ReadonlyMap<number, Operation> = new Map([
  ...operationsOf(SINGLE, Opcode.F32Eq, Opcode.F32Abs),
  ...operationsOf(DOUBLE, Opcode.F64Eq, Opcode.F64Abs),
  ...ARITHMETIC.flatMap(([single, double, mnemonic]): [number, Operation][] =>
    (
      [
        [single, SINGLE],
        [double, DOUBLE],
      ] as const
    ).map(([opcode, { kind, suffix }]) => [
      opcode,
      binary((builder, a, b) => builder.float(`${mnemonic}.${suffix}`, kind, [a, b])),
    ]),
  ),
  [Opcode.F32ConvertI32S, direct('fcvt.s.w', Single)],
  [Opcode.F32ConvertI32U, direct('fcvt.s.wu', Single)],
  [Opcode.F64ConvertI32S, direct('fcvt.d.w', Double, Rounding.NearestEven)],
  [Opcode.F64ConvertI32U, direct('fcvt.d.wu', Double, Rounding.NearestEven)],
  [Opcode.F32DemoteF64, direct('fcvt.s.d', Single)],
  [Opcode.F64PromoteF32, direct('fcvt.d.s', Double, Rounding.NearestEven)],
  [Opcode.I32ReinterpretF32, direct('fmv.x.w', Word)],
  [Opcode.F32ReinterpretI32, direct('fmv.w.x', Single)],
  [
    Opcode.I64ReinterpretF64,
    (builder, stack) => {
      const value = stack.pop();
      stack.pushWide({ low: builder.lowWord(value), high: builder.highWord(value) });
    },
  ],
  [
    Opcode.F64ReinterpretI64,
    (builder, stack) => {
      const { low, high } = stack.popWide();
      stack.push(builder.makeDouble(low, high));
    },
  ],
]);

/** The first comparison and the first unary operation of a format; the others follow in its order. */
function operationsOf(format: Format, equal: number, abs: number): [number, Operation][] {
  const { kind, suffix } = format;
  const inOrder: readonly Operation[] = [
    sameOperand(format, 'fsgnjx'),
    sameOperand(format, 'fsgnjn'),
    toIntegral(format, Rounding.Up),
    toIntegral(format, Rounding.Down),
    toIntegral(format, Rounding.TowardsZero),
    toIntegral(format, Rounding.NearestEven),
    direct(`fsqrt.${suffix}`, kind),
  ];
  const minimum = kind === Single ? Opcode.F32Min : Opcode.F64Min;
  const maximum = kind === Single ? Opcode.F32Max : Opcode.F64Max;
  return [
    ...COMPARISONS.map((comparison, i): [number, Operation] => [
      equal + i,
      compare(format, comparison),
    ]),
    ...inOrder.map((operation, i): [number, Operation] => [abs + i, operation]),
    [minimum, extreme(format, 'fmin')],
    [maximum, extreme(format, 'fmax')],
  ];
}

/** Loads, stores and constants; false if the instruction is none of these. */
function translateAccess(
  builder: Builder,
  stack: StackMachine,
  { opcode, immediate, wide }: WasmInstruction,
): boolean {
  switch (opcode) {
    case Opcode.F32Const:
      stack.push(builder.fn.floatConstant(Single, wide));
      return true;
    case Opcode.F64Const:
      stack.push(builder.fn.floatConstant(Double, wide));
      return true;
    case Opcode.F32Load:
    case Opcode.F64Load: {
      const op = opcode === Opcode.F32Load ? Op.LoadSingle : Op.LoadDouble;
      stack.push(builder.load(op, stack.pop(), immediate));
      return true;
    }
    case Opcode.F32Store:
    case Opcode.F64Store: {
      const value = stack.pop();
      const op = opcode === Opcode.F32Store ? Op.StoreSingle : Op.StoreDouble;
      builder.store(op, stack.pop(), immediate, value);
      return true;
    }
    default:
      return false;
  }
}

/** Floating-point arithmetic, comparison, conversion, memory access; false for other instructions. */
export function translateFloat(
  builder: Builder,
  stack: StackMachine,
  instruction: WasmInstruction,
): boolean {
  if (translateAccess(builder, stack, instruction)) return true;
  const { opcode } = instruction;
  const operation = OPERATIONS.get(opcode);
  if (operation !== undefined) {
    operation(builder, stack);
    return true;
  }
  return convertFromWide(builder, stack, opcode) || truncate(builder, stack, opcode);
}
