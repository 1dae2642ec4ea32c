/**
 * How arguments travel, by the RISC-V ELF psABI ("Hardware Floating-point Calling Convention"): the
 * first eight floating-point ones in registers of their own; further ones as integers of their size,
 * which is what they become here, so that what follows knows integers and those eight only. Under
 * ilp32 there are no floating-point arguments.
 */
import { ValueType } from '../wasm/module.ts';
import type { Builder } from './builder.ts';
import { ArgumentClass, type Instruction, Op, ValueKind } from './instruction.ts';

const FLOAT_ARGUMENTS = 8;

export function kindOfType(type: ValueType): ValueKind {
  switch (type) {
    case ValueType.F32:
      return ValueKind.Single;
    case ValueType.F64:
      return ValueKind.Double;
    default:
      return ValueKind.Word;
  }
}

export function isFloatType(type: ValueType): boolean {
  return type === ValueType.F32 || type === ValueType.F64;
}

/** How arguments of these types travel. */
export function classifyArguments(types: readonly ValueType[]): ArgumentClass[] {
  let floats = 0;
  return types.map((type) => {
    if (isFloatType(type) && floats++ < FLOAT_ARGUMENTS) return ArgumentClass.Float;
    const isWide = type === ValueType.I64 || type === ValueType.F64;
    return isWide ? ArgumentClass.Pair : ArgumentClass.Word;
  });
}

/** The values that a call passes for arguments, of which an i64 comes as two. */
export function argumentOperands(
  builder: Builder,
  types: readonly ValueType[],
  values: readonly Instruction[],
): Instruction[] {
  const classes = classifyArguments(types);
  let next = 0;
  return types.flatMap((type, index) => {
    const value = values[next++];
    if (type === ValueType.I64) return [value, values[next++]];
    if (!isFloatType(type) || classes[index] === ArgumentClass.Float) return [value];
    return type === ValueType.F32
      ? [builder.float('fmv.x.w', ValueKind.Word, [value])]
      : [builder.lowWord(value), builder.highWord(value)];
  });
}

/** Makes the values of a function's parameters, of which an i64 comes as two. */
export function parameterValues(builder: Builder, types: readonly ValueType[]): Instruction[] {
  const classes = classifyArguments(types);
  let next = 0;
  const parameter = (kind: ValueKind): Instruction => {
    const value = builder.append(Op.Parameter, []);
    value.kind = kind;
    value.immediate = next++;
    return value;
  };
  const word = () => parameter(ValueKind.Word);
  const passed = types.map((type, index) => {
    if (classes[index] === ArgumentClass.Float) return [parameter(kindOfType(type))];
    return classes[index] === ArgumentClass.Pair ? [word(), word()] : [word()];
  });
  // Only when all parameters stand there: they come before everything else in a function.
  return types.flatMap((type, index) => {
    const values = passed[index];
    if (!isFloatType(type) || classes[index] === ArgumentClass.Float) return values;
    return type === ValueType.F32
      ? [builder.float('fmv.w.x', ValueKind.Single, values)]
      : [builder.makeDouble(values[0], values[1])];
  });
}
