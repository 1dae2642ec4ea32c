/**
 * Random RV32IMAFDC programs with Zfh and bit manipulation that always end: straight code with forward
 * jumps, counted loops, accesses around two data pointers, traps that a handler skips, and code that
 * patches itself.
 */
import fc from 'fast-check';
import { floatInstruction, floatRegisters } from './floating-point.ts';
import { shortInstruction, shortRegister } from './compressed.ts';
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
/** What 16-bit accesses use as a base: one of the registers that they can name. */
const SHORT_BASE = 8;

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
  | {
      kind: 'shortAccess';
      mnemonic: Mnemonic;
      base: number;
      near: number;
      register: number;
      offset: number;
    }
  | {
      kind: 'shortStackAccess';
      mnemonic: Mnemonic;
      base: number;
      near: number;
      register: number;
      offset: number;
    }
  | { kind: 'shortBranch'; mnemonic: Mnemonic; rs1: number; skip: number }
  | { kind: 'shortJump'; mnemonic: Mnemonic; skip: number }
  | { kind: 'shortIndirect'; mnemonic: Mnemonic; skip: number }
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
  /** Where the code begins in its first page: even, and mostly so that the code reaches the second. */
  readonly start: number;
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
/** Those that QEMU 7.2 knows: all but Zicond. */
const bitOperations: Mnemonic[] = [
  ...(['sh1add', 'sh2add', 'sh3add', 'andn', 'orn', 'xnor', 'rol', 'ror'] as const),
  ...(['min', 'minu', 'max', 'maxu', 'clmul', 'clmulh', 'clmulr'] as const),
  ...(['bclr', 'bext', 'binv', 'bset', 'pack', 'packh', 'xperm4', 'xperm8'] as const),
  ...(['clz', 'ctz', 'cpop', 'sext.b', 'sext.h', 'zext.h'] as const),
  ...(['orc.b', 'rev8', 'brev8', 'zip', 'unzip'] as const),
];
const immediateOperations: Mnemonic[] = ['addi', 'slti', 'sltiu', 'xori', 'ori', 'andi'];
const shiftOperations: Mnemonic[] = [
  ...(['slli', 'srli', 'srai', 'rori', 'bclri', 'bexti', 'binvi', 'bseti'] as const),
];
const loads: Mnemonic[] = ['lb', 'lh', 'lw', 'lbu', 'lhu'];
const stores: Mnemonic[] = ['sb', 'sh', 'sw'];
const shortAccesses: Mnemonic[] = ['c.lw', 'c.sw', 'c.flw', 'c.fsw', 'c.fld', 'c.fsd'];
const shortStackAccesses: Mnemonic[] = [
  ...(['c.lwsp', 'c.swsp', 'c.flwsp', 'c.fswsp', 'c.fldsp', 'c.fsdsp'] as const),
];
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

