/** For tests: statements with edge and random operands, for every instruction that there is. */
import fc from 'fast-check';
import { formatOf, type Instruction, instructions, type OperandSyntax } from './instructions.ts';
import { type OperandField, roundingModes } from './operand-fields.ts';
import { pseudoInstructions } from './pseudo-instructions.ts';
import { floatRegisterName, registerName } from './registers.ts';

/** Texts of one operand: those that it may have, and those that it may not. */
interface OperandTexts {
  readonly valid: readonly string[];
  readonly invalid: readonly string[];
}

/** A number in the middle of a field, beside its edges. */
const MIDDLE = 0.37;
const RANDOM_SAMPLES = 8;
const SEED = 1;

function fieldOf(instruction: Instruction, operand: OperandField['operand']): OperandField {
  const field = formatOf(instruction).fields.find((candidate) => candidate.operand === operand);
  if (field === undefined) throw new Error(`${instruction.mnemonic} has no operand ${operand}`);
  return field;
}

function registers(field: OperandField, nameOf: (number: number) => string): OperandTexts {
  const all = Array.from({ length: 32 }, (_, number) => number);
  const isValid = (number: number): boolean =>
    number >= field.minimum && number <= field.maximum && field.accepts?.(number) !== false;
  return {
    valid: all.filter(isValid).map(nameOf),
    invalid: all.filter((number) => !isValid(number)).map(nameOf),
  };
}

function numbers(field: OperandField): OperandTexts {
  const { minimum, maximum, step } = field;
  const middle = Math.round((minimum + MIDDLE * (maximum - minimum)) / step) * step;
  const edges = [minimum, minimum + step, -step, 0, step, middle, maximum - step, maximum];
  const isValid = (value: number): boolean =>
    value >= minimum && value <= maximum && field.accepts?.(value) !== false;
  const beyond = [minimum - step, maximum + step, ...(step > 1 ? [middle + 1] : [])];
  return {
    valid: [...new Set(edges.filter(isValid))].map(String),
    invalid: [...beyond, ...edges.filter((value) => !isValid(value))].map(String),
  };
}

const FENCE_LETTERS = ['i', 'o', 'r', 'w'];

/** Sets of a fence, in the order in which assembly writes their letters. */
function fenceSets(): string[] {
  const sets = Array.from({ length: 15 }, (_, index) =>
    FENCE_LETTERS.filter((_letter, bit) => (((index + 1) >> bit) & 1) !== 0).join(''),
  );
  return sets.flatMap((first) => sets.map((second) => `${first},${second}`));
}

function inMemory(offsets: OperandTexts, bases: OperandTexts): OperandTexts {
  const [base] = bases.valid.slice(-1);
  const [offset] = offsets.valid.slice(-1);
  return {
    valid: [
      ...offsets.valid.map((text) => `${text}(${base})`),
      ...bases.valid.map((text) => `${offset}(${text})`),
    ],
    invalid: [
      ...offsets.invalid.map((text) => `${text}(${base})`),
      ...bases.invalid.map((text) => `${offset}(${text})`),
    ],
  };
}

const ONLY_SP: OperandTexts = { valid: ['sp'], invalid: ['a0'] };

type Generator = (instruction: Instruction) => OperandTexts;

const integerRegister =
  (operand: 'rd' | 'rs1' | 'rs2'): Generator =>
  (instruction) =>
    registers(fieldOf(instruction, operand), registerName);
const floatRegister =
  (operand: 'rd' | 'rs1' | 'rs2' | 'rs3'): Generator =>
  (instruction) =>
    registers(fieldOf(instruction, operand), floatRegisterName);
const number: Generator = (instruction) => numbers(fieldOf(instruction, 'immediate'));

