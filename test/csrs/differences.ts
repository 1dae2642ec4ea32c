/**
 * Where our CSRs differ from those of the QEMU that we compare with, 7.2, on purpose. Everything else
 * is equal, which csrs-on-qemu.test.ts shows; it also shows that each of these is there.
 */
import type { CsrName } from '../../machine/hart/csr-addresses.ts';

export interface Difference {
  readonly csrs: readonly (CsrName | number)[];
  /** Which exist on one side only; or the bits that differ in what is read. */
  readonly kind: 'ours only' | "QEMU's only" | { readonly bits: number };
  readonly reason: string;
}

const numbered = (prefix: 'mhpmcounter' | 'hpmcounter', suffix: '' | 'h'): CsrName[] =>
  // The last 13 counters.
  ([19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31] as const).map(
    (index): CsrName => `${prefix}${index}${suffix}`,
  );

export const DIFFERENCES: readonly Difference[] = [
  {
    csrs: [
      ...numbered('mhpmcounter', ''),
      ...numbered('mhpmcounter', 'h'),
      ...numbered('hpmcounter', ''),
      ...numbered('hpmcounter', 'h'),
    ],
    kind: 'ours only',
    reason: 'Privileged 3.1.10 asks for all 29 event counters; QEMU has 16 unless told otherwise',
  },
  {
    csrs: [0x24d, 0x25d],
    kind: "QEMU's only",
    reason: 'vstimecmp belongs to the hypervisor extension, which QEMU was told to leave out',
  },
  {
    csrs: ['mstatus', 'sstatus'],
    kind: { bits: 0x8000_0600 },
    reason:
      'VS is read-only zero without the vector extension (3.1.6.6), so it is not in SD either',
  },
  {
    csrs: ['mstatus'],
    kind: { bits: 0x1800 },
    reason: 'MPP does not take the value of a mode that does not exist (3.1.6.1, WARL)',
  },
  {
    csrs: ['mstatush'],
    kind: { bits: 0xc0 },
    reason: 'GVA and MPV belong to the hypervisor extension',
  },
  {
    csrs: ['misa', 'marchid', 'mimpid'],
    kind: { bits: -1 },
    reason: 'Who we are and what we have: no architecture number was assigned',
  },
  {
    csrs: ['mepc', 'sepc'],
    kind: { bits: 1 },
    reason: 'Bit 0 is always zero (3.1.14); QEMU drops it when it returns',
  },
  {
    csrs: ['medeleg'],
    kind: { bits: 0x00f0_0c00 },
    reason:
      'An ecall from M cannot be delegated (3.1.8); the others belong to the hypervisor extension',
  },
  {
    csrs: ['mideleg', 'mie', 'mip'],
    kind: { bits: 0x2444 },
    reason: 'Interrupts of the hypervisor extension, and of Sscofpmf, which is absent',
  },
  {
    csrs: ['menvcfg', 'senvcfg'],
    kind: { bits: 0xf0 },
    reason: 'Cache block operations are absent (3.1.18: then their bits are zero)',
  },
  {
    csrs: ['menvcfgh'],
    kind: { bits: 0x6000_0000 },
    reason: 'ADUE of Svadu, newer than this QEMU; PBMTE is for Sv39 and more',
  },
  {
    csrs: ['mcountinhibit'],
    kind: { bits: 2 },
    reason: 'Nothing holds the time (3.1.12: bit 1 is read-only zero)',
  },
  {
    csrs: ['pmpcfg0', 'pmpcfg1', 'pmpcfg2', 'pmpcfg3'],
    kind: { bits: 0x6767_6767 },
    reason: 'Bits 5 and 6 are zero, and writable without readable is no access (3.7.1, reserved)',
  },
  {
    csrs: ['tdata1', 'tinfo'],
    kind: { bits: -1 },
    reason: 'No trigger is there, which the debug specification lets tdata1 say; QEMU has two',
  },
];

/** Their values depend on the moment. */
export const MOVING: readonly CsrName[] = [
  'cycle',
  'cycleh',
  'time',
  'timeh',
  'instret',
  'instreth',
  'mcycle',
  'mcycleh',
  'minstret',
  'minstreth',
];
