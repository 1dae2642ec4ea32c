/**
 * Random RV32IMAFD programs with Zfh that always end: straight code with forward jumps, counted loops,
 * accesses around two data pointers, traps that a handler skips, and code that patches itself.
 */
import fc from 'fast-check';
import { floatInstruction, floatRegisters } from './floating-point.ts';
import { encodeInstruction, type Mnemonic } from '../../tools/assembler/encode.ts';

/** Privilege and translation a program runs under; the values are read by harness.s. */
export enum ProgramMode {
  Machine = 0,
  SupervisorPaged = 1,
  UserPaged = 2,
}

/** Registers with a purpose; operations write only to those below. */
const FIRST_RESERVED = 27;
const JUMP_BASE = 27;
const PATCH_WORD = 28;
const LOOP_COUNT = 29;
const DATA_POINTERS = [30, 31] as const;

type Operation =
  | { kind: 'register'; mnemonic: Mnemonic; rd: number; rs1: number; rs2: number }
  | { kind: 'immediate'; mnemonic: Mnemonic; rd: number; rs1: number; immediate: number }
  | { kind: 'upper'; mnemonic: Mnemonic; rd: number; immediate: number }
  | { kind: 'load'; mnemonic: Mnemonic; rd: number; base: number; immediate: number }
  | { kind: 'store'; mnemonic: Mnemonic; rs2: number; base: number; immediate: number }
  | { kind: 'amo'; mnemonic: Mnemonic; rd: number; rs2: number; base: number; offset: number }
  | { kind: 'reserved'; rd: number; rs2: number; base: number; offset: number; twice: boolean }
  | { kind: 'branch'; mnemonic: Mnemonic; rs1: number; rs2: number; skip: number }
  | { kind: 'jump'; rd: number; skip: number }
  | { kind: 'indirect'; rd: number; skip: number }
  | { kind: 'csr'; mnemonic: Mnemonic; rd: number; operand: number; csr: number }
  | { kind: 'word'; word: number }
  | { kind: 'patch'; replacement: SimpleOperation }
  | { kind: 'loop'; count: number; body: Operation[] };

type SimpleOperation = Extract<Operation, { kind: 'register' | 'immediate' | 'upper' }>;

/** A leaf of the second-level table that maps the data window, and which data page it maps. */
export interface PageMapping {
  /** Low ten bits of the entry: V R W X U G A D and RSW. */
  readonly flags: number;
  readonly dataPage: number;
}

export interface RandomProgram {
  readonly mode: ProgramMode;
  /** x1 … x31; the data pointers are set by the image. */
  readonly registers: readonly number[];
  readonly data: readonly number[];
  readonly mappings: readonly PageMapping[];
  /** Fields of mstatus at the start. */
  readonly mpie: boolean;
  readonly sum: boolean;
  readonly mxr: boolean;
  /** mstatus.FS: Off, Initial, Clean, Dirty. */
  readonly floatStatus: number;
  /** f0 … f31, and fcsr. */
  readonly floats: readonly bigint[];
  readonly fcsr: number;
  readonly operations: readonly Operation[];
}

/** Pages of the data window, each mapped by one entry onto one of DATA_PAGES physical pages. */
export const MAPPED_PAGES = 8;
export const DATA_PAGES = 4;
export const DATA_WORDS = 64;

const registerOperations: Mnemonic[] = [
  ...(['add', 'sub', 'sll', 'slt', 'sltu', 'xor', 'srl', 'sra', 'or', 'and'] as const),
  ...(['mul', 'mulh', 'mulhsu', 'mulhu', 'div', 'divu', 'rem', 'remu'] as const),
];
const immediateOperations: Mnemonic[] = ['addi', 'slti', 'sltiu', 'xori', 'ori', 'andi'];
const shiftOperations: Mnemonic[] = ['slli', 'srli', 'srai'];
const loads: Mnemonic[] = ['lb', 'lh', 'lw', 'lbu', 'lhu'];
const stores: Mnemonic[] = ['sb', 'sh', 'sw'];
const branches: Mnemonic[] = ['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'];
const amos: Mnemonic[] = [
  ...(['amoswap.w', 'amoadd.w', 'amoxor.w', 'amoand.w', 'amoor.w'] as const),
  ...(['amomin.w', 'amomax.w', 'amominu.w', 'amomaxu.w'] as const),
];
const csrOperations: Mnemonic[] = ['csrrw', 'csrrs', 'csrrc', 'csrrwi', 'csrrsi', 'csrrci'];

