/**
 * The 16-bit form of a 32-bit instruction, where there is one: the inverse of what the disassembler's
 * `expansion.ts` says. Source: The RISC-V Instruction Set Manual, volume I, "C" Standard Extension.
 * Branches and jumps depend on distances and are the code buffer's.
 */
import {
  encodeInstruction,
  type InstructionOperands,
  type Mnemonic,
} from '../../assembler/encode.ts';
import { findInstruction, formatOf } from '../../assembler/instructions.ts';
import type { OperandField } from '../../assembler/operand-fields.ts';
import { RA, SP, ZERO } from './registers.ts';

interface Form {
  readonly mnemonic: Mnemonic;
  readonly fields: readonly OperandField[];
  /** The operands of the short form; undefined if they are not of its shape. */
  readonly operands: (long: InstructionOperands) => InstructionOperands | undefined;
}

function form(mnemonic: Mnemonic, operands: Form['operands']): Form {
  const instruction = findInstruction(mnemonic);
  if (instruction === undefined) throw new TypeError(`unknown instruction ${mnemonic}`);
  return { mnemonic, fields: formatOf(instruction).fields, operands };
}

type Shape = Form['operands'];

/** What writes to x0 or does nothing is a hint or reserved: those encodings are avoided. */
const inPlace: Shape = (long) => {
  const isNothing = long.rd === ZERO || long.immediate === 0;
  return long.rd === long.rs1 && !isNothing ? long : undefined;
};
const inPlaceRegisters: Shape = (long) => (long.rd === long.rs1 ? long : undefined);
const inPlaceEitherWay: Shape = (long) => {
  if (long.rd === long.rs1) return long;
  return long.rd === long.rs2 ? { ...long, rs2: long.rs1 ?? ZERO } : undefined;
};
const onStack: Shape = (long) => (long.rs1 === SP ? long : undefined);
const anyShape: Shape = (long) => long;
const moved: Shape = (long) =>
  long.rd !== ZERO && long.immediate === 0 ? { ...long, rs2: long.rs1 ?? ZERO } : undefined;
const movedByAdding: Shape = (long) => {
  if (long.rd === ZERO) return undefined;
  if (long.rs1 === ZERO) return long;
  return long.rs2 === ZERO ? { ...long, rs2: long.rs1 ?? ZERO } : undefined;
};
const linking =
  (link: number): Shape =>
  (long) =>
    long.rd === link && long.immediate === 0 ? long : undefined;

/** In order of preference: the first that has room for the operands counts. */
const FORMS: ReadonlyMap<Mnemonic, readonly Form[]> = new Map<Mnemonic, readonly Form[]>([
  [
    'addi',
    [
      form('c.li', (long) => (long.rs1 === ZERO && long.rd !== ZERO ? long : undefined)),
      form('c.mv', moved),
      form('c.addi', inPlace),
      form('c.addi16sp', (long) => (long.rd === SP ? inPlace(long) : undefined)),
      form('c.addi4spn', onStack),
    ],
  ],
  ['lui', [form('c.lui', (long) => (long.rd === ZERO ? undefined : long))]],
  ['slli', [form('c.slli', inPlace)]],
  ['srli', [form('c.srli', inPlace)]],
  ['srai', [form('c.srai', inPlace)]],
  ['andi', [form('c.andi', inPlaceRegisters)]],
  [
    'add',
    [
      form('c.mv', movedByAdding),
      form('c.add', (long) => (long.rd === ZERO ? undefined : inPlaceEitherWay(long))),
    ],
  ],
  ['sub', [form('c.sub', inPlaceRegisters)]],
  ['xor', [form('c.xor', inPlaceEitherWay)]],
  ['or', [form('c.or', inPlaceEitherWay)]],
  ['and', [form('c.and', inPlaceEitherWay)]],
  ['lw', [form('c.lwsp', onStack), form('c.lw', anyShape)]],
  ['sw', [form('c.swsp', onStack), form('c.sw', anyShape)]],
  ['flw', [form('c.flwsp', onStack), form('c.flw', anyShape)]],
  ['fsw', [form('c.fswsp', onStack), form('c.fsw', anyShape)]],
  ['fld', [form('c.fldsp', onStack), form('c.fld', anyShape)]],
  ['fsd', [form('c.fsdsp', onStack), form('c.fsd', anyShape)]],
  ['jalr', [form('c.jr', linking(ZERO)), form('c.jalr', linking(RA))]],
  ['ebreak', [form('c.ebreak', anyShape)]],
]);

function fits(fields: readonly OperandField[], operands: InstructionOperands): boolean {
  return fields.every((field) => {
    const value = operands[field.operand];
    if (value === undefined || value < field.minimum || value > field.maximum) return false;
    return value % field.step === 0 && field.accepts?.(value) !== false;
  });
}

/** The halfword that does what the instruction does; undefined if there is none. */
export function compress(mnemonic: Mnemonic, operands: InstructionOperands): number | undefined {
  for (const { mnemonic: short, fields, operands: shape } of FORMS.get(mnemonic) ?? []) {
    const shaped = shape(operands);
    if (shaped !== undefined && fits(fields, shaped)) return encodeInstruction(short, shaped);
  }
  return undefined;
}
