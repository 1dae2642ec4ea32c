/** For tests: instructions of the table with random operands. */
import fc from 'fast-check';
import { csrNumber } from './csr-names.ts';
import type { InstructionOperands } from './encode.ts';
import { formatOf, type Instruction, instructions } from './instructions.ts';
import type { OperandField } from './operand-fields.ts';

export interface InstructionSample {
  readonly instruction: Instruction;
  readonly operands: InstructionOperands;
}

/** CSRs with and without a name. */
const CSR_NUMBERS = ['mstatus', 'mtvec', 'satp', 'cycle', 'time', 'instreth', 'mhartid']
  .map((name) => csrNumber(name) ?? 0)
  .concat(0x7c0, 0xfff);

/** Registers that aliases care about, and some others. */
const REGISTERS = [0, 1, 2, 5, 10, 31];

function valueOf(field: OperandField): fc.Arbitrary<number> {
  return anyValueOf(field).filter((value) => field.accepts?.(value) !== false);
}

function anyValueOf(field: OperandField): fc.Arbitrary<number> {
  const { operand, minimum, maximum, step, omitted } = field;
  if (operand === 'csr') return fc.constantFrom(...CSR_NUMBERS);
  if (operand === 'rounding') {
    // An exact result is not rounded: assemblers take no rounding mode there.
    return omitted === 0 ? fc.constant(0) : fc.integer({ min: minimum, max: maximum });
  }
  if (operand !== 'immediate') {
    const usual = REGISTERS.filter((number) => number >= minimum && number <= maximum);
    return fc.oneof(fc.constantFrom(...usual), fc.integer({ min: minimum, max: maximum }));
  }
  const special = [0, 1, -1, 255].filter(
    (value) => value >= minimum && value <= maximum && value % step === 0,
  );
  const anything = fc
    .integer({ min: minimum / step, max: Math.floor(maximum / step) })
    .map((value) => value * step);
  return fc.oneof(fc.constantFrom(...special, minimum, maximum), anything);
}

/** Fences with the set bits only; what other `fm` values mean is reserved. */
const FENCE_MAXIMUM = 0xff;

/** Operands of one instruction, all that it has. */
export function operandsOf(instruction: Instruction): fc.Arbitrary<InstructionOperands> {
  const { fields, ordering } = formatOf(instruction);
  const isFence = instruction.mnemonic === 'fence';
  const values = Object.fromEntries(
    fields.map((field) => [
      field.operand,
      valueOf(isFence ? { ...field, maximum: FENCE_MAXIMUM } : field),
    ]),
  );
  return fc.record({
    ...values,
    aq: ordering === true ? fc.boolean() : fc.constant(false),
    rl: ordering === true ? fc.boolean() : fc.constant(false),
  });
}

/** Any instruction of the table. */
export const anyInstruction: fc.Arbitrary<InstructionSample> = fc
  .constantFrom(...instructions)
  .chain((instruction) => operandsOf(instruction).map((operands) => ({ instruction, operands })));

/** Some samples of every instruction, the same in every run. */
export function samplesOfEveryInstruction(count: number): InstructionSample[] {
  return instructions.flatMap((instruction) =>
    fc
      .sample(operandsOf(instruction), { numRuns: count, seed: 1 })
      .map((operands) => ({ instruction, operands })),
  );
}