/** Registers that hold whatever software writes, plus one that exists nowhere. */
const CSRS = {
  ...{ sscratch: 0x140, scause: 0x142, stval: 0x143, absent: 0x5c0 },
  ...{ fflags: 0x001, frm: 0x002, fcsr: 0x003 },
};

/** Registers that programs only read; below their privilege that is illegal. */
const READ_CSRS = [
  ...[0x100 /* sstatus */, 0x180 /* satp */, 0x300 /* mstatus */, 0x301 /* misa */],
  ...[0x302 /* medeleg */, 0x303 /* mideleg */, 0x304 /* mie */, 0x305 /* mtvec */],
  ...[0x341 /* mepc */, 0x342 /* mcause */, 0x3a0 /* pmpcfg0 */, 0x3b0 /* pmpaddr0 */],
];

/** ecall, ebreak, two reserved encodings, and mret, which is illegal below M. */
const ECALL = 0x0000_0073;
const EBREAK = 0x0010_0073;
const ALL_ZEROS = 0x0000_0000;
const ALL_ONES = 0xffff_ffff;

const destination = fc.integer({ min: 0, max: FIRST_RESERVED - 1 });
const source = fc.integer({ min: 0, max: 31 });
const dataPointer = fc.constantFrom(...DATA_POINTERS);
const immediate12 = fc.oneof(
  fc.integer({ min: -2048, max: 2047 }),
  fc.constantFrom(-2048, -1, 0, 1, 2047),
);
/** Close to the page borders on which the data pointers stand, or anywhere near. */
const displacement = fc.oneof(fc.integer({ min: -8, max: 8 }), immediate12);
const aligned = fc.integer({ min: -512, max: 511 }).map((word) => word * 4);
const skip = fc.integer({ min: 0, max: 6 });
const word = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.constantFrom(0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_0000, 31, 32),
);

const simpleOperation: fc.Arbitrary<SimpleOperation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('register' as const),
      mnemonic: fc.constantFrom(...registerOperations),
      rd: destination,
      rs1: source,
      rs2: source,
    }),
  },
  fc.record({
    kind: fc.constant('immediate' as const),
    mnemonic: fc.constantFrom(...immediateOperations),
    rd: destination,
    rs1: source,
    immediate: immediate12,
  }),
  fc.record({
    kind: fc.constant('immediate' as const),
    mnemonic: fc.constantFrom(...shiftOperations),
    rd: destination,
    rs1: source,
    immediate: fc.integer({ min: 0, max: 31 }),
  }),
  fc.record({
    kind: fc.constant('upper' as const),
    mnemonic: fc.constantFrom<Mnemonic>('lui', 'auipc'),
    rd: destination,
    immediate: fc.integer({ min: 0, max: 0xf_ffff }),
  }),
);

