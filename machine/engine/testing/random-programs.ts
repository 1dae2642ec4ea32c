/**
 * Random worlds for comparing engines: a megabyte of RAM with code, data, page tables and handlers,
 * and registers that point into them. Everything follows from one seed.
 */
import { Machine } from '../../machine.ts';
import { STOPPED_TIME } from '../../hart/interrupts.ts';
import { CSR_ADDRESSES, type CsrName } from '../../hart/csr-addresses.ts';
import { Privilege } from '../../hart/privilege.ts';
import { SmallModel, type PlantedFault } from './small-model.ts';

export const RAM_BASE = 0x8000_0000;
export const RAM_BYTES = 1 << 20;
const PAGE = 4096;

/** Page numbers within RAM. */
const MACHINE_HANDLER = 0;
const SUPERVISOR_HANDLER = 1;
const FIRST_CODE = 2;
const CODE_PAGES = 3;
const FIRST_DATA = 5;
const DATA_PAGES = 3;
const ROOT_TABLE = 8;
const LEAF_TABLES = [9, 10] as const;
const TABLE_ENTRIES = 1024;
const HALF_BYTES = 2;
const LENGTH_MASK = 3;

/** mulberry32: a small generator with a full period. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  word(): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  below(limit: number): number {
    return this.word() % limit;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }
}

// prettier-ignore
const REGISTER_OPERATIONS = [
  'add', 'sub', 'sll', 'slt', 'sltu', 'xor', 'srl', 'sra', 'or', 'and',
  'mul', 'mulh', 'mulhsu', 'mulhu', 'div', 'divu', 'rem', 'remu',
] as const;
// prettier-ignore
const BIT_OPERATIONS = [
  'sh1add', 'sh2add', 'sh3add', 'andn', 'orn', 'xnor', 'min', 'minu', 'max', 'maxu', 'rol', 'ror',
  'clmul', 'clmulh', 'clmulr', 'bclr', 'bext', 'binv', 'bset', 'pack', 'packh', 'xperm4', 'xperm8',
  'czero.eqz', 'czero.nez',
] as const;
// prettier-ignore
const BIT_UNARY = [
  'clz', 'ctz', 'cpop', 'sext.b', 'sext.h', 'zext.h', 'orc.b', 'rev8', 'brev8', 'zip', 'unzip',
] as const;
const BIT_IMMEDIATE = ['rori', 'bclri', 'bexti', 'binvi', 'bseti'] as const;
const IMMEDIATE_OPERATIONS = ['addi', 'slti', 'sltiu', 'xori', 'ori', 'andi'] as const;
const SHIFTS = ['slli', 'srli', 'srai'] as const;
const LOADS = ['lb', 'lh', 'lw', 'lbu', 'lhu'] as const;
const STORES = ['sb', 'sh', 'sw'] as const;
const BRANCHES = ['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'] as const;
const UPPER_IMMEDIATE = ['lui', 'auipc'] as const;
// prettier-ignore
const ATOMICS = [
  'amoswap.w', 'amoadd.w', 'amoxor.w', 'amoand.w', 'amoor.w',
  'amomin.w', 'amomax.w', 'amominu.w', 'amomaxu.w',
] as const;
const SHORT_IMMEDIATE = ['c.addi', 'c.li'] as const;
const SHORT_REGISTERS = ['c.sub', 'c.xor', 'c.or', 'c.and'] as const;
const SHORT_SHIFTS = ['c.srli', 'c.srai'] as const;
const SHORT_MOVES = ['c.mv', 'c.add'] as const;
const SHORT_BRANCHES = ['c.beqz', 'c.bnez'] as const;
const SHORT_JUMPS = ['c.j', 'c.jal'] as const;
const SHORT_REGISTER_JUMPS = ['c.jr', 'c.jalr'] as const;
const CSR_REGISTER = ['csrrw', 'csrrs', 'csrrc'] as const;
const CSR_IMMEDIATE = ['csrrwi', 'csrrsi', 'csrrci'] as const;
const SYSTEM = ['ecall', 'mret', 'sret', 'ebreak', 'fence.i', 'fence', 'sfence.vma'] as const;
// prettier-ignore
const CSRS: readonly CsrName[] = [
  'mstatus', 'sstatus', 'mepc', 'sepc', 'mcause', 'scause', 'mscratch', 'sscratch', 'satp', 'mie',
  'sie', 'mip', 'sip', 'mideleg', 'medeleg', 'pmpaddr0', 'pmpaddr1', 'pmpcfg0', 'misa', 'mhartid',
  'mtval', 'stval', 'dcsr',
];

/** The instructions that programs are made of. */
type InstructionName =
  | (typeof REGISTER_OPERATIONS)[number]
  | (typeof IMMEDIATE_OPERATIONS)[number]
  | (typeof SHIFTS)[number]
  | (typeof LOADS)[number]
  | (typeof STORES)[number]
  | (typeof BRANCHES)[number]
  | (typeof UPPER_IMMEDIATE)[number]
  | (typeof ATOMICS)[number]
  | (typeof BIT_OPERATIONS)[number]
  | (typeof BIT_UNARY)[number]
  | (typeof BIT_IMMEDIATE)[number]
  | (typeof SHORT_IMMEDIATE)[number]
  | (typeof SHORT_REGISTERS)[number]
  | (typeof SHORT_SHIFTS)[number]
  | (typeof SHORT_MOVES)[number]
  | (typeof SHORT_BRANCHES)[number]
  | (typeof SHORT_JUMPS)[number]
  | (typeof SHORT_REGISTER_JUMPS)[number]
  | (typeof CSR_REGISTER)[number]
  | (typeof CSR_IMMEDIATE)[number]
  | (typeof SYSTEM)[number]
  | 'jal'
  | 'jalr'
  | 'lr.w'
  | 'sc.w'
  | 'c.addi4spn'
  | 'c.addi16sp'
  | 'c.lui'
  | 'c.andi'
  | 'c.slli'
  | 'c.lw'
  | 'c.sw'
  | 'c.lwsp'
  | 'c.swsp'
  | 'c.ebreak';

