/** Lays a script out in RAM: a program that takes one step after another and logs how each ended. */
import { CSR_ADDRESSES, type CsrName } from '../../machine/hart/csr-addresses.ts';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import {
  A0,
  A1,
  A2,
  DATA,
  ECALL,
  Mode,
  RAM_BASE,
  ROOT_TABLE,
  USER_VIEW,
  type Step,
} from './script.ts';

const MACHINE_VECTORS = 0x100;
const SUPERVISOR_VECTORS = 0x200;
const HANDLER = 0x300;
const STUBS = 0x1000;
const STUB_BYTES = 8;
const STEPS = 0x1_0000;
const LOG = 0xc_0000;
const IMAGE_BYTES = 0x40_0000;
const DATA_BYTES = 0x1_0000;
const VECTORS = 16;
const VECTORED = 1;

const FINISHER = 0x10_0000;
const FINISHER_PASS = 0x5555;
const MSTATUS_MPRV = 0x2_0000;
const MPP_SHIFT = 11;
/** V R W X A D, and U. */
const SUPERPAGE = 0xcf;
const USER_SUPERPAGE = 0xdf;
const PPN_SHIFT = 10;
const PAGE_SHIFT = 12;
/** Entry 0: the first MiB of RAM, with all rights, for good. */
const PMP_HARNESS = ((RAM_BASE >>> 2) | 0x1_ffff) >>> 0;
const PMP_ALL_LOCKED = 0x9f;

/** What is logged of each step, in order. */
export const LOGGED = [
  'mcause',
  'mepc',
  'mtval',
  'mstatus',
  'scause',
  'sepc',
  'stval',
  'a2',
] as const;
const LOG_BYTES = LOGGED.length * 4;

const [ZERO, T0, T1, S10, S11] = [0, 5, 6, 26, 27];

const addi = (rd: number, rs1: number, immediate: number) =>
  encodeInstruction('addi', { rd, rs1, immediate });
const jump = (rs1: number) => encodeInstruction('jalr', { rd: ZERO, rs1, immediate: 0 });
const readCsr = (rd: number, name: CsrName) =>
  encodeInstruction('csrrs', { rd, rs1: ZERO, csr: CSR_ADDRESSES[name] });
const writeCsr = (name: CsrName, rs1: number) =>
  encodeInstruction('csrrw', { rd: ZERO, rs1, csr: CSR_ADDRESSES[name] });

function load(rd: number, value: number): number[] {
  const low = (value << 20) >> 20;
  const high = ((value - low) >>> 12) & 0xf_ffff;
  return [encodeInstruction('lui', { rd, immediate: high }), addi(rd, rd, low)];
}

const setCsr = (name: CsrName, value: number) => [...load(T0, value), writeCsr(name, T0)];

const start = [
  readCsr(T0, 'mhartid'),
  encodeInstruction('beq', { rs1: T0, rs2: ZERO, immediate: 12 }),
  encodeInstruction('wfi'),
  encodeInstruction('jal', { rd: ZERO, immediate: -4 }),
  ...setCsr('mtvec', RAM_BASE + MACHINE_VECTORS + VECTORED),
  ...setCsr('stvec', RAM_BASE + SUPERVISOR_VECTORS + VECTORED),
  ...setCsr('pmpaddr0', PMP_HARNESS),
  ...setCsr('pmpaddr8', -1),
  ...setCsr('pmpcfg0', PMP_ALL_LOCKED),
  ...setCsr('pmpcfg2', 0x1f),
  ...load(S10, RAM_BASE + LOG),
  ...load(T0, RAM_BASE + STEPS),
  jump(T0),
];

const handler = [
  readCsr(T0, 'mstatus'),
  ...load(T1, MSTATUS_MPRV),
  encodeInstruction('csrrc', { rd: ZERO, rs1: T1, csr: CSR_ADDRESSES.mstatus }),
  ...LOGGED.flatMap((name, i) => {
    if (name === 'a2') return [encodeInstruction('sw', { rs2: A2, rs1: S10, immediate: i * 4 })];
    const value = name === 'mstatus' ? [addi(T1, T0, 0)] : [readCsr(T1, name)];
    return [...value, encodeInstruction('sw', { rs2: T1, rs1: S10, immediate: i * 4 })];
  }),
  addi(S10, S10, LOG_BYTES),
  jump(S11),
];

