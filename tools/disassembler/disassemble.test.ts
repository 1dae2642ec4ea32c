import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { assemble } from '../assembler/assemble.ts';
import { encodeInstruction } from '../assembler/encode.ts';
import { disassembleWithGnu, GNU_OBJDUMP } from '../assembler/gnu-witness.ts';
import { anyInstruction, samplesOfEveryInstruction } from '../assembler/instruction-samples.ts';
import { disassemble } from './disassemble.ts';

function textOf(word: number, aliases = true): string {
  const { mnemonic, operands } = disassemble(word, 0x80000000, { aliases });
  return `${mnemonic} ${operands}`.trim();
}

/** The instruction that the assembler makes of one line. */
function assembleLine(line: string): number {
  const { object, errors } = assemble(line, 'line.s');
  if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join('; '));
  const [text] = object.sections;
  const { buffer, length } = text.bytes;
  const view = new DataView(buffer);
  return length === 2 ? view.getUint16(0, true) : view.getUint32(0, true);
}

describe('disassembly', () => {
  it.each([
    [0x00000013, 'nop'],
    [0x00008067, 'ret'],
    [0x00050067, 'jr a0'],
    [0x0000006f, 'j 80000000'],
    [0xfff5c513, 'not a0,a1'],
    [0x30529073, 'csrw mtvec,t0'],
    [0xc0102573, 'rdtime a0'],
    [0xc0001073, 'unimp'],
    [0x0100000f, 'pause'],
    [0x0310000f, 'fence rw,w'],
    [0x1405a52f, 'lr.w.aq a0,(a1)'],
    [0x7c051573, 'csrrw a0,0x7c0,a0'],
    [0xffffffff, '.4byte 0xffffffff'],
    [0x00000000, 'unimp'],
    [0x00008082, 'ret'],
    [0x00000505, 'addi a0,a0,1'],
    [0x00004501, 'li a0,0'],
    [0x000085aa, 'mv a1,a0'],
    [0x00004505, 'li a0,1'],
    [0x00004005, 'c.li zero,1'],
    [0x00006002, 'flw ft0,0(sp)'],
    [0x00006101, '.2byte 0x6101'],
    [0x00310053, 'fadd.s ft0,ft2,ft3,rne'],
    [0x00317053, 'fadd.s ft0,ft2,ft3'],
    [0x00315053, '.4byte 0x315053'],
    [0x0802c5b3, 'zext.h a1,t0'],
  ])('of %i is %s', (word, text) => {
    expect(textOf(word)).toBe(text);
  });

  it('gives real instructions on request', () => {
    expect(textOf(0x00000013, false)).toBe('addi zero,zero,0');
    expect(textOf(0x00008067, false)).toBe('jalr zero,0(ra)');
    expect(textOf(0x00008082, false)).toBe('c.jr ra');
  });

  it.each([true, false])('can be assembled again (aliases: %s)', (aliases) => {
    fc.assert(
      fc.property(anyInstruction, ({ instruction, operands }) => {
        // The usual spelling of a 16-bit instruction is that of the 32-bit one.
        fc.pre(!aliases || instruction.length === 4);
        const word = encodeInstruction(instruction.mnemonic, operands);
        const { mnemonic, operands: text } = disassemble(word, 0, {
          aliases,
          formatTarget: (target) => `.+${target | 0}`,
        });
        expect(assembleLine(`${mnemonic} ${text.replaceAll('unknown', '0')}`)).toBe(word);
      }),
      { numRuns: 500 },
    );
  });

  it('takes any word', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (word) => {
        expect(disassemble(word, 0).mnemonic).not.toBe('');
      }),
    );
  });
});

/**
 * Words that this objdump spells differently for reasons of its own, by its spelling of them: among
 * 16-bit ones `c.nop`, hints, and some that are reserved.
 */
const PECULIAR = new RegExp(
  [
    String.raw`^(?:unimp|fence\s+w,unknown)$`,
    String.raw`^(?:c\.)?nop\b|^c\.addi\s+zero|^c\.s(?:ll|rl|ra)i64`,
    String.raw`^(?:c\.)?s(?:ll|rl|ra)i?\s+\w+,(?:\w+,)?0x[23][0-9a-f]$`,
    String.raw`^c\.addi16sp\s+sp,0$|^add\s+(\w+),\1,0$`,
  ].join('|'),
);

/** Version 2.40 of binutils prints the immediate forms under their short names, others do not. */
function withoutImmediateSuffix(text: string): string {
  return text.replace(
    /^(add|and|or|xor|sll|srl|sra|ror|bclr|bext|binv|bset|csrrw|csrrs|csrrc|csrw|csrs|csrc)i(?= )/,
    '$1',
  );
}

/** Addresses and bits of instructions, and the text that objdump has for each. */
function linesOf(listing: string): { address: number; bits: number; theirs: string }[] {
  const lines = [
    ...listing.matchAll(/^\s*([0-9a-f]+):\s+([0-9a-f]{4,8})\s+(\S+)[ \t]*([^#\n]*)/gm),
  ];
  return lines
    .map(([, address, bits, mnemonic, operands]) => ({
      address: Number.parseInt(address, 16),
      bits: Number.parseInt(bits, 16),
      theirs: `${mnemonic} ${operands.replace(/ <.*>/, '')}`.trim(),
    }))
    .filter(({ theirs }) => !PECULIAR.test(theirs));
}

function expectAgreement(
  words: readonly { readonly bits: number; readonly length: number }[],
  aliases: boolean,
): void {
  const lines = linesOf(disassembleWithGnu(words, aliases ? [] : ['-M', 'no-aliases']));
  expect(lines.length).toBeGreaterThan(0.9 * words.length);
  const ours = lines.map(({ address, bits }) => {
    const { mnemonic, operands } = disassemble(bits, address, { aliases });
    return withoutImmediateSuffix(`${mnemonic} ${operands}`.trim());
  });
  expect(ours).toEqual(lines.map(({ theirs }) => withoutImmediateSuffix(theirs)));
}

describeWithWitness(GNU_OBJDUMP, 'disassembly beside GNU objdump', () => {
  it.each([true, false])('agrees on every instruction (aliases: %s)', (aliases) => {
    const words = samplesOfEveryInstruction(30)
      .filter(({ instruction }) => instruction.extension !== 'Zicond')
      .map(({ instruction, operands }) => ({
        bits: encodeInstruction(instruction.mnemonic, operands),
        length: instruction.length,
      }));
    expectAgreement(words, aliases);
  });

  it.each([true, false])('agrees on all 16-bit encodings (aliases: %s)', (aliases) => {
    const all = Array.from({ length: 0x10000 }, (_, bits) => ({ bits, length: 2 }));
    expectAgreement(
      all.filter(({ bits }) => (bits & 3) !== 3),
      aliases,
    );
  });
});
