/**
 * The names by which assembly knows instructions with certain operands: The RISC-V Instruction Set
 * Manual, volume I, "RISC-V Assembly Programmer's Handbook".
 */
import { csrNumber } from '../assembler/csr-names.ts';
import type { Mnemonic, OperandSyntax } from '../assembler/instructions.ts';
import { Register } from '../assembler/registers.ts';
import type { DecodedInstruction } from './decode.ts';

export interface Alias {
  readonly name: string;
  readonly syntax: readonly OperandSyntax[];
}

interface AliasRule extends Alias {
  readonly applies: (operands: DecodedInstruction) => boolean;
}

function rule(
  name: string,
  syntax: readonly OperandSyntax[],
  applies: AliasRule['applies'],
): AliasRule {
  return { name, syntax, applies };
}

const { zero, ra } = Register;

/** `rdcycle` and its relatives: a counter read with `csrrs rd, csr, x0`. */
function counterRule(csr: string): AliasRule {
  const number = csrNumber(csr);
  return rule(`rd${csr}`, ['rd'], (o) => o.rs1 === zero && o.csr === number);
}

/** Reads and writes of the floating-point CSRs: `frrm`, `fsrm` and so on. */
function floatCsrRules(csr: string, name: string): { read: AliasRule; write: AliasRule[] } {
  const number = csrNumber(csr);
  return {
    read: rule(`fr${name}`, ['rd'], (o) => o.rs1 === zero && o.csr === number),
    write: [
      rule(`fs${name}`, ['rs1'], (o) => o.rd === zero && o.csr === number),
      rule(`fs${name}`, ['rd', 'rs1'], (o) => o.csr === number),
    ],
  };
}

/** Likewise for their immediate forms, which `fcsr` does not have. */
function floatCsrImmediateRules(csr: string, name: string): AliasRule[] {
  const number = csrNumber(csr);
  return [
    rule(`fs${name}i`, ['csr-immediate'], (o) => o.rd === zero && o.csr === number),
    rule(`fs${name}i`, ['rd', 'csr-immediate'], (o) => o.csr === number),
  ];
}

const FLOAT_CSRS = [
  floatCsrRules('fcsr', 'csr'),
  floatCsrRules('frm', 'rm'),
  floatCsrRules('fflags', 'flags'),
];

/** A sign operation on one register twice is a move, a negation or an absolute value. */
function signRule(name: string): AliasRule[] {
  return [rule(name, ['frd', 'frs1'], (o) => o.rs1 === o.rs2)];
}

/** Rules by instruction; the first that applies counts. */
const rules: Partial<Readonly<Record<Mnemonic, readonly AliasRule[]>>> = {
  addi: [
    rule('nop', [], (o) => o.rd === zero && o.rs1 === zero && o.immediate === 0),
    rule('li', ['rd', 'immediate'], (o) => o.rs1 === zero),
    rule('mv', ['rd', 'rs1'], (o) => o.immediate === 0),
  ],
  xori: [rule('not', ['rd', 'rs1'], (o) => o.immediate === -1)],
  andi: [rule('zext.b', ['rd', 'rs1'], (o) => o.immediate === 0xff)],
  sub: [rule('neg', ['rd', 'rs2'], (o) => o.rs1 === zero)],
  sltiu: [rule('seqz', ['rd', 'rs1'], (o) => o.immediate === 1)],
  sltu: [rule('snez', ['rd', 'rs2'], (o) => o.rs1 === zero)],
  slt: [
    rule('sltz', ['rd', 'rs1'], (o) => o.rs2 === zero),
    rule('sgtz', ['rd', 'rs2'], (o) => o.rs1 === zero),
  ],
  beq: [rule('beqz', ['rs1', 'target'], (o) => o.rs2 === zero)],
  bne: [rule('bnez', ['rs1', 'target'], (o) => o.rs2 === zero)],
  bge: [
    rule('blez', ['rs2', 'target'], (o) => o.rs1 === zero),
    rule('bgez', ['rs1', 'target'], (o) => o.rs2 === zero),
  ],
  blt: [
    rule('bltz', ['rs1', 'target'], (o) => o.rs2 === zero),
    rule('bgtz', ['rs2', 'target'], (o) => o.rs1 === zero),
  ],
  jal: [rule('j', ['target'], (o) => o.rd === zero), rule('jal', ['target'], (o) => o.rd === ra)],
  jalr: [
    rule('ret', [], (o) => o.rd === zero && o.rs1 === ra && o.immediate === 0),
    rule('jr', ['rs1'], (o) => o.rd === zero && o.immediate === 0),
    rule('jr', ['memory'], (o) => o.rd === zero),
    rule('jalr', ['rs1'], (o) => o.rd === ra && o.immediate === 0),
    rule('jalr', ['memory'], (o) => o.rd === ra),
    rule('jalr', ['rd', 'rs1'], (o) => o.immediate === 0),
  ],
  csrrw: [
    rule('unimp', [], (o) => o.rd === zero && o.rs1 === zero && o.csr === csrNumber('cycle')),
    ...FLOAT_CSRS.flatMap(({ write }) => write),
    rule('csrw', ['csr', 'rs1'], (o) => o.rd === zero),
  ],
  csrrs: [
    ...['cycle', 'time', 'instret', 'cycleh', 'timeh', 'instreth'].map(counterRule),
    ...FLOAT_CSRS.map(({ read }) => read),
    rule('csrr', ['rd', 'csr'], (o) => o.rs1 === zero),
    rule('csrs', ['csr', 'rs1'], (o) => o.rd === zero),
  ],
  csrrc: [rule('csrc', ['csr', 'rs1'], (o) => o.rd === zero)],
  csrrwi: [
    ...floatCsrImmediateRules('frm', 'rm'),
    ...floatCsrImmediateRules('fflags', 'flags'),
    rule('csrwi', ['csr', 'csr-immediate'], (o) => o.rd === zero),
  ],
  csrrsi: [rule('csrsi', ['csr', 'csr-immediate'], (o) => o.rd === zero)],
  csrrci: [rule('csrci', ['csr', 'csr-immediate'], (o) => o.rd === zero)],
  'sfence.vma': [
    rule('sfence.vma', [], (o) => o.rs1 === zero && o.rs2 === zero),
    rule('sfence.vma', ['rs1'], (o) => o.rs2 === zero),
  ],
  'fsgnj.s': signRule('fmv.s'),
  'fsgnjn.s': signRule('fneg.s'),
  'fsgnjx.s': signRule('fabs.s'),
  'fsgnj.d': signRule('fmv.d'),
  'fsgnjn.d': signRule('fneg.d'),
  'fsgnjx.d': signRule('fabs.d'),
  'fsgnj.h': signRule('fmv.h'),
  'fsgnjn.h': signRule('fneg.h'),
  'fsgnjx.h': signRule('fabs.h'),
  'c.unimp': [rule('unimp', [], () => true)],
  fence: [rule('fence', [], (o) => o.immediate === 0xff)],
};

/** The name under which an instruction with these operands is better known, if any. */
export function findAlias(decoded: DecodedInstruction): Alias | undefined {
  return rules[decoded.instruction.mnemonic]?.find(({ applies }) => applies(decoded));
}
