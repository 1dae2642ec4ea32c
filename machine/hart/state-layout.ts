/**
 * Where everything lies in the machine's one `WebAssembly.Memory`. Every engine works on these
 * bytes, the state hash and debuggers walk the tables at the end of the file, and RAM comes last,
 * at an offset that does not depend on the number of harts.
 *
 *     0x0000000  cells of the machine                        4 KiB
 *     0x0001000  harts 0 … 7, HART_STRIDE each               cells, then translation caches
 *     0x0480000  page flags, one byte per page of RAM        508 KiB
 *     0x0500000  the in-order model: harts 0 … 7, L2        512 KiB
 *     0x0580000  decoded blocks and their indexes            10.5 MiB
 *     0x1000000  RAM                                         1 … 2,032 MiB
 *
 * The translation caches and decoded blocks are pure caches: dropping them changes nothing that a
 * guest could see, so they are neither hashed nor saved.
 */

export const MAXIMUM_HARTS = 8;
export const PAGE_SIZE = 4096;
export const MINIMUM_RAM_BYTES = 1 << 20;
/** All that fits behind the rest in 2 GiB, so that every host offset is a positive 31-bit number. */
export const MAXIMUM_RAM_BYTES = 2032 << 20;

/** Byte offsets of the regions, and the sizes that follow from them. */
export const enum Region {
  Machine = 0,
  Harts = 0x1000,
  HartStride = 0x8_d000,
  PageFlags = 0x48_0000,
  Timing = 0x50_0000,
  TimingStride = 0x8000,
  SharedTiming = 0x54_0000,
  Blocks = 0x58_0000,
  Ram = 0x100_0000,
}

/** Inside a hart's region, in bytes: its cells, then its translation caches. */
export const enum HartRegion {
  Cells = 0,
  DataTlb = 0x1000,
  FetchTlb = 0x8_1000,
}

/** Shape of the translation caches. An entry is two words: {tag, what to add}. */
export const enum TlbShape {
  DataSlots = 32,
  /** Entries per slot and kind; a slot has one set for loads, then one for stores. */
  DataEntries = 1024,
  /**
   * An entry's index is the page's number, its low bits folded with the ones above: address bits from
   * 12 and from here on. So arrays that lie a multiple of the cache's reach apart do not collide.
   */
  DataFoldShift = 22,
  /** Words from a slot's load entries to its store entries. */
  StoreWords = 2048,
  DataSlotWords = 4096,
  FetchSlots = 24,
  FetchEntries = 256,
  FetchSlotWords = 512,
  /** A tag that no address can match: tags have at most two of the low twelve bits set. */
  InvalidTag = 0xfff,
}

/** Bits of a page's flag byte. A page with any of them takes the slow path when it is written. */
export const enum PageFlag {
  /** Instructions of this page are in the block cache. */
  Code = 1,
  /** A cached translation was read from this page. */
  PageTable = 2,
  /** Nothing has written this page since the flag was set (by a snapshot). */
  Clean = 4,
  /** Something outside the harts waits for a store to this page. */
  Mailbox = 8,
  /** A hart that stands still has a reservation in this page. */
  Reserved = 16,
  /** Not a reason for the slow path: a store translation to this page may be cached. */
  StoreCached = 0x80,
}

/** The flags that keep a page out of the store translation caches. */
export const WATCHED_PAGE =
  PageFlag.Code | PageFlag.PageTable | PageFlag.Clean | PageFlag.Mailbox | PageFlag.Reserved;

/** Word index of each cell in a hart's region. */
export const enum HartWord {
  X = 0,
  /** Where the decoder sends writes to x0. */
  XSink = 32,
  Pc = 33,
  Privilege = 34,
  Waiting = 35,
  F = 36,
  Fcsr = 100,
  Mstatus = 101,
  /** `mip` as the pins drive it, and the bits that software wrote. */
  InterruptPins = 102,
  InterruptSoftware = 103,
  Mie = 104,
  Mideleg = 105,
  Medeleg = 106,
  Mtvec = 107,
  Mepc = 108,
  Mcause = 109,
  Mtval = 110,
  Mscratch = 111,
  Mcounteren = 112,
  Menvcfg = 113,
  Mcountinhibit = 114,
  Stvec = 115,
  Sepc = 116,
  Scause = 117,
  Stval = 118,
  Sscratch = 119,
  Scounteren = 120,
  Senvcfg = 121,
  Satp = 122,
  Pmpcfg = 124,
  Pmpaddr = 128,
  McycleBase = 144,
  MinstretBase = 146,
  ReservationValid = 148,
  ReservationOffset = 149,
  ReservationValue = 150,
  TrapsWithoutRetiring = 151,
  /** Doubles: index the cell with half of this. */
  NonRetiringCycles = 152,
  RetiredAtLastTrap = 154,
  LocalCycle = 156,
  Menvcfgh = 158,
  Stimecmp = 160,
  Mhpmevent = 162,
  MhpmcounterBase = 192,
  End = 250,
}

/** Word index of each cell of the machine's own region. */
export const enum MachineWord {
  /** Doubles: index the cell with half of this. */
  QuantumStart = 0,
  QuantumEnd = 2,
  /** An integer, kept as a double like its neighbours. */
  CurrentHart = 4,
  End = 6,
}

/** How a cell's bytes are read. */
export type CellType = 'u32' | 'u64' | 'f64';

