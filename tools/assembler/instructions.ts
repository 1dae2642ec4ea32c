/**
 * The instruction table: one row per instruction, from which the assembler encodes and the
 * disassembler decodes. Opcodes: The RISC-V Instruction Set Manual, volume I, "RV32/64G
 * Instruction Set Listings", and volume II for the privileged instructions.
 *
 * A format says which operands there are, in which bits, and how assembly writes them. A further
 * extension adds rows, and formats where its operands are new.
 */
import {
  B_IMMEDIATE,
  CSR,
  CSR_IMMEDIATE,
  FENCE_SETS,
  I_IMMEDIATE,
  J_IMMEDIATE,
  type OperandField,
  RD,
  RS1,
  RS2,
  S_IMMEDIATE,
  SHIFT_AMOUNT,
  UPPER_IMMEDIATE,
} from './operand-fields.ts';

/**
 * How assembly writes one operand, in the order of the text:
 * `memory` is `immediate(rs1)`, `address` is `(rs1)`, `target` is a place in the code.
 */
export type OperandSyntax =
  | 'rd'
  | 'rs1'
  | 'rs2'
  | 'immediate'
  | 'upper'
  | 'shift'
  | 'memory'
  | 'address'
  | 'target'
  | 'csr'
  | 'csr-immediate'
  | 'fence-sets'
  /** `rs1` and `rs2` may be left out together (`sfence.vma`). */
  | 'optional-rs1-rs2';

export interface InstructionFormat {
  readonly fields: readonly OperandField[];
  readonly syntax: readonly OperandSyntax[];
  /** The mnemonic takes `.aq`, `.rl`, `.aqrl`: bits 26 and 25. */
  readonly ordering?: true;
}

export const instructionFormats = {
  none: { fields: [], syntax: [] },
  R: { fields: [RD, RS1, RS2], syntax: ['rd', 'rs1', 'rs2'] },
  I: { fields: [RD, RS1, I_IMMEDIATE], syntax: ['rd', 'rs1', 'immediate'] },
  shift: { fields: [RD, RS1, SHIFT_AMOUNT], syntax: ['rd', 'rs1', 'shift'] },
  load: { fields: [RD, RS1, I_IMMEDIATE], syntax: ['rd', 'memory'] },
  S: { fields: [RS1, RS2, S_IMMEDIATE], syntax: ['rs2', 'memory'] },
  B: { fields: [RS1, RS2, B_IMMEDIATE], syntax: ['rs1', 'rs2', 'target'] },
  U: { fields: [RD, UPPER_IMMEDIATE], syntax: ['rd', 'upper'] },
  J: { fields: [RD, J_IMMEDIATE], syntax: ['rd', 'target'] },
  csr: { fields: [RD, CSR, RS1], syntax: ['rd', 'csr', 'rs1'] },
  csrImmediate: { fields: [RD, CSR, CSR_IMMEDIATE], syntax: ['rd', 'csr', 'csr-immediate'] },
  atomic: { fields: [RD, RS1, RS2], syntax: ['rd', 'rs2', 'address'], ordering: true },
  loadReserved: { fields: [RD, RS1], syntax: ['rd', 'address'], ordering: true },
  fence: { fields: [FENCE_SETS], syntax: ['fence-sets'] },
  addressFence: { fields: [RS1, RS2], syntax: ['optional-rs1-rs2'] },
} as const satisfies Readonly<Record<string, InstructionFormat>>;

export type FormatName = keyof typeof instructionFormats;

/** The name under which `-march` and the documentation know a part of the instruction set. */
export type ExtensionName = 'I' | 'M' | 'A' | 'Zicsr' | 'Zifencei' | 'Zihintpause' | 'privileged';

/** Mnemonic, format, match, mask: a word is this instruction if `(word & mask) === match`. */
type TableRow = readonly [string, FormatName, number, number];

/** The ordering bits of atomic instructions. */
export const ACQUIRE_BIT = 1 << 26;
export const RELEASE_BIT = 1 << 25;

const OPCODE = 0x0000007f;
const FUNCT3 = 0x0000707f;
const FUNCT3_FUNCT7 = 0xfe00707f;
/** As above, but for the `aq` and `rl` bits. */
const FUNCT3_FUNCT5 = 0xf800707f;
const FUNCT3_FUNCT5_RS2 = 0xf9f0707f;
const ADDRESS_FENCE = 0xfe007fff;
const WHOLE_WORD = 0xffffffff;