interface Operands {
  readonly rd?: number;
  readonly rs1?: number;
  readonly rs2?: number;
  readonly immediate?: number;
  readonly csr?: number;
}

/** From a mnemonic and its operands to the instruction. */
export type Encode = (mnemonic: InstructionName, operands: Operands) => number;

/** Registers that the world points somewhere; instructions use them as bases, seldom as results. */
const POINTERS = [2, 8, 9, 18, 19, 20] as const;
/** Those that 16-bit instructions can name. */
const SHORT_POINTERS = [8, 9] as const;
const SHORT_RESULTS = [10, 11, 12, 13, 14, 15] as const;
const RESULTS = [0, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15] as const;

function randomShortInstruction(random: Random, encode: Encode): number {
  const rd = random.pick(SHORT_RESULTS);
  const rs2 = random.pick(SHORT_RESULTS);
  const base = random.pick(SHORT_POINTERS);
  const register = random.pick(RESULTS);
  const immediate = random.below(64) - 32;
  const amount = random.below(32);
  const offset = random.below(32) * 4;
  const jump = (random.below(48) - 16) * HALF_BYTES;
  switch (random.below(20)) {
    case 0:
      return encode('c.addi4spn', { rd, immediate: offset + 4 });
    case 1:
    case 2:
      return encode('c.lw', { rd, rs1: base, immediate: offset });
    case 3:
    case 4:
      return encode('c.sw', { rs1: base, rs2, immediate: offset });
    case 5:
      return encode(random.pick(SHORT_IMMEDIATE), { rd: register, immediate });
    case 6:
      return encode('c.lui', { rd: register, immediate: random.pick([1, 31, 0xfffe0, 0xfffff]) });
    case 7:
      return encode('c.addi16sp', { immediate: random.pick([-512, -16, 16, 32, 496]) });
    case 8:
      return encode(random.pick(SHORT_SHIFTS), { rd, immediate: amount });
    case 9:
      return encode('c.andi', { rd, immediate });
    case 10:
      return encode(random.pick(SHORT_REGISTERS), { rd, rs2 });
    case 11:
      return encode('c.slli', { rd: register, immediate: amount });
    case 12:
    case 13:
      return encode(random.pick(SHORT_BRANCHES), { rs1: rd, immediate: jump });
    case 14:
      return encode(random.pick(SHORT_JUMPS), { immediate: jump });
    case 15:
      return encode('c.lwsp', { rd, immediate: offset });
    case 16:
      return encode('c.swsp', { rs2: register, immediate: offset });
    case 17:
      return encode(random.pick(SHORT_MOVES), { rd: register, rs2 });
    case 18:
      return random.chance(30)
        ? encode(random.pick(SHORT_REGISTER_JUMPS), { rs1: base })
        : encode('c.ebreak', {});
    default:
      // Any 16-bit encoding: floating-point accesses, reserved ones, hints.
      return random.below(1 << 14) * 4 + random.below(LENGTH_MASK);
  }
}

