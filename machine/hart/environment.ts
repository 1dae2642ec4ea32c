/** Bits of the environment configuration registers (RISC-V Privileged Architecture 3.1.18). */

/** `menvcfg` and `senvcfg`, low half: what there is without Zicbom, Zicboz and the like. */
export const enum Envcfg {
  /** Fences of I/O order memory as well. */
  FIOM = 1,
}

/** The high half of `menvcfg`. */
export const enum Menvcfgh {
  /** Svadu: hardware sets A and D bits. */
  ADUE = 0x2000_0000,
  /** Sstc: S-mode has `stimecmp`. */
  STCE = 0x8000_0000,
}