/** How to make texts of each kind of operand; a kind without an entry does not compile. */
const generators: Readonly<Record<OperandSyntax, Generator>> = {
  rd: integerRegister('rd'),
  rs1: integerRegister('rs1'),
  rs2: integerRegister('rs2'),
  frd: floatRegister('rd'),
  frs1: floatRegister('rs1'),
  frs2: floatRegister('rs2'),
  frs3: floatRegister('rs3'),
  rounding: (instruction) => {
    // An exact result is not rounded: assemblers take no rounding mode there.
    if (fieldOf(instruction, 'rounding').omitted === 0) return { valid: [''], invalid: [] };
    const modes = roundingModes.filter((mode) => mode !== undefined);
    return { valid: ['', ...modes], invalid: ['up'] };
  },
  immediate: number,
  upper: number,
  shift: number,
  'csr-immediate': number,
  memory: (instruction) =>
    inMemory(number(instruction), registers(fieldOf(instruction, 'rs1'), registerName)),
  address: (instruction) => {
    const { valid } = registers(fieldOf(instruction, 'rs1'), registerName);
    return { valid: [...valid.map((name) => `(${name})`), '0(a0)'], invalid: ['4(a0)'] };
  },
  target: (instruction) => {
    const { valid } = number(instruction);
    return { valid: valid.map((distance) => `.+${distance}`), invalid: [] };
  },
  csr: () => ({
    valid: ['mstatus', 'cycleh', 'pmpaddr63', '0', '0x7c0', '0xfff'],
    invalid: ['4096', '-1', 'nonsense'],
  }),
  'fence-sets': () => ({ valid: ['', ...fenceSets()], invalid: ['rw', 'wr,rw', 'x,rw'] }),
  sp: () => ONLY_SP,
  'stack-memory': (instruction) => inMemory(number(instruction), ONLY_SP),
  'optional-rs1-rs2': () => ({ valid: ['', 'a0', 'a0,a1', 'zero,s11'], invalid: ['4', 'a0,4'] }),
};

export interface StatementSamples {
  readonly valid: readonly string[];
  readonly invalid: readonly string[];
}

/** Every operand's texts once, with others at random, and some statements wholly at random. */
function statements(name: string, operands: readonly OperandTexts[]): StatementSamples {
  const line = (texts: readonly string[]): string =>
    `${name} ${texts.filter((text) => text !== '').join(',')}`.trim();
  const anyTexts = fc.tuple(...operands.map(({ valid }) => fc.constantFrom(...valid)));
  const random = fc.sample(anyTexts, { numRuns: RANDOM_SAMPLES, seed: SEED });
  const vary = (which: keyof OperandTexts): string[] =>
    operands.flatMap((operand, position) =>
      operand[which].map((text, index) =>
        line(random[index % RANDOM_SAMPLES].with(position, text)),
      ),
    );
  return {
    valid: [...new Set([...random.map(line), ...vary('valid')])],
    invalid: [...new Set(vary('invalid'))],
  };
}

const ORDERINGS = ['', '.aq', '.rl', '.aqrl'];

/** Statements with one instruction of the table. */
export function samplesOfInstruction(instruction: Instruction): StatementSamples {
  const { syntax, ordering } = formatOf(instruction);
  const operands = syntax.map((item) => generators[item](instruction));
  const names = ordering === true ? ORDERINGS : [''];
  const all = names.map((suffix) => statements(`${instruction.mnemonic}${suffix}`, operands));
  return {
    valid: all.flatMap(({ valid }) => valid),
    invalid: all.flatMap(({ invalid }) => invalid),
  };
}

/** The operands of a pseudo-instruction, which are what they become in its expansion. */
function pseudoOperands(count: number, expansion: readonly string[]): OperandTexts[] {
  const operands = new Map<number, OperandTexts>();
  for (const line of expansion) {
    const [, mnemonic = '', rest = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    const instruction = instructions.find((row) => row.mnemonic === mnemonic);
    if (instruction === undefined) throw new Error(`${line}: there is no ${mnemonic}`);
    const { syntax } = formatOf(instruction);
    for (const [position, text] of rest.split(', ').entries()) {
      const whole = /^\$(\d)$/.exec(text);
      const memory = /^\$(\d)\(\$(\d)\)$/.exec(text);
      if (whole !== null) operands.set(Number(whole[1]), generators[syntax[position]](instruction));
      if (memory === null) continue;
      operands.set(Number(memory[1]), generators.immediate(instruction));
      operands.set(Number(memory[2]), generators.rs1(instruction));
    }
  }
  return Array.from({ length: count }, (_, index) => {
    const operand = operands.get(index + 1);
    if (operand === undefined) throw new Error(`${expansion.join('; ')}: no $${index + 1}`);
    return operand;
  });
}

/** Statements with every pseudo-instruction that other instructions stand for. */
export function samplesOfPseudoInstructions(): StatementSamples[] {
  return pseudoInstructions.map(([name, count, ...expansion]) =>
    statements(name, pseudoOperands(count, expansion)),
  );
}
