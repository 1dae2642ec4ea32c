/**
 * A guest that touches CSRs by number and leaves in RAM what came of it: which trap, and what was
 * read. It is put together from instruction words, so that it can be run anywhere.
 */
import { encodeInstruction } from '../../tools/assembler/encode.ts';

const RAM_BASE = 0x8000_0000;
const HANDLER = 0x100;
const RESULTS = 0x40_0000;
const PAGE = 0x1000;
const FINISHER = 0x10_0000;
const FINISHER_PASS = 0x5555;

const Csr = {
  scounteren: 0x106,
  mstatus: 0x300,
  mtvec: 0x305,
  mcounteren: 0x306,
  menvcfgh: 0x31a,
  mepc: 0x341,
  mcause: 0x342,
  pmpcfg0: 0x3a0,
  pmpaddr0: 0x3b0,
  mhartid: 0xf14,
} as const;

const MSTATUS_MPP = 0x1800;
const MSTATUS_MPIE = 0x80;
const MPP_SHIFT = 11;
const MSTATUS_FS = 0x6000;
const PMP_OPEN = 0x1f;
/** What a7 holds when the guest asks its handler to go on in M-mode. */
const TO_MACHINE = 99;
const NO_TRAP = 0xffff_ffff;

const Register = {
  zero: 0,
  t0: 5,
  t1: 6,
  t2: 7,
  a0: 10,
  a7: 17,
  s2: 18,
  s10: 26,
  s11: 27,
} as const;
const { zero, t0, t1, t2, a0, a7, s2, s10, s11 } = Register;

const addi = (rd: number, rs1: number, immediate: number) =>
  encodeInstruction('addi', { rd, rs1, immediate });
const read = (rd: number, csr: number) => encodeInstruction('csrrs', { rd, rs1: zero, csr });
const write = (csr: number, rs1: number) => encodeInstruction('csrrw', { rd: zero, rs1, csr });
const store = (rs2: number, immediate: number) =>
  encodeInstruction('sw', { rs2, rs1: s10, immediate });
const ECALL = encodeInstruction('ecall');
const MRET = encodeInstruction('mret');

/** Loads a 32-bit constant. */
function load(rd: number, value: number): number[] {
  const low = (value << 20) >> 20;
  const high = ((value - low) >>> 12) & 0xf_ffff;
  return [encodeInstruction('lui', { rd, immediate: high }), addi(rd, rd, low)];
}

const set = (csr: number, value: number) => [...load(t0, value), write(csr, t0)];

/** In which mode CSRs are read, after `csrs` were written in M-mode. */
export interface ReadingMode {
  readonly name: string;
  /** As `mstatus.MPP` has it. */
  readonly privilege: 0 | 1 | 3;
  readonly csrs: readonly (readonly [number, number])[];
  /** Bits of mstatus to set meanwhile. */
  readonly status: number;
}

/** Values to be written to a register in M-mode and read back. */
export interface Writing {
  readonly csr: number;
  readonly values: readonly number[];
}

export interface ProbePlan {
  readonly modes: readonly ReadingMode[];
  /** Numbers that are read in every mode. */
  readonly read: readonly number[];
  readonly writings: readonly Writing[];
}

/** What came of one access: the cause of the trap, if there was one, and the value read. */
export interface Finding {
  readonly trap: number | undefined;
  readonly value: number;
}

export interface Findings {
  /** By mode, then in the order of `read`. */
  readonly read: readonly (readonly Finding[])[];
  /** By writing, then by value: what was read back. */
  readonly written: readonly (readonly Finding[])[];
}

const record = [store(s11, 0), store(a0, 4), addi(s10, s10, 8)];
const clear = [addi(s11, zero, -1), addi(a0, zero, 0)];

