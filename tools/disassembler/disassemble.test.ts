import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { assemble } from '../assembler/assemble.ts';
import { encodeInstruction } from '../assembler/encode.ts';
import { GNU_OBJDUMP, runGnu, withTemporaryDirectory } from '../assembler/gnu-witness.ts';
import { anyInstruction, samplesOfEveryInstruction } from '../assembler/instruction-samples.ts';
import { disassemble } from './disassemble.ts';

function textOf(word: number, aliases = true): string {
  const { mnemonic, operands } = disassemble(word, 0x80000000, { aliases });
  return `${mnemonic} ${operands}`.trim();
}

/** The word that the assembler makes of one line. */
function assembleLine(line: string): number {
  const { object, errors } = assemble(line, 'line.s');
  if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join('; '));
  const [text] = object.sections;
  return new DataView(text.bytes.buffer).getUint32(0, true);
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
    [0x00000000, '.2byte 0x0'],
  ])('of %i is %s', (word, text) => {
    expect(textOf(word)).toBe(text);
  });

  it('gives real instructions on request', () => {
    expect(textOf(0x00000013, false)).toBe('addi zero,zero,0');
    expect(textOf(0x00008067, false)).toBe('jalr zero,0(ra)');
  });

  it.each([true, false])('can be assembled again (aliases: %s)', (aliases) => {
    fc.assert(
      fc.property(anyInstruction, ({ instruction, operands }) => {
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

/** Words that this objdump spells differently for reasons of its own, by its spelling of them. */
const PECULIAR = /^(?:unimp|fence\s+w,unknown)$/;

/** Version 2.40 of binutils prints the immediate forms under their short names, others do not. */
function withoutImmediateSuffix(text: string): string {
  return text.replace(/^(add|and|or|xor|sll|srl|sra|csrrw|csrrs|csrrc|csrw|csrs|csrc)i(?= )/, '$1');
}

describeWithWitness(GNU_OBJDUMP, 'disassembly beside GNU objdump', () => {
  it.each([true, false])('agrees on every instruction (aliases: %s)', (aliases) => {
    const samples = samplesOfEveryInstruction(30);
    const bytes = new Uint8Array(4 * samples.length);
    const view = new DataView(bytes.buffer);
    for (const [index, { instruction, operands }] of samples.entries()) {
      view.setUint32(4 * index, encodeInstruction(instruction.mnemonic, operands), true);
    }
    const listing = withTemporaryDirectory((directory) => {
      writeFileSync(join(directory, 'code.bin'), bytes);
      const dialect = aliases ? [] : ['-M', 'no-aliases'];
      const args = ['-D', '-b', 'binary', '-m', 'riscv:rv32', ...dialect, 'code.bin'];
      return runGnu(GNU_OBJDUMP, args, directory);
    });
    const lines = [
      ...listing.matchAll(/^\s*([0-9a-f]+):\s+([0-9a-f]{8})\s+(\S+)[ \t]*([^#\n]*)/gm),
    ].filter(([, , , mnemonic, operands]) => !PECULIAR.test(`${mnemonic} ${operands}`.trim()));
    expect(lines.length).toBeGreaterThan(0.9 * samples.length);
    const theirs = lines.map(([, , , mnemonic, operands]) =>
      withoutImmediateSuffix(`${mnemonic} ${operands}`.trim()),
    );
    const ours = lines.map(([, address, word]) => {
      const formatTarget = (target: number): string => `0x${target.toString(16)}`;
      const { mnemonic, operands } = disassemble(
        Number.parseInt(word, 16),
        Number.parseInt(address, 16),
        { aliases, formatTarget },
      );
      return withoutImmediateSuffix(`${mnemonic} ${operands}`.trim());
    });
    expect(ours).toEqual(theirs);
  });
});
