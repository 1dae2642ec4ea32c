/** From a machine word to assembly, in the spelling of GNU objdump. */
import { csrName } from '../assembler/csr-names.ts';
import { formatOf, type OperandSyntax } from '../assembler/instructions.ts';
import { roundingModes } from '../assembler/operand-fields.ts';
import { floatRegisterName, Register, registerName } from '../assembler/registers.ts';
import { findAlias } from './aliases.ts';
import { type DecodedInstruction, decodeInstruction, isLong } from './decode.ts';
import { expand } from './expansion.ts';

export interface Disassembly {
  /** Bytes. */
  readonly length: 2 | 4;
  readonly mnemonic: string;
  /** Operands as text, separated by commas; empty if there are none. */
  readonly operands: string;
  /** Where a branch or jump with a fixed target goes. */
  readonly target?: number;
  /** The instruction behind the text, if the word is one; of a 16-bit one what it stands for. */
  readonly decoded?: DecodedInstruction;
}

export interface DisassemblyOptions {
  /** False: only real instructions, as with `objdump -M no-aliases`. */
  readonly aliases?: boolean;
  /** How the target of a branch is written; hexadecimal as objdump does it, unless given. */
  readonly formatTarget?: (target: number) => string;
}

/** Bits of one fence set, from the highest. */
const FENCE_LETTERS = [
  [8, 'i'],
  [4, 'o'],
  [2, 'r'],
  [1, 'w'],
] as const;

function hexadecimal(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

function hexadecimalDigits(address: number): string {
  return address.toString(16);
}

function formatFenceSet(set: number): string {
  const letters = FENCE_LETTERS.filter(([bit]) => (set & bit) !== 0).map(([, letter]) => letter);
  return letters.join('') || 'unknown';
}

/** The rounding mode, unless it is the one that is meant where none is written. */
function formatRounding({ instruction }: DecodedInstruction, rounding: number): string[] {
  const field = formatOf(instruction).fields.find(({ operand }) => operand === 'rounding');
  return rounding === field?.omitted ? [] : [roundingModes[rounding] ?? 'unknown'];
}

/** The parts of the operand text that one item of the syntax stands for. */
function formatOperand(
  syntax: OperandSyntax,
  decoded: DecodedInstruction,
  formatTarget: (distance: number) => string,
): string[] {
  const { rd, rs1, rs2, rs3, immediate, csr, rounding } = decoded;
  switch (syntax) {
    case 'frd':
      return [floatRegisterName(rd)];
    case 'frs1':
      return [floatRegisterName(rs1)];
    case 'frs2':
      return [floatRegisterName(rs2)];
    case 'frs3':
      return [floatRegisterName(rs3)];
    case 'rounding':
      return formatRounding(decoded, rounding);
    case 'sp':
      return [registerName(Register.sp)];
    case 'stack-memory':
      return [`${immediate}(${registerName(Register.sp)})`];
    case 'rd':
      return [registerName(rd)];
    case 'rs1':
      return [registerName(rs1)];
    case 'rs2':
      return [registerName(rs2)];
    case 'immediate':
    case 'csr-immediate':
      return [`${immediate}`];
    case 'upper':
    case 'shift':
      return [hexadecimal(immediate)];
    case 'memory':
      return [`${immediate}(${registerName(rs1)})`];
    case 'address':
      return [`(${registerName(rs1)})`];
    case 'target':
      return [formatTarget(immediate)];
    case 'csr':
      return [csrName(csr) ?? hexadecimal(csr)];
    case 'fence-sets':
      return [formatFenceSet((immediate >> 4) & 0xf), formatFenceSet(immediate & 0xf)];
    case 'optional-rs1-rs2':
      return [registerName(rs1), registerName(rs2)];
  }
}

function orderingSuffix({ aq, rl }: DecodedInstruction): string {
  if (aq) return rl ? '.aqrl' : '.aq';
  return rl ? '.rl' : '';
}

/** A word that is no instruction. */
function asData(word: number): Disassembly {
  if (!isLong(word)) {
    return { length: 2, mnemonic: '.2byte', operands: hexadecimal(word & 0xffff) };
  }
  return { length: 4, mnemonic: '.4byte', operands: hexadecimal(word) };
}

/**
 * The instruction `word` at address `pc`.
 * @param word 32 bits; where only a halfword follows, its upper half is 0.
 */
export function disassemble(
  word: number,
  pc: number,
  options: DisassemblyOptions = {},
): Disassembly {
  const found = decodeInstruction(word);
  if (found === undefined) return asData(word);
  const { aliases = true, formatTarget = hexadecimalDigits } = options;
  const expanded = expand(found);
  const decoded = aliases && !isHint(found) ? expanded : found;
  const { instruction } = decoded;
  const alias = aliases ? findAlias(decoded) : undefined;
  const syntax = alias?.syntax ?? formatOf(instruction).syntax;
  const isBranch = formatOf(instruction).syntax.includes('target');
  const target = (pc + decoded.immediate) >>> 0;
  const operands = syntax.flatMap((item) =>
    formatOperand(item, decoded, () => formatTarget(target)),
  );
  return {
    length: found.instruction.length,
    mnemonic: (alias?.name ?? instruction.mnemonic) + orderingSuffix(decoded),
    operands: operands.join(','),
    ...(isBranch && { target }),
    decoded: expanded,
  };
}

/** Whether it is a 16-bit instruction that throws its result away, which means a hint. */
function isHint({ instruction, rd }: DecodedInstruction): boolean {
  const { format } = instruction;
  const hasDestination = ['shortI', 'shortU', 'shortShift', 'shortMove'].includes(format);
  return hasDestination && rd === Register.zero;
}
