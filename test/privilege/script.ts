/**
 * Random scripts of privileged situations: each step sets protection, page tables and CSRs in
 * M-mode, enters some mode, and does one thing there that may trap. Everything follows from one seed.
 */
import { Random } from '../../machine/engine/testing/random-programs.ts';
import { CSR_ADDRESSES, type CsrName } from '../../machine/hart/csr-addresses.ts';
import { encodeInstruction } from '../../tools/assembler/encode.ts';

export const RAM_BASE = 0x8000_0000;
/** Data, which protection and page tables are about. */
export const DATA = RAM_BASE + 0x10_0000;
const DATA_PAGES = 4;
export const ROOT_TABLE = RAM_BASE + 0x20_0000;
export const LEAF_TABLE = ROOT_TABLE + 0x1000;
const TABLE_PAGES = 2;
/** Virtual addresses that the leaf table maps, and those of a superpage. */
const WINDOW = 0x0040_0000;
const SUPERPAGE = 0x0080_0000;
/** Where U-mode sees the start of RAM. */
export const USER_VIEW = 0xc000_0000;
const PAGE = 4096;
const LAST_WORD = 0xffc;

export const enum Mode {
  User = 0,
  Supervisor = 1,
  Machine = 3,
}

/** What the harness does in M-mode before the step, as writes of words and of CSRs. */
export interface Step {
  readonly words: readonly (readonly [address: number, value: number])[];
  readonly csrs: readonly (readonly [CsrName, number])[];
  readonly mode: Mode;
  /** Bits of mstatus beside MPP. */
  readonly status: number;
  readonly translates: boolean;
  /** Word or, for a jump, the address to go to, in a0. */
  readonly instruction: number;
  readonly a0: number;
}

/** What the steps of a script have in common, because QEMU 7.2 is not exact where both meet. */
export const enum Kind {
  /** Accesses that cross pages, and protection that never changes. */
  Crossing = 0,
  /** Protection of whole pages, and fetches from them. */
  WholePages = 1,
  /** Protection with boundaries within pages. */
  WithinPages = 2,
}
const KINDS = 3;

export const enum Status {
  SIE = 0x2,
  MPIE = 0x80,
  SPIE = 0x20,
  SPP = 0x100,
  MPRV = 0x2_0000,
  SUM = 0x4_0000,
  MXR = 0x8_0000,
  TVM = 0x10_0000,
  TW = 0x20_0000,
  TSR = 0x40_0000,
}

/** Where a step's instruction finds its address, what it stores, and where it leaves its result. */
export const A0 = 10;
export const A1 = 11;
export const A2 = 12;
const OPCODE_MASK = 0x7f;
const OPCODE_AMO = 0x2f;
const LOADS = ['lb', 'lh', 'lw', 'lbu', 'lhu'] as const;
const STORES = ['sb', 'sh', 'sw'] as const;
const ATOMICS = ['amoor.w', 'amoswap.w', 'amoand.w'] as const;
/** Illegal somewhere, or trapped by TVM, TW and TSR. What would wait is only tried where it traps. */
const SYSTEM = ['ecall', 'ebreak', 'sfence.vma', 'fence.i'] as const;
/** Read in every mode. */
const CSRS: readonly CsrName[] = [
  ...(['sstatus', 'sie', 'sip', 'stvec', 'sscratch', 'satp', 'scounteren', 'senvcfg'] as const),
  ...(['mstatus', 'mie', 'mip', 'mideleg', 'medeleg', 'mcounteren', 'mhartid'] as const),
  ...(['stimecmp', 'pmpaddr3', 'mtinst', 'dcsr'] as const),
];
/** Written and read back in every mode; M-mode sets them anew. */
const WRITTEN: readonly CsrName[] = [
  'sscratch',
  'sie',
  'sip',
  'scause',
  'stval',
  'mscratch',
  'mie',
];

/**
 * What data consist of: the bytes of `ecall`, so that a jump into them traps at once, at whatever
 * byte, and whatever was stored.
 */
export const ECALL = 0x73;

/** Page tables mostly map data; some entries lead to where no RAM is, or are malformed. */
function entry(random: Random, pages: readonly number[]): number {
  const usual = random.pick([
    ...[0xcf, 0xdf, 0xc3, 0xd3, 0xc7, 0xd7, 0xc9, 0xd9], // All set but some rights,
    ...[0x0f, 0x1f, 0x47, 0x57], // or A and D to be set.
  ]);
  const flags = random.chance(75) ? usual : random.below(256);
  return ((random.pick(pages) << 10) | flags) >>> 0;
}

