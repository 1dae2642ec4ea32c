import { describe, expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { disassemble } from '../disassembler/disassemble.ts';
import {
  encodeInstruction,
  EncodingError,
  type InstructionOperands,
  type Mnemonic,
} from './encode.ts';
import { assembleWithGnu, GNU_ASSEMBLER } from './gnu-witness.ts';
import { samplesOfEveryInstruction } from './instruction-samples.ts';

function errorOf(mnemonic: Mnemonic, operands: InstructionOperands): EncodingError {
  try {
    encodeInstruction(mnemonic, operands);
  } catch (error) {
    if (error instanceof EncodingError) return error;
    throw error;
  }
  throw new Error(`${mnemonic} was encoded`);
}

describe('encoding of instructions', () => {
  it('puts operands where the manual has them', () => {
    expect(encodeInstruction('addi', { rd: 1, rs1: 2, immediate: -1 })).toBe(0xfff10093);
    expect(encodeInstruction('sw', { rs1: 2, rs2: 1, immediate: -20 })).toBe(0xfe112623);
    expect(encodeInstruction('beq', { rs1: 10, rs2: 11, immediate: -6 })).toBe(0xfeb50de3);
    expect(encodeInstruction('jal', { rd: 1, immediate: 0x1234 })).toBe(0x234010ef);
    expect(encodeInstruction('lui', { rd: 5, immediate: 0xfffff })).toBe(0xfffff2b7);
    expect(encodeInstruction('csrrw', { rd: 0, rs1: 1, csr: 0xf14 })).toBe(0xf1409073);
    expect(encodeInstruction('amoadd.w', { rd: 1, rs1: 2, rs2: 3, aq: true, rl: true })).toBe(
      0x063120af,
    );
    expect(encodeInstruction('mret')).toBe(0x30200073);
    expect(encodeInstruction('fadd.s', { rd: 1, rs1: 2, rs2: 3 })).toBe(0x003170d3);
    expect(encodeInstruction('c.addi16sp', { immediate: -64 })).toBe(0x7139);
    expect(encodeInstruction('c.lw', { rd: 10, rs1: 11, immediate: 64 })).toBe(0x41a8);
  });

  it('lets fence and sfence.vma go without operands', () => {
    expect(encodeInstruction('fence')).toBe(0x0ff0000f);
    expect(encodeInstruction('sfence.vma')).toBe(0x12000073);
  });

  it.each([
    ['addi', { rd: 1, rs1: 1, immediate: 2048 }, 'immediate'],
    ['addi', { rd: 1, rs1: 1, immediate: 0.5 }, 'immediate'],
    ['addi', { rd: 32, rs1: 1, immediate: 0 }, 'rd'],
    ['slli', { rd: 1, rs1: 1, immediate: 32 }, 'immediate'],
    ['lui', { rd: 1, immediate: -1 }, 'immediate'],
    ['beq', { rs1: 1, rs2: 1, immediate: 4096 }, 'immediate'],
    ['beq', { rs1: 1, rs2: 1, immediate: 3 }, 'immediate'],
    ['jal', { rd: 1, immediate: -1048578 }, 'immediate'],
    ['csrrwi', { rd: 1, csr: 0x300, immediate: 32 }, 'immediate'],
    ['csrrw', { rd: 1, rs1: 1, csr: 4096 }, 'csr'],
    ['add', { rd: 1, rs1: 1 }, 'rs2'],
    ['c.lw', { rd: 7, rs1: 8, immediate: 0 }, 'rd'],
    ['c.lui', { rd: 2, immediate: 1 }, 'rd'],
    ['c.lui', { rd: 1, immediate: 32 }, 'immediate'],
    ['c.addi4spn', { rd: 8, immediate: 0 }, 'immediate'],
    ['c.jr', { rs1: 0 }, 'rs1'],
    ['fadd.d', { rd: 1, rs1: 1, rs2: 1, rounding: 5 }, 'rounding'],
  ] as const)('rejects %s %o because of its %s', (mnemonic, operands, operand) => {
    const error = errorOf(mnemonic, operands);
    expect(error.operand).toBe(operand);
    expect(error.mnemonic).toBe(mnemonic);
  });
});

/**
 * What this version of as does not take: the empty set of a fence, and hints that shift by nothing
 * or add something to x0.
 */
const UNACCEPTED = /unknown|^c\.s\w+ \w+,0x0$|^c\.addi zero/;

describeWithWitness(GNU_ASSEMBLER, 'encoding beside GNU as', () => {
  it.each([2, 4])('agrees on every instruction of the table that has %i bytes', (length) => {
    const formatTarget = (target: number): string => `.+${target | 0}`;
    const samples = samplesOfEveryInstruction(20)
      .filter(({ instruction }) => instruction.length === length)
      .filter(({ instruction }) => instruction.extension !== 'Zicond')
      .map(({ instruction, operands }) => {
        const word = encodeInstruction(instruction.mnemonic, operands);
        const text = disassemble(word, 0, { aliases: false, formatTarget });
        return { word, line: `${text.mnemonic} ${text.operands}` };
      })
      .filter(({ line }) => !UNACCEPTED.test(line));
    const bytes = assembleWithGnu(samples.map(({ line }) => line).join('\n'), length === 2);
    const view = new DataView(bytes.buffer);
    const theirs = samples.map(({ line }, index) => {
      const at = length * index;
      return `${line}: ${length === 2 ? view.getUint16(at, true) : view.getUint32(at, true)}`;
    });
    expect(samples.map(({ line, word }) => `${line}: ${word}`)).toEqual(theirs);
    expect(bytes.length).toBe(length * samples.length);
  });
});
