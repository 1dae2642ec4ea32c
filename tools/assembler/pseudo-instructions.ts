/**
 * Pseudo-instructions that are other instructions with operands filled in: The RISC-V Instruction
 * Set Manual, volume I, "RISC-V Assembly Programmer's Handbook". Those that need more than that
 * (`li`, `la`, `call`, loads from a symbol, …) are in instruction-statement.ts.
 */

/** Name, number of operands, and the instructions that it stands for; `$1` is the first operand. */
export type PseudoRow = readonly [name: string, operands: number, ...expansion: string[]];

export const pseudoInstructions: readonly PseudoRow[] = [
  ['nop', 0, 'addi x0, x0, 0'],
  ['mv', 2, 'addi $1, $2, 0'],
  ['move', 2, 'addi $1, $2, 0'],
  ['not', 2, 'xori $1, $2, -1'],
  ['neg', 2, 'sub $1, x0, $2'],
  ['seqz', 2, 'sltiu $1, $2, 1'],
  ['snez', 2, 'sltu $1, x0, $2'],
  ['sltz', 2, 'slt $1, $2, x0'],
  ['sgtz', 2, 'slt $1, x0, $2'],
  ['sgt', 3, 'slt $1, $3, $2'],
  ['sgtu', 3, 'sltu $1, $3, $2'],
  ['zext.b', 2, 'andi $1, $2, 255'],

  ['beqz', 2, 'beq $1, x0, $2'],
  ['bnez', 2, 'bne $1, x0, $2'],
  ['blez', 2, 'bge x0, $1, $2'],
  ['bgez', 2, 'bge $1, x0, $2'],
  ['bltz', 2, 'blt $1, x0, $2'],
  ['bgtz', 2, 'blt x0, $1, $2'],
  ['bgt', 3, 'blt $2, $1, $3'],
  ['ble', 3, 'bge $2, $1, $3'],
  ['bgtu', 3, 'bltu $2, $1, $3'],
  ['bleu', 3, 'bgeu $2, $1, $3'],

  ['j', 1, 'jal x0, $1'],
  ['jal', 1, 'jal ra, $1'],
  ['jr', 1, 'jalr x0, $1'],
  ['jr', 2, 'jalr x0, $2($1)'],
  ['jalr', 1, 'jalr ra, $1'],
  ['jalr', 3, 'jalr $1, $3($2)'],
  ['ret', 0, 'jalr x0, 0(ra)'],

  ['csrr', 2, 'csrrs $1, $2, x0'],
  ['csrw', 2, 'csrrw x0, $1, $2'],
  ['csrs', 2, 'csrrs x0, $1, $2'],
  ['csrc', 2, 'csrrc x0, $1, $2'],
  ['csrwi', 2, 'csrrwi x0, $1, $2'],
  ['csrsi', 2, 'csrrsi x0, $1, $2'],
  ['csrci', 2, 'csrrci x0, $1, $2'],
  ['rdcycle', 1, 'csrrs $1, cycle, x0'],
  ['rdcycleh', 1, 'csrrs $1, cycleh, x0'],
  ['rdtime', 1, 'csrrs $1, time, x0'],
  ['rdtimeh', 1, 'csrrs $1, timeh, x0'],
  ['rdinstret', 1, 'csrrs $1, instret, x0'],
  ['rdinstreth', 1, 'csrrs $1, instreth, x0'],

  ['fmv.s', 2, 'fsgnj.s $1, $2, $2'],
  ['fneg.s', 2, 'fsgnjn.s $1, $2, $2'],
  ['fabs.s', 2, 'fsgnjx.s $1, $2, $2'],
  ['fgt.s', 3, 'flt.s $1, $3, $2'],
  ['fge.s', 3, 'fle.s $1, $3, $2'],
  ['fmv.d', 2, 'fsgnj.d $1, $2, $2'],
  ['fneg.d', 2, 'fsgnjn.d $1, $2, $2'],
  ['fabs.d', 2, 'fsgnjx.d $1, $2, $2'],
  ['fgt.d', 3, 'flt.d $1, $3, $2'],
  ['fge.d', 3, 'fle.d $1, $3, $2'],
  ['fmv.h', 2, 'fsgnj.h $1, $2, $2'],
  ['fneg.h', 2, 'fsgnjn.h $1, $2, $2'],
  ['fabs.h', 2, 'fsgnjx.h $1, $2, $2'],
  ['fgt.h', 3, 'flt.h $1, $3, $2'],
  ['fge.h', 3, 'fle.h $1, $3, $2'],
  ['fmv.x.s', 2, 'fmv.x.w $1, $2'],
  ['fmv.s.x', 2, 'fmv.w.x $1, $2'],
  ['frcsr', 1, 'csrrs $1, fcsr, x0'],
  ['fscsr', 2, 'csrrw $1, fcsr, $2'],
  ['fscsr', 1, 'csrrw x0, fcsr, $1'],
  ['frsr', 1, 'csrrs $1, fcsr, x0'],
  ['fssr', 2, 'csrrw $1, fcsr, $2'],
  ['fssr', 1, 'csrrw x0, fcsr, $1'],
  ['frrm', 1, 'csrrs $1, frm, x0'],
  ['fsrm', 2, 'csrrw $1, frm, $2'],
  ['fsrm', 1, 'csrrw x0, frm, $1'],
  ['fsrmi', 2, 'csrrwi $1, frm, $2'],
  ['fsrmi', 1, 'csrrwi x0, frm, $1'],
  ['frflags', 1, 'csrrs $1, fflags, x0'],
  ['fsflags', 2, 'csrrw $1, fflags, $2'],
  ['fsflags', 1, 'csrrw x0, fflags, $1'],
  ['fsflagsi', 2, 'csrrwi $1, fflags, $2'],
  ['fsflagsi', 1, 'csrrwi x0, fflags, $1'],

  ['unimp', 0, 'csrrw x0, cycle, x0'],
  ['scall', 0, 'ecall'],
  ['sbreak', 0, 'ebreak'],
];

const expansionByKey = new Map(
  pseudoInstructions.map(([name, operands, ...expansion]) => [`${name}/${operands}`, expansion]),
);

/** What `name` with this number of operands stands for, or undefined if it is not of this kind. */
export function findPseudoInstruction(
  name: string,
  operands: number,
): readonly string[] | undefined {
  return expansionByKey.get(`${name}/${operands}`);
}

/** True if `name` is of this kind with any number of operands. */
export function isPseudoInstruction(name: string): boolean {
  return pseudoInstructions.some(([known]) => known === name);
}
