/**
 * Directives that fill sections and describe symbols. Their meaning is that of GNU as (manual of
 * as, "Assembler Directives" and "RISC-V-Directives").
 */
import { RelocationType, type SectionKind } from '../linker/object.ts';
import { StatementError } from './assembly-error.ts';
import type { AssemblyState, SectionOptions } from './assembly-state.ts';
import { evaluate, evaluateNumber, type Value } from './expression.ts';
import { encodeSleb128, encodeUleb128 } from './number-encodings.ts';
import type { SymbolBinding } from './symbol-table.ts';
import { describeToken, splitOperands, type Token } from './tokens.ts';

type Operands = readonly (readonly Token[])[];
type Directive = (state: AssemblyState, operands: Operands, name: string) => void;

const MAXIMUM_ALIGNMENT = 0x10000;
const ADDRESS_SIZE = 4;

function expectOperands(operands: Operands, minimum: number, maximum: number, name: string): void {
  if (operands.length < minimum || operands.length > maximum) {
    const expected = minimum === maximum ? `${minimum}` : `${minimum} to ${maximum}`;
    throw new StatementError(`${name} takes ${expected} operands, not ${operands.length}`);
  }
}

function readSymbolName(operand: readonly Token[] | undefined): string {
  const [token] = operand ?? [];
  if (operand?.length !== 1 || token.kind !== 'name') {
    throw new StatementError(`expected a symbol, found ${describeToken(token)}`);
  }
  return token.text;
}

function readCount(operand: readonly Token[], state: AssemblyState, what: string): number {
  const count = evaluateNumber(operand, state);
  if (count < 0n) throw new StatementError(`${what} must not be negative`);
  return Number(count);
}

/** `.byte`, `.half`, `.word`, `.dword`: integers; an address fits a word only. */
function integers(width: number): Directive {
  const bits = BigInt(8 * width);
  const minimum = -(1n << (bits - 1n));
  const maximum = (1n << bits) - 1n;
  return (state, operands, name) => {
    for (const operand of operands) {
      // `.` is the place of each number, not of the first.
      state.beginStatement();
      const value = evaluate(operand, state);
      if (value.base !== undefined) {
        if (width !== ADDRESS_SIZE) throw new StatementError(`${name} cannot hold an address`);
        state.relocate(state.section.size, RelocationType.R_RISCV_32, value);
        state.section.appendInteger(0n, width);
      } else if (value.offset < minimum || value.offset > maximum) {
        throw new StatementError(`${value.offset.toString()} does not fit in ${name}`);
      } else {
        state.section.appendInteger(value.offset, width);
      }
    }
  };
}

/** `.ascii`, `.asciz`: strings, each followed by `terminator`. */
function strings(terminator: readonly number[]): Directive {
  return (state, operands, name) => {
    for (const operand of operands) {
      if (operand.length === 0) throw new StatementError(`${name} takes strings`);
      for (const token of operand) {
        if (token.kind !== 'string') {
          throw new StatementError(`${name} takes strings, found ${describeToken(token)}`);
        }
        state.section.appendBytes(token.bytes);
      }
      state.section.appendBytes(terminator);
    }
  };
}

/** `.uleb128`, `.sleb128`: numbers in as many bytes as they need. */
function variableLength(encode: (value: bigint) => readonly number[]): Directive {
  return (state, operands) => {
    for (const operand of operands) {
      state.section.appendBytes(encode(evaluateNumber(operand, state)));
    }
  };
}

/** `.zero COUNT`, `.space COUNT, FILL`. */
const space: Directive = (state, operands, name) => {
  expectOperands(operands, 1, 2, name);
  const count = readCount(operands[0], state, 'the size');
  const fill = operands.length > 1 ? Number(evaluateNumber(operands[1], state)) & 0xff : 0;
  const start = state.section.size;
  state.section.appendZeros(count);
  if (fill !== 0) state.section.fill(start, fill);
};

/** `.fill COUNT, SIZE, VALUE`. */
const fill: Directive = (state, operands, name) => {
  expectOperands(operands, 1, 3, name);
  const count = readCount(operands[0], state, 'the count');
  const size = operands.length > 1 ? readCount(operands[1], state, 'the size') : 1;
  const value = operands.length > 2 ? evaluateNumber(operands[2], state) : 0n;
  const start = state.section.size;
  const MAXIMUM_FILL_SIZE = 8;
  if (size > MAXIMUM_FILL_SIZE) throw new StatementError('.fill: the size is at most 8');
  state.section.appendZeros(count * size);
  if (value !== 0n && size !== 0) state.section.fillIntegers(start, size, value);
};

