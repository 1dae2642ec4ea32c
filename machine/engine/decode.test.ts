/** The decoder beside the disassembler's table, which it shares nothing with. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyInstruction } from '../../tools/assembler/instruction-samples.ts';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import { disassemble } from '../../tools/disassembler/disassemble.ts';
import { decodeInstruction } from './decode.ts';
import { emptyInstruction } from './decoded-instruction.ts';
import { Operation } from './operations.ts';

const PC = 0x8000_0000;
const RUNS = process.env.VITRINE_CAMPAIGN === 'full' ? 200_000 : 3000;
/** What the disassembler has a name for, although it traps: all zeros, and `c.unimp`. */
const NO_INSTRUCTION = 'unimp';

function decode(bits: number) {
  const into = emptyInstruction();
  decodeInstruction(bits | 0, PC | 0, into);
  return into;
}

/** Opcodes of all instructions, so that random words are not mostly nothing. */
const opcode = fc.constantFrom(
  ...[0x03, 0x07, 0x0f, 0x13, 0x17, 0x23, 0x27, 0x2f, 0x33, 0x37, 0x43, 0x47],
  ...[0x4b, 0x4f, 0x53, 0x63, 0x67, 0x6f, 0x73],
);
const anyWord = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.tuple(fc.nat(0x1ff_ffff), opcode).map(([rest, low]) => rest * 128 + low),
);

describe('the decoder', () => {
  it('takes every instruction that the assembler makes, in its length', () => {
    fc.assert(
      fc.property(
        anyInstruction.filter(({ instruction }) => instruction.mnemonic !== 'c.unimp'),
        ({ instruction, operands }) => {
          const decoded = decode(encodeInstruction(instruction.mnemonic, operands));
          expect(decoded.operation).not.toBe(Operation.Illegal);
          expect(decoded.length).toBe(instruction.length);
        },
      ),
      { numRuns: RUNS, seed: 1 },
    );
  });

  it('refuses what the disassembler has no name for, and keeps its bits', () => {
    fc.assert(
      fc.property(anyWord, (word) => {
        const { length, mnemonic, decoded } = disassemble(word, PC);
        const ours = decode(word);
        expect(ours.length).toBe(length);
        const isNone = decoded === undefined || (mnemonic === NO_INSTRUCTION && length === 2);
        expect(ours.operation === Operation.Illegal, `${word.toString(16)} ${mnemonic}`).toBe(
          isNone,
        );
        if (isNone) {
          expect(ours.c >>> 0).toBe(length === 2 ? word & 0xffff : word);
        }
      }),
      { numRuns: RUNS, seed: 1 },
    );
  });

  it('knows where jumps and branches of both lengths lead', () => {
    fc.assert(
      fc.property(
        anyInstruction.filter(({ instruction }) =>
          ['B', 'J', 'shortJump', 'shortBranch'].includes(instruction.format),
        ),
        ({ instruction, operands }) => {
          const word = encodeInstruction(instruction.mnemonic, operands);
          expect(decode(word).target >>> 0).toBe(disassemble(word, PC).target);
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });
});