/** The code of a step, which is at `address`; its instruction is in the stub. */
function stepCode(step: Step, stub: number, address: number): number[] {
  const { mode, status, translates } = step;
  const view = mode === Mode.User && translates ? USER_VIEW : RAM_BASE;
  const isMachine = mode === Mode.Machine;
  const before = [
    ...step.words.flatMap(([at, value]) => [
      ...load(T0, at),
      ...load(T1, value),
      encodeInstruction('sw', { rs2: T1, rs1: T0, immediate: 0 }),
    ]),
    ...step.csrs.flatMap(([name, value]) => setCsr(name, value)),
    encodeInstruction('sfence.vma', {}),
    ...load(A0, step.a0),
    ...load(A1, ECALL),
    ...load(A2, 0),
    ...setCsr('mepc', view + stub),
    ...load(T1, RAM_BASE + stub),
    ...load(T0, isMachine ? status : status | (mode << MPP_SHIFT)),
  ];
  const length = before.length + 4;
  return [
    ...before,
    ...load(S11, address + length * 4),
    writeCsr('mstatus', T0),
    isMachine ? jump(T1) : encodeInstruction('mret'),
  ];
}

export function scriptImage(script: readonly Step[]): Uint8Array {
  const image = new Uint8Array(IMAGE_BYTES);
  const words = new Uint32Array(image.buffer);
  const put = (offset: number, values: readonly number[]): void => {
    words.set(
      values.map((value) => value >>> 0),
      offset / 4,
    );
  };
  put(0, start);
  put(HANDLER, handler);
  for (let i = 0; i < VECTORS; i++) {
    const toHandler = HANDLER - (MACHINE_VECTORS + i * 4);
    put(MACHINE_VECTORS + i * 4, [encodeInstruction('jal', { rd: ZERO, immediate: toHandler })]);
    put(SUPERVISOR_VECTORS + i * 4, [ECALL]);
  }
  put(
    DATA - RAM_BASE,
    Array.from({ length: DATA_BYTES / 4 }, () => ECALL),
  );
  const entry = (flags: number) => ((RAM_BASE >>> PAGE_SHIFT) << PPN_SHIFT) | flags;
  put(ROOT_TABLE - RAM_BASE + (RAM_BASE >>> 22) * 4, [entry(SUPERPAGE)]);
  put(ROOT_TABLE - RAM_BASE + (USER_VIEW >>> 22) * 4, [entry(USER_SUPERPAGE)]);
  let at = STEPS;
  script.forEach((step, i) => {
    const stub = STUBS + i * STUB_BYTES;
    put(stub, [step.instruction, ECALL]);
    const code = stepCode(step, stub, RAM_BASE + at);
    put(at, code);
    at += code.length * 4;
  });
  const end = [
    ...load(T0, FINISHER),
    ...load(T1, FINISHER_PASS),
    encodeInstruction('sw', { rs2: T1, rs1: T0, immediate: 0 }),
    encodeInstruction('jal', { rd: ZERO, immediate: 0 }),
  ];
  put(at, end);
  if (at + end.length * 4 > LOG || STUBS + script.length * STUB_BYTES > STEPS) {
    throw new RangeError(`${script.length} steps are too many`);
  }
  return image;
}

/** How a step ended, for messages. */
export function describeStep(ram: Uint8Array, index: number): string {
  const view = new DataView(ram.buffer, ram.byteOffset + LOG + index * LOG_BYTES, LOG_BYTES);
  return LOGGED.map((name, i) => `${name} ${view.getUint32(i * 4, true).toString(16)}`).join(', ');
}

/** The first step whose log differs, or undefined. */
export function firstDifferentStep(
  a: Uint8Array,
  b: Uint8Array,
  steps: number,
): number | undefined {
  const index = Array.from({ length: steps }, (_, i) => i).findIndex(
    (i) => describeStep(a, i) !== describeStep(b, i),
  );
  return index < 0 ? undefined : index;
}