/** 16-bit encodings that are reserved, on RV32 at least: they trap. */
const RESERVED_SHORT = [
  ...[0x0004 /* c.addi4spn of 0 */, 0x8000, 0x6101 /* c.addi16sp of 0 */, 0x6081 /* c.lui of 0 */],
  ...[0x9c01 /* c.subw */, 0x9c41, 0x9085 /* c.srli by 33 */, 0x1086 /* c.slli by 33 */],
  ...[0x4002 /* c.lwsp to x0 */, 0x8002 /* c.jr x0 */],
];
const SHORT_EBREAK = 0x9002;

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
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('register' as const),
      mnemonic: fc.constantFrom(...bitOperations),
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
      word: fc.constantFrom(
        ...[ECALL, EBREAK, ALL_ZEROS, ALL_ONES, SHORT_EBREAK],
        ...RESERVED_SHORT,
      ),
    }),
    {
      weight: 6,
      arbitrary: shortInstruction(FIRST_RESERVED).map((encoded) => ({
        kind: 'word' as const,
        word: encoded,
      })),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('shortAccess' as const),
        mnemonic: fc.constantFrom(...shortAccesses),
        base: dataPointer,
        near: displacement,
        register: shortRegister,
        offset: fc.integer({ min: 0, max: 15 }).map((double) => double * 8),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('shortStackAccess' as const),
        mnemonic: fc.constantFrom(...shortStackAccesses),
        base: dataPointer,
        near: displacement,
        register: fc.integer({ min: 1, max: FIRST_RESERVED - 1 }),
        offset: fc.integer({ min: 0, max: 31 }).map((double) => double * 8),
      }),
    },
    fc.record({
      kind: fc.constant('shortBranch' as const),
      mnemonic: fc.constantFrom<Mnemonic>('c.beqz', 'c.bnez'),
      rs1: shortRegister,
      skip,
    }),
    fc.record({
      kind: fc.constant('shortJump' as const),
      mnemonic: fc.constantFrom<Mnemonic>('c.j', 'c.jal'),
      skip,
    }),
    fc.record({
      kind: fc.constant('shortIndirect' as const),
      mnemonic: fc.constantFrom<Mnemonic>('c.jr', 'c.jalr'),
      skip,
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
    start: fc.integer({ min: 0x600, max: 0x7ff }).map((half) => half * 2),
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

const LENGTH_MASK = 3;
const WORD_BYTES = 4;
const SHORT_BYTES = 2;
/** The reach of a 16-bit branch. */
const SHORT_REACH = 254;
const SP = 2;

/** Bytes of an instruction, by its lowest bits. */
function lengthOf(instruction: number): number {
  return (instruction & LENGTH_MASK) === LENGTH_MASK ? WORD_BYTES : SHORT_BYTES;
}

/** Bytes an operation takes; fixed by its kind, so that jumps can be resolved in one pass. */
function sizeOf(operation: Operation): number {
  switch (operation.kind) {
    case 'reserved':
      return (operation.twice ? 3 : 2) * WORD_BYTES;
    case 'amo':
    case 'indirect':
      return 2 * WORD_BYTES;
    case 'patch':
      return 6 * WORD_BYTES;
    case 'loop':
      return 3 * WORD_BYTES + totalSize(operation.body);
    case 'word':
      return lengthOf(operation.word);
    case 'shortAccess':
    case 'shortStackAccess':
      return WORD_BYTES + SHORT_BYTES;
    case 'shortBranch':
    case 'shortJump':
      return SHORT_BYTES;
    case 'shortIndirect':
      return 2 * WORD_BYTES + SHORT_BYTES;
    default:
      return WORD_BYTES;
  }
}

const totalSize = (operations: readonly Operation[]): number =>
  operations.reduce((bytes, each) => bytes + sizeOf(each), 0);

/** Bytes from the start of operation `index` to the start of the one `skip` operations later. */
function distance(operations: readonly Operation[], index: number, skip: number): number {
  return totalSize(operations.slice(index, Math.min(index + 1 + skip, operations.length)));
}

/** As `distance`, but less where a 16-bit branch would not reach. */
function shortDistance(operations: readonly Operation[], index: number, skip: number): number {
  const whole = distance(operations, index, skip);
  return whole <= SHORT_REACH ? whole : shortDistance(operations, index, skip - 1);
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
      const immediate = distance(operations, index, operation.skip);
      return [encodeInstruction(operation.mnemonic, { ...operation, immediate })];
    }
    case 'jump': {
      const immediate = distance(operations, index, operation.skip);
      return [encodeInstruction('jal', { rd: operation.rd, immediate })];
    }
    case 'indirect': {
      const immediate = distance(operations, index, operation.skip);
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
    case 'shortAccess': {
      const { mnemonic, base, near, register, offset } = operation;
      return [
        encodeInstruction('addi', { rd: SHORT_BASE, rs1: base, immediate: near }),
        encodeInstruction(mnemonic, {
          ...{ rd: register, rs1: SHORT_BASE, rs2: register, immediate: offset },
        }),
      ];
    }
    case 'shortStackAccess': {
      const { mnemonic, base, near, register, offset } = operation;
      return [
        encodeInstruction('addi', { rd: SP, rs1: base, immediate: near }),
        encodeInstruction(mnemonic, { rd: register, rs2: register, immediate: offset }),
      ];
    }
    case 'shortBranch': {
      const immediate = shortDistance(operations, index, operation.skip);
      return [encodeInstruction(operation.mnemonic, { ...operation, immediate })];
    }
    case 'shortJump': {
      const immediate = distance(operations, index, operation.skip);
      return [encodeInstruction(operation.mnemonic, { immediate })];
    }
    case 'shortIndirect': {
      const immediate = distance(operations, index, operation.skip);
      return [
        encodeInstruction('auipc', { rd: JUMP_BASE, immediate: 0 }),
        encodeInstruction('addi', { rd: JUMP_BASE, rs1: JUMP_BASE, immediate }),
        encodeInstruction(operation.mnemonic, { rs1: JUMP_BASE }),
      ];
    }
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
      const bytes = body.reduce((sum, instruction) => sum + lengthOf(instruction), 0);
      return [
        encodeInstruction('addi', { rd: LOOP_COUNT, rs1: 0, immediate: operation.count }),
        ...body,
        encodeInstruction('addi', { rd: LOOP_COUNT, rs1: LOOP_COUNT, immediate: -1 }),
        encodeInstruction('bne', { rs1: LOOP_COUNT, rs2: 0, immediate: -(bytes + WORD_BYTES) }),
      ];
    }
  }
}

function encodeOperations(operations: readonly Operation[]): number[] {
  return operations.flatMap((_, index) => encodeOperation(operations, index));
}

/** The program's machine code, ended by the `ecall` at which the harness takes over. */
export function encodeProgram(program: RandomProgram): Uint8Array {
  const halves = [...encodeOperations(program.operations), ECALL].flatMap((instruction) =>
    lengthOf(instruction) === WORD_BYTES
      ? [instruction & 0xffff, instruction >>> 16]
      : [instruction],
  );
  return new Uint8Array(Uint16Array.from(halves).buffer);
}

/** Bytes of that `ecall`. */
export const END_BYTES = WORD_BYTES;
