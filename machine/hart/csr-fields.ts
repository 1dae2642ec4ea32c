/**
 * The fields of the CSRs that have any, by name and position, for whoever shows a hart to a person.
 * Source: RISC-V Privileged Architecture 20211203, the section named beside each register.
 */
import type { CsrName } from './csr-addresses.ts';

export interface CsrField {
  readonly name: string;
  /** Lowest bit. */
  readonly lsb: number;
  /** Width in bits. */
  readonly width: number;
}

function bit(name: string, lsb: number): CsrField {
  return { name, lsb, width: 1 };
}

function field(name: string, lsb: number, width: number): CsrField {
  return { name, lsb, width };
}

const CAUSE: readonly CsrField[] = [field('Code', 0, 31), bit('Interrupt', 31)];
const FLOAT_FLAGS: readonly CsrField[] = [
  bit('NX', 0),
  bit('UF', 1),
  bit('OF', 2),
  bit('DZ', 3),
  bit('NV', 4),
];
const VECTOR: readonly CsrField[] = [field('MODE', 0, 2), field('BASE', 2, 30)];
const COUNTER_ENABLE: readonly CsrField[] = [bit('CY', 0), bit('TM', 1), bit('IR', 2)];
const SUPERVISOR_INTERRUPTS = ['SSI', 'STI', 'SEI'];

/** `mip`, `mie`, `mideleg` and the supervisor's views: one bit per source, at its cause's number. */
function interrupts(suffix: string, names: readonly string[]): readonly CsrField[] {
  const causes: Readonly<Record<string, number>> = {
    SSI: 1,
    MSI: 3,
    STI: 5,
    MTI: 7,
    SEI: 9,
    MEI: 11,
  };
  return names.map((name) => bit(`${name}${suffix}`, causes[name]));
}

const ALL_INTERRUPTS = ['SSI', 'MSI', 'STI', 'MTI', 'SEI', 'MEI'];

const EXCEPTION_NAMES: readonly (readonly [string, number])[] = [
  ['InstructionAddressMisaligned', 0],
  ['InstructionAccessFault', 1],
  ['IllegalInstruction', 2],
  ['Breakpoint', 3],
  ['LoadAddressMisaligned', 4],
  ['LoadAccessFault', 5],
  ['StoreAddressMisaligned', 6],
  ['StoreAccessFault', 7],
  ['EnvironmentCallFromUser', 8],
  ['EnvironmentCallFromSupervisor', 9],
  ['InstructionPageFault', 12],
  ['LoadPageFault', 13],
  ['StorePageFault', 15],
];

const PMP_CONFIG: readonly CsrField[] = [0, 1, 2, 3].flatMap((entry) => [
  bit(`R${entry}`, entry * 8),
  bit(`W${entry}`, entry * 8 + 1),
  bit(`X${entry}`, entry * 8 + 2),
  field(`A${entry}`, entry * 8 + 3, 2),
  bit(`L${entry}`, entry * 8 + 7),
]);

/** Fields, lowest first, of the registers that are more than one number. */
export const CSR_FIELDS: Readonly<Partial<Record<CsrName, readonly CsrField[]>>> = {
  // 3.1.6
  mstatus: [
    bit('SIE', 1),
    bit('MIE', 3),
    bit('SPIE', 5),
    bit('UBE', 6),
    bit('MPIE', 7),
    bit('SPP', 8),
    field('VS', 9, 2),
    field('MPP', 11, 2),
    field('FS', 13, 2),
    field('XS', 15, 2),
    bit('MPRV', 17),
    bit('SUM', 18),
    bit('MXR', 19),
    bit('TVM', 20),
    bit('TW', 21),
    bit('TSR', 22),
    bit('SD', 31),
  ],
  mstatush: [bit('SBE', 4), bit('MBE', 5)],
  // 4.1.1
  sstatus: [
    bit('SIE', 1),
    bit('SPIE', 5),
    bit('UBE', 6),
    bit('SPP', 8),
    field('VS', 9, 2),
    field('FS', 13, 2),
    field('XS', 15, 2),
    bit('SUM', 18),
    bit('MXR', 19),
    bit('SD', 31),
  ],
  // Unprivileged ISA 11.2
  fflags: FLOAT_FLAGS,
  frm: [field('Rounding', 0, 3)],
  fcsr: [...FLOAT_FLAGS, field('Rounding', 5, 3)],
  // 3.1.1
  misa: [field('Extensions', 0, 26), field('MXL', 30, 2)],
  // 3.1.7, 4.1.2
  mtvec: VECTOR,
  stvec: VECTOR,
  // 3.1.8
  medeleg: EXCEPTION_NAMES.map(([name, lsb]) => bit(name, lsb)),
  mideleg: interrupts('', ALL_INTERRUPTS),
  // 3.1.9, 4.1.3
  mip: interrupts('P', ALL_INTERRUPTS),
  mie: interrupts('E', ALL_INTERRUPTS),
  sip: interrupts('P', SUPERVISOR_INTERRUPTS),
  sie: interrupts('E', SUPERVISOR_INTERRUPTS),
  // 3.1.11, 3.1.12
  mcounteren: COUNTER_ENABLE,
  scounteren: COUNTER_ENABLE,
  mcountinhibit: [bit('CY', 0), bit('IR', 2)],
  // 3.1.15, 4.1.8
  mcause: CAUSE,
  scause: CAUSE,
  // 3.1.18, 4.1.10
  menvcfg: [bit('FIOM', 0)],
  menvcfgh: [bit('ADUE', 29), bit('STCE', 31)],
  senvcfg: [bit('FIOM', 0)],
  // 4.1.11
  satp: [field('PPN', 0, 22), field('ASID', 22, 9), bit('MODE', 31)],
  // 3.7.1
  pmpcfg0: PMP_CONFIG,
  pmpcfg1: PMP_CONFIG,
  pmpcfg2: PMP_CONFIG,
  pmpcfg3: PMP_CONFIG,
};