function readAll({ privilege, csrs, status }: ReadingMode, numbers: readonly number[]): number[] {
  const auipc = encodeInstruction('auipc', { rd: t0, immediate: 0 });
  return [
    ...csrs.flatMap(([csr, value]) => set(csr, value)),
    ...load(t1, MSTATUS_MPP | MSTATUS_MPIE),
    encodeInstruction('csrrc', { rd: zero, rs1: t1, csr: Csr.mstatus }),
    ...load(t1, (privilege << MPP_SHIFT) | status),
    encodeInstruction('csrrs', { rd: zero, rs1: t1, csr: Csr.mstatus }),
    // To behind the mret, in that mode.
    auipc,
    addi(t0, t0, 16),
    write(Csr.mepc, t0),
    MRET,
    ...numbers.flatMap((csr) => [...clear, read(a0, csr), ...record]),
    addi(a7, zero, TO_MACHINE),
    ECALL,
    addi(a7, zero, 0),
    ...load(t1, status),
    encodeInstruction('csrrc', { rd: zero, rs1: t1, csr: Csr.mstatus }),
  ];
}

function writeAll({ csr, values }: Writing): number[] {
  return values.flatMap((value) => [
    ...clear,
    ...load(t1, value),
    read(s2, csr),
    write(csr, t1),
    read(a0, csr),
    write(csr, s2),
    ...record,
  ]);
}

/** RAM from its base on; the results lie in it as well, after the run. */
export function probeImage({ modes, read: numbers, writings }: ProbePlan): Uint8Array {
  const handler = [
    read(s11, Csr.mcause),
    addi(t2, zero, TO_MACHINE),
    encodeInstruction('bne', { rs1: a7, rs2: t2, immediate: 16 }),
    ...load(t2, MSTATUS_MPP),
    encodeInstruction('csrrs', { rd: zero, rs1: t2, csr: Csr.mstatus }),
    read(t2, Csr.mepc),
    addi(t2, t2, 4),
    write(Csr.mepc, t2),
    MRET,
  ];
  const code = [
    read(t0, Csr.mhartid),
    encodeInstruction('beq', { rs1: t0, rs2: zero, immediate: 12 }),
    encodeInstruction('wfi'),
    encodeInstruction('jal', { rd: zero, immediate: -4 }),
    ...set(Csr.mtvec, RAM_BASE + HANDLER),
    ...set(Csr.pmpaddr0, -1),
    ...set(Csr.pmpcfg0, PMP_OPEN),
    ...load(t1, MSTATUS_FS),
    encodeInstruction('csrrs', { rd: zero, rs1: t1, csr: Csr.mstatus }),
    ...load(s10, RAM_BASE + RESULTS),
    addi(a7, zero, 0),
    ...writings.flatMap(writeAll),
    ...modes.flatMap((mode) => readAll(mode, numbers)),
    ...load(t0, FINISHER),
    ...load(t1, FINISHER_PASS),
    encodeInstruction('sw', { rs2: t1, rs1: t0, immediate: 0 }),
    encodeInstruction('jal', { rd: zero, immediate: 0 }),
  ];
  const count = modes.length * numbers.length + writings.flatMap(({ values }) => values).length;
  const image = new Uint8Array(RESULTS + count * 8);
  const words = new Uint32Array(image.buffer);
  if (PAGE + code.length * 4 > RESULTS) throw new RangeError('the probe is too long');
  words.set([encodeInstruction('jal', { rd: zero, immediate: PAGE })]);
  words.set(handler, HANDLER / 4);
  words.set(code, PAGE / 4);
  return image;
}

/** What a run has left in RAM. */
export function findingsIn(
  ram: Uint8Array,
  { modes, read: numbers, writings }: ProbePlan,
): Findings {
  const view = new DataView(ram.buffer, ram.byteOffset, ram.length);
  let at = RESULTS;
  const next = (): Finding => {
    const cause = view.getUint32(at, true);
    const value = view.getUint32(at + 4, true);
    at += 8;
    return { trap: cause === NO_TRAP ? undefined : cause, value };
  };
  const written = writings.map(({ values }) => values.map(next));
  const reads = modes.map(() => numbers.map(next));
  return { read: reads, written };
}
