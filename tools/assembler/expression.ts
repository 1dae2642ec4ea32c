/**
 * Expressions of GNU assembly: numbers, symbols and `.`, with C's operators in GNU as's order of
 * precedence (unlike C's: shifts bind as `*` does, and `| & ^` tighter than `+`; see the manual of
 * as, "Infix Operators"). A value is a number, or a place: a number of bytes from the start of a section or
 * from a symbol whose address only the linker knows.
 */
import { StatementError } from './assembly-error.ts';
import { describeToken, isPunctuation, type Token } from './tokens.ts';

/** What a place is relative to. */
export type Base =
  | { readonly kind: 'section'; readonly name: string }
  | { readonly kind: 'symbol'; readonly name: string };

export interface Value {
  /** Undefined for a plain number. */
  readonly base: Base | undefined;
  readonly offset: bigint;
}

/** What an expression needs to know of the assembly around it. */
export interface ExpressionScope {
  /** The value of a name; a symbol that is not defined here is a place relative to itself. */
  symbolValue(name: string): Value;
  /** The nearest definition of a numeric label. */
  localLabelValue(label: string, forward: boolean): Value;
  /** The place of the statement: `.`. */
  currentPlace(): Value;
}

export function numberValue(offset: bigint): Value {
  return { base: undefined, offset };
}

export function sameBase(left: Base | undefined, right: Base | undefined): boolean {
  return left?.kind === right?.kind && left?.name === right?.name;
}

type BinaryOperator = (left: bigint, right: bigint) => bigint;

function divide(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new StatementError('division by zero');
  return left / right;
}

function remainder(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new StatementError('division by zero');
  return left % right;
}

/** Comparisons give −1 for true, as in GNU as. */
const truth = (condition: boolean): bigint => (condition ? -1n : 0n);

const MAXIMUM_SHIFT = 63n;

function checkedShift(amount: bigint): bigint {
  if (amount < 0n || amount > MAXIMUM_SHIFT) {
    throw new StatementError(`shift by ${amount.toString()} is out of range (0 … 63)`);
  }
  return amount;
}

/** Binary operators by precedence, the loosest first. */
const precedenceLevels: readonly ReadonlyMap<string, BinaryOperator>[] = [
  new Map([['||', (left, right) => (left !== 0n || right !== 0n ? 1n : 0n)]]),
  new Map([['&&', (left, right) => (left !== 0n && right !== 0n ? 1n : 0n)]]),
  new Map<string, BinaryOperator>([
    ['==', (left, right) => truth(left === right)],
    ['!=', (left, right) => truth(left !== right)],
    ['<>', (left, right) => truth(left !== right)],
    ['<', (left, right) => truth(left < right)],
    ['<=', (left, right) => truth(left <= right)],
    ['>', (left, right) => truth(left > right)],
    ['>=', (left, right) => truth(left >= right)],
  ]),
  new Map<string, BinaryOperator>([
    ['+', (left, right) => left + right],
    ['-', (left, right) => left - right],
  ]),
  new Map<string, BinaryOperator>([
    ['|', (left, right) => left | right],
    ['^', (left, right) => left ^ right],
    ['&', (left, right) => left & right],
  ]),
  new Map<string, BinaryOperator>([
    ['*', (left, right) => left * right],
    ['/', divide],
    ['%', remainder],
    ['<<', (left, right) => left << checkedShift(right)],
    ['>>', (left, right) => BigInt.asUintN(64, left) >> checkedShift(right)],
  ]),
];

function combine(operator: string, apply: BinaryOperator, left: Value, right: Value): Value {
  if (operator === '+' && (left.base === undefined || right.base === undefined)) {
    return { base: left.base ?? right.base, offset: left.offset + right.offset };
  }
  if (operator === '-' && right.base === undefined) {
    return { base: left.base, offset: left.offset - right.offset };
  }
  const isComparison = /^(?:-|==|!=|<>|<=?|>=?)$/.test(operator);
  const areNumbers = left.base === undefined && right.base === undefined;
  if (!areNumbers && !(isComparison && sameBase(left.base, right.base))) {
    throw new StatementError(
      `'${operator}' needs numbers, or two places in the same section, known to the assembler`,
    );
  }
  return numberValue(BigInt.asIntN(65, apply(left.offset, right.offset)));
}

/** Reads expressions from a list of tokens, from `position` on. */
export class ExpressionReader {
  #position = 0;
  readonly #tokens: readonly Token[];
  readonly #scope: ExpressionScope;

  constructor(tokens: readonly Token[], scope: ExpressionScope) {
    this.#tokens = tokens;
    this.#scope = scope;
  }

  get atEnd(): boolean {
    return this.#position >= this.#tokens.length;
  }

  /** The next token, not consumed. */
  get next(): Token | undefined {
    return this.#tokens[this.#position];
  }

  read(): Value {
    return this.#readLevel(0);
  }

  #readLevel(level: number): Value {
    const operators = precedenceLevels.at(level);
    if (operators === undefined) return this.#readUnary();
    let left = this.#readLevel(level + 1);
    for (;;) {
      const token = this.next;
      const operator = token?.kind === 'punctuation' ? token.text : '';
      const apply = operators.get(operator);
      if (apply === undefined) return left;
      this.#position += 1;
      left = combine(operator, apply, left, this.#readLevel(level + 1));
    }
  }

  #readUnary(): Value {
    const token = this.next;
    this.#position += 1;
    switch (token?.kind) {
      case 'number':
        return numberValue(token.value);
      case 'name':
        return token.text === '.'
          ? this.#scope.currentPlace()
          : this.#scope.symbolValue(token.text);
      case 'local':
        return this.#scope.localLabelValue(token.label, token.forward);
      case 'punctuation':
        return this.#readOperatorOrGroup(token.text);
      default:
        throw new StatementError(`expected a number or a symbol, found ${describeToken(token)}`);
    }
  }

  #readOperatorOrGroup(text: string): Value {
    if (text === '(') {
      const value = this.read();
      if (!isPunctuation(this.next, ')')) {
        throw new StatementError(`expected ')', found ${describeToken(this.next)}`);
      }
      this.#position += 1;
      return value;
    }
    if (text === '+') return this.#readUnary();
    const operators: Partial<Readonly<Record<string, (value: bigint) => bigint>>> = {
      '-': (value) => -value,
      '~': (value) => ~value,
      '!': (value) => (value === 0n ? 1n : 0n),
    };
    const apply = operators[text];
    if (apply === undefined)
      throw new StatementError(`expected a number or a symbol, found '${text}'`);
    const value = this.#readUnary();
    if (value.base !== undefined) {
      throw new StatementError(`'${text}' needs a number, not an address`);
    }
    return numberValue(apply(value.offset));
  }
}

/** The value of an expression that makes up all of `tokens`. */
export function evaluate(tokens: readonly Token[], scope: ExpressionScope): Value {
  const reader = new ExpressionReader(tokens, scope);
  const value = reader.read();
  if (!reader.atEnd) {
    throw new StatementError(`unexpected ${describeToken(reader.next)} after the expression`);
  }
  return value;
}

/** The value of an expression that must be a number that the assembler knows. */
export function evaluateNumber(tokens: readonly Token[], scope: ExpressionScope): bigint {
  const value = evaluate(tokens, scope);
  if (value.base !== undefined) {
    throw new StatementError('a number is needed here, not an address or an undefined symbol');
  }
  return value.offset;
}