/** One declared cell (or regular array of cells) of the state. */
export interface CellDeclaration {
  readonly name: string;
  /** Byte offset from the start of the region (of the hart's region, for a hart's cell). */
  readonly offset: number;
  readonly type: CellType;
  /** Number of elements. */
  readonly count: number;
  readonly doc: string;
}

const BYTES_PER_WORD = 4;

function cell(
  name: string,
  word: number,
  doc: string,
  type: CellType = 'u32',
  count = 1,
): CellDeclaration {
  return { name, offset: word * BYTES_PER_WORD, type, count, doc };
}

/** The architectural state of a hart; repeated every `Region.HartStride` bytes. */
export const HART_CELLS: readonly CellDeclaration[] = [
  cell('x', HartWord.X, 'Integer registers; x0 stays 0', 'u32', 32),
  cell('pc', HartWord.Pc, 'Address of the next instruction'),
  cell('privilege', HartWord.Privilege, '0 user, 1 supervisor, 3 machine'),
  cell('waiting', HartWord.Waiting, '1 after wfi, until an interrupt is pending'),
  cell('f', HartWord.F, 'Floating-point registers', 'u64', 32),
  cell('fcsr', HartWord.Fcsr, 'Rounding mode and accrued exceptions'),
  cell('mstatus', HartWord.Mstatus, 'Without SD, which follows from FS and XS'),
  cell('mip.pins', HartWord.InterruptPins, 'Bits of mip that the board drives'),
  cell('mip.software', HartWord.InterruptSoftware, 'Bits of mip that software has written'),
  cell('mie', HartWord.Mie, 'Interrupt enables'),
  cell('mideleg', HartWord.Mideleg, 'Interrupts that S-mode takes'),
  cell('medeleg', HartWord.Medeleg, 'Exceptions that S-mode takes'),
  cell('mtvec', HartWord.Mtvec, 'M-mode trap vector'),
  cell('mepc', HartWord.Mepc, 'Where the last M-mode trap struck'),
  cell('mcause', HartWord.Mcause, 'Why'),
  cell('mtval', HartWord.Mtval, 'With which address or instruction'),
  cell('mscratch', HartWord.Mscratch, "M-mode's own"),
  cell('mcounteren', HartWord.Mcounteren, 'Counters that S-mode may read'),
  cell('menvcfg', HartWord.Menvcfg, 'Low half'),
  cell('menvcfgh', HartWord.Menvcfgh, 'High half'),
  cell('mcountinhibit', HartWord.Mcountinhibit, 'Counters that stand still'),
  cell('stvec', HartWord.Stvec, 'S-mode trap vector'),
  cell('sepc', HartWord.Sepc, 'Where the last S-mode trap struck'),
  cell('scause', HartWord.Scause, 'Why'),
  cell('stval', HartWord.Stval, 'With which address or instruction'),
  cell('sscratch', HartWord.Sscratch, "S-mode's own"),
  cell('scounteren', HartWord.Scounteren, 'Counters that U-mode may read'),
  cell('senvcfg', HartWord.Senvcfg, 'Environment of U-mode'),
  cell('satp', HartWord.Satp, 'Root page table, ASID and mode'),
  cell('pmpcfg', HartWord.Pmpcfg, 'Four bytes each', 'u32', 4),
  cell('pmpaddr', HartWord.Pmpaddr, 'Bits 33 to 2 of addresses', 'u32', 16),
  cell('mcycle.base', HartWord.McycleBase, 'mcycle less cycles; mcycle while inhibited', 'u64'),
  cell('minstret.base', HartWord.MinstretBase, 'minstret less retired; likewise', 'u64'),
  cell('reservation.valid', HartWord.ReservationValid, '1 from LR until SC, a trap or a return'),
  cell('reservation.offset', HartWord.ReservationOffset, 'Of the word, in the memory'),
  cell('reservation.value', HartWord.ReservationValue, 'What LR loaded'),
  cell('trapsWithoutRetiring', HartWord.TrapsWithoutRetiring, 'S-mode traps in a row'),
  cell('nonRetiringCycles', HartWord.NonRetiringCycles, 'Cycles of traps and of waiting', 'f64'),
  cell('retiredAtLastTrap', HartWord.RetiredAtLastTrap, 'Instructions retired then', 'f64'),
  cell('stimecmp', HartWord.Stimecmp, "When S-mode's timer interrupts", 'u64'),
  cell('mhpmevent', HartWord.Mhpmevent, 'What the event counters count, from 3 on', 'u32', 29),
  cell('mhpmcounter.base', HartWord.MhpmcounterBase, 'As that of mcycle, from 3 on', 'u64', 29),
  cell(
    'cycle',
    HartWord.LocalCycle,
    'Cycles since reset that the hart has seen, below 2^53',
    'f64',
  ),
];

/** The state that belongs to no hart. */
export const MACHINE_CELLS: readonly CellDeclaration[] = [
  cell('quantum.start', MachineWord.QuantumStart, 'Cycle at which the quantum began', 'f64'),
  cell(
    'quantum.end',
    MachineWord.QuantumEnd,
    'Cycle at which it ends; its start: it is over',
    'f64',
  ),
  cell('quantum.hart', MachineWord.CurrentHart, 'Hart whose turn it is', 'f64'),
];

/** Byte offset of a hart's region. */
export function hartOffset(hart: number): number {
  return Region.Harts + hart * Region.HartStride;
}