const DATA_PAGE = DATA / PAGE;
const PAGES_OF_DATA = Array.from({ length: DATA_PAGES }, (_, i) => DATA_PAGE + i);
/** Below RAM, behind it, and beyond 32 bits. */
const PAGES_OF_NOTHING = [0x200, 0x8_2000, 0x10_0200, 0x1f_ffff];
const PTE_R = 2;
const PTE_X = 8;
const SUPERPAGES = [RAM_BASE / PAGE, RAM_BASE / PAGE, RAM_BASE / PAGE + 1, 0x10_8000, 0x1_0800];
const MAPPED = 8;
/** The first so many entries of the leaf table lead to data, if anywhere. */
const MAPPED_TO_DATA = 6;

/** Where accesses go: near the ends of pages, so that some cross them. */
function address(random: Random, kind: number, translates: boolean, onlyRam: boolean): number {
  const near = random.pick([0, 4, 8, 0x7fc, 0x800, 0x804, 0xff8, LAST_WORD]);
  const mayCross = kind === Kind.Crossing || near < LAST_WORD;
  const offset = near + (mayCross && random.chance(25) ? random.below(4) : 0);
  const page = random.below(DATA_PAGES) * PAGE;
  if (!translates || random.chance(15)) return DATA + page + offset;
  // What is not aligned and not in RAM faults with the address of its first aligned part on QEMU.
  const aligned = offset & -4;
  if (!onlyRam && random.chance(20)) return SUPERPAGE + (DATA - RAM_BASE) + page + aligned;
  const entryIndex = random.below(onlyRam ? MAPPED_TO_DATA : MAPPED);
  const isData = entryIndex < MAPPED_TO_DATA - (onlyRam ? 0 : 1);
  return WINDOW + entryIndex * PAGE + (isData ? offset : aligned);
}

/** Entries of physical memory protection from 2 on: 0 is the harness's, 1 the page tables'. */
function protection(random: Random, kind: number): (readonly [CsrName, number])[] {
  const isFine = kind === Kind.WithinPages;
  const names = ['pmpaddr2', 'pmpaddr3', 'pmpaddr4', 'pmpaddr5', 'pmpaddr6', 'pmpaddr7'] as const;
  const place = () =>
    DATA +
    random.below(DATA_PAGES + 1) * PAGE +
    (isFine ? random.pick([0, 0, 4, 8, 0x800, 0xffc]) : 0);
  const kinds = isFine ? [0, 0x08, 0x10, 0x18] : [0, 0x08, 0x18];
  const configs = names.map(() => {
    // Writable without readable is reserved. A lock stays: few steps later all would be locked.
    const rights = random.pick([0, 1, 3, 4, 5, 7, 7, 7]);
    return random.pick(kinds) | rights | (random.chance(2) ? 0x80 : 0);
  });
  const addresses = names.map((name, i): readonly [CsrName, number] => {
    const isRange = (configs[i] & 0x18) === 0x18;
    const smallest = isFine ? 3 : 12;
    const bits = smallest + random.below(4);
    const range = ((place() & -(2 ** bits)) >>> 2) | (2 ** (bits - 3) - 1);
    return [name, isRange ? range : place() >>> 2];
  });
  const tables = random.chance(90) ? 0x1b : 0x18;
  const byte = (value: number, at: number) => value << (8 * at);
  // All of memory at the end, mostly: otherwise what no entry matches is forbidden below M-mode.
  const rest = random.chance(80) ? 0x1f : 0;
  return [
    ...addresses,
    ['pmpaddr1', (ROOT_TABLE + (TABLE_PAGES * PAGE) / 2 - 1) >>> 2],
    ['pmpaddr8', 0xffff_ffff],
    ['pmpcfg0', (0x9f | byte(tables, 1) | byte(configs[0], 2) | byte(configs[1], 3)) >>> 0],
    ['pmpcfg1', configs.slice(2).reduce((value, config, i) => value | byte(config, i), 0) >>> 0],
    ['pmpcfg2', rest],
  ];
}

function tables(random: Random): (readonly [number, number])[] {
  const leaf = Array.from({ length: MAPPED }, (_, i) => {
    const pages = i < MAPPED_TO_DATA ? PAGES_OF_DATA : PAGES_OF_NOTHING;
    return [LEAF_TABLE + i * 4, entry(random, pages)] as const;
  });
  const pointer = ((LEAF_TABLE / PAGE) << 10) | (random.chance(92) ? 1 : random.below(256));
  return [
    [ROOT_TABLE + (WINDOW >>> 22) * 4, pointer >>> 0],
    // A leaf: QEMU calls a table that is not in RAM a page fault, the specification an access fault.
    [ROOT_TABLE + (SUPERPAGE >>> 22) * 4, entry(random, SUPERPAGES) | random.pick([PTE_R, PTE_X])],
    ...leaf,
  ];
}