function randomBitInstruction(random: Random, encode: Encode): number {
  const rd = random.pick(RESULTS);
  const rs1 = random.pick(RESULTS);
  switch (random.below(4)) {
    case 0:
      return encode(random.pick(BIT_UNARY), { rd, rs1 });
    case 1:
      return encode(random.pick(BIT_IMMEDIATE), { rd, rs1, immediate: random.below(32) });
    default:
      return encode(random.pick(BIT_OPERATIONS), { rd, rs1, rs2: random.pick(RESULTS) });
  }
}

function randomInstruction(random: Random, encode: Encode): number {
  const rd = random.chance(3) ? random.pick(POINTERS) : random.pick(RESULTS);
  const rs1 = random.pick(RESULTS);
  const rs2 = random.chance(10) ? random.pick(POINTERS) : random.pick(RESULTS);
  const base = random.pick(POINTERS);
  // Mostly aligned and near, sometimes across the end of a line, a page, or anywhere.
  const near = random.chance(80) ? random.below(16) * 4 : random.below(4096) - 2048;
  const immediate = random.below(4096) - 2048;
  const csr = CSR_ADDRESSES[random.pick(CSRS)];
  const jump = (random.below(48) - 16) * HALF_BYTES;
  if (random.chance(40)) {
    return randomShortInstruction(random, encode);
  }
  const kind = random.below(100);
  if (kind < 10) {
    return randomBitInstruction(random, encode);
  }
  if (kind < 22) {
    return encode(random.pick(REGISTER_OPERATIONS), { rd, rs1, rs2 });
  }
  if (kind < 34) {
    return encode(random.pick(IMMEDIATE_OPERATIONS), { rd, rs1, immediate });
  }
  if (kind < 40) {
    return encode(random.pick(SHIFTS), { rd, rs1, immediate: random.below(32) });
  }
  if (kind < 54) {
    return encode(random.pick(LOADS), { rd, rs1: base, immediate: near });
  }
  if (kind < 66) {
    return encode(random.pick(STORES), { rs2, rs1: base, immediate: near });
  }
  if (kind < 79) {
    return encode(random.pick(BRANCHES), { rs1, rs2, immediate: jump });
  }
  if (kind < 81) {
    return encode('jal', { rd, immediate: jump });
  }
  if (kind < 83) {
    return encode('jalr', { rd, rs1: base, immediate: near });
  }
  if (kind < 85) {
    return encode(random.pick(UPPER_IMMEDIATE), {
      rd,
      immediate: random.below(1 << 20),
    });
  }
  if (kind < 87) {
    return encode(random.pick(ATOMICS), { rd, rs1: base, rs2 });
  }
  if (kind < 89) {
    return random.chance(50)
      ? encode('lr.w', { rd, rs1: base })
      : encode('sc.w', { rd, rs1: base, rs2 });
  }
  if (kind < 93) {
    return random.chance(60)
      ? encode(random.pick(CSR_REGISTER), { rd, rs1: random.pick([0, rs1]), csr })
      : encode(random.pick(CSR_IMMEDIATE), { rd, immediate: random.below(32), csr });
  }
  if (kind < 97) {
    return encode(random.pick(SYSTEM), {});
  }
  return kind < 99 ? encode('addi', { rd: 0, rs1: 0, immediate: 0 }) : random.word();
}

/** Skips the instruction that trapped, if it can, and returns. */
function handler(random: Random, encode: Encode, level: 'm' | 's'): number[] {
  const epc = CSR_ADDRESSES[`${level}epc`];
  const scratch = CSR_ADDRESSES[`${level}scratch`];
  return [
    encode('csrrw', { rd: 5, rs1: 5, csr: scratch }),
    encode('csrrs', { rd: 5, rs1: 0, csr: epc }),
    encode('addi', { rd: 5, rs1: 5, immediate: random.pick([2, 4, 4, 8]) }),
    encode('csrrw', { rd: 0, rs1: 5, csr: epc }),
    encode('csrrw', { rd: 5, rs1: 5, csr: scratch }),
    encode(level === 'm' ? 'mret' : 'sret', {}),
  ];
}