/** Alignment to `toBoundary(N)` bytes: `.align N, FILL, LIMIT`. */
function alignment(toBoundary: (operand: number) => number): Directive {
  return (state, operands, name) => {
    expectOperands(operands, 1, 3, name);
    const boundary = toBoundary(readCount(operands[0], state, 'the alignment'));
    if (boundary > MAXIMUM_ALIGNMENT || !Number.isInteger(Math.log2(boundary))) {
      throw new StatementError(
        `${name}: alignment to ${boundary} bytes is not a power of two up to 64 KiB`,
      );
    }
    const given = operands.length > 1 && operands[1].length > 0 ? operands[1] : undefined;
    const filler = given && Number(evaluateNumber(given, state)) & 0xff;
    const limit = operands.length > 2 ? readCount(operands[2], state, 'the limit') : boundary;
    state.section.alignTo(boundary, filler, limit);
  };
}

/** `.org PLACE, FILL`: fills up to a place in the current section. */
const origin: Directive = (state, operands, name) => {
  expectOperands(operands, 1, 2, name);
  const filler = operands.length > 1 ? Number(evaluateNumber(operands[1], state)) & 0xff : 0;
  const place = evaluate(operands[0], state);
  const isHere = place.base === undefined || place.base.name === state.section.name;
  const count = Number(place.offset) - state.section.size;
  if (!isHere || count < 0) {
    throw new StatementError('.org moves forward within the current section only');
  }
  const start = state.section.size;
  state.section.appendZeros(count);
  if (filler !== 0) state.section.fill(start, filler);
};

function bind(binding: SymbolBinding): Directive {
  return (state, operands) => {
    for (const operand of operands) {
      state.symbols.attributesOf(readSymbolName(operand)).binding = binding;
    }
  };
}

/** `.type NAME, @function` (or `%function`, `@object`, `@notype`). */
const type: Directive = (state, operands, name) => {
  expectOperands(operands, 2, 2, name);
  const attributes = state.symbols.attributesOf(readSymbolName(operands[0]));
  const last = operands[1].at(-1);
  const text = last?.kind === 'name' || last?.kind === 'modifier' ? last.text : '';
  switch (text.replace(/^%/, '').toLowerCase().replace(/^stt_/, '')) {
    case 'function':
    case 'func':
      attributes.type = 'func';
      break;
    case 'object':
      attributes.type = 'object';
      break;
    case 'notype':
      attributes.type = 'notype';
      break;
    default:
      throw new StatementError('.type knows @function, @object and @notype');
  }
};

const size: Directive = (state, operands, name) => {
  expectOperands(operands, 2, 2, name);
  const attributes = state.symbols.attributesOf(readSymbolName(operands[0]));
  attributes.size = evaluateNumber(operands[1], state);
};

const set: Directive = (state, operands, name) => {
  expectOperands(operands, 2, 2, name);
  const value: Value = evaluate(operands[1], state);
  state.symbols.assign(readSymbolName(operands[0]), value);
};

/** As `.set`, of a symbol that has no value yet. */
const equivalent: Directive = (state, operands, name) => {
  expectOperands(operands, 2, 2, name);
  const symbol = readSymbolName(operands[0]);
  if (state.symbols.isDefined(symbol)) {
    throw new StatementError(`symbol '${symbol}' is already defined`);
  }
  set(state, operands, name);
};

/** `.comm NAME, SIZE, ALIGNMENT` and `.lcomm`: room in bss. */
function common(binding: SymbolBinding): Directive {
  return (state, operands, name) => {
    expectOperands(operands, 2, 3, name);
    const symbol = readSymbolName(operands[0]);
    const bytes = readCount(operands[1], state, 'the size');
    const boundary = operands.length > 2 ? readCount(operands[2], state, 'the alignment') : 1;
    state.pushSection('.bss', {});
    state.section.alignTo(boundary, undefined, boundary);
    state.symbols.defineLabel(symbol, state.placeInSection(state.section.size));
    state.section.appendZeros(bytes);
    const attributes = state.symbols.attributesOf(symbol);
    attributes.binding = binding;
    attributes.type = 'object';
    attributes.size = BigInt(bytes);
    state.popSection();
  };
}