const table = {
  I: [
    ['lui', 'U', 0x00000037, OPCODE],
    ['auipc', 'U', 0x00000017, OPCODE],
    ['jal', 'J', 0x0000006f, OPCODE],
    ['jalr', 'load', 0x00000067, FUNCT3],
    ['beq', 'B', 0x00000063, FUNCT3],
    ['bne', 'B', 0x00001063, FUNCT3],
    ['blt', 'B', 0x00004063, FUNCT3],
    ['bge', 'B', 0x00005063, FUNCT3],
    ['bltu', 'B', 0x00006063, FUNCT3],
    ['bgeu', 'B', 0x00007063, FUNCT3],
    ['lb', 'load', 0x00000003, FUNCT3],
    ['lh', 'load', 0x00001003, FUNCT3],
    ['lw', 'load', 0x00002003, FUNCT3],
    ['lbu', 'load', 0x00004003, FUNCT3],
    ['lhu', 'load', 0x00005003, FUNCT3],
    ['sb', 'S', 0x00000023, FUNCT3],
    ['sh', 'S', 0x00001023, FUNCT3],
    ['sw', 'S', 0x00002023, FUNCT3],
    ['addi', 'I', 0x00000013, FUNCT3],
    ['slti', 'I', 0x00002013, FUNCT3],
    ['sltiu', 'I', 0x00003013, FUNCT3],
    ['xori', 'I', 0x00004013, FUNCT3],
    ['ori', 'I', 0x00006013, FUNCT3],
    ['andi', 'I', 0x00007013, FUNCT3],
    ['slli', 'shift', 0x00001013, FUNCT3_FUNCT7],
    ['srli', 'shift', 0x00005013, FUNCT3_FUNCT7],
    ['srai', 'shift', 0x40005013, FUNCT3_FUNCT7],
    ['add', 'R', 0x00000033, FUNCT3_FUNCT7],
    ['sub', 'R', 0x40000033, FUNCT3_FUNCT7],
    ['sll', 'R', 0x00001033, FUNCT3_FUNCT7],
    ['slt', 'R', 0x00002033, FUNCT3_FUNCT7],
    ['sltu', 'R', 0x00003033, FUNCT3_FUNCT7],
    ['xor', 'R', 0x00004033, FUNCT3_FUNCT7],
    ['srl', 'R', 0x00005033, FUNCT3_FUNCT7],
    ['sra', 'R', 0x40005033, FUNCT3_FUNCT7],
    ['or', 'R', 0x00006033, FUNCT3_FUNCT7],
    ['and', 'R', 0x00007033, FUNCT3_FUNCT7],
    ['fence.tso', 'none', 0x8330000f, WHOLE_WORD],
    ['fence', 'fence', 0x0000000f, FUNCT3],
    ['ecall', 'none', 0x00000073, WHOLE_WORD],
    ['ebreak', 'none', 0x00100073, WHOLE_WORD],
  ],
  Zifencei: [['fence.i', 'none', 0x0000100f, FUNCT3]],
  Zihintpause: [['pause', 'none', 0x0100000f, WHOLE_WORD]],
  Zicsr: [
    ['csrrw', 'csr', 0x00001073, FUNCT3],
    ['csrrs', 'csr', 0x00002073, FUNCT3],
    ['csrrc', 'csr', 0x00003073, FUNCT3],
    ['csrrwi', 'csrImmediate', 0x00005073, FUNCT3],
    ['csrrsi', 'csrImmediate', 0x00006073, FUNCT3],
    ['csrrci', 'csrImmediate', 0x00007073, FUNCT3],
  ],
  M: [
    ['mul', 'R', 0x02000033, FUNCT3_FUNCT7],
    ['mulh', 'R', 0x02001033, FUNCT3_FUNCT7],
    ['mulhsu', 'R', 0x02002033, FUNCT3_FUNCT7],
    ['mulhu', 'R', 0x02003033, FUNCT3_FUNCT7],
    ['div', 'R', 0x02004033, FUNCT3_FUNCT7],
    ['divu', 'R', 0x02005033, FUNCT3_FUNCT7],
    ['rem', 'R', 0x02006033, FUNCT3_FUNCT7],
    ['remu', 'R', 0x02007033, FUNCT3_FUNCT7],
  ],
  A: [
    ['lr.w', 'loadReserved', 0x1000202f, FUNCT3_FUNCT5_RS2],
    ['sc.w', 'atomic', 0x1800202f, FUNCT3_FUNCT5],
    ['amoswap.w', 'atomic', 0x0800202f, FUNCT3_FUNCT5],
    ['amoadd.w', 'atomic', 0x0000202f, FUNCT3_FUNCT5],
    ['amoxor.w', 'atomic', 0x2000202f, FUNCT3_FUNCT5],
    ['amoand.w', 'atomic', 0x6000202f, FUNCT3_FUNCT5],
    ['amoor.w', 'atomic', 0x4000202f, FUNCT3_FUNCT5],
    ['amomin.w', 'atomic', 0x8000202f, FUNCT3_FUNCT5],
    ['amomax.w', 'atomic', 0xa000202f, FUNCT3_FUNCT5],
    ['amominu.w', 'atomic', 0xc000202f, FUNCT3_FUNCT5],
    ['amomaxu.w', 'atomic', 0xe000202f, FUNCT3_FUNCT5],
  ],
  privileged: [
    ['sret', 'none', 0x10200073, WHOLE_WORD],
    ['mret', 'none', 0x30200073, WHOLE_WORD],
    ['wfi', 'none', 0x10500073, WHOLE_WORD],
    ['sfence.vma', 'addressFence', 0x12000073, ADDRESS_FENCE],
  ],
} as const satisfies Readonly<Record<ExtensionName, readonly TableRow[]>>;

/** Every instruction that the assembler encodes, without pseudo-instructions and `.aq`/`.rl`. */
export type Mnemonic = (typeof table)[ExtensionName][number][0];

export interface Instruction {
  readonly mnemonic: Mnemonic;
  readonly extension: ExtensionName;
  readonly format: FormatName;
  /** A word is this instruction if `(word & mask) === match`, both unsigned. */
  readonly match: number;
  readonly mask: number;
}

const extensionNames = ['Zihintpause', 'I', 'Zifencei', 'Zicsr', 'M', 'A', 'privileged'] as const;

/** A more specific row stands before a more general one that matches the same word. */
export const instructions: readonly Instruction[] = extensionNames.flatMap((extension) =>
  table[extension].map(([mnemonic, format, match, mask]) => ({
    mnemonic,
    extension,
    format,
    match,
    mask,
  })),
);

const byMnemonic = new Map<string, Instruction>(instructions.map((row) => [row.mnemonic, row]));

/** The instruction called `mnemonic`, or undefined if there is none (pseudo-instructions included). */
export function findInstruction(mnemonic: string): Instruction | undefined {
  return byMnemonic.get(mnemonic);
}

/** The format of an instruction, its literal type widened to the interface. */
export function formatOf(instruction: Instruction): InstructionFormat {
  return instructionFormats[instruction.format];
}
