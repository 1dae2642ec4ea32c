/** Lays random programs out in RAM, each in a block of its own, behind the harness that runs them. */
import {
  DATA_PAGES,
  encodeProgram,
  END_BYTES,
  ProgramMode,
  type PageMapping,
  type RandomProgram,
} from './program.ts';

export const RAM_BASE = 0x8000_0000;
const PAGE_BYTES = 0x1000;
const BLOCK_BYTES = 0x1_0000;
const FIRST_BLOCK = 0x1_0000;

/** The blocks lie in the first 4 MiB of RAM, which one superpage maps. */
export const MAX_PROGRAMS = 60;
/** What is compared: harness, blocks and nothing that the machine itself puts into RAM. */
export const COMPARED_BYTES = 0x40_0000;

/** Offsets in a block; harness.s has the same. */
const BLOCK = {
  mode: 0x000,
  satp: 0x004,
  endPc: 0x008,
  mstatus: 0x00c,
  entry: 0x010,
  registers: 0x100,
  floats: 0x400,
  fcsr: 0x600,
  code: 0x2000,
  rootTable: 0x4000,
  leafTable: 0x5000,
  data: 0x8000,
};
const MODE_END = 0xffff_ffff;

/** Privileged architecture: mstatus and satp fields, Sv32 page-table entry bits. */
const MSTATUS_MPIE = 1 << 7;
const MSTATUS_MPP_SHIFT = 11;
const MSTATUS_FS_SHIFT = 13;
const MSTATUS_SUM = 1 << 18;
const MSTATUS_MXR = 1 << 19;
const SATP_MODE_SV32 = 0x8000_0000;
const PTE_V = 0x01;
const PTE_RWX = 0x0e;
const PTE_U = 0x10;
const PTE_A_D = 0xc0;
const PPN_SHIFT = 10;
const PRIVILEGE = {
  [ProgramMode.Machine]: 3,
  [ProgramMode.SupervisorPaged]: 1,
  [ProgramMode.UserPaged]: 0,
};

/** Virtual address of the data window: root entry 1. */
const WINDOW = 0x0040_0000;

function pointerTo(physicalAddress: number, flags: number): number {
  return (((physicalAddress / PAGE_BYTES) << PPN_SHIFT) | flags) >>> 0;
}

function writePageTables(ram: DataView, block: number, program: RandomProgram): void {
  const word = (offset: number, value: number): void => ram.setUint32(block + offset, value, true);
  const user = program.mode === ProgramMode.UserPaged ? PTE_U : 0;
  const RAM_ENTRY = RAM_BASE >>> 22;
  const WINDOW_ENTRY = WINDOW >>> 22;
  const entryBytes = 4;
  word(
    BLOCK.rootTable + RAM_ENTRY * entryBytes,
    pointerTo(RAM_BASE, PTE_V | PTE_RWX | PTE_A_D | user),
  );
  word(
    BLOCK.rootTable + WINDOW_ENTRY * entryBytes,
    pointerTo(RAM_BASE + block + BLOCK.leafTable, PTE_V),
  );
  program.mappings.forEach(({ flags, dataPage }: PageMapping, index) => {
    const page = RAM_BASE + block + BLOCK.data + dataPage * PAGE_BYTES;
    word(BLOCK.leafTable + index * entryBytes, pointerTo(page, flags));
  });
}

function writeBlock(ram: DataView, block: number, program: RandomProgram): void {
  const word = (offset: number, value: number): void => ram.setUint32(block + offset, value, true);
  const paged = program.mode !== ProgramMode.Machine;
  const code = encodeProgram(program);
  const entry = BLOCK.code + program.start;
  if (entry + code.length > BLOCK.rootTable) throw new RangeError('program too long');

  word(BLOCK.mode, program.mode);
  const root = (RAM_BASE + block + BLOCK.rootTable) / PAGE_BYTES;
  word(BLOCK.satp, paged ? (SATP_MODE_SV32 | root) >>> 0 : 0);
  word(BLOCK.entry, RAM_BASE + block + entry);
  word(BLOCK.endPc, RAM_BASE + block + entry + code.length - END_BYTES);
  word(
    BLOCK.mstatus,
    (PRIVILEGE[program.mode] << MSTATUS_MPP_SHIFT) |
      (program.floatStatus << MSTATUS_FS_SHIFT) |
      (program.mpie ? MSTATUS_MPIE : 0) |
      (program.sum ? MSTATUS_SUM : 0) |
      (program.mxr ? MSTATUS_MXR : 0),
  );
  new Uint8Array(ram.buffer).set(code, block + entry);

  // The data pointers stand on page borders, so that displacements cross them.
  const window = paged ? WINDOW : RAM_BASE + block + BLOCK.data;
  const lastBorder = paged ? 5 : DATA_PAGES - 1;
  const registers = [...program.registers];
  registers[29] = window + PAGE_BYTES;
  registers[30] = window + lastBorder * PAGE_BYTES;
  registers.forEach((value, index) => {
    word(BLOCK.registers + (index + 1) * 4, value);
  });

  program.floats.forEach((value, index) => {
    ram.setBigUint64(block + BLOCK.floats + index * 8, value, true);
  });
  word(BLOCK.fcsr, program.fcsr);

  const perBorder = program.data.length / 2;
  program.data.forEach((value, index) => {
    const border = index < perBorder ? 1 : DATA_PAGES - 1;
    const offset = border * PAGE_BYTES + ((index % perBorder) - perBorder / 2) * 4;
    word(BLOCK.data + offset, value);
  });
  if (paged) writePageTables(ram, block, program);
}

/** RAM from its base on: `harness` (machine code for RAM_BASE) and a block for each program. */
export function layOut(harness: Uint8Array, programs: readonly RandomProgram[]): Uint8Array {
  if (programs.length > MAX_PROGRAMS) throw new RangeError(`at most ${MAX_PROGRAMS} programs`);
  const bytes = new Uint8Array(COMPARED_BYTES);
  bytes.set(harness, 0);
  const ram = new DataView(bytes.buffer);
  programs.forEach((program, index) => {
    writeBlock(ram, FIRST_BLOCK + index * BLOCK_BYTES, program);
  });
  ram.setUint32(FIRST_BLOCK + programs.length * BLOCK_BYTES, MODE_END, true);
  return bytes;
}

/** Which program's block a RAM offset lies in, and where, for messages. */
export function describeOffset(offset: number): string {
  const program = Math.floor((offset - FIRST_BLOCK) / BLOCK_BYTES);
  return `program ${program}, block offset 0x${((offset - FIRST_BLOCK) % BLOCK_BYTES).toString(16)}`;
}