/** What `"flags"` and `@type` of `.section` say of it. */
function sectionKind(flags: string | undefined, type: string): SectionKind | undefined {
  if (type === 'note') return 'note';
  if (flags === undefined) return undefined;
  if (flags.includes('x')) return 'text';
  if (flags.includes('w')) return type === 'nobits' ? 'bss' : 'data';
  return flags.includes('a') ? 'rodata' : 'note';
}

/** The operands of `.section NAME, "flags", @type`. */
function readSection(operands: Operands): { name: string; options: SectionOptions } {
  const nameTokens = operands.at(0) ?? [];
  const flagToken = operands.at(1)?.at(0);
  const typeToken = operands.at(2)?.at(-1);
  const name = nameTokens
    .map((token) => {
      if (token.kind === 'string') return new TextDecoder().decode(token.bytes);
      return token.kind === 'number' ? token.value.toString() : 'text' in token ? token.text : '';
    })
    .join('');
  if (name === '') throw new StatementError('.section needs a name');
  const flags =
    flagToken?.kind === 'string' ? new TextDecoder().decode(flagToken.bytes) : undefined;
  const type =
    typeToken?.kind === 'name' || typeToken?.kind === 'modifier'
      ? typeToken.text.replace('%', '')
      : '';
  const kind = sectionKind(flags, type);
  return {
    name,
    options: { ...(kind && { kind }), keep: flags?.includes('R') ?? false },
  };
}

/** `.text`, `.data`, `.bss`, `.rodata`. */
const namedSection: Directive = (state, _operands, name) => state.enterSection(name);

/** Accepted and without effect: this assembler neither compresses, relaxes nor writes attributes. */
const ignored: Directive = () => undefined;

const directives = new Map<string, Directive>([
  ['.byte', integers(1)],
  ['.half', integers(2)],
  ['.short', integers(2)],
  ['.2byte', integers(2)],
  ['.hword', integers(2)],
  ['.word', integers(4)],
  ['.long', integers(4)],
  ['.int', integers(4)],
  ['.4byte', integers(4)],
  ['.dword', integers(8)],
  ['.quad', integers(8)],
  ['.8byte', integers(8)],
  ['.octa', integers(16)],
  ['.uleb128', variableLength(encodeUleb128)],
  ['.sleb128', variableLength(encodeSleb128)],
  ['.ascii', strings([])],
  ['.asciz', strings([0])],
  ['.string', strings([0])],
  ['.zero', space],
  ['.space', space],
  ['.skip', space],
  ['.fill', fill],
  ['.align', alignment((operand) => 2 ** operand)],
  ['.p2align', alignment((operand) => 2 ** operand)],
  ['.balign', alignment((operand) => Math.max(operand, 1))],
  ['.org', origin],
  ['.globl', bind('global')],
  ['.global', bind('global')],
  ['.weak', bind('weak')],
  ['.local', bind('local')],
  ['.extern', ignored],
  ['.type', type],
  ['.size', size],
  ['.set', set],
  ['.equ', set],
  ['.eqv', equivalent],
  ['.equiv', equivalent],
  ['.comm', common('global')],
  ['.lcomm', common('local')],
  ['.text', namedSection],
  ['.data', namedSection],
  ['.rodata', namedSection],
  ['.bss', namedSection],
  [
    '.section',
    (state, operands) => {
      const { name, options } = readSection(operands);
      state.enterSection(name, options);
    },
  ],
  [
    '.pushsection',
    (state, operands) => {
      const { name, options } = readSection(operands);
      state.pushSection(name, options);
    },
  ],
  ['.popsection', (state) => state.popSection()],
  ['.previous', (state) => state.enterPreviousSection()],
  ['.option', ignored],
  ['.attribute', ignored],
  ['.file', ignored],
  ['.loc', ignored],
  ['.ident', ignored],
  ['.print', ignored],
  ['.warning', ignored],
  ['.title', ignored],
  ['.list', ignored],
  ['.nolist', ignored],
  ['.eject', ignored],
  ['.hidden', ignored],
  ['.internal', ignored],
  ['.protected', ignored],
  ['.addrsig', ignored],
]);

/**
 * Carries out directive `name` (with its dot).
 * @throws StatementError if it is unknown or its operands do not fit.
 */
export function carryOutDirective(
  state: AssemblyState,
  name: string,
  tokens: readonly Token[],
): void {
  if (name.startsWith('.cfi_')) return;
  const directive = directives.get(name);
  if (directive === undefined) throw new StatementError(`unknown directive ${name}`);
  directive(state, splitOperands(tokens), name);
}
