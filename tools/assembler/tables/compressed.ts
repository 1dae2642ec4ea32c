/**
 * C for RV32 with F and D. Opcodes: The RISC-V Instruction Set Manual, volume I, "RVC Instruction Set
 * Listings". What a row leaves open and its fields refuse is reserved, or the next row.
 */
import type { TableRow } from './table-row.ts';

export const compressedTable = {
  C: [
    ['c.unimp', 'none', 0x0000, 0xffff],
    ['c.addi4spn', 'shortStackAddress', 0x0000, 0xe003],
    ['c.fld', 'shortDoubleLoad', 0x2000, 0xe003],
    ['c.lw', 'shortLoad', 0x4000, 0xe003],
    ['c.flw', 'shortSingleLoad', 0x6000, 0xe003],
    ['c.fsd', 'shortDoubleStore', 0xa000, 0xe003],
    ['c.sw', 'shortStore', 0xc000, 0xe003],
    ['c.fsw', 'shortSingleStore', 0xe000, 0xe003],
    ['c.nop', 'none', 0x0001, 0xffff],
    ['c.addi', 'shortI', 0x0001, 0xe003],
    ['c.jal', 'shortJump', 0x2001, 0xe003],
    ['c.li', 'shortI', 0x4001, 0xe003],
    ['c.addi16sp', 'shortStackAdjustment', 0x6101, 0xef83],
    ['c.lui', 'shortU', 0x6001, 0xe003],
    ['c.srli', 'shortShiftRight', 0x8001, 0xfc03],
    ['c.srai', 'shortShiftRight', 0x8401, 0xfc03],
    ['c.andi', 'shortAnd', 0x8801, 0xec03],
    ['c.sub', 'shortR', 0x8c01, 0xfc63],
    ['c.xor', 'shortR', 0x8c21, 0xfc63],
    ['c.or', 'shortR', 0x8c41, 0xfc63],
    ['c.and', 'shortR', 0x8c61, 0xfc63],
    ['c.j', 'shortJump', 0xa001, 0xe003],
    ['c.beqz', 'shortBranch', 0xc001, 0xe003],
    ['c.bnez', 'shortBranch', 0xe001, 0xe003],
    ['c.slli', 'shortShift', 0x0002, 0xf003],
    ['c.fldsp', 'stackDoubleLoad', 0x2002, 0xe003],
    ['c.lwsp', 'stackLoad', 0x4002, 0xe003],
    ['c.flwsp', 'stackSingleLoad', 0x6002, 0xe003],
    ['c.jr', 'shortRegisterJump', 0x8002, 0xf07f],
    ['c.mv', 'shortMove', 0x8002, 0xf003],
    ['c.ebreak', 'none', 0x9002, 0xffff],
    ['c.jalr', 'shortRegisterJump', 0x9002, 0xf07f],
    ['c.add', 'shortMove', 0x9002, 0xf003],
    ['c.fsdsp', 'stackDoubleStore', 0xa002, 0xe003],
    ['c.swsp', 'stackStore', 0xc002, 0xe003],
    ['c.fswsp', 'stackSingleStore', 0xe002, 0xe003],
  ],
} as const satisfies Readonly<Record<string, readonly TableRow[]>>;
