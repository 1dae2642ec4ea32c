/** Reads the operands of an instruction statement. */
import { StatementError } from './assembly-error.ts';
import { csrNumber } from './csr-names.ts';
import {
  evaluate,
  evaluateNumber,
  type ExpressionScope,
  numberValue,
  type Value,
} from './expression.ts';
import { roundingModes } from './operand-fields.ts';
import { floatRegisterNumber, Register, registerNumber } from './registers.ts';
import { describeToken, isPunctuation, type Token } from './tokens.ts';

export type Operand = readonly Token[];

/** `%hi(…)` and its relatives: which part of an address an instruction takes. */
export type AddressPart = 'hi' | 'lo' | 'pcrel_hi' | 'pcrel_lo';

/** A number, or a part of an address that the linker fills in. */
export interface Immediate {
  readonly part: AddressPart | undefined;
  readonly value: Value;
}

/** `immediate(register)`. */
export interface MemoryOperand {
  readonly register: number;
  readonly immediate: Immediate;
}

const MAXIMUM_CSR = 0xfff;

/** Sets of a fence operand, by letter. */
const fenceBits: Readonly<Record<string, number>> = { i: 8, o: 4, r: 2, w: 1 };

/** The register that makes up the whole operand, or undefined if it is something else. */
export function asRegister(operand: Operand): number | undefined {
  const [token] = operand;
  return operand.length === 1 && token.kind === 'name' ? registerNumber(token.text) : undefined;
}

export function readRegister(operand: Operand): number {
  const number = asRegister(operand);
  if (number === undefined) {
    throw new StatementError(`expected a register, found ${describeToken(operand[0])}`);
  }
  return number;
}

export function readFloatRegister(operand: Operand): number {
  const [token] = operand;
  const number =
    operand.length === 1 && token.kind === 'name' ? floatRegisterNumber(token.text) : undefined;
  if (number === undefined) {
    throw new StatementError(
      `expected a floating-point register, found ${describeToken(operand[0])}`,
    );
  }
  return number;
}

/** @throws StatementError unless the register is sp. */
export function checkStackPointer(register: number): void {
  if (register !== Register.sp) throw new StatementError('this operand can only be sp');
}

/** The rounding mode that makes up the whole operand, or undefined if it is something else. */
export function asRounding(operand: Operand): number | undefined {
  const [token] = operand;
  const mode =
    operand.length === 1 && token.kind === 'name' ? roundingModes.indexOf(token.text) : -1;
  return mode < 0 ? undefined : mode;
}

function isAddressPart(text: string): text is AddressPart {
  return text === 'hi' || text === 'lo' || text === 'pcrel_hi' || text === 'pcrel_lo';
}

/** Reads a number, a symbol, or `%part(…)`. */
export function readImmediate(operand: Operand, scope: ExpressionScope): Immediate {
  const [token] = operand;
  if (operand.length === 0 || token.kind !== 'modifier') {
    return { part: undefined, value: evaluate(operand, scope) };
  }
  const part = token.text.slice(1);
  if (!isAddressPart(part)) throw new StatementError(`unknown part of an address: ${token.text}`);
  if (!isPunctuation(operand[1], '(') || !isPunctuation(operand.at(-1), ')')) {
    throw new StatementError(`${token.text} needs its symbol in parentheses`);
  }
  return { part, value: evaluate(operand.slice(2, -1), scope) };
}

/** True if the operand has the form `…(register)`. */
export function isMemoryOperand(operand: Operand): boolean {
  return (
    isPunctuation(operand.at(-1), ')') &&
    isPunctuation(operand.at(-3), '(') &&
    asRegister(operand.slice(-2, -1)) !== undefined
  );
}

/** Reads `immediate(register)` or `(register)`. */
export function readMemoryOperand(operand: Operand, scope: ExpressionScope): MemoryOperand {
  if (!isMemoryOperand(operand)) {
    throw new StatementError('expected an operand of the form OFFSET(REGISTER)');
  }
  const register = readRegister(operand.slice(-2, -1));
  const offset = operand.slice(0, -3);
  const immediate =
    offset.length === 0
      ? { part: undefined, value: numberValue(0n) }
      : readImmediate(offset, scope);
  return { register, immediate };
}

/** Reads `(register)` of an atomic instruction; a zero before it is allowed. */
export function readAddressOperand(operand: Operand, scope: ExpressionScope): number {
  const { register, immediate } = readMemoryOperand(operand, scope);
  if (immediate.value.base !== undefined || immediate.value.offset !== 0n) {
    throw new StatementError('an atomic instruction takes no offset: (REGISTER)');
  }
  return register;
}

/** Reads a CSR by name or number. */
export function readCsr(operand: Operand, scope: ExpressionScope): number {
  const [token] = operand;
  if (operand.length === 1 && token.kind === 'name') {
    const number = csrNumber(token.text);
    if (number !== undefined) return number;
  }
  const value = evaluate(operand, scope);
  if (value.base !== undefined) {
    throw new StatementError(`unknown CSR ${describeToken(operand[0])}`);
  }
  if (value.offset < 0n || value.offset > BigInt(MAXIMUM_CSR)) {
    throw new StatementError(`CSR number ${value.offset.toString()} is out of range (0 … 0xfff)`);
  }
  return Number(value.offset);
}

/** Reads a number that an instruction field may hold; the encoder checks its range. */
export function readFieldNumber(operand: Operand, scope: ExpressionScope): number {
  return Number(evaluateNumber(operand, scope));
}

/** Reads one set of a fence, such as `rw`; `0` is the empty set. */
export function readFenceSet(operand: Operand): number {
  const [token] = operand;
  if (operand.length === 1 && token.kind === 'number' && token.value === 0n) return 0;
  const letters = operand.length === 1 && token.kind === 'name' ? token.text : '';
  if (!/^i?o?r?w?$/.test(letters) || letters === '') {
    throw new StatementError('a fence takes two sets of the letters iorw, such as: fence rw, rw');
  }
  return Object.entries(fenceBits).reduce(
    (set, [letter, bit]) => (letters.includes(letter) ? set | bit : set),
    0,
  );
}