/** What a hart starts with. */
export interface World {
  readonly ram: Uint8Array<ArrayBuffer>;
  readonly registers: readonly number[];
  readonly csrs: readonly (readonly [CsrName, number])[];
  readonly pc: number;
  readonly privilege: Privilege;
}

const addressOf = (page: number) => RAM_BASE + page * PAGE;

function randomEntry(random: Random): number {
  const page = random.chance(85)
    ? FIRST_CODE + random.below(CODE_PAGES + DATA_PAGES + 3)
    : random.below(260);
  // Mostly valid, readable, and all set; user or not.
  const usual = 0xcf | (random.chance(50) ? 0x10 : 0);
  const flags = random.chance(65) ? usual : random.below(256);
  return ((RAM_BASE / PAGE + page) << 10) | flags;
}

/** `encode` is the assembler's, which the machine's folders import in tests only. */
export function randomWorld(seed: number, encode: Encode): World {
  const random = new Random(seed);
  const ram = new Uint8Array(RAM_BYTES);
  const words = new Uint32Array(ram.buffer);
  const setPage = (page: number, values: readonly number[]) => {
    words.set(
      values.map((value) => value >>> 0),
      (page * PAGE) / 4,
    );
  };
  setPage(MACHINE_HANDLER, handler(random, encode, 'm'));
  setPage(SUPERVISOR_HANDLER, handler(random, encode, 's'));
  for (let page = FIRST_CODE; page < FIRST_CODE + CODE_PAGES; page++) {
    // A page holds few instructions many times over, so that jumps anywhere land in code. What
    // begins at its end continues with whatever the next page begins with.
    const code = Array.from({ length: 128 }, () => randomInstruction(random, encode));
    const halves = code.flatMap((instruction) =>
      (instruction & LENGTH_MASK) === LENGTH_MASK
        ? [instruction & 0xffff, instruction >>> 16]
        : [instruction],
    );
    const target = new Uint16Array(ram.buffer, page * PAGE, PAGE / HALF_BYTES);
    target.set(Array.from(target, (_, i) => halves[i % halves.length]));
  }
  for (let page = FIRST_DATA; page < FIRST_DATA + DATA_PAGES; page++) {
    setPage(
      page,
      Array.from({ length: PAGE / 4 }, () => random.word()),
    );
  }
  // Identity for RAM through one leaf table, a second view of it at 0, and sometimes a superpage.
  const root = new Array<number>(TABLE_ENTRIES).fill(0);
  const pointer = (page: number) => (((RAM_BASE / PAGE + page) << 10) | 1) >>> 0;
  root[RAM_BASE >>> 22] = pointer(LEAF_TABLES[0]);
  root[0] = random.chance(80) ? pointer(LEAF_TABLES[1]) : randomEntry(random);
  root[1] = (((RAM_BASE / PAGE) << 10) | (random.chance(50) ? 0xcf : random.below(256))) >>> 0;
  setPage(ROOT_TABLE, root);
  setPage(
    LEAF_TABLES[0],
    Array.from({ length: RAM_BYTES / PAGE }, (_, page) => {
      const isHandler = page <= SUPERVISOR_HANDLER;
      const flags = isHandler || random.chance(80) ? 0xcf : random.below(256);
      return (((RAM_BASE / PAGE + page) << 10) | flags) >>> 0;
    }),
  );
  setPage(
    LEAF_TABLES[1],
    Array.from({ length: 32 }, () => randomEntry(random)),
  );
  return { ram, ...randomRegisters(random) };
}

