/** Numbers as a person writes them: `0x80400000`, `$sp+16`, `$mstatus`, `kernel_main+8`. */
import { CSR_ADDRESSES, type CsrName } from '../../machine/hart/csr-addresses.ts';
import { registerNumber } from '../assembler/registers.ts';
import { CommandProblem } from './command-problem.ts';
import type { Target } from './target.ts';

const NUMBER = /^(0x[0-9a-f_]+|\d[\d_]*)$/i;
/** Terms and the signs between them; a symbol's name may have slashes, dots and colons. */
const TERM = /\s*([+-]?)\s*([^\s+-]+)/y;
const WORD_LIMIT = 2 ** 32;

/**
 * The value of a sum of numbers, registers (`$a0`), CSRs (`$satp`) and symbols, modulo 2^32.
 * @throws CommandProblem
 */
export function evaluate(target: Target, text: string): number {
  TERM.lastIndex = 0;
  let sum = 0;
  let end = 0;
  while (end < text.trimEnd().length) {
    const match = TERM.exec(text);
    if (match === null || (match[1] === '' && end > 0)) {
      throw new CommandProblem(`"${text}" is no value: write 0x80400000, $sp+16, or a symbol`);
    }
    const value = evaluateTerm(target, match[2]);
    sum += match[1] === '-' ? -value : value;
    end = TERM.lastIndex;
  }
  if (end === 0)
    throw new CommandProblem('a value is missing: write 0x80400000, $sp+16, or a symbol');
  return sum >>> 0;
}

function evaluateTerm(target: Target, term: string): number {
  if (NUMBER.test(term)) return parseNumber(term);
  if (term.startsWith('$')) return registerValue(target, term.slice(1));
  const image = target.images.all.find((candidate) => candidate.find(term).length > 0);
  const here = target.imageAt(target.pc)?.find(term).at(0);
  const symbol = here ?? image?.find(term).at(0);
  if (symbol !== undefined) return symbol.address;
  const isRegister = registerNumber(term) !== undefined || isCsrName(term) || term === 'pc';
  const hint = isRegister ? `write $${term}` : 'sym PART searches names';
  throw new CommandProblem(`no symbol "${term}": ${hint}`);
}

/** @throws CommandProblem for a number beyond 32 bits */
export function parseNumber(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(value) || value >= WORD_LIMIT) {
    throw new CommandProblem(`${text} has more than 32 bits`);
  }
  return value;
}

function registerValue(target: Target, name: string): number {
  if (name === 'pc') return target.pc;
  const number = registerNumber(name);
  if (number !== undefined) return target.hart.readRegister(number);
  const value = isCsrName(name) ? target.hart.readCsr(name) : undefined;
  if (value === undefined) {
    throw new CommandProblem(`no register "$${name}": info registers and info csrs list them`);
  }
  return value;
}

export function isCsrName(name: string): name is CsrName {
  return Object.hasOwn(CSR_ADDRESSES, name);
}