/** @param raisesAlone Whether instructions may raise flags and write no floating-point register. */
const straightOperation = (raisesAlone: boolean): fc.Arbitrary<Operation> =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: floatInstruction({
        destination,
        base: dataPointer,
        displacement,
        raisesAlone,
      }).map((encoded) => ({ kind: 'word' as const, word: encoded })),
    },
    { weight: 6, arbitrary: simpleOperation },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('load' as const),
        mnemonic: fc.constantFrom(...loads),
        rd: destination,
        base: dataPointer,
        immediate: displacement,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('store' as const),
        mnemonic: fc.constantFrom(...stores),
        rs2: source,
        base: dataPointer,
        immediate: displacement,
      }),
    },
    fc.record({
      kind: fc.constant('amo' as const),
      mnemonic: fc.constantFrom(...amos),
      rd: destination,
      rs2: source,
      base: dataPointer,
      // Mostly aligned; a misaligned one traps.
      offset: fc.oneof({ weight: 9, arbitrary: aligned }, { weight: 1, arbitrary: displacement }),
    }),
    fc.record({
      kind: fc.constant('reserved' as const),
      rd: destination,
      rs2: source,
      base: dataPointer,
      offset: aligned,
      twice: fc.boolean(),
    }),
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('branch' as const),
        mnemonic: fc.constantFrom(...branches),
        rs1: source,
        rs2: source,
        skip,
      }),
    },
    fc.record({ kind: fc.constant('jump' as const), rd: destination, skip }),
    fc.record({ kind: fc.constant('indirect' as const), rd: destination, skip }),
    fc.record({
      kind: fc.constant('csr' as const),
      mnemonic: fc.constantFrom(...csrOperations),
      rd: destination,
      operand: source,
      csr: fc.constantFrom(...Object.values(CSRS)),
    }),
    fc.record({
      kind: fc.constant('csr' as const),
      mnemonic: fc.constant<Mnemonic>('csrrs'),
      rd: destination,
      operand: fc.constant(0),
      csr: fc.constantFrom(...READ_CSRS),
    }),
    fc.record({
      kind: fc.constant('word' as const),
      word: fc.constantFrom(ECALL, EBREAK, ALL_ZEROS, ALL_ONES),
    }),
    fc.record({ kind: fc.constant('patch' as const), replacement: simpleOperation }),
  );

const operation = (raisesAlone: boolean): fc.Arbitrary<Operation> =>
  fc.oneof(
    { weight: 12, arbitrary: straightOperation(raisesAlone) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('loop' as const),
        count: fc.integer({ min: 1, max: 20 }),
        body: fc.array(straightOperation(raisesAlone), { minLength: 1, maxLength: 8 }),
      }),
    },
  );

const OFF = 0;
const DIRTY = 3;

/**
 * QEMU leaves FS as it is when a comparison or a conversion to an integer raises a flag, and writes
 * no register; the specification wants it Dirty. So there are such instructions only where FS
 * cannot change.
 */
export const randomProgram: fc.Arbitrary<RandomProgram> = fc
  .constantFrom(OFF, 1, 2, DIRTY, DIRTY, DIRTY, DIRTY, DIRTY)
  .chain((floatStatus) => programWith(floatStatus));

const programWith = (floatStatus: number): fc.Arbitrary<RandomProgram> =>
  fc.record({
    floatStatus: fc.constant(floatStatus),
    floats: floatRegisters,
    // Mostly a mode that exists.
    fcsr: fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 0x9f }), fc.nat(0xff)),
    mode: fc.constantFrom(ProgramMode.Machine, ProgramMode.SupervisorPaged, ProgramMode.UserPaged),
    registers: fc.array(word, { minLength: 31, maxLength: 31 }),
    data: fc.array(word, { minLength: DATA_WORDS, maxLength: DATA_WORDS }),
    mappings: fc.array(
      fc.record({
        // Mostly usable pages, so that programs get somewhere; sometimes any ten bits.
        flags: fc.oneof(
          { weight: 3, arbitrary: fc.constantFrom(0x07, 0x17, 0x1f, 0x0f, 0xd7, 0xc7) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x3ff }) },
        ),
        dataPage: fc.integer({ min: 0, max: DATA_PAGES - 1 }),
      }),
      { minLength: MAPPED_PAGES, maxLength: MAPPED_PAGES },
    ),
    mpie: fc.boolean(),
    sum: fc.boolean(),
    mxr: fc.boolean(),
    operations: fc.array(operation(floatStatus === OFF || floatStatus === DIRTY), {
      minLength: 20,
      maxLength: 80,
    }),
  });

/** Words an operation takes; fixed by its kind, so that jumps can be resolved in one pass. */
function sizeOf(operation: Operation): number {
  switch (operation.kind) {
    case 'reserved':
      return operation.twice ? 3 : 2;
    case 'amo':
    case 'indirect':
      return 2;
    case 'patch':
      return 6;
    case 'loop':
      return 3 + totalSize(operation.body);
    default:
      return 1;
  }
}

const totalSize = (operations: readonly Operation[]): number =>
  operations.reduce((words, each) => words + sizeOf(each), 0);