/** MPRV and MPP for steps in M-mode. */
const MODIFIED = [0, 0x1800, 0, 0x0800].map((mpp, i) => mpp | (i < 2 ? 0 : Status.MPRV));

/** One instruction, and whether it may fetch from data. */
function action(random: Random, mode: Mode, status: number, mayFetch: boolean): number {
  const kind = random.below(100);
  if (kind < 30) return encodeInstruction(random.pick(LOADS), { rd: A2, rs1: A0, immediate: 0 });
  if (kind < 55) return encodeInstruction(random.pick(STORES), { rs2: A1, rs1: A0, immediate: 0 });
  if (kind < 63) return encodeInstruction(random.pick(ATOMICS), { rd: A2, rs1: A0, rs2: A1 });
  if (kind < 75 && mayFetch) {
    return encodeInstruction('jalr', { rd: 0, rs1: A0, immediate: 0 });
  }
  if (kind < 85) {
    const csr = CSR_ADDRESSES[random.pick(CSRS)];
    return encodeInstruction('csrrs', { rd: A2, rs1: 0, csr });
  }
  if (kind < 92) {
    const csr = CSR_ADDRESSES[random.pick(WRITTEN)];
    return encodeInstruction(random.pick(['csrrw', 'csrrs', 'csrrc']), { rd: A2, rs1: A0, csr });
  }
  const traps = mode === Mode.User || (mode === Mode.Supervisor && (status & Status.TW) !== 0);
  if (traps && random.chance(20)) return encodeInstruction('wfi');
  // QEMU 7.2 does not clear MPRV when it returns to a lower mode.
  const returns = (status & Status.MPRV) === 0;
  return encodeInstruction(random.pick(returns ? [...SYSTEM, 'mret', 'sret'] : SYSTEM), {});
}

function step(random: Random, kind: number): Step {
  const mode = random.pick([Mode.User, Mode.Supervisor, Mode.Supervisor, Mode.Machine]);
  const translates = random.chance(75);
  const status = [Status.SUM, Status.MXR, Status.TVM, Status.TW, Status.TSR].reduce(
    (bits, bit) => bits | (random.chance(35) ? bit : 0),
    random.pick([0, Status.SIE]) | random.pick([0, Status.SPIE]) | random.pick([0, Status.MPIE]),
  );
  const root = ROOT_TABLE / PAGE;
  // One at a time: of several QEMU 7.2 takes the lowest number, not the highest priority.
  const interrupt = random.chance(80) ? 0 : random.pick([0x2, 0x20, 0x200]);
  const csrs: (readonly [CsrName, number])[] = [
    // Not a fetch that protection forbids: it may be the page tables that it forbids.
    ['medeleg', random.pick([0, 0, 0xb1fd & random.word(), 0xb0fd])],
    ['mideleg', random.word() & 0x222],
    ['mie', random.chance(60) ? 0 : random.word() & 0x222],
    ['mip', interrupt],
    ['scause', 0],
    ['stval', 0],
    ['sepc', DATA],
    ['mcounteren', random.word() & 7],
    ['satp', translates ? (0x8000_0000 | (random.below(512) << 22) | root) >>> 0 : 0],
    ...(kind !== Kind.Crossing && random.chance(30) ? protection(random, kind) : []),
  ];
  const fullStatus = mode === Mode.Machine ? status | random.pick(MODIFIED) : status;
  const seesPhysical = mode === Mode.Machine && (fullStatus & Status.MPRV) === 0;
  const instruction = action(
    random,
    mode,
    fullStatus,
    mode !== Mode.Machine && kind !== Kind.WithinPages,
  );
  return {
    words: random.chance(60) ? tables(random) : [],
    csrs,
    mode,
    status: fullStatus,
    translates,
    instruction,
    // QEMU makes an atomic on what is not RAM a load and a store, which faults as a load.
    a0: address(
      random,
      kind,
      translates && !seesPhysical,
      (instruction & OPCODE_MASK) === OPCODE_AMO,
    ),
  };
}

/** So many steps, all of one kind. */
export function randomScript(seed: number, steps: number): readonly Step[] {
  const random = new Random(seed);
  const kind = seed % KINDS;
  return Array.from({ length: steps }, () => step(random, kind));
}