function randomRegisters(random: Random): Omit<World, 'ram'> {
  const somewhere = () => {
    const page = random.pick([2, 3, 5, 5, 6, 7, 8, 9, 10]);
    const offset = random.chance(70) ? random.below(500) * 4 : random.below(PAGE);
    const view = random.pick([RAM_BASE, RAM_BASE, 0, 0x40_0000]);
    return view === 0 ? random.below(16) * PAGE + offset : view + page * PAGE + offset;
  };
  const privilege = random.pick([
    Privilege.User,
    Privilege.Supervisor,
    Privilege.Supervisor,
    Privilege.Machine,
  ]);
  const registers = Array.from({ length: 32 }, (_, i) =>
    POINTERS.some((pointer) => pointer === i) ? somewhere() : random.word(),
  );
  const satp = 0x8000_0000 | random.pick([0, 1 << 22]) | (RAM_BASE / PAGE + ROOT_TABLE);
  const translates = random.chance(75);
  const napot = 0x1f;
  const csrs: (readonly [CsrName, number])[] = [
    ['mtvec', addressOf(MACHINE_HANDLER) | random.pick([0, 0, 1])],
    ['stvec', addressOf(SUPERVISOR_HANDLER)],
    ['medeleg', random.chance(50) ? 0xb1ff : random.word()],
    ['mideleg', random.pick([0, 0x222, 0x222])],
    ['mie', random.chance(70) ? 0 : random.word()],
    ['mip', random.chance(70) ? 0 : random.word()],
    ['satp', translates ? satp : 0],
    ['mstatus', (random.word() & 0x000e_19aa) | random.pick([0, 0, 0x4_0000])],
    // Either everything is allowed, or a boundary lies within a page.
    ['pmpaddr0', random.chance(70) ? 0xffff_ffff : (RAM_BASE >>> 2) + random.below(1 << 14)],
    ['pmpaddr1', 0xffff_ffff],
    ['pmpcfg0', (napot << 8) | random.pick([napot, napot, 0x0f, 0x09, 0x0d, 0x1b])],
  ];
  const page = random.pick([FIRST_CODE, FIRST_CODE + 1]);
  const fromStart = random.below(128) * HALF_BYTES;
  const start = random.chance(80) ? fromStart : PAGE - HALF_BYTES * (1 + random.below(12));
  return { registers, csrs, pc: addressOf(page) + start, privilege };
}

/** A machine in that world, with no device at all. */
export function machineInWorld(world: World): Machine {
  return machineInWorlds([world]);
}

/** A hart for each world, all in the memory of the first. */
export function machineInWorlds(worlds: readonly World[]): Machine {
  const machine = new Machine({ ramBytes: RAM_BYTES, harts: worlds.length }, () => ({
    devices: [],
    timeSource: STOPPED_TIME,
    resetVector: RAM_BASE,
  }));
  machine.writePhysical(RAM_BASE, worlds[0].ram);
  machine.harts.forEach((hart, i) => {
    const world = worlds[i];
    world.registers.forEach((value, index) => {
      hart.writeRegister(index, value);
    });
    for (const [name, value] of world.csrs) {
      hart.writeCsr(name, value);
    }
    hart.pc = world.pc;
    hart.privilege = world.privilege;
  });
  return machine;
}

/** The model in the same world. */
export function modelInWorld(world: World, fault?: PlantedFault): SmallModel {
  const model = new SmallModel(world.ram.slice(), fault);
  world.registers.forEach((value, index) => {
    model.x[index] = index === 0 ? 0 : value;
  });
  for (const [name, value] of world.csrs) {
    model.writeCsr(CSR_ADDRESSES[name], value | 0);
  }
  model.pc = world.pc | 0;
  model.privilege = world.privilege;
  return model;
}

/** What the two have in common and must agree on, as text. */
export function describeModel(model: SmallModel): string {
  return JSON.stringify({
    x: [...model.x].map((value) => value >>> 0),
    pc: model.pc >>> 0,
    privilege: model.privilege,
    csrs: COMPARED.map((name) => [name, (model.readCsr(CSR_ADDRESSES[name]) ?? 0) >>> 0]),
  });
}

export function describeHart(machine: Machine): string {
  const [hart] = machine.harts;
  return JSON.stringify({
    x: Array.from({ length: 32 }, (_, index) => hart.readRegister(index)),
    pc: hart.pc,
    privilege: hart.privilege,
    csrs: COMPARED.map((name) => [name, hart.readCsr(name)]),
  });
}

// prettier-ignore
const COMPARED: readonly CsrName[] = [
  'mstatus', 'mtvec', 'mepc', 'mcause', 'mtval', 'mscratch', 'medeleg', 'mideleg', 'mie', 'mip',
  'stvec', 'sepc', 'scause', 'stval', 'sscratch', 'satp', 'pmpcfg0', 'pmpaddr0', 'pmpaddr1',
];

/** A machine's RAM. */
export function ramOf(machine: Machine): Uint8Array {
  const ram = new Uint8Array(RAM_BYTES);
  machine.readPhysical(RAM_BASE, ram);
  return ram;
}
