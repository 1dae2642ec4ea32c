/** Splits one assembly statement into tokens. */
import { StatementError } from './assembly-error.ts';

export type Token =
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'number'; readonly value: bigint }
  /** `1f` or `1b`: the next or previous definition of a local label. */
  | { readonly kind: 'local'; readonly label: string; readonly forward: boolean }
  | { readonly kind: 'string'; readonly bytes: Uint8Array }
  /** `%hi` and its relatives. */
  | { readonly kind: 'modifier'; readonly text: string }
  | { readonly kind: 'punctuation'; readonly text: string };

const NAME = /[A-Za-z_.$][\w.$]*/y;
const MODIFIER = /%[A-Za-z_]\w*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|0[bB][01]+|\d+/y;
const LOCAL = /(\d+)([fb])(?![\w.$])/y;
const PUNCTUATION = /<<|>>|<=|>=|==|!=|<>|&&|\|\||[-+*/%&|^~!()<>,:=@]/y;
const STRING_QUOTE = '"';

const escapes: Partial<Readonly<Record<string, number>>> = {
  n: 0x0a,
  t: 0x09,
  r: 0x0d,
  b: 0x08,
  f: 0x0c,
  '\\': 0x5c,
  '"': 0x22,
  "'": 0x27,
};

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

/** A number as GNU as reads it: 0x…, 0b…, 0… in octal, or decimal. */
function parseNumber(text: string): bigint {
  if (/^0[0-9]+$/.test(text)) {
    if (!/^[0-7]+$/.test(text))
      throw new StatementError(`octal number ${text} has a digit above 7`);
    return BigInt(`0o${text.slice(1)}`);
  }
  return BigInt(text);
}

/** Reads the escape that follows a backslash at `position`; returns its byte and where it ends. */
function readEscape(text: string, position: number): { byte: number; end: number } {
  const octal = matchAt(/[0-7]{1,3}/y, text, position);
  if (octal !== null) {
    return { byte: parseInt(octal[0], 8) & 0xff, end: position + octal[0].length };
  }
  const hex = matchAt(/x([0-9a-fA-F]+)/y, text, position);
  if (hex !== null) {
    return { byte: parseInt(hex[1].slice(-2), 16), end: position + hex[0].length };
  }
  const byte = escapes[text.charAt(position)];
  if (byte === undefined) throw new StatementError(`unknown escape \\${text.charAt(position)}`);
  return { byte, end: position + 1 };
}

/** Reads a string whose opening quote is at `start`: UTF-8 bytes and the place after its end. */
function readString(text: string, start: number): { bytes: Uint8Array; end: number } {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  let position = start + 1;
  for (;;) {
    const code = text.codePointAt(position);
    if (code === undefined) throw new StatementError('string without a closing quote');
    const character = String.fromCodePoint(code);
    position += character.length;
    if (character === '"') return { bytes: Uint8Array.from(bytes), end: position };
    if (character === '\\') {
      const escape = readEscape(text, position);
      bytes.push(escape.byte);
      position = escape.end;
    } else {
      bytes.push(...encoder.encode(character));
    }
  }
}

/** Reads a character literal, `'a'` or GNU's `'a`, whose quote is at `start`. */
function readCharacter(text: string, start: number): { value: bigint; end: number } {
  const code = text.codePointAt(start + 1);
  if (code === undefined) throw new StatementError('character literal without a character');
  let value = code;
  let end = start + 1 + String.fromCodePoint(code).length;
  if (code === 0x5c) {
    const escape = readEscape(text, end);
    value = escape.byte;
    end = escape.end;
  }
  return { value: BigInt(value), end: text[end] === "'" ? end + 1 : end };
}

/**
 * The tokens of one statement, which holds no comment.
 * @throws StatementError at a character that assembly does not know.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const character = text.charAt(position);
    if (/\s/.test(character)) {
      position += 1;
      continue;
    }
    if (character === STRING_QUOTE) {
      const { bytes, end } = readString(text, position);
      tokens.push({ kind: 'string', bytes });
      position = end;
      continue;
    }
    if (character === "'") {
      const { value, end } = readCharacter(text, position);
      tokens.push({ kind: 'number', value });
      position = end;
      continue;
    }
    const local = matchAt(LOCAL, text, position);
    if (local !== null && !/^0b[01]/.test(text.slice(position))) {
      tokens.push({ kind: 'local', label: local[1], forward: local[2] === 'f' });
      position += local[0].length;
      continue;
    }
    const number = matchAt(NUMBER, text, position);
    if (number !== null) {
      tokens.push({ kind: 'number', value: parseNumber(number[0]) });
      position += number[0].length;
      continue;
    }
    const name = matchAt(NAME, text, position);
    if (name !== null) {
      tokens.push({ kind: 'name', text: name[0] });
      position += name[0].length;
      continue;
    }
    const modifier = matchAt(MODIFIER, text, position);
    if (
      modifier !== null &&
      /^%(?:hi|lo|pcrel_hi|pcrel_lo|progbits|nobits|note|function|object)$/.test(modifier[0])
    ) {
      tokens.push({ kind: 'modifier', text: modifier[0] });
      position += modifier[0].length;
      continue;
    }
    const punctuation = matchAt(PUNCTUATION, text, position);
    if (punctuation === null) throw new StatementError(`unexpected character '${character}'`);
    tokens.push({ kind: 'punctuation', text: punctuation[0] });
    position += punctuation[0].length;
  }
  return tokens;
}

/** True if the token is this punctuation. */
export function isPunctuation(token: Token | undefined, text: string): boolean {
  return token?.kind === 'punctuation' && token.text === text;
}

/** How messages show a token. */
export function describeToken(token: Token | undefined): string {
  if (token === undefined) return 'the end of the statement';
  switch (token.kind) {
    case 'number':
      return token.value.toString();
    case 'local':
      return `${token.label}${token.forward ? 'f' : 'b'}`;
    case 'string':
      return 'a string';
    default:
      return `'${token.text}'`;
  }
}

/** Splits operands at the commas outside parentheses; no tokens, no operands. */
export function splitOperands(tokens: readonly Token[]): Token[][] {
  if (tokens.length === 0) return [];
  let operand: Token[] = [];
  const operands = [operand];
  let depth = 0;
  for (const token of tokens) {
    if (isPunctuation(token, '(')) depth += 1;
    if (isPunctuation(token, ')')) depth -= 1;
    if (depth === 0 && isPunctuation(token, ',')) {
      operand = [];
      operands.push(operand);
    } else {
      operand.push(token);
    }
  }
  return operands;
}
