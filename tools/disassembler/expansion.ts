/**
 * What 16-bit instructions stand for: The RISC-V Instruction Set Manual, volume I, "C" Standard
 * Extension. Tools that ask what an instruction does need to know the 32-bit ones only.
 */
import type { InstructionOperands } from '../assembler/encode.ts';
import { findInstruction, type Mnemonic } from '../assembler/instructions.ts';
import { Register } from '../assembler/registers.ts';
import { type DecodedInstruction, decodeInstruction } from './decode.ts';

/** The operands that differ from those of the short instruction. */
type Change = (short: DecodedInstruction) => InstructionOperands;

interface Expansion {
  readonly mnemonic: Mnemonic;
  readonly change: Change;
}

const { zero, ra, sp } = Register;

const same: Change = () => ({});
const onStack: Change = () => ({ rs1: sp });
const inPlace: Change = ({ rd }) => ({ rs1: rd });
const withZero: Change = () => ({ rs2: zero });

function into(mnemonic: Mnemonic, change: Change): Expansion {
  return { mnemonic, change };
}

const expansions: Partial<Readonly<Record<Mnemonic, Expansion>>> = {
  'c.addi4spn': into('addi', onStack),
  'c.fld': into('fld', same),
  'c.lw': into('lw', same),
  'c.flw': into('flw', same),
  'c.fsd': into('fsd', same),
  'c.sw': into('sw', same),
  'c.fsw': into('fsw', same),
  'c.nop': into('addi', same),
  'c.addi': into('addi', inPlace),
  'c.jal': into('jal', () => ({ rd: ra })),
  'c.li': into('addi', same),
  'c.addi16sp': into('addi', () => ({ rd: sp, rs1: sp })),
  'c.lui': into('lui', same),
  'c.srli': into('srli', inPlace),
  'c.srai': into('srai', inPlace),
  'c.andi': into('andi', inPlace),
  'c.sub': into('sub', inPlace),
  'c.xor': into('xor', inPlace),
  'c.or': into('or', inPlace),
  'c.and': into('and', inPlace),
  'c.j': into('jal', same),
  'c.beqz': into('beq', withZero),
  'c.bnez': into('bne', withZero),
  'c.slli': into('slli', inPlace),
  'c.fldsp': into('fld', onStack),
  'c.lwsp': into('lw', onStack),
  'c.flwsp': into('flw', onStack),
  'c.jr': into('jalr', same),
  // An addition to x0, which assembly knows as the addition of 0.
  'c.mv': into('addi', ({ rs2 }) => ({ rs1: rs2, rs2: 0 })),
  'c.ebreak': into('ebreak', same),
  'c.jalr': into('jalr', () => ({ rd: ra })),
  'c.add': into('add', inPlace),
  'c.fsdsp': into('fsd', onStack),
  'c.swsp': into('sw', onStack),
  'c.fswsp': into('fsw', onStack),
};

/** The 32-bit instruction that a 16-bit one stands for; any other is returned as it is. */
export function expand(decoded: DecodedInstruction): DecodedInstruction {
  const expansion = expansions[decoded.instruction.mnemonic];
  if (expansion === undefined) return decoded;
  const instruction = findInstruction(expansion.mnemonic);
  if (instruction === undefined) throw new TypeError(`unknown ${expansion.mnemonic}`);
  return { ...decoded, ...expansion.change(decoded), instruction };
}

/** As `decodeInstruction`, in 32-bit instructions only. */
export function decodeExpanded(bits: number): DecodedInstruction | undefined {
  const decoded = decodeInstruction(bits);
  return decoded === undefined ? undefined : expand(decoded);
}
