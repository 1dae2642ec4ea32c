/** Bits of `mstatus` and `sstatus` (RISC-V Privileged Architecture 3.1.6). */
export const enum Mstatus {
  SIE = 0x2,
  MIE = 0x8,
  SPIE = 0x20,
  MPIE = 0x80,
  SPP = 0x100,
  MPP = 0x1800,
  MppShift = 11,
  /** Off, Initial, Clean or Dirty: all bits set. */
  FS = 0x6000,
  MPRV = 0x2_0000,
  SUM = 0x4_0000,
  MXR = 0x8_0000,
  TVM = 0x10_0000,
  TW = 0x20_0000,
  TSR = 0x40_0000,
  /** Follows from FS: there is no other state that could be dirty. */
  SD = 0x8000_0000,
}

/** The register as it is read, with SD. */
export function withSummary(status: number): number {
  return (status & Mstatus.FS) === Mstatus.FS ? status | Mstatus.SD : status;
}