/** Words from the start of operation `index` to the start of the one `skip` operations later. */
function distance(operations: readonly Operation[], index: number, skip: number): number {
  return totalSize(operations.slice(index, Math.min(index + 1 + skip, operations.length)));
}

const UPPER_SHIFT = 12;
const LOW_HALF = 0x800;

/** `lui` and `addi` that put any word into a register. */
function loadWord(rd: number, value: number): number[] {
  const upper = ((value + LOW_HALF) >>> UPPER_SHIFT) & 0xf_ffff;
  const low = (value << 20) >> 20;
  return [
    encodeInstruction('lui', { rd, immediate: upper }),
    encodeInstruction('addi', { rd, rs1: rd, immediate: low }),
  ];
}

function encodeOperation(operations: readonly Operation[], index: number): number[] {
  const operation = operations[index];
  switch (operation.kind) {
    case 'register':
    case 'immediate':
    case 'upper':
      return [encodeInstruction(operation.mnemonic, operation)];
    case 'load':
      return [encodeInstruction(operation.mnemonic, { ...operation, rs1: operation.base })];
    case 'store':
      return [encodeInstruction(operation.mnemonic, { ...operation, rs1: operation.base })];
    case 'amo': {
      const { mnemonic, rd, rs2, base, offset } = operation;
      return [
        encodeInstruction('addi', { rd: JUMP_BASE, rs1: base, immediate: offset }),
        encodeInstruction(mnemonic, { rd, rs1: JUMP_BASE, rs2, aq: true, rl: true }),
      ];
    }
    case 'reserved': {
      // The data pointers are word-aligned, so offset 0 of them is, too.
      const { rd, rs2, base, twice } = operation;
      const conditional = encodeInstruction('sc.w', { rd, rs1: base, rs2 });
      const pair = [encodeInstruction('lr.w', { rd: PATCH_WORD, rs1: base }), conditional];
      return twice ? [...pair, conditional] : pair;
    }
    case 'branch': {
      const immediate = 4 * distance(operations, index, operation.skip);
      return [encodeInstruction(operation.mnemonic, { ...operation, immediate })];
    }
    case 'jump': {
      const immediate = 4 * distance(operations, index, operation.skip);
      return [encodeInstruction('jal', { rd: operation.rd, immediate })];
    }
    case 'indirect': {
      const immediate = 4 * distance(operations, index, operation.skip);
      return [
        encodeInstruction('auipc', { rd: JUMP_BASE, immediate: 0 }),
        encodeInstruction('jalr', { rd: operation.rd, rs1: JUMP_BASE, immediate }),
      ];
    }
    case 'csr': {
      const { mnemonic, rd, operand, csr } = operation;
      return [encodeInstruction(mnemonic, { rd, rs1: operand, immediate: operand, csr })];
    }
    case 'word':
      return [operation.word];
    case 'patch': {
      const [replacement] = encodeOperation([operation.replacement], 0);
      const PATCHED_SLOT = 12;
      return [
        ...loadWord(PATCH_WORD, replacement),
        encodeInstruction('auipc', { rd: JUMP_BASE, immediate: 0 }),
        encodeInstruction('sw', { rs1: JUMP_BASE, rs2: PATCH_WORD, immediate: PATCHED_SLOT }),
        encodeInstruction('fence.i'),
        encodeInstruction('addi', { rd: 0, rs1: 0, immediate: 0 }),
      ];
    }
    case 'loop': {
      const body = encodeOperations(operation.body);
      return [
        encodeInstruction('addi', { rd: LOOP_COUNT, rs1: 0, immediate: operation.count }),
        ...body,
        encodeInstruction('addi', { rd: LOOP_COUNT, rs1: LOOP_COUNT, immediate: -1 }),
        encodeInstruction('bne', { rs1: LOOP_COUNT, rs2: 0, immediate: -4 * (body.length + 1) }),
      ];
    }
  }
}

function encodeOperations(operations: readonly Operation[]): number[] {
  return operations.flatMap((_, index) => encodeOperation(operations, index));
}

/** The program's machine code, ended by the `ecall` at which the harness takes over. */
export function encodeProgram(program: RandomProgram): number[] {
  return [...encodeOperations(program.operations), ECALL];
}
