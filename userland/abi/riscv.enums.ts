/** Numbers of the RISC-V privileged architecture that more than one part of the system reads. */

/** `scause`/`mcause` of exceptions (Interrupt bit clear). */
export const enum ExceptionCause {
  InstructionAddressMisaligned = 0,
  InstructionAccessFault = 1,
  IllegalInstruction = 2,
  Breakpoint = 3,
  LoadAddressMisaligned = 4,
  LoadAccessFault = 5,
  StoreAddressMisaligned = 6,
  StoreAccessFault = 7,
  EnvironmentCallFromU = 8,
  EnvironmentCallFromS = 9,
  EnvironmentCallFromM = 11,
  InstructionPageFault = 12,
  LoadPageFault = 13,
  StorePageFault = 15,
}

/** `scause`/`mcause` of interrupts, below the Interrupt bit; also bit numbers in `sip`, `sie`, `mip` and `mie`. */
export const enum InterruptCause {
  SupervisorSoftware = 1,
  MachineSoftware = 3,
  SupervisorTimer = 5,
  MachineTimer = 7,
  SupervisorExternal = 9,
  MachineExternal = 11,
}

/** Set in `scause`/`mcause` for interrupts. */
export const CAUSE_INTERRUPT: u32 = 0x8000_0000;

/** Fields of `sstatus`, at the same places in `mstatus`, and those of `mstatus` alone. */
export const enum Status {
  SIE = 1 << 1,
  SPIE = 1 << 5,
  SPP = 1 << 8,
  MIE = 1 << 3,
  MPIE = 1 << 7,
  /** Both bits of the field. */
  MPP = 3 << 11,
  MPP_S = 1 << 11,
  FS = 3 << 13,
  MPRV = 1 << 17,
  SUM = 1 << 18,
  MXR = 1 << 19,
  TVM = 1 << 20,
  TW = 1 << 21,
  TSR = 1 << 22,
}
