/** As what an instruction counts when it retires, in the in-order model's event counters. */
import { funct7Of } from '../hart/instruction-fields.ts';
import { CountedEvent } from '../timing/inorder/events.ts';
import { InstructionClass, isFused } from './instruction-timing.ts';
import { Operation } from './operations.ts';

const EVENTS: { readonly [kind in InstructionClass]: number } = {
  [InstructionClass.Plain]: CountedEvent.Arithmetic,
  [InstructionClass.Multiply]: CountedEvent.Multiplication,
  [InstructionClass.Divide]: CountedEvent.Division,
  [InstructionClass.Load]: CountedEvent.Load,
  [InstructionClass.Store]: CountedEvent.Store,
  [InstructionClass.Float]: CountedEvent.FloatOther,
  [InstructionClass.FloatDivide]: CountedEvent.FloatDivision,
  [InstructionClass.Branch]: CountedEvent.Branch,
  [InstructionClass.Jump]: CountedEvent.DirectJump,
  [InstructionClass.IndirectJump]: CountedEvent.IndirectJump,
  [InstructionClass.Fence]: CountedEvent.System,
  [InstructionClass.Csr]: CountedEvent.System,
  [InstructionClass.Atomic]: CountedEvent.AtomicOperation,
  [InstructionClass.Return]: CountedEvent.System,
  [InstructionClass.System]: CountedEvent.System,
};

/** By funct5 of OP-FP. */
const FLOAT_EVENTS: Readonly<Partial<Record<number, number>>> = {
  0x00: CountedEvent.FloatAddition,
  0x01: CountedEvent.FloatAddition,
  0x02: CountedEvent.FloatMultiplication,
  0x03: CountedEvent.FloatDivision,
  0x0b: CountedEvent.FloatDivision,
};

/**
 * A `CountedEvent`.
 * @param instruction its word, which counts for floating-point operations alone
 */
export function committedEvent(
  kind: InstructionClass,
  operation: Operation,
  instruction: number,
): number {
  if (operation >= Operation.LoadFloatHalf && operation <= Operation.StoreFloatDouble) {
    return operation < Operation.StoreFloatHalf ? CountedEvent.FloatLoad : CountedEvent.FloatStore;
  }
  if (kind !== InstructionClass.Float) return EVENTS[kind];
  if (isFused(instruction)) return CountedEvent.FusedMultiplyAdd;
  return FLOAT_EVENTS[funct7Of(instruction) >>> 2] ?? CountedEvent.FloatOther;
}
