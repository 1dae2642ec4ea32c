import { expect, test } from 'vitest';
import { decodeInstruction } from '../../disassembler/decode.ts';
import { decodeExpanded, expand } from '../../disassembler/expansion.ts';
import { compress } from './compress.ts';

/** Their distances are not known before the layout. */
const BRANCHES = new Set(['jal', 'beq', 'bne']);
const HALFWORDS = 0x1_0000;
/** Both lowest bits set: the start of a 32-bit instruction. */
const LENGTH_MASK = 3;
const HALFWORD_MASK = 0xffff;

/** Mnemonic and operands of what a halfword stands for. */
function meaning(halfword: number): string | undefined {
  const decoded = decodeExpanded(halfword);
  if (decoded === undefined) return undefined;
  const { instruction, rd, rs1, rs2, immediate } = decoded;
  const stored = instruction.mnemonic.startsWith('s') || instruction.mnemonic.startsWith('fs');
  return [instruction.mnemonic, stored ? 0 : rd, rs1, rs2, immediate].join(' ');
}

/** Writes x0 or changes nothing: a hint, which nobody needs. */
function isHint(halfword: number): boolean {
  const short = decodeInstruction(halfword);
  if (short === undefined) return true;
  const { mnemonic } = short.instruction;
  if (mnemonic === 'c.nop' || mnemonic === 'c.unimp') return true;
  const writesNothing = ['c.li', 'c.lui', 'c.mv', 'c.add', 'c.slli', 'c.addi'].includes(mnemonic);
  const changesNothing = ['c.addi', 'c.slli', 'c.srli', 'c.srai'].includes(mnemonic);
  return (writesNothing && short.rd === 0) || (changesNothing && short.immediate === 0);
}

test('every short instruction is the short form of what it stands for', () => {
  const reached = new Set<string>();
  for (let halfword = 0; halfword < HALFWORDS; halfword++) {
    if ((halfword & LENGTH_MASK) === LENGTH_MASK || isHint(halfword)) continue;
    const short = decodeInstruction(halfword);
    if (short === undefined) continue;
    const { instruction, ...operands } = expand(short);
    if (BRANCHES.has(instruction.mnemonic)) continue;
    const result = compress(instruction.mnemonic, operands);
    expect(result, short.instruction.mnemonic).toBeDefined();
    expect(meaning(result ?? 0)).toBe(meaning(halfword));
    reached.add(short.instruction.mnemonic);
  }
  expect(reached.size).toBe(30);
});

test('operands that either way are the same are exchanged, others not', () => {
  expect(compress('add', { rd: 10, rs1: 11, rs2: 10 })).toBe(
    compress('add', { rd: 10, rs1: 10, rs2: 11 }),
  );
  expect(compress('sub', { rd: 10, rs1: 11, rs2: 10 })).toBeUndefined();
});

test.each([
  ['addi', { rd: 10, rs1: 10, immediate: 32 }],
  ['addi', { rd: 0, rs1: 0, immediate: 0 }],
  ['addi', { rd: 18, rs1: 2, immediate: 16 }],
  ['lw', { rd: 10, rs1: 9, immediate: 128 }],
  ['lw', { rd: 10, rs1: 9, immediate: 2 }],
  ['lw', { rd: 0, rs1: 2, immediate: 4 }],
  ['sw', { rs1: 16, rs2: 10, immediate: 0 }],
  ['lui', { rd: 2, immediate: 1 }],
  ['lui', { rd: 10, immediate: 32 }],
  ['jalr', { rd: 5, rs1: 6, immediate: 0 }],
  ['jalr', { rd: 0, rs1: 1, immediate: 4 }],
  ['xori', { rd: 10, rs1: 10, immediate: -1 }],
] as const)('%s %j has no short form', (mnemonic, operands) => {
  expect(compress(mnemonic, operands)).toBeUndefined();
});

test('a short form is one halfword', () => {
  const halfword = compress('addi', { rd: 2, rs1: 2, immediate: -64 }) ?? 0;
  expect(halfword & HALFWORD_MASK).toBe(halfword);
  expect(meaning(halfword)).toBe('addi 2 2 0 -64');
});
